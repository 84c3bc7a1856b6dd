"""The card number that people read, and the card identification code that the chip carries. Both are random and say nothing about the person (HZ-12).

    card number   region letter ‖ 7 characters ‖ check character        of 31 characters that are not mistaken for one another
    card code     division 3 B (BCD) ‖ registered provider D1 56 00 00 05 ‖ 16 random digits (BCD)        record 01 of EF05, CHIP section 1.2

The check character is a weighted sum modulo the prime 31 with weights that are distinct and never 0: every single wrong character and every exchange
of two characters, neighbours or not, is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import InputError
from ecard import faults

if TYPE_CHECKING:
    from ecard.model import Entropy

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
LENGTH = 9
CODE_BYTES = 16
PROVIDER = bytes.fromhex("d156000005")
"""Registered application provider of the social security card."""

_PRIME = len(ALPHABET)
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def check_character(body: str) -> str:
    """The character that makes the weighted sum of the whole number 0."""
    return ALPHABET[-sum((LENGTH - at) * _VALUES[character] for at, character in enumerate(body)) % _PRIME]


def draw_number(letter: str, entropy: Entropy) -> str:
    """A random card number of a region. `ValueError` for a letter that could be mistaken for a digit."""
    if letter not in _VALUES or not letter.isalpha():
        msg = f"{letter!r} cannot begin a card number"
        raise ValueError(msg)
    drawn = int.from_bytes(entropy(16))  # 128 bits over 31**7: no number is favoured by more than 2**-93
    body = letter
    for _ in range(LENGTH - 2):
        drawn, value = divmod(drawn, _PRIME)
        body += ALPHABET[value]
    return body + check_character(body)


def parse_number(text: str) -> str:
    """Read a card number as somebody typed it, in capitals or not. Raises `InputError` card-number."""
    number = text.upper() if text.isascii() else ""
    if len(number) != LENGTH or not all(character in _VALUES for character in number):
        raise InputError(faults.CARD_NUMBER, wrong="form", length=len(text))
    if check_character(number[:-1]) != number[-1]:
        raise InputError(faults.CARD_NUMBER, wrong="check character")
    return number


def draw_code(division: str, entropy: Entropy) -> bytes:
    """A random card identification code of a division of six digits, 16 bytes."""
    if len(division) != 6 or not (division.isascii() and division.isdigit()):
        msg = f"{division!r} is not a division of six digits"
        raise ValueError(msg)
    digits = f"{int.from_bytes(entropy(16)) % 10**16:016}"
    return bytes.fromhex(division) + PROVIDER + bytes.fromhex(digits)
