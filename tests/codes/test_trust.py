"""Trust documents: read as strictly as a code."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes import cbor, trust
from codes.claims import Profile
from codes.errors import InputError
from codes.trust import Bounds, IssuerKey, StatusAuthority, StatusKey
from tests.codes import strategies
from tests.codes.refusing import refusal
from tests.vectors import cast, loose

bounds = st.builds(Bounds, longest_life=st.integers(1, 1 << 40), longest_max_age=st.integers(1, 1 << 20))
phone_profiles = st.dictionaries(st.sampled_from([Profile.GENERAL, Profile.IDENTITY, Profile.DELEGATE]), bounds, min_size=1)
chip_profiles = st.fixed_dictionaries({Profile.CHIP: bounds})
periods = st.lists(st.integers(0, 1 << 40), min_size=2, max_size=2, unique=True).map(sorted)


@settings(max_examples=40)
@given(
    strategies.regions,
    st.lists(st.tuples(st.integers(1, 99), phone_profiles | chip_profiles, periods), min_size=1, max_size=4, unique_by=lambda entry: entry[0]),
)
def test_issuer_keys_come_back_from_their_document(region: str, entries: list[tuple[int, dict[Profile, Bounds], list[int]]]) -> None:
    keys = tuple(
        IssuerKey(region=region, key=cast.signer(f"issuer {number}").public_key, profiles=profiles, not_before=period[0], not_after=period[1])
        for number, profiles, period in entries
    )
    data = trust.encode_issuers(region, keys)
    assert trust.decode_issuers(data) == keys
    assert trust.encode_issuers(region, trust.decode_issuers(data)) == data
    assert [key.kid for key in trust.decode_issuers(data)] == [key.key.kid() for key in keys]


@settings(max_examples=40)
@given(
    strategies.regions, st.sampled_from("cs"), st.integers(0, 1 << 40), st.lists(st.integers(0, 36**4), min_size=8, max_size=8, unique=True), periods
)
def test_a_status_authority_comes_back_from_its_document(region: str, letter: str, epoch: int, ends: list[int], period: list[int]) -> None:
    ends = sorted(ends)
    authority = StatusAuthority(
        region=region,
        letter=letter,
        epoch=epoch,
        keys=(StatusKey(key=cast.PUBLISHER.public_key, not_before=period[0], not_after=period[1]),),
        spaces={profile: (ends[2 * at], ends[2 * at + 1]) for at, profile in enumerate(Profile)},
    )
    data = trust.encode_status_authority(authority)
    assert trust.decode_status_authority(data) == authority
    assert authority.keys[0].kid == cast.PUBLISHER.public_key.kid()


@given(st.binary(max_size=300) | strategies.values.map(cbor.encode))
def test_arbitrary_bytes_are_refused_with_a_code(data: bytes) -> None:
    for read in (trust.decode_issuers, trust.decode_status_authority):
        with pytest.raises(InputError) as refusal:
            read(data)
        assert refusal.value.code.startswith(("cbor-", "document-"))


@given(strategies.values, st.integers(1, 6), st.integers(0, 5))
def test_whatever_stands_for_a_member_the_reader_answers_with_a_code(value: object, member: int, field: int) -> None:
    for data, read in (
        (trust.encode_issuers("CN-CQ", cast.issuer_keys()), trust.decode_issuers),
        (trust.encode_status_authority(cast.status_authority()), trust.decode_status_authority),
    ):
        tree = loose.read(data)
        target = tree if field == 0 else (tree.get(3 if read is trust.decode_issuers else 5).items or [])[0]
        target.put(member if field == 0 else field, value)
        assert (refusal(partial(read, tree.write())) or "document-").startswith(("cbor-", "document-", "key-"))


@pytest.mark.threat("B15")
def test_a_key_cannot_take_the_name_of_another_nor_share_it() -> None:
    tree = loose.read(trust.encode_issuers("CN-CQ", cast.issuer_keys()))
    mine = (tree.get(3).items or [])[0]
    mine.put(1, cast.CHIP_ISSUER.public_key.kid())
    with pytest.raises(InputError) as refusal:
        trust.decode_issuers(tree.write())
    assert refusal.value.facts == {"field": "kid", "wrong": "not this key's"}
    with pytest.raises(InputError) as twice:
        trust.encode_issuers("CN-CQ", [cast.issuer_keys()[0], cast.issuer_keys()[0]])
    assert twice.value.facts == {"field": "kid", "wrong": "used twice"}


def test_nothing_is_written_that_could_not_be_read() -> None:
    with pytest.raises(InputError):
        trust.encode_issuers("Chongqing", cast.issuer_keys())
    with pytest.raises(InputError):
        trust.encode_issuers("CN-CQ", [])
    with pytest.raises(InputError):
        trust.encode_status_authority(replace(cast.status_authority(), letter="CQ"))


@pytest.mark.threat("B08")
@pytest.mark.parametrize("unit", [b"\x80", b"\xa0", b"\xa1\x00" * 6 + b"\xa0", b"\x81" * 6 + b"\x80", b"\xd2" * 6 + b"\x80"])
def test_no_document_up_to_64_kib_takes_more_than_4_mib(unit: bytes) -> None:
    for size in (trust.MAX_BYTES, 1 << 16):
        count = (size - 3) // len(unit)
        data = cbor.head(4, count) + unit * count
        tracemalloc.start()
        try:
            with pytest.raises(InputError):
                trust.decode_issuers(data)
            assert tracemalloc.get_traced_memory()[1] < 4 << 20
        finally:
            tracemalloc.stop()
