"""The files of the social security application as typed values: EF05 about the card, EF06 about the person (LD/T 32.6), read and written."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codes.errors import InputError
from physical import faults, sscfields
from physical.sscfields import Generation, Sex

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

CARD_ID_BYTES = 16
_NAME, _NAME_EXTENSION = 30, 20


class File(enum.IntEnum):
    """Files of SSSE by identifier; the low five bits are the short one."""

    ISSUER = 0xEF05
    HOLDER = 0xEF06


class Tag(enum.IntEnum):
    """Data items by tag."""

    CARD_ID, CATEGORY, VERSION, INITIALISER, ISSUED, EXPIRES, CARD_NUMBER = range(1, 8)
    NUMBER, NAME, SEX, ETHNICITY, BIRTHPLACE, BORN = range(8, 14)
    NAME_EXTENSION = 0x4E


FIELDS: Mapping[File, tuple[Tag, ...]] = {
    File.ISSUER: (Tag.CARD_ID, Tag.CATEGORY, Tag.VERSION, Tag.INITIALISER, Tag.ISSUED, Tag.EXPIRES, Tag.CARD_NUMBER),
    File.HOLDER: (Tag.NUMBER, Tag.NAME, Tag.NAME_EXTENSION, Tag.SEX, Tag.ETHNICITY, Tag.BIRTHPLACE, Tag.BORN),
}
"""The items of each file in the order of their records; the extension of the name is on cards of generation 3.0 only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerFile:
    """EF05: the card. `card_number` is None where the card wants external authentication first."""

    card_id: bytes
    category: str
    generation: Generation
    initialiser: str
    issued: date | None
    expires: date | None
    card_number: str | None = field(repr=False)

    @property
    def region(self) -> str:
        """The pooling area (统筹区): six digits."""
        return self.card_id[:3].hex()

    @classmethod
    def of(cls, items: Mapping[Tag, bytes]) -> IssuerFile:
        """Read the items. Raises `InputError` ssc-field."""
        card_id = _needed(items, Tag.CARD_ID)
        if len(card_id) != CARD_ID_BYTES:
            raise InputError(faults.SSC_FIELD, field="card_id", size=len(card_id))
        number = items.get(Tag.CARD_NUMBER)
        return cls(
            card_id=card_id,
            category=sscfields.ascii_text("category", _needed(items, Tag.CATEGORY)),
            generation=sscfields.chosen("version", Generation, _needed(items, Tag.VERSION)),
            initialiser=sscfields.digits("initialiser", _needed(items, Tag.INITIALISER)),
            issued=sscfields.day("issued", _needed(items, Tag.ISSUED)),
            expires=sscfields.day("expires", _needed(items, Tag.EXPIRES)),
            card_number=None if number is None else sscfields.ascii_text("card_number", number),
        )

    def items(self) -> dict[Tag, bytes]:
        """The items to be written, in the order of their records. `ValueError` when a text does not fit its field."""
        items = {
            Tag.CARD_ID: self.card_id,
            Tag.CATEGORY: sscfields.pad(self.category, 1),
            Tag.VERSION: sscfields.pad(self.generation, 4),
            Tag.INITIALISER: sscfields.pack(self.initialiser, 12),
            Tag.ISSUED: sscfields.pack_day(self.issued),
            Tag.EXPIRES: sscfields.pack_day(self.expires),
        }
        return items if self.card_number is None else items | {Tag.CARD_NUMBER: sscfields.pad(self.card_number, 9)}


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderFile:
    """EF06: the person. Prints nothing of it."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    sex: Sex = field(repr=False)
    ethnicity: str = field(repr=False)
    """GB/T 3304, two digits."""
    birthplace: str = field(repr=False)
    """Six digits, empty where the card has none."""
    born: date | None = field(repr=False)

    @classmethod
    def of(cls, items: Mapping[Tag, bytes]) -> HolderFile:
        """Read the items. Raises `InputError` ssc-field."""
        return cls(
            number=sscfields.citizen_number("number", _needed(items, Tag.NUMBER)),
            name=sscfields.person_name("name", _needed(items, Tag.NAME), items.get(Tag.NAME_EXTENSION, b"")),
            sex=sscfields.chosen("sex", Sex, _needed(items, Tag.SEX)),
            ethnicity=sscfields.digits("ethnicity", _needed(items, Tag.ETHNICITY)),
            birthplace=sscfields.digits("birthplace", _needed(items, Tag.BIRTHPLACE)),
            born=sscfields.day("born", _needed(items, Tag.BORN)),
        )

    def items(self, generation: Generation) -> dict[Tag, bytes]:
        """The items to be written, in the order of their records. A long name goes on in its extension, which only generation 3.0 has.

        Raises `InputError` ssc-field when the name does not fit, `ValueError` when another text does not.
        """
        name = self.name.encode("gb18030")
        room = _NAME + (_NAME_EXTENSION if generation is Generation.THIRD else 0)
        if len(name) > room:
            raise InputError(faults.SSC_FIELD, field="name", size=len(name), room=room)
        items = {Tag.NUMBER: sscfields.pad(self.number, 18), Tag.NAME: name[:_NAME].ljust(_NAME, b"\0")}
        if generation is Generation.THIRD:
            items[Tag.NAME_EXTENSION] = name[_NAME:].ljust(_NAME_EXTENSION, b"\0")
        return items | {
            Tag.SEX: sscfields.pad(self.sex, 1),
            Tag.ETHNICITY: sscfields.pack(self.ethnicity, 1),
            Tag.BIRTHPLACE: sscfields.pack(self.birthplace, 3),
            Tag.BORN: sscfields.pack_day(self.born),
        }


def _needed(items: Mapping[Tag, bytes], tag: Tag) -> bytes:
    if tag not in items:
        raise InputError(faults.SSC_FIELD, field=tag.name.lower(), size=0)
    return items[tag]
