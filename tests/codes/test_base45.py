"""Base45: exactly one text for a byte string."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import base45
from codes.errors import InputError


def read(text: str) -> bytes | InputError:
    try:
        return base45.decode(text)
    except InputError as error:
        return error


def by_hand(data: bytes) -> str:
    """RFC 9285 section 4, digit by digit."""
    text = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            text.append(base45.ALPHABET[digit])
    return "".join(text)


@given(st.binary(max_size=900))
def test_bytes_come_back_from_their_text(data: bytes) -> None:
    assert base45.encode(data) == by_hand(data)
    assert base45.decode(base45.encode(data)) == data


@pytest.mark.threat("B13")
@given(st.text(max_size=60) | st.text(base45.ALPHABET, max_size=60))
def test_an_accepted_text_is_the_one_text_of_its_bytes(text: str) -> None:
    found = read(text)
    if isinstance(found, InputError):
        assert found.code in {"base45-alphabet", "base45-length", "base45-overflow"}
    else:
        assert base45.encode(found) == text


@pytest.mark.threat("B13")
def test_every_group_of_three_and_of_two_is_judged_right() -> None:
    alphabet = base45.ALPHABET
    for first in alphabet:
        for second in alphabet:
            number = alphabet.index(first) + 45 * alphabet.index(second)
            found = read(first + second)
            assert (found == bytes((number,))) if number < 256 else (isinstance(found, InputError) and found.code == "base45-overflow")
    for number in [*range(0, 91125, 7), 65535, 65536, 91124]:
        triplet = "".join(alphabet[number // 45**power % 45] for power in range(3))
        found = read("000" + triplet + "000")
        assert (
            (found == b"\0\0" + number.to_bytes(2, "big") + b"\0\0") if number < 65536 else (isinstance(found, InputError) and found.facts["at"] == 3)
        )


@given(st.text(st.characters(min_codepoint=0x80), min_size=1, max_size=9))
def test_no_other_character_is_taken_for_one_of_the_alphabet(text: str) -> None:
    assert isinstance(read(text * 3), InputError)


def test_a_text_longer_than_any_code_leaves_nothing_in_memory() -> None:
    before = base45._low_bytes.cache_info()
    for length in range(600, 640):
        assert base45.decode(base45.encode(bytes(2 * length))) == bytes(2 * length)
    after = base45._low_bytes.cache_info()
    assert (after.misses, after.currsize) == (before.misses, before.currsize)
