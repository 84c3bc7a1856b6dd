"""The form of a batch: which columns it has, and what one row must hold. Reads rows into people, or says what is wrong with them.

    证件类型 identity_type      may be empty: resident identity card
    证件号码 identity_number    as text; full-width digits and a small x are the same number
    姓名 name
    出生日期 birth_date         may be missing; must be the one in the number
    照片 portrait               file name of the portrait, one for each person
    退回原因 reason             in files that were sent back; not read

No further column is accepted: what the form does not ask for is not collected (HZ-8).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from codes.errors import CardError, Fault, InputError
from ecard import applying, faults, identity
from ecard.identity import IdentityType
from ecard.spreadsheet import CellKind
from ecard.tabular import columns, fields_of
from ecard.vault import Person

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ecard.spreadsheet import Cell, Row
    from ecard.tabular import Table

TYPE, NUMBER, NAME, BORN, PORTRAIT, REASON = "identity_type", "identity_number", "name", "birth_date", "portrait", "reason"
HEADING = ("证件类型", "证件号码", "姓名", "出生日期", "照片")
REASON_HEADING = "退回原因"
NAMES: Mapping[str, str] = {
    **{name: name for name in (TYPE, NUMBER, NAME, BORN, PORTRAIT, REASON)},
    **dict(zip((*HEADING, REASON_HEADING), (TYPE, NUMBER, NAME, BORN, PORTRAIT, REASON), strict=True)),
}
_TYPES: Mapping[str, IdentityType] = {
    **{kind.value: kind for kind in IdentityType},
    "": IdentityType.RESIDENT_ID,
    "居民身份证": IdentityType.RESIDENT_ID,
    "身份证": IdentityType.RESIDENT_ID,
    "居民身份证（15位）": IdentityType.RESIDENT_ID_15,
    "港澳台居民居住证": IdentityType.RESIDENCE_PERMIT,
    "外国人永久居留身份证": IdentityType.FOREIGN_RESIDENT,
}
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日|([0-9]{2})([0-9]{2}))", re.ASCII
)
_EXACT_DIGITS = 15
"""A spreadsheet keeps so many digits of a number; what follows it replaces by zeros."""
_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row that can be taken in. Prints masked."""

    person: Person
    portrait: str

    def __repr__(self) -> str:
        return "Entry(****)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a row is refused, and which of its fields is wrong."""

    fault: Fault
    field: str | None = None
    first: int | None = None
    """The earlier row that it repeats."""

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, in both languages, for the file that goes back."""
        where = "" if self.first is None else f" [{self.first}]"
        title, hint = self.fault.title, self.fault.hint
        return f"{title.zh}{where}：{hint.zh} | {title.en}{where}: {hint.en} ({self.fault.code})"


def fault_of(code: str) -> Fault:
    """The fault of this code."""
    return next(fault for fault in vars(faults).values() if isinstance(fault, Fault) and fault.code == code)


def entries(table: Table, *, now: int) -> Iterator[tuple[int, Entry | Refusal]]:
    """Every row with what it holds. A person, or a portrait, that stands in an earlier good row is refused. Raises `InputError` table-columns."""
    places = columns(table, NAMES, needed=(NUMBER, NAME, PORTRAIT))
    today = datetime.fromtimestamp(now, applying.LOCAL).date()
    people: dict[str, int] = {}
    portraits: dict[str, int] = {}
    for row in table.rows:
        entry = _entry(row, places, today)
        if isinstance(entry, Entry):
            who, portrait = entry.person.identity.person, entry.portrait.casefold()
            if who in people:
                entry = Refusal(fault=faults.ROW_DUPLICATE, field=NUMBER, first=people[who])
            elif portrait in portraits:
                entry = Refusal(fault=faults.ROW_PORTRAIT, field=PORTRAIT, first=portraits[portrait])
            else:
                people[who] = portraits[portrait] = row[0]
        yield row[0], entry


def _entry(row: Row, places: Mapping[int, str], today: date) -> Entry | Refusal:
    field = None
    try:
        cells = fields_of(row, places)
        field = TYPE
        kind = _TYPES.get(_text(cells, TYPE))
        if kind is None:
            return Refusal(fault=faults.ROW_IDENTITY_TYPE, field=TYPE)
        field = NUMBER
        number = identity.parse(kind, _digits(cells), on=today)
        field = BORN
        _check_birth(cells.get(BORN), number)
        field = NAME
        name = identity.parse_name(_text(cells, NAME))
        field = PORTRAIT
        portrait = _text(cells, PORTRAIT)
        if not portrait:
            return Refusal(fault=faults.ROW_PORTRAIT, field=PORTRAIT)
    except CardError as error:
        said = error.facts.get("field")
        return Refusal(fault=error.fault, field=str(said) if said is not None else field)
    return Entry(person=Person(identity=number, name=name), portrait=portrait)


def _text(cells: Mapping[str, Cell], field: str) -> str:
    cell = cells.get(field)
    return "" if cell is None else cell.text


def _digits(cells: Mapping[str, Cell]) -> str:
    """The number as text. One that a spreadsheet kept as a numeric value is whole only up to 15 digits."""
    cell = cells.get(NUMBER)
    if cell is None or cell.kind is CellKind.TEXT:
        return "" if cell is None else cell.text
    if not (cell.text.isascii() and cell.text.isdigit()) or len(cell.text) > _EXACT_DIGITS:
        raise InputError(faults.ROW_ROUNDED)
    return cell.text


def _check_birth(cell: Cell | None, number: identity.Identity) -> None:
    """Return if no date is given, or the one that stands in the number. A numeric cell is a spreadsheet's day count, or the eight digits themselves."""
    if cell is None or not cell.text:
        return
    written = unicodedata.normalize("NFKC", cell.text)
    try:
        if cell.kind is CellKind.NUMBER and len(written) < 8:
            born = _EPOCH + timedelta(days=int(written))
        else:
            found = _DATE.fullmatch(written)
            year, *rest = [int(part) for part in found.groups() if part is not None] if found else (0, 0, 0)
            born = date(year, *rest)
    except (ValueError, OverflowError):
        raise InputError(faults.ROW_DATE, wrong="impossible") from None
    if born.strftime("%Y%m%d") != number.person[6:14]:
        raise InputError(faults.ROW_DATE, wrong="not that of the number")
