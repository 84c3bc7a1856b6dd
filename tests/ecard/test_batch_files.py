from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from codes.errors import CardError
from ecard import faults, tabular
from ecard.making import sheet
from ecard.spreadsheet import read_xlsx
from ecard.tabular import read_table
from tests.ecard.city import CQ, NOW, City, person_number, refused
from tests.ecard.counters import (
    FORM,
    INTAKE,
    as_csv,
    as_xlsx,
    filled,
    open_point,
    preview,
    take_in,
    wrong,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


GOOD = [filled(1), filled(2), filled(3)]


def wide(text: str) -> str:
    """The same digits and letters, full-width."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


BAD: list[tuple[dict[str, str], str, str | None]] = [
    ({sheet.NUMBER: "50010119900307001Y"}, "identity-number", sheet.NUMBER),
    ({sheet.NUMBER: person_number(1)[:-1] + "~"}, "identity-number", sheet.NUMBER),
    ({sheet.NUMBER: ""}, "identity-number", sheet.NUMBER),
    ({sheet.NUMBER: person_number(1, born="19900230")}, "identity-birth-date", sheet.NUMBER),
    ({sheet.NUMBER: person_number(1, born="20300101")}, "identity-birth-date", sheet.NUMBER),
    ({sheet.NUMBER: person_number(1)[:17] + str((int(person_number(1)[17].replace("X", "0")) + 1) % 10)}, "identity-check-digit", sheet.NUMBER),
    ({sheet.NUMBER: "=" + person_number(1)}, "identity-number", sheet.NUMBER),
    ({sheet.TYPE: "学生证"}, "row-identity-type", sheet.TYPE),
    ({sheet.NAME: ""}, "person-name", sheet.NAME),
    ({sheet.NAME: "江小鱼1"}, "person-name", sheet.NAME),
    ({sheet.NAME: "江小\n鱼"}, "row-cell", sheet.NAME),
    ({sheet.NAME: "江\u202e小鱼"}, "row-cell", sheet.NAME),
    ({sheet.NAME: "鱼" * 201}, "row-cell", sheet.NAME),
    ({sheet.BORN: "1990-02-30"}, "row-date", sheet.BORN),
    ({sheet.BORN: "1990-03-08"}, "row-date", sheet.BORN),
    ({sheet.BORN: "7.3.1990"}, "row-date", sheet.BORN),
    ({sheet.PORTRAIT: ""}, "row-portrait", sheet.PORTRAIT),
]


@pytest.mark.article("HZ-9a")
@pytest.mark.error("row-date")
@pytest.mark.error("row-portrait")
@pytest.mark.error("row-identity-type")
@pytest.mark.error("row-cell")
@pytest.mark.parametrize("as_file", [as_csv, as_xlsx])
def test_a_row_that_is_not_true_is_refused_with_the_field_that_is_wrong(city: City, as_file: Callable[[Sequence[Sequence[str]]], bytes]) -> None:
    report = preview(city, as_file([filled(order, **cells) for order, (cells, _, _) in enumerate(BAD, start=1)]))
    assert wrong(report) == [(row, code, field) for row, (_, code, field) in enumerate(BAD, start=2)]
    for refused_row in report.refused:
        assert refused_row.refusal is not None
        assert refused_row.refusal.fault.hint.zh in refused_row.refusal.sentence
        assert refused_row.refusal.fault.hint.en in refused_row.refusal.sentence


def test_what_people_type_is_understood(city: City) -> None:
    assert person_number(9).endswith("X")
    for cells in (
        {sheet.NUMBER: wide(person_number(9)), sheet.BORN: "１９９０-０３-０７"},
        {sheet.NUMBER: person_number(9).lower()},
        {sheet.BORN: ""},
        {sheet.BORN: "19900307"},
        {sheet.BORN: "1990/3/7"},
        {sheet.BORN: "1990年3月7日"},
        {sheet.TYPE: "居民身份证"},
        {sheet.TYPE: "resident-id"},
        {sheet.NAME: "阿卜杜热合曼·麦麦提"},
    ):
        assert wrong(preview(city, as_csv([filled(9, **cells)]))) == []


@pytest.mark.article("CQ-5a")
@pytest.mark.error("row-duplicate")
def test_one_person_stands_once_in_a_file_however_the_number_is_typed(city: City) -> None:
    number = person_number(9)
    rows = [
        filled(9),
        filled(9, **{sheet.NUMBER: wide(number), sheet.PORTRAIT: "b.jpg"}),
        filled(9, **{sheet.NUMBER: number.lower(), sheet.PORTRAIT: "c.jpg"}),
    ]
    report = preview(city, as_csv([*rows, filled(2, **{sheet.PORTRAIT: "9.JPG"})]))
    assert wrong(report) == [(3, "row-duplicate", sheet.NUMBER), (4, "row-duplicate", sheet.NUMBER), (5, "row-portrait", sheet.PORTRAIT)]
    assert {row.refusal.first for row in report.refused if row.refusal} == {2}


@pytest.mark.article("HZ-8")
@pytest.mark.error("table-columns")
@pytest.mark.error("row-shape")
def test_what_the_form_does_not_ask_for_is_not_collected(city: City) -> None:
    for heading, wrong_with in (
        ((*sheet.HEADING, "宗教信仰"), "unknown"),
        (("证件号码", "identity_number", "姓名", "照片"), "twice"),
        (("证件号码", "姓名"), "missing"),
    ):
        with refused(faults.TABLE_COLUMNS, wrong=wrong_with):
            preview(city, as_csv([], heading=heading))
    assert wrong(preview(city, as_csv([[*filled(1), "无"], [*filled(2), ""]]))) == [(2, "row-shape", None)]
    open_point(city)
    with refused(faults.TABLE_COLUMNS, wrong="no rows"):
        take_in(city, as_csv([]))


@pytest.mark.error("row-number-rounded")
def test_a_number_that_a_spreadsheet_has_rounded_is_refused_with_what_to_do(city: City) -> None:
    def with_numbers(*cells: str) -> bytes:
        rows = "".join(f'<row r="{at}">{cells}</row>' for at, cells in enumerate(cells, start=2))
        text = as_xlsx([])
        return rewritten(text, rows)

    def row(number: str, name: str = "江小鱼", born: str = "") -> str:
        return (
            f'<c t="inlineStr"><is><t>resident-id{"-15" if len(number) == 15 else ""}</t></is></c><c><v>{number}</v></c>'
            f'<c t="inlineStr"><is><t>{name}</t></is></c><c><v>{born}</v></c><c t="inlineStr"><is><t>{number}.jpg</t></is></c>'
        )

    content = with_numbers(
        row("500101199003070000"), row("5.00101199003072E+17"), row("510202350307001", born="12850"), row("510202350307002", born="19350307")
    )
    assert wrong(preview(city, content)) == [(2, "row-number-rounded", sheet.NUMBER), (3, "row-number-rounded", sheet.NUMBER)]
    content = with_numbers(row("510202350307001", born="12851"), row("510202350307002", born="99999999"), row("510202350307003", born="1.5"))
    assert [code for _, code, _ in wrong(preview(city, content))] == ["row-date"] * 3
    formula = with_numbers("<c/><c><f>1+1</f><v>2</v></c>")
    assert wrong(preview(city, formula)) == [(2, "row-cell", sheet.NUMBER)]


def rewritten(workbook: bytes, rows: str) -> bytes:
    """The workbook with these rows put in below its heading."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as ours, zipfile.ZipFile(written, "w") as package:
        for name in ours.namelist():
            package.writestr(name, ours.read(name).decode().replace("</sheetData>", f"{rows}</sheetData>"))
    return written.getvalue()


@pytest.mark.threat("G10")
@pytest.mark.parametrize("content", [as_csv, as_xlsx, lambda rows: as_csv(rows, encoding="gb18030")])
def test_the_refused_rows_come_back_in_the_same_format_and_are_good_once_mended(
    city: City, content: Callable[[Sequence[Sequence[str]]], bytes]
) -> None:
    open_point(city)
    evil = filled(2, **{sheet.NAME: '=HYPERLINK("http://x")', sheet.BORN: "-1+1", sheet.PORTRAIT: "@x"})
    handed_in = content([filled(1), evil, filled(3, **{sheet.BORN: "1990-13-01"})])
    report = take_in(city, handed_in)
    back = city.office.corrections(handed_in, report)
    table = read_table(back)
    assert (table.format, table.encoding) == (read_table(handed_in).format, read_table(handed_in).encoding)
    assert table.heading == (*sheet.HEADING, sheet.REASON_HEADING)
    assert len(table.rows) == 2
    assert [cells[5].text.rpartition("(")[2] for _, cells in table.rows] == ["row-date)", "row-date)"]
    for _, cells in table.rows:
        assert not any(cell.text.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert city.office.corrections(back, preview(city, back)) == back
    mended = content([[*filled(2), "已改"], [*filled(3), "已改"]]) if content is as_xlsx else back
    if content is not as_xlsx:
        mended = as_csv([[*filled(2), "已改"], [*filled(3), "已改"]], heading=(*sheet.HEADING, sheet.REASON_HEADING))
        assert wrong(take_in(city, mended)) == []
    else:
        assert [number for number, _ in read_xlsx(back, max_rows=9)] == [1, 2, 3]


@pytest.mark.parametrize("after", [0, 3])
def test_reports_and_tables_print_nothing_of_anybody(city: City, after: int) -> None:
    open_point(city)
    content = as_csv([filled(1), filled(2, **{sheet.BORN: "1990-13-01"}), *GOOD[:after]])
    said = (
        repr(preview(city, content))
        + repr(take_in(city, content))
        + repr(read_table(content))
        + repr(list(sheet.entries(read_table(content), now=NOW)))
    )
    for order in (1, 2):
        assert person_number(order) not in said
    assert "江小鱼" not in said


def test_a_long_file_is_looked_through_in_steps(city: City) -> None:
    heard: list[tuple[int, int]] = []
    city.office.preview_batch(
        as_csv([filled(order) for order in range(1, 251)]),
        region=CQ,
        actor=INTAKE,
        evidence=FORM,
        at=city.at,
        progress=lambda done, rows: heard.append((done, rows)),
    )
    assert heard == [(100, 250), (200, 250), (250, 250)]


def test_a_file_that_is_too_large_is_refused_before_anything_is_read(city: City) -> None:
    with pytest.raises(CardError) as caught:
        preview(city, b"x" * (tabular.MAX_BYTES + 1))
    assert caught.value.code == "table-too-large"


def test_a_file_about_people_is_known_again_by_a_keyed_digest_and_is_not_kept(city: City) -> None:
    open_point(city)
    content = as_csv([filled(1)])
    report = take_in(city, content)
    assert report.batch
    stored = city.path.read_bytes() + city.path.with_name("record.db-wal").read_bytes()
    assert person_number(1).encode() not in stored
    assert "江小鱼".encode() not in stored
    assert hashlib.sha256(content).digest() not in stored
    assert report.batch.digest in stored
