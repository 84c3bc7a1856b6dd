"""Strict CBOR: one value, one encoding; arbitrary bytes are answered, never thrown back."""

from __future__ import annotations

import tracemalloc
from typing import Any

import cbor2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codes import cbor, faults
from codes.cbor import Tag18
from codes.errors import InputError
from tests.codes import strategies
from tests.vectors import loose


def read(data: bytes) -> Any:
    """The value, or the code of the refusal."""
    try:
        return cbor.decode(data)
    except InputError as error:
        return error


@given(strategies.values)
def test_a_value_comes_back_from_its_encoding(value: cbor.Value) -> None:
    assert cbor.decode(cbor.encode(value)) == value


@given(strategies.values)
def test_the_encoding_is_what_two_strangers_make_of_the_value(value: cbor.Value) -> None:
    data = cbor.encode(value)
    assert data == loose.of(value).write()
    assert cbor2.loads(data) == value


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused_with_a_code(data: bytes) -> None:
    found = read(data)
    if isinstance(found, InputError):
        assert found.code.startswith("cbor-")
    else:
        assert cbor.encode(found) == data


@given(st.binary(max_size=60), st.data())
def test_bytes_near_an_item_are_read_or_refused_with_a_code(noise: bytes, data: st.DataObject) -> None:
    item = bytearray(cbor.encode(data.draw(strategies.values)))
    at = data.draw(st.integers(0, len(item)))
    item[at : at + data.draw(st.integers(0, 3))] = noise[:3]
    found = read(bytes(item))
    assert isinstance(found, InputError) or cbor.encode(found) == item


def plain(value: Any) -> bool:
    """Whether cbor2's canonical order, which is shortest first, is the bytewise order here."""
    if isinstance(value, list):
        return all(map(plain, value))
    if isinstance(value, dict):
        keys = [cbor2.dumps(key) for key in value]
        return sorted(keys) == sorted(keys, key=lambda key: (len(key), key)) and all(map(plain, value.values()))
    return True


@pytest.mark.threat("B05")
@settings(max_examples=500)
@given(st.binary(max_size=24) | strategies.values.map(cbor.encode))
@example(bytes.fromhex("a20102f503"))
@example(bytes.fromhex("a20102f93c0003"))
@example(bytes.fromhex("c24101"))
@example(bytes.fromhex("d81c81d81d00"))
def test_whatever_is_accepted_means_the_same_to_cbor2_and_is_canonical(data: bytes) -> None:
    found = read(data)
    if isinstance(found, InputError):
        return
    theirs = cbor2.loads(data, tag_hook=lambda _, tag: Tag18(tag.value, b"") if tag.tag == 18 else tag)
    assert same(found, theirs)
    if b"\xd2" not in data:
        assert loose.of(theirs).write() == data
        if plain(theirs):
            assert cbor2.dumps(theirs, canonical=True) == data


def same(ours: Any, theirs: Any) -> bool:
    """Equal, types included: True is not 1."""
    if isinstance(ours, Tag18):
        return isinstance(theirs, Tag18) and same(ours.item, theirs.item)
    if isinstance(ours, list):
        return isinstance(theirs, list | tuple) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, dict):
        return list(ours) == list(theirs) and all(same(ours[key], theirs[key]) for key in ours)
    return type(ours) is type(theirs) and bool(ours == theirs)


def test_two_readers_agree_over_every_item_of_three_bytes_that_begins_a_container() -> None:
    for head in (0x80, 0x81, 0x82, 0xA0, 0xA1, 0xD2, 0x18, 0x38, 0x41, 0x61, 0xF4):
        for rest in range(1 << 16):
            data = bytes((head,)) + rest.to_bytes(2, "big")
            found = read(data)
            if not isinstance(found, InputError):
                assert cbor.encode(found) == data
                assert same(found, cbor2.loads(data, tag_hook=lambda _, tag: Tag18(tag.value, b"")))


def test_a_tag_keeps_the_bytes_it_was_read_from() -> None:
    inner = cbor.encode([b"x", {}, "y"])
    found = cbor.decode(b"\x82\x01\xd2" + inner)
    assert isinstance(found, list)
    assert isinstance(found[1], Tag18)
    assert found[1].raw == b"\xd2" + inner
    assert cbor.encode(found) == b"\x82\x01\xd2" + inner


@pytest.mark.threat("B10")
@given(strategies.values, st.binary(min_size=1, max_size=64))
def test_no_byte_may_follow_an_item(value: cbor.Value, extra: bytes) -> None:
    with pytest.raises(InputError) as refusal:
        cbor.decode(cbor.encode(value) + extra)
    assert refusal.value.code == "cbor-trailing"


