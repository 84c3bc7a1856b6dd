"""Tables that people hand in and get back: CSV in UTF-8 (with or without mark) or GB18030, or XLSX, told apart by their bytes and never by their names.

What is read is text, cell by cell, with its kind; what is written never begins a cell with a sign that a spreadsheet program would take for a formula.
"""

from __future__ import annotations

import csv
import enum
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.errors import InputError
from ecard import faults
from ecard.spreadsheet import MAX_COLUMNS, Cell, CellKind, Row, read_xlsx, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_BYTES = 4 * 1024 * 1024
MAX_ROWS = 10_000
MAX_CELL = 200
"""Characters of the longest cell."""

_MARK = b"\xef\xbb\xbf"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class TableFormat(enum.StrEnum):
    """How a table lies in its file."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as it was handed in. Prints without its cells."""

    format: TableFormat
    encoding: str
    """utf-8-sig, utf-8 or gb18030; XLSX is always utf-8."""
    heading: tuple[str, ...]
    rows: tuple[Row, ...]
    """Those below the heading that hold anything."""

    def __repr__(self) -> str:
        return f"Table({self.format}, {self.encoding}, {len(self.rows)} rows)"


def read_table(content: bytes) -> Table:
    """Read a file. Raises `InputError`: table-format, table-encoding, table-too-large, table-columns (no heading)."""
    if len(content) > MAX_BYTES:
        raise InputError(faults.TABLE_TOO_LARGE, bytes=len(content), limit=MAX_BYTES)
    if content.startswith(b"PK\x03\x04"):
        form, encoding, rows = TableFormat.XLSX, "utf-8", read_xlsx(content, max_rows=MAX_ROWS)
    else:
        encoding, text = _decode(content)
        form, rows = TableFormat.CSV, _csv_rows(text)
    if not rows:
        raise InputError(faults.TABLE_COLUMNS, wrong="no heading")
    return Table(format=form, encoding=encoding, heading=tuple(cell.text.strip() for cell in rows[0][1]), rows=rows[1:])


def _decode(content: bytes) -> tuple[str, str]:
    """The text, whole and without a doubt. What is valid UTF-8 is UTF-8: Chinese in GB18030 is not, but for freaks of a few characters."""
    for encoding in ("utf-8-sig",) if content.startswith(_MARK) else ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise InputError(faults.TABLE_ENCODING, wrong="NUL")
        return encoding, text
    raise InputError(faults.TABLE_ENCODING)


def _csv_rows(text: str) -> tuple[Row, ...]:
    rows: list[Row] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            if len(cells) > MAX_COLUMNS:
                raise InputError(faults.TABLE_TOO_LARGE, columns=len(cells), limit=MAX_COLUMNS)
            if any(cells):
                if len(rows) > MAX_ROWS:
                    raise InputError(faults.TABLE_TOO_LARGE, rows=len(rows), limit=MAX_ROWS)
                rows.append((number, tuple(map(Cell, cells))))
    except csv.Error:
        raise InputError(faults.TABLE_FORMAT, format="csv", row=len(rows) + 1) from None
    return tuple(rows)


def columns(table: Table, names: Mapping[str, str], *, needed: Sequence[str]) -> dict[int, str]:
    """Field of each column, by the names that a heading may use. Raises `InputError` table-columns."""
    found = {at: names.get(name.casefold(), "") for at, name in enumerate(table.heading) if name}
    for at, field in found.items():
        if not field:
            raise InputError(faults.TABLE_COLUMNS, wrong="unknown", column=at + 1)
        if list(found.values()).count(field) > 1:
            raise InputError(faults.TABLE_COLUMNS, wrong="twice", field=field)
    for field in needed:
        if field not in found.values():
            raise InputError(faults.TABLE_COLUMNS, wrong="missing", field=field)
    return found


def fields_of(row: Row, places: Mapping[int, str]) -> dict[str, Cell]:
    """The cells of a row by field. Raises `InputError`: row-shape, row-cell, with the field as a fact."""
    fields: dict[str, Cell] = {}
    for at, cell in enumerate(row[1]):
        if at not in places:
            if cell.text:
                raise InputError(faults.ROW_SHAPE, column=at + 1)
            continue
        if cell.kind is CellKind.OTHER:
            raise InputError(faults.ROW_CELL, field=places[at], wrong="formula")
        if len(cell.text) > MAX_CELL:
            raise InputError(faults.ROW_CELL, field=places[at], wrong="length", limit=MAX_CELL)
        if any(unicodedata.category(character) in {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"} for character in cell.text):
            raise InputError(faults.ROW_CELL, field=places[at], wrong="control character")
        fields[places[at]] = cell._replace(text=_unguarded(cell.text))
    return fields


def write_table(rows: Sequence[Sequence[str]], *, form: TableFormat, encoding: str = "utf-8-sig") -> bytes:
    """A file of these rows, harmless to open. A character that the encoding or XML does not have becomes a question mark."""
    safe = [[guarded(text) for text in row] for row in rows]
    if form is TableFormat.XLSX:
        return write_xlsx(safe)
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows(safe)
    return written.getvalue().encode(encoding, "replace")


def guarded(text: str) -> str:
    """A cell that no spreadsheet program takes for a formula: behind an apostrophe where it began like one. Reading takes it off again."""
    plain = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]", "?", text)
    return f"'{plain}" if text.startswith(_FORMULA) else plain


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
