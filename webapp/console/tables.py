"""Tables that leave the console as files: CSV and XLSX. No cell ever begins a formula (threat G10), and no character ends a line or a sheet early."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import xlsxwriter  # type: ignore[import-untyped] # because it ships no types

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Cell = str | int | None

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = re.compile(r"^[\s\u200b\ufeff]*[=+\-@＝＋－＠]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def safe(cell: Cell) -> Cell:
    """A cell that a spreadsheet takes for text: an apostrophe before what it would calculate, spaces for what would break a line or turn it around."""
    if cell is None or isinstance(cell, int):
        return cell
    plain = _CONTROL.sub(" ", cell)
    return f"'{plain}" if _FORMULA.match(plain) or (cell[:1] in "\t\r\n" and cell) else plain


def to_csv(heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """CSV in UTF-8 with a byte order mark, which Chinese spreadsheets ask for."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerows([["" if cell is None else safe(cell) for cell in row] for row in (heading, *rows)])
    return page.getvalue().encode("utf-8-sig")


def to_xlsx(name: str, heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """One sheet. Texts are written as texts: nothing in it is a formula, a link or a number that was not one."""
    page = io.BytesIO()
    with xlsxwriter.Workbook(page, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet(name[:31])
        bold = book.add_format({"bold": True, "bg_color": "#DCEAF7", "bottom": 1})
        widths = [_width(cell) for cell in heading]
        sheet.write_row(0, 0, [safe(cell) for cell in heading], bold)
        for number, row in enumerate(rows, start=1):
            widths = [max(width, _width(cell)) for width, cell in zip(widths, row, strict=True)]
            for at, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, at, cell)
                elif cell is not None:
                    sheet.write_string(number, at, str(safe(cell)))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, min(60, width + 2))
        sheet.freeze_panes(1, 0)
    return page.getvalue()


def _width(cell: Cell) -> int:
    return sum(1 + (character > "\u2e7f") for character in str(cell or ""))
