"""XLSX as a table of plain text: read strictly, written so that nothing in it can run.

A workbook is a ZIP of XML. Only four of its parts are opened, each up to a limit; a document type declaration is refused, so nothing expands; what is not
text or a number is marked, so that whoever reads the rows can refuse the cell. The first sheet counts.
"""

from __future__ import annotations

import enum
import io
import re
import struct
import zipfile
import zlib
from html import escape
from posixpath import normpath
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from codes.errors import InputError
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PART_BYTES = 32 * 1024 * 1024
MAX_COLUMNS = 64
_DEFLATE_BOMB = 200
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, expat.ExpatError, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, LookupError, StopIteration),
)
"""What zipfile, zlib, expat and our own look-ups say of a file that is not put together right."""
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)


class CellKind(enum.StrEnum):
    """What kind of thing lies in a cell. OTHER is what a form never holds: formulas, truth values, errors."""

    TEXT = "text"
    NUMBER = "number"
    OTHER = "other"


class Cell(NamedTuple):
    """One cell as text."""

    text: str = ""
    kind: CellKind = CellKind.TEXT


Row = tuple[int, tuple[Cell, ...]]
"""A row's number, as a spreadsheet counts from 1, and its cells."""


def read_xlsx(content: bytes, *, max_rows: int) -> tuple[Row, ...]:
    """The rows of the first sheet that hold anything. Raises `InputError`: table-format, table-too-large."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            sheet = _first_sheet(package)
            shared = _shared_strings(package) if "xl/sharedStrings.xml" in package.namelist() else []
            return _Sheet(shared, max_rows).read(_part(package, sheet))
    except _BROKEN:
        raise InputError(faults.TABLE_FORMAT, format="xlsx") from None


def _part(package: zipfile.ZipFile, name: str) -> bytes:
    part = package.getinfo(name)
    if part.file_size > MAX_PART_BYTES or part.file_size > _DEFLATE_BOMB * max(part.compress_size, 4096):
        raise InputError(faults.TABLE_TOO_LARGE, part_bytes=part.file_size, limit=MAX_PART_BYTES)
    with package.open(part) as stream:  # a directory that understates its sizes is stopped here by zipfile itself
        return stream.read(MAX_PART_BYTES)


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_declaration: object) -> None:
    raise InputError(faults.TABLE_FORMAT, format="xlsx", wrong="document type")


def _elements(xml: bytes, wanted: str) -> list[dict[str, str]]:
    """Attributes of every element of this local name, in order."""
    found: list[dict[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(" ")[2] == wanted:
            found.append(attributes)

    parser = _parser()
    parser.StartElementHandler = start
    parser.Parse(xml, True)
    return found


def _first_sheet(package: zipfile.ZipFile) -> str:
    sheet = _elements(_part(package, "xl/workbook.xml"), "sheet")[0]
    wanted = next(value for name, value in sheet.items() if name.rpartition(" ")[2] == "id")
    target = next(link["Target"] for link in _elements(_part(package, "xl/_rels/workbook.xml.rels"), "Relationship") if link["Id"] == wanted)
    return target.removeprefix("/") if target.startswith("/") else normpath(f"xl/{target}")


def _shared_strings(package: zipfile.ZipFile) -> list[str]:
    strings: list[str] = []
    texts: list[str] = []
    open_tags: list[str] = []

    def start(tag: str, _attributes: dict[str, str]) -> None:
        open_tags.append(tag.rpartition(" ")[2])

    def end(_tag: str) -> None:
        if open_tags.pop() == "si":
            strings.append("".join(texts))
            texts.clear()

    def text(characters: str) -> None:
        if open_tags[-1] == "t" and "rPh" not in open_tags:
            texts.append(characters)

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.Parse(_part(package, "xl/sharedStrings.xml"), True)
    return strings


class _Sheet:
    """What is known of a sheet while its XML goes by."""

    def __init__(self, shared: Sequence[str], max_rows: int) -> None:
        self._shared = shared
        self._max_rows = max_rows
        self._rows: list[Row] = []
        self._number = 0
        self._cells: dict[int, Cell] = {}
        self._column = 0
        self._type = "n"
        self._formula = False
        self._texts: list[str] = []
        self._open: list[str] = []

    def read(self, xml: bytes) -> tuple[Row, ...]:
        parser = _parser()
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = self._start, self._end, self._text
        parser.Parse(xml, True)
        return tuple(self._rows)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        self._open.append(name)
        if name == "row":
            number = int(attributes.get("r", self._number + 1))
            if number <= self._number:
                raise InputError(faults.TABLE_FORMAT, format="xlsx", wrong="rows out of order", row=number)
            self._number, self._column = number, 0
        elif name == "c":
            self._column = _column_of(attributes["r"]) if "r" in attributes else self._column + 1
            if self._column > MAX_COLUMNS:
                raise InputError(faults.TABLE_TOO_LARGE, columns=self._column, limit=MAX_COLUMNS)
            self._type, self._formula = attributes.get("t", "n"), False
            self._texts.clear()
        elif name == "f":
            self._formula = True

    def _text(self, characters: str) -> None:
        inside = self._open[-1]
        if inside == "v" or (inside == "t" and "rPh" not in self._open):
            self._texts.append(characters)

    def _end(self, _tag: str) -> None:
        name = self._open.pop()
        if name == "c":
            self._cells[self._column] = self._cell("".join(self._texts))
        elif name == "row":
            if any(cell.text for cell in self._cells.values()):
                if len(self._rows) > self._max_rows:
                    raise InputError(faults.TABLE_TOO_LARGE, rows=len(self._rows), limit=self._max_rows)
                self._rows.append((self._number, tuple(self._cells.get(at, Cell()) for at in range(1, max(self._cells) + 1))))
            self._cells.clear()

    def _cell(self, text: str) -> Cell:
        if self._formula:
            return Cell(text or "=", CellKind.OTHER)
        if self._type == "s":
            return Cell(self._shared[int(text)] if text.isdigit() else "", CellKind.TEXT if text.isdigit() else CellKind.OTHER)
        if self._type in {"inlineStr", "str"}:
            return Cell(text)
        if self._type == "n":
            return Cell(text, CellKind.NUMBER)
        return Cell(text, CellKind.OTHER)


def _column_of(place: str) -> int:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise InputError(faults.TABLE_FORMAT, format="xlsx", wrong="cell reference")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SHEET_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/worksheet" '
    f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Format 49 is "text": a number typed over by hand stays as it was typed.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/>'
    '</borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>',
}


def write_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of one sheet, every cell formatted as text. The same rows give the same bytes."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(f'<c t="inlineStr" s="1"><is><t xml:space="preserve">{escape(text)}</t></is></c>' for text in row)
        lines.append(f'<row r="{number}">{cells}</row>')
    columns = f'<cols><col min="1" max="{MAX_COLUMNS}" width="22" style="1" customWidth="1"/></cols>'
    sheet = f'<worksheet xmlns="{_MAIN}">{columns}<sheetData>{"".join(lines)}</sheetData></worksheet>'
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        for name, xml in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), _XML + xml, zipfile.ZIP_DEFLATED)
    return written.getvalue()
