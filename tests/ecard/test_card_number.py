from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecard import card_number, faults
from ecard.card_number import ALPHABET
from tests.ecard.city import Stream, refused

NUMBERS = st.text(ALPHABET, min_size=8, max_size=8).map(lambda body: body + card_number.check_character(body))


@pytest.mark.error("card-number")
@given(number=NUMBERS, at=st.integers(0, 8), other=st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(number: str, at: int, other: str) -> None:
    wrong = number[:at] + other + number[at + 1 :]
    if wrong == number:
        assert card_number.parse_number(wrong) == number
    else:
        with refused(faults.CARD_NUMBER, wrong="check character"):
            card_number.parse_number(wrong)


@given(NUMBERS)
def test_every_exchange_of_two_characters_is_found(number: str) -> None:
    for first, second in itertools.combinations(range(9), 2):
        swapped = list(number)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        if "".join(swapped) != number:
            with refused(faults.CARD_NUMBER, wrong="check character"):
                card_number.parse_number("".join(swapped))


@pytest.mark.parametrize("wrong", ["", "C", "C" * 10, "CIIIIIIII", "C1234567\n", "Ｃ12345678", "CL0000000"])
def test_what_is_not_a_card_number_is_refused(wrong: str) -> None:
    with refused(faults.CARD_NUMBER):
        card_number.parse_number(wrong)


def test_capitals_do_not_matter() -> None:
    number = card_number.draw_number("C", Stream())
    assert card_number.parse_number(number.lower()) == number


def test_numbers_are_drawn_not_counted() -> None:
    entropy = Stream()
    drawn = [card_number.draw_number("S", entropy) for _ in range(500)]
    assert len(set(drawn)) == 500
    assert {number[0] for number in drawn} == {"S"}
    assert drawn != sorted(drawn)


@pytest.mark.parametrize("letter", ["I", "c", "5", "", "CQ"])
def test_a_number_begins_with_a_letter_that_is_no_digits_twin(letter: str) -> None:
    with pytest.raises(ValueError, match="cannot begin"):
        card_number.draw_number(letter, Stream())


def test_the_identification_code_is_a_division_the_provider_and_decimal_digits() -> None:
    code = card_number.draw_code("500000", Stream())
    assert len(code) == card_number.CODE_BYTES
    assert code[:8] == bytes.fromhex("500000d156000005")
    assert code[8:].hex().isdecimal()


@pytest.mark.parametrize("division", ["", "50000", "5000000", "50000x", "５０００００"])
def test_a_division_has_six_digits(division: str) -> None:
    with pytest.raises(ValueError, match="division"):
        card_number.draw_code(division, Stream())
