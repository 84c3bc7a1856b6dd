"""COSE_Sign1: the bytes that were signed are the bytes that are checked."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import cbor, cose, faults
from codes.errors import InputError
from tests.codes import strategies
from tests.vectors import cast


@given(st.binary(max_size=300), st.dictionaries(st.integers(17, 99), st.binary(max_size=9), max_size=3))
def test_what_is_signed_is_read_and_verified(payload: bytes, extra: dict[int | str, cbor.Value]) -> None:
    headers: dict[int | str, cbor.Value] = {cose.TYP: "test", **extra}
    data = cose.sign1(headers, payload, cast.ISSUER)
    signed = cose.Sign1.parse(cbor.decode(data), typ="test")
    assert signed.raw == data
    assert signed.payload == payload
    assert signed.headers == {cose.ALG: cose.ESP256, **headers}
    signed.check(cast.ISSUER.public_key.load(), otherwise=faults.STATUS_SIGNATURE)
    with pytest.raises(InputError) as refusal:
        signed.check(cast.HOLDER.public_key.load(), otherwise=faults.STATUS_SIGNATURE)
    assert refusal.value.code == "status-signature"


@given(st.binary(max_size=300), st.binary(max_size=70_000))
def test_the_signed_structure_is_that_of_the_standard(protected: bytes, payload: bytes) -> None:
    assert cose.sig_structure(protected, payload) == cbor2.dumps(["Signature1", protected, b"", payload])


@given(strategies.values)
def test_any_other_value_is_refused_with_a_code(value: cbor.Value) -> None:
    with pytest.raises(InputError) as refusal:
        cose.Sign1.parse(value, typ="test")
    assert refusal.value.code == "cose-shape"


@given(st.lists(strategies.values, min_size=4, max_size=4))
def test_any_four_parts_are_refused_with_a_code(parts: list[cbor.Value]) -> None:
    with pytest.raises(InputError):
        cose.Sign1.parse(cbor.decode(b"\xd2" + cbor.encode(parts)), typ="test")


@pytest.mark.threat("B02")
@given(st.dictionaries(strategies.integers, strategies.leaves, min_size=1, max_size=3))
def test_nothing_stands_outside_the_signature(unprotected: dict[int | str, cbor.Value]) -> None:
    parts: list[cbor.Value] = [cbor.encode({1: -9, 16: "test"}), unprotected, b"", bytes(64)]
    with pytest.raises(InputError) as refusal:
        cose.Sign1.parse(cbor.decode(b"\xd2" + cbor.encode(parts)), typ="test")
    assert refusal.value.code == "cose-unprotected"


@pytest.mark.threat("B14")
@given(strategies.values.filter(lambda value: value != cose.ESP256))
def test_no_other_algorithm_is_heard_of(algorithm: cbor.Value) -> None:
    header: dict[int | str, cbor.Value] = {1: algorithm, 16: "test"}
    parts: list[cbor.Value] = [cbor.encode(header), {}, b"", bytes(63) + b"\1"]
    with pytest.raises(InputError) as refusal:
        cose.Sign1.parse(cbor.decode(b"\xd2" + cbor.encode(parts)), typ="test")
    assert refusal.value.code == "cose-algorithm"
