from __future__ import annotations

import contextlib
import io
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codes.errors import InputError
from ecard import faults, spreadsheet, tabular
from ecard.spreadsheet import Cell, CellKind, read_xlsx, write_xlsx
from ecard.tabular import TableFormat, read_table, write_table
from tests.ecard.city import refused

ROWS = [["证件号码", "姓名"], ["110101199003070000", "喆䶮𠮷"], ["", ""], ["1", ""]]
SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def packed(parts: dict[str, str | None]) -> bytes:
    """A workbook of ours with some parts put in otherwise, or taken out."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(write_xlsx(ROWS))) as ours, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        for name in dict.fromkeys([*ours.namelist(), *parts]):
            part = parts.get(name, ours.read(name).decode() if name in ours.namelist() else None)
            if part is not None:
                package.writestr(name, part)
    return written.getvalue()


def of_sheet(rows: str) -> bytes:
    return packed({SHEET: f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"})


def texts(content: bytes) -> list[list[str]]:
    table = read_table(content)
    return [list(table.heading), *([cell.text for cell in cells] for _, cells in table.rows)]


@pytest.mark.parametrize(("encoding", "told"), [("utf-8-sig", "utf-8-sig"), ("utf-8", "utf-8"), ("gb18030", "gb18030"), ("gbk", "gb18030")])
def test_a_csv_file_is_read_in_whichever_encoding_it_was_saved(encoding: str, told: str) -> None:
    rows = ROWS if encoding != "gbk" else [["证件号码", "姓名"], ["1", "江小鱼"]]
    content = "\r\n".join(",".join(row) for row in rows).encode(encoding)
    table = read_table(content)
    assert (table.format, table.encoding) == (TableFormat.CSV, told)
    assert texts(content) == [row for row in rows if any(row)]
    assert "110101" not in repr(table)


@pytest.mark.error("table-encoding")
@pytest.mark.parametrize(
    "content",
    ["姓名".encode("utf-16"), "姓名\0".encode(), b"\xef\xbb\xbf\xd0\xd5", b"a\x00b", "姓名".encode("gb18030") + b"\xff", b"\x80"],
)
def test_text_that_is_neither_is_refused_and_never_guessed(content: bytes) -> None:
    with refused(faults.TABLE_ENCODING):
        read_table(content)


@pytest.mark.error("table-format")
@pytest.mark.parametrize("content", [b'a,"b', b'a\n"b"c,d', b"PK\x03\x04 and no more", b"PK\x03\x04"])
def test_a_broken_file_is_refused(content: bytes) -> None:
    with refused(faults.TABLE_FORMAT):
        read_table(content)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b",,\r\n", of_sheet("")])
def test_a_file_without_a_heading_is_refused(content: bytes) -> None:
    with refused(faults.TABLE_COLUMNS, wrong="no heading"):
        read_table(content)


@pytest.mark.error("table-too-large")
def test_a_file_is_read_up_to_its_limits_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "MAX_ROWS", 3)
    assert len(read_table(b"a\n1\n2\n3\n").rows) == 3
    assert len(read_table(write_xlsx([["a"]] * 4)).rows) == 3
    for content in (b"a\n1\n2\n3\n4\n", write_xlsx([["a"]] * 5)):
        with refused(faults.TABLE_TOO_LARGE, limit=3):
            read_table(content)
    for content in (b"a" * (tabular.MAX_BYTES + 1), b"," * 64, of_sheet('<row><c r="BM1"><v>1</v></c></row>')):
        with refused(faults.TABLE_TOO_LARGE):
            read_table(content)


def test_a_workbook_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with refused(faults.TABLE_TOO_LARGE):
        read_table(of_sheet("<row/>" * 500_000))
    monkeypatch.setattr(spreadsheet, "MAX_PART_BYTES", 100)
    with refused(faults.TABLE_TOO_LARGE, limit=100):
        read_table(write_xlsx(ROWS))


ENTITIES = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    "parts",
    [
        {SHEET: f"{ENTITIES}<worksheet {MAIN}><sheetData><row><c><v>&b;</v></c></row></sheetData></worksheet>"},
        {SHEET: None},
        {SHEET: "<worksheet>"},
        {SHEET: f'<worksheet {MAIN}><row r="2"/><row r="2"/></worksheet>'},
        {SHEET: f'<worksheet {MAIN}><row r="two"/></worksheet>'},
        {SHEET: f'<worksheet {MAIN}><row><c r="1A"/></row></worksheet>'},
        {SHEET: f'<worksheet {MAIN}><row><c t="s"><v>7</v></c></row></worksheet>'},
        {"xl/workbook.xml": f"<workbook {MAIN}/>"},
        {"xl/workbook.xml": f'<workbook {MAIN}><sheet name="a"/></workbook>'},
        {"xl/_rels/workbook.xml.rels": "<Relationships/>"},
        {"xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" Target="../../../etc/passwd"/></Relationships>'},
        {"xl/sharedStrings.xml": "<sst><si>"},
    ],
)
def test_a_workbook_that_is_not_put_together_right_is_refused(parts: dict[str, str | None]) -> None:
    with refused(faults.TABLE_FORMAT):
        read_table(packed(parts))


def test_a_locked_workbook_is_refused_as_unreadable() -> None:
    content = bytearray(write_xlsx(ROWS))
    for flag in (content.index(b"PK\x03\x04") + 6, content.index(b"PK\x01\x02") + 8):
        content[flag] |= 1
    for at in range(len(content) - 4):
        if content[at : at + 4] == b"PK\x01\x02":
            content[at + 8] |= 1
    with refused(faults.TABLE_FORMAT):
        read_table(bytes(content))


def test_cells_are_read_as_spreadsheet_programs_write_them() -> None:
    shared = f"<sst {MAIN}><si><t>姓名</t></si><si><r><t>江</t></r><r><t>小鱼</t></r><rPh><t>jiang</t></rPh></si></sst>"
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>照片</t></is></c></row><row r="3"/>'
        '<row r="5"><c r="A5" t="s"><v>1</v></c><c r="B5"><v>32939</v></c><c r="C5" t="str"><f>1+1</f><v>2</v></c></row>'
        '<row><c t="str"><v>x</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c><f>A1</f></c></row>'
    )
    sheet = f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
    relationships = '<Relationships><Relationship Id="rId1" Target="/xl/worksheets/sheet1.xml"/></Relationships>'
    content = packed({SHEET: sheet, "xl/sharedStrings.xml": shared, "xl/_rels/workbook.xml.rels": relationships})
    assert read_xlsx(content, max_rows=9) == (
        (1, (Cell("姓名"), Cell(), Cell("照片"))),
        (5, (Cell("江小鱼"), Cell("32939", CellKind.NUMBER), Cell("2", CellKind.OTHER))),
        (6, (Cell("x"), Cell("1", CellKind.OTHER), Cell("#N/A", CellKind.OTHER), Cell("=", CellKind.OTHER))),
    )


@pytest.mark.threat("G10")
@pytest.mark.parametrize("form", TableFormat)
@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", '=HYPERLINK("x")', "=cmd|' /C calc'!A0"])
def test_no_cell_that_is_written_begins_like_a_formula(form: TableFormat, cell: str) -> None:
    content = write_table([["a"], [cell, "b"]], form=form)
    rows = read_xlsx(content, max_rows=9) if form is TableFormat.XLSX else tabular._csv_rows(content.decode("utf-8-sig"))
    assert rows[1][1][0].text.startswith("'")
    assert rows[1][1][0].kind is CellKind.TEXT


@given(rows=st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=4), max_size=4), form=st.sampled_from(TableFormat))
@example(rows=[["'=1", "'", "\ud800", "\0"]], form=TableFormat.CSV)
def test_what_is_written_can_be_read_again(rows: list[list[str]], form: TableFormat) -> None:
    content = write_table([["heading"], *rows], form=form)
    assert content == write_table([["heading"], *rows], form=form)
    assert read_table(content).heading[0] == "heading"


@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_refusal(content: bytes) -> None:
    for whole in (content, b"PK\x03\x04" + content):
        with contextlib.suppress(InputError):
            read_table(whole)
