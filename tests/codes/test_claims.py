"""Names of lists and shards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import cbor
from codes.claims import StatusRef, parse_uri, shard_uri
from codes.errors import InputError
from tests.codes import strategies
from tests.codes.refusing import refusal


@given(st.sampled_from("cs"), st.integers(0, 36**4 - 1))
def test_a_shard_has_one_name(letter: str, shard: int) -> None:
    assert parse_uri(shard_uri(letter, shard)) == (letter, shard)


@given(st.text(max_size=9) | st.from_regex(r"sl:[a-z][0-9a-z]{0,5}", fullmatch=True))
def test_a_name_that_is_read_is_the_one_name_of_its_shard(uri: str) -> None:
    code = refusal(lambda: parse_uri(uri))
    assert code == "claim-value" if code else shard_uri(*parse_uri(uri)) == uri


@pytest.mark.parametrize("shard", [-1, 36**4])
def test_a_shard_number_has_four_digits_at_most(shard: int) -> None:
    with pytest.raises(ValueError, match="four base-36 digits"):
        shard_uri("c", shard)


@given(strategies.refs)
def test_a_status_reference_comes_back_from_the_wire(ref: StatusRef) -> None:
    assert StatusRef.parse(cbor.decode(cbor.encode(ref.to_cbor()))) == ref


@given(strategies.values)
def test_anything_else_is_no_status_reference(value: cbor.Value) -> None:
    with pytest.raises(InputError) as refusal:
        StatusRef.parse(value)
    assert refusal.value.code in {"claims-set", "claim-value"}
