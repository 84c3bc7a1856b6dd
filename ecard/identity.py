"""Who a person is, as a document says it: a typed number and a name, each with its own rules.

Resident numbers follow GB 11643: region 6, date of birth 8, order 3, check character MOD 11-2 (ISO 7064). The region digits are those of the first
registration and say nothing about where a card belongs: people registered in Chongqing before 1997 carry 51, later ones 50. So nothing reads them.

The objects here print masked, so that neither a log nor a traceback holds a number.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from codes.credential import MAX_NAME_BYTES
from codes.errors import InputError
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAME = 50
"""Characters of the longest name; the masked form of any such name fits into a credential."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_BORN_IN_THE_1800S = frozenset({"996", "997", "998", "999"})
"""Order numbers that the old 15-digit form kept for people who were a hundred years old."""
_JOINERS = "·・ -'’."


class IdentityType(enum.StrEnum):
    """The kinds of document with which one may apply."""

    RESIDENT_ID = "resident-id"
    RESIDENT_ID_15 = "resident-id-15"
    """The old form, without century and check character."""
    RESIDENCE_PERMIT = "hmt-residence-permit"
    """Residence permit for Hong Kong, Macao and Taiwan residents: 81, 82 or 83."""
    FOREIGN_RESIDENT = "foreign-permanent-resident"
    """Foreign permanent resident card of 2023: a 9, then as a resident number."""


_SHAPES: Mapping[IdentityType, re.Pattern[str]] = {
    IdentityType.RESIDENT_ID: re.compile(r"[1-7][0-9]{16}[0-9X]", re.ASCII),
    IdentityType.RESIDENT_ID_15: re.compile(r"[1-7][0-9]{14}", re.ASCII),
    IdentityType.RESIDENCE_PERMIT: re.compile(r"8[123]0000[0-9]{11}[0-9X]", re.ASCII),
    IdentityType.FOREIGN_RESIDENT: re.compile(r"9[0-9]{16}[0-9X]", re.ASCII),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A number that has passed its type's rules, in its one spelling. Made by `parse`."""

    type: IdentityType
    number: str

    def __repr__(self) -> str:
        return f"Identity({self.type}, ****)"

    @property
    def person(self) -> str:
        """The 18-character number that stands for the same person in every type: what "one person" is judged by."""
        if self.type is not IdentityType.RESIDENT_ID_15:
            return self.number
        century = "18" if self.number[12:] in _BORN_IN_THE_1800S else "19"
        body = self.number[:6] + century + self.number[6:]
        return body + check_character(body)

    @property
    def tail(self) -> str:
        """The last four characters, which an identity credential shows."""
        return self.number[-4:]


def parse(kind: IdentityType, text: str, *, on: date) -> Identity:
    """Read a number as it was typed or scanned on the day `on`. Full-width characters and a small x are the same number; nothing else is.

    Raises `InputError`: identity-number, identity-birth-date, identity-check-digit. The facts hold nothing of the number.
    """
    number = "".join(unicodedata.normalize("NFKC", character) if "！" <= character <= "～" else character for character in text)
    number = number.replace("x", "X")
    if not _SHAPES[kind].fullmatch(number):
        raise InputError(faults.IDENTITY_NUMBER, type=kind, length=len(text))
    person = Identity(kind, number).person
    try:
        born = date.fromisoformat(f"{person[6:10]}-{person[10:12]}-{person[12:14]}")
    except ValueError:
        raise InputError(faults.IDENTITY_BIRTH_DATE, type=kind, wrong="impossible") from None
    if born > on:
        raise InputError(faults.IDENTITY_BIRTH_DATE, type=kind, wrong="future")
    if check_character(person[:17]) != person[17]:
        raise InputError(faults.IDENTITY_CHECK_DIGIT, type=kind)
    return Identity(kind, number)


def check_character(body: str) -> str:
    """The MOD 11-2 check character of 17 digits."""
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as the document shows it, stored as given: no normalisation, rare characters and middle dots included. Made by `parse_name`."""

    text: str

    def __repr__(self) -> str:
        return "PersonName(****)"

    @property
    def masked(self) -> str:
        """What an identity credential shows: 王*芳, 王*, 阿******迪. At least one character is always hidden."""
        shown = _clusters(self.text)
        if len(shown) == 1:
            return "*"
        if len(shown) == 2:
            return shown[0] + "*"
        return shown[0] + "*" * (len(shown) - 2) + shown[-1]


def parse_name(text: str) -> PersonName:
    """Read a name. Raises `InputError` person-name; the facts hold nothing of it."""
    known = all(unicodedata.category(character)[0] in "LM" or character in _JOINERS for character in text)
    if not known or not 0 < len(text) <= MAX_NAME or not unicodedata.category(text[0]).startswith("L") or text != text.strip():
        raise InputError(faults.PERSON_NAME, length=len(text), limit=MAX_NAME)
    name = PersonName(text)
    if len(name.masked.encode()) > MAX_NAME_BYTES:
        raise InputError(faults.PERSON_NAME, wrong="marks", limit=MAX_NAME_BYTES)
    return name


def _clusters(text: str) -> list[str]:
    """Characters with the marks and variation selectors that belong to them."""
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.category(character)[0] == "M":
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters
