"""The console's other pages: applications and files of them, terminals, odd scans, audit and its export, figures that anybody can count again."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from codes import cbor
from codes.keys import SoftwareSigner
from ecard import CardRef
from ecard.figures import Month
from ecard.making.sheet import HEADING
from ecard.model import FindingKind, seconds
from ecard.terminals import findings
from tests.webapp.consolehouse import hall, house
from tests.webapp.consolestrings import FORMULAS, NAUGHTY
from tests.webapp.officehouse import NAME, number
from webapp.console.tables import safe, to_csv, to_xlsx

if TYPE_CHECKING:
    from tests.webapp.consolehouse import House

__all__ = ["hall", "house"]
PAPERS = ["application-form", "identity-document-checked", "portrait"]


def terminal(house: House, name: str, venue: str) -> None:
    key = cbor.encode(SoftwareSigner.from_scalar(int.from_bytes(name.encode())).public_key.to_cbor()).hex()
    house.shell.done("terminal", "register", name, "--key", key, "--venue", venue, "--scene", "metro", "--as", "sup-1")


def table(*rows: tuple[str, ...]) -> bytes:
    page = io.StringIO()
    csv.writer(page).writerows([HEADING, *rows])
    return page.getvalue().encode()


@pytest.mark.article("ZS-15")
def test_an_application_is_taken_in_by_one_and_approved_by_another(house: House) -> None:
    town, clerk = house.open("town-1"), house.open("clerk-1")
    town.get("/console/applications")
    said = {"name": NAME, "identity_number": number(1), "identity_type": "resident-id", "eligibility": "registered-resident"}
    town.post("/console/applications", status=409, **said, key="0" * 32)
    town.get("/console/applications")
    sent = said | {"evidence": PAPERS, "key": "0" * 32}
    assert "已受理，等待另一人批准" in town.post("/console/applications", status=303, **sent)
    town.post("/console/applications", status=303, **sent)
    assert NAME not in town.page
    assert "批准建卡" not in town.page
    page = clerk.get("/console/applications")
    assert page.count("批准建卡") == 1
    ref = page.split('action="/console/applications/')[1].partition('"')[0]
    clerk.post(f"/console/applications/{ref}", status=400, decision="refuse", key="2" * 32)
    clerk.get("/console/applications")
    assert "卡片" in clerk.post(f"/console/applications/{ref}", status=303, decision="approve", key="1" * 32)


def test_an_application_is_refused_for_a_reason(house: House) -> None:
    town, clerk = house.open("town-1"), house.open("clerk-1")
    town.get("/console/applications")
    said = {"name": NAME, "identity_number": number(1), "evidence": PAPERS, "key": "0" * 32}
    town.post("/console/applications", status=303, **said)
    ref = clerk.get("/console/applications").split('action="/console/applications/')[1].partition('"')[0]
    assert "已退回" in clerk.post(f"/console/applications/{ref}", status=303, decision="refuse", reason="person-name", key="1" * 32)


def test_a_file_is_looked_through_taken_in_approved_and_its_refused_rows_given_back(house: House) -> None:
    rows = [("居民身份证", number(serial), NAME, "1980-01-01", f"{serial}.jpg") for serial in (1, 2)]
    content = table(*rows, ("居民身份证", number(3)[:-1] + "?", NAME, "1980-01-01", "3.jpg"))
    clerk, other = house.open("clerk-1"), house.open("clerk-2")

    def send(mode: str, status: int = 200, **more: str) -> str:
        clerk.get("/console/applications")
        return clerk.post("/console/batches", status=status, file=(io.BytesIO(content), "people.csv"), mode=mode, evidence=PAPERS, **more)

    page = send("preview")
    assert "这只是预检" in page
    assert page.count('<span class="pill ok">可受理</span>') == 2
    assert number(1) not in page
    send("commit", status=400)
    page = send("commit", employer="EMP-1")
    assert "请由另一人批准建卡" in page
    ref = page.split("/console/batches/")[1].partition('"')[0]
    back = send("corrections")
    assert "退回原因" in back
    assert number(1) not in back
    clerk.get(f"/console/batches/{ref}")
    clerk.post(f"/console/batches/{ref}/approve", status=409)
    other.get(f"/console/batches/{ref}")
    assert other.post(f"/console/batches/{ref}/approve", status=303).count("已建卡") == 2
    clerk.get("/console/applications")
    clerk.post("/console/batches", status=400, mode="preview")
    house.open("clerk-9").get(f"/console/batches/{ref}", status=409)


def test_a_large_file_has_room_and_other_forms_have_not(house: House) -> None:
    clerk = house.open("clerk-1")
    large = io.BytesIO(b"x" * 200_000)
    assert clerk.send("/console/batches", {"file": (large, "people.csv"), "mode": "preview", "evidence": PAPERS}).status_code == 400
    assert clerk.send("/console/search", {"number": "1" * 200_000}).status_code == 413


def test_terminals_show_versions_and_ages_and_a_finding_is_closed_by_a_person(house: House) -> None:
    terminal(house, "T-1", "两路口站")
    card = house.shell.active()
    boss = house.open("sup-1")
    assert "两路口站" in boss.get("/console/terminals")
    house.clock.on(days=2)
    boss = house.open("sup-1")
    assert "2 天前" in boss.get("/console/terminals")
    with house.desk.store.writing() as work:
        now = seconds(house.clock())
        entropy = house.desk.entropy
        findings.note(work, entropy, FindingKind.CLOCK_AHEAD, "T-1", 7, card=CardRef(card), measured=90, now=now)
    assert "终端时钟超前" in boss.get("/console/findings")
    assert "快 90 秒" in boss.page
    ref = boss.page.split('action="/console/findings/')[1].partition('"')[0]
    boss.post(f"/console/findings/{ref}", status=400, decision="", key="0" * 32)
    boss.get("/console/findings")
    assert "没有待核查的异常扫码" in boss.post(f"/console/findings/{ref}", status=303, decision="terminal-checked", key="0" * 32)


@pytest.mark.threat("F09")
def test_the_audit_shows_every_link_and_exports_what_it_shows(house: House) -> None:
    card = house.shell.active()
    clerk, auditor = house.open("clerk-1"), house.open("audit-1")
    clerk.get(f"/console/cards/{card}")
    clerk.post(f"/console/cards/{card}/reveal", field="name", purpose="misuse-case")
    page = auditor.get(f"/console/audit/cards/{card}")
    assert "违规案件调查" in page
    assert NAME not in page
    told = json.loads(auditor.raw(f"/console/audit/cards/{card}/chain.json"))
    assert [event["command"] for event in told["events"]] == [event.command for event in house.desk.events(CardRef(card))]
    rows = list(csv.DictReader(io.StringIO(auditor.raw(f"/console/audit/cards/{card}/chain.csv").decode("utf-8-sig"))))
    assert [row["hash"] for row in rows] == [event.hash.hex() for event in house.desk.events(CardRef(card))]
    auditor.get(f"/console/audit/cards/{card}/chain.exe", status=404)
    auditor.get("/console/audit")
    assert "问题 0 个" in auditor.post("/console/audit")
    desk = auditor.page.split("/console/audit/desks/")[3].partition('"')[0]
    for path in ("CN-CQ", desk):
        auditor.get(f"/console/audit/desks/{path}")
        assert auditor.raw(f"/console/audit/desks/{path}/chain.csv").startswith(b"\xef\xbb\xbfseq")
    auditor.get("/console/audit/desks/CN-SC", status=404)
    clerk.get("/console/audit", status=403)
    with house.desk.store.writing() as work:
        work.connection.exec_driver_sql("DROP TRIGGER IF EXISTS card_event_is_append_only")
        changed = work.connection.exec_driver_sql
        for (trigger,) in changed("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'card_event'").all():
            changed(f"DROP TRIGGER {trigger}")
        changed("UPDATE card_event SET actor = 'clerk-2' WHERE seq = 1")
    auditor.get("/console/audit")
    assert "问题 0 个" not in auditor.post("/console/audit")
    assert "note bad" in auditor.page


def test_figures_are_counted_from_the_events_and_the_files_say_the_same(house: House) -> None:
    first, second = house.shell.applied(1), house.shell.applied(2)
    clerk, boss = house.open("clerk-1"), house.open("sup-1")
    events = [event for card in (first, second) for event in house.desk.events(CardRef(card))]
    month = Month.of(house.clock())
    wanted = Counter(event.command for event in events)
    rows = list(csv.reader(io.StringIO(boss.raw(f"/console/figures.csv?month={month}").decode("utf-8-sig"))))
    assert rows[0] == ["地区", "网点", "代码", "业务", "笔数"]
    assert rows[1:] == [["CN-CQ", "hall-1", command, "申领", str(count)] for command, count in wanted.items()]
    with zipfile.ZipFile(io.BytesIO(boss.raw(f"/console/figures.xlsx?month={month}"))) as book:
        assert "CN-CQ" in book.read("xl/sharedStrings.xml").decode()
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    page = boss.get("/console/figures")
    assert f'<option value="{month}" selected>' in page
    assert "没有办理记录" in boss.get(f"/console/figures?month={month.before}")
    for no_month in ("2026-13", "9999-12", "0001-01", "1999-12", "２０２６-11", "2026-1", "%00"):
        boss.get(f"/console/figures?month={no_month}", status=400)
    clerk.get("/console/figures", status=403)
    assert (month.next.before, str(Month(year=2026, month=12).next), str(Month(year=2026, month=1).before)) == (month, "2027-01", "2025-12")


@pytest.mark.threat("G10")
def test_no_cell_of_a_file_begins_a_formula_or_ends_a_line() -> None:
    for text in (*FORMULAS, *NAUGHTY, "=cmd|'/C calc'!A0", "a\nb", "a\u202eb"):
        cell = str(safe(text))
        assert cell.lstrip()[:1] not in {"=", "+", "-", "@", "＝", "＋", "－", "＠"}
        assert not set(cell) & set("\r\n\t\u202e")
    content = to_csv(("x",), [(text,) for text in FORMULAS]).decode("utf-8-sig")
    assert [row[0][0] for row in list(csv.reader(io.StringIO(content)))[1:]] == ["'"] * len(FORMULAS)
    with zipfile.ZipFile(io.BytesIO(to_xlsx("x", ("x", "n"), [(text, 1) for text in FORMULAS]))) as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    assert safe(None) is None
    assert safe(-5) == -5