@given(strategies.values, st.data())
def test_no_item_may_be_cut(value: cbor.Value, data: st.DataObject) -> None:
    whole = cbor.encode(value)
    with pytest.raises(InputError) as refusal:
        cbor.decode(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert refusal.value.code in {"cbor-truncated", "cbor-text"}


@pytest.mark.threat("B07")
@pytest.mark.parametrize("level", [b"\x81", b"\xd2", b"\xa1\x00", b"\xa1\x61a", b"\x82\x00", b"\x9f", b"\xbf\x00"])
@pytest.mark.parametrize("depth", [9, 10, 100, 1000, 200_000])
def test_nesting_is_bounded_before_it_can_hurt(level: bytes, depth: int) -> None:
    with pytest.raises(InputError) as refusal:
        cbor.decode(level * depth + b"\x00")
    assert refusal.value.code in {"cbor-depth", "cbor-size", "cbor-indefinite"}


HEAVY = {
    "empty maps": b"\xa0",
    "empty arrays": b"\x80",
    "chained arrays": b"\x81" * 6 + b"\x80",
    "chained maps": b"\xa1\x00" * 6 + b"\xa0",
    "chained tags": b"\xd2" * 6 + b"\x80",
    "short byte strings": b"\x42xx",
    "short texts": "\x63中".encode(),
    "wide integers": b"\x1b" + b"\xff" * 8,
    "maps of text": b"\xa1\x63" + "中".encode() + b"\x80",
}


@pytest.mark.threat("B08")
@pytest.mark.parametrize("unit", HEAVY.values(), ids=HEAVY.keys())
@pytest.mark.parametrize("size", [cbor.MAX_BYTES, 1 << 16])
def test_no_input_up_to_64_kib_takes_more_than_4_mib(unit: bytes, size: int) -> None:
    count = (size - 5) // len(unit)
    for data in (cbor.head(4, count) + unit * count, cbor.head(5, count // 2) + (b"\x00" + unit) * (count // 2), unit * count):
        assert peak(data) < 4 << 20


@pytest.mark.threat("B08")
@given(st.sampled_from(["5b", "7b", "9b", "bb", "5a", "7a", "9a", "ba"]), st.integers(1 << 20, (1 << 32) - 1), st.binary(max_size=64))
def test_a_huge_claim_costs_nothing(head: str, claim: int, rest: bytes) -> None:
    argument = claim.to_bytes(4 if head.endswith("a") else 8, "big")
    argument = argument if head.endswith("a") else b"\x7f" + argument[1:]
    data = bytes.fromhex(head) + argument + rest
    assert isinstance(read(data), InputError)


def test_a_huge_claim_allocates_nothing() -> None:
    for head in ("5b7fffffffffffffff", "7b7fffffffffffffff", "9b7fffffffffffffff", "bb7fffffffffffffff", "9a7fffffff", "ba7fffffff"):
        assert peak(bytes.fromhex(head) + bytes(4000)) < 64 << 10


def peak(data: bytes) -> int:
    """Most memory that reading takes, in bytes."""
    read(data)  # what is kept for good is kept now
    tracemalloc.start()
    try:
        read(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.threat("B09")
@pytest.mark.parametrize(
    "spelling", ["c4821b000000003b9aca0001", "c5821b000000003b9aca0001", "c2590400" + "ff" * 1024, "fb7ff8000000000000", "d81e820102"]
)
def test_a_number_that_costs_more_to_print_than_to_send_is_never_made(spelling: str) -> None:
    found = read(bytes.fromhex(spelling))
    assert found.code in {"cbor-tag", "cbor-simple"}
    assert len(str(found)) < 200


@pytest.mark.threat("B09")
@given(st.binary(max_size=300))
def test_a_refusal_can_always_be_printed(data: bytes) -> None:
    found = read(data)
    assert len(str(found) if isinstance(found, InputError) else repr(found)) < 20_000


def test_what_the_profile_cannot_say_is_our_own_mistake() -> None:
    for value in (1.5, None, (1, 2), {1, 2}):
        with pytest.raises(TypeError):
            cbor.encode(value)  # type: ignore[arg-type]  # because the mistake is the point
    for key in (True, b"x", 1.0):
        with pytest.raises(TypeError):
            cbor.encode({key: 0})  # type: ignore[dict-item]  # because the mistake is the point
    for value in (1 << 64, -(1 << 64) - 1):
        with pytest.raises(OverflowError):
            cbor.encode(value)


def test_a_place_may_take_more_than_the_ordinary() -> None:
    data = cbor.encode(bytes(cbor.MAX_BYTES))
    assert cbor.decode(data, limit=len(data)) == bytes(cbor.MAX_BYTES)
    with pytest.raises(InputError) as refusal:
        cbor.decode(data)
    assert refusal.value.fault is faults.CBOR_SIZE
