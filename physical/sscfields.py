"""What the bytes of a social security card mean (LD/T 32.6): packed digits, padded text, names in GBK and GB18030.

    cn   packed decimal digits, left-justified, padded with F          an   text, padded with 00

A name is decoded as GB18030, of which GBK is a part, so that a rare character is itself and not a question mark; the field and its extension are
joined before, so that a character cut by the border is whole. What cannot be decoded is `InputError` ssc-field with the field's name, never a guess,
and never the field's content.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from datetime import date
from typing import TypeVar

from codes.errors import InputError
from physical import faults

E = TypeVar("E", bound=enum.StrEnum)

_NUMBER = re.compile(r"[0-9]{17}[0-9X]")


class Generation(enum.StrEnum):
    """Version of the card specification that a card says it follows (规范版本)."""

    FIRST = "1.00"
    SECOND = "2.00"
    THIRD = "3.00"


class Sex(enum.StrEnum):
    """GB/T 2261.1."""

    UNKNOWN = "0"
    MALE = "1"
    FEMALE = "2"
    UNSTATED = "9"


def digits(name: str, value: bytes) -> str:
    """A cn field: its digits without the padding, which may be all there is."""
    text = value.hex().upper().rstrip("F")
    if not (text.isdecimal() or not text):
        raise InputError(faults.SSC_FIELD, field=name)
    return text


def pack(text: str, size: int) -> bytes:
    """Digits as a cn field of `size` bytes. `ValueError` when they do not fit."""
    if len(text) > 2 * size or not (text.isdecimal() or not text):
        msg = f"not at most {2 * size} digits"
        raise ValueError(msg)
    return bytes.fromhex(text.ljust(2 * size, "F"))


def day(name: str, value: bytes) -> date | None:
    """A date as yyyymmdd in four packed bytes; None where the field is empty (all F or all 0)."""
    if len(value) != 4:
        raise InputError(faults.SSC_FIELD, field=name, size=len(value))
    if value in {b"\xff" * 4, bytes(4)}:
        return None
    try:
        return date.fromisoformat(digits(name, value))
    except ValueError:
        raise InputError(faults.SSC_FIELD, field=name) from None


def pack_day(value: date | None) -> bytes:
    """A date as the card has it."""
    return b"\xff" * 4 if value is None else bytes.fromhex(f"{value:%Y%m%d}".rjust(8, "0"))


def pad(text: str, size: int) -> bytes:
    """Text as an an field of `size` bytes. `ValueError` when it does not fit."""
    if len(text) > size or not text.isascii():
        msg = f"not at most {size} characters of ASCII"
        raise ValueError(msg)
    return text.encode("ascii").ljust(size, b"\0")


def ascii_text(name: str, value: bytes) -> str:
    """An an field of letters and digits, without its padding."""
    text = value.rstrip(b"\0")
    if not text.isalnum():  # bytes.isalnum knows ASCII only
        raise InputError(faults.SSC_FIELD, field=name, size=len(text))
    return text.decode("ascii")


def chosen(name: str, kind: type[E], value: bytes) -> E:
    """A field with few values: an an field, of which dots and digits are the text."""
    try:
        return kind(value.rstrip(b"\0").decode("ascii"))
    except ValueError:
        raise InputError(faults.SSC_FIELD, field=name, size=len(value)) from None


def citizen_number(name: str, value: bytes) -> str:
    """社会保障号码: 18 characters. Whose check digit is wrong is for the record to judge; it may be on a card all the same."""
    text = ascii_text(name, value)
    if not _NUMBER.fullmatch(text):
        raise InputError(faults.SSC_FIELD, field=name, size=len(text))
    return text


def person_name(name: str, value: bytes, extension: bytes = b"") -> str:
    """A name as it is on the card, rare characters and middle dots included."""
    raw = value.rstrip(b"\0") + extension.rstrip(b"\0")
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        raise InputError(faults.SSC_FIELD, field=name, size=len(raw)) from None
    if not text or text != text.strip() or any(unicodedata.category(character) == "Cc" for character in text):
        raise InputError(faults.SSC_FIELD, field=name, size=len(raw))
    return text


def mask_name(text: str) -> str:
    """王*芳, 王*, *: at least one character is always hidden."""
    if len(text) < 3:
        return text[:-1] + "*"
    return text[0] + "*" * (len(text) - 2) + text[-1]


def mask_number(text: str) -> str:
    """All but the last four characters hidden."""
    return "*" * (len(text) - 4) + text[-4:]
