"""The office's own acts at the console: orders and what comes back, service points and terminals, the list of items, and how operators come to sign in."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from codes import cbor
from codes.keys import SoftwareSigner
from ecard import CardRef
from ecard.access import resets
from ecard.model import StockState
from ecard.tickets.kinds import Category, Channel, Statement
from ecard.venues.places import Equipment
from tests.ecard.reception import PASSWORD
from tests.webapp.consolehouse import hall, house
from tests.webapp.officehouse import NAME

if TYPE_CHECKING:
    from tests.webapp.consolehouse import Browser, House

__all__ = ["hall", "house"]


def give(browser: Browser, path: str, papers: tuple[str, ...] = (), **fields: Any) -> str:
    """A form of the office's own, filled in, repeated, and done; what is seen then."""
    browser.get(f"/console/{path}")
    browser.post(f"/console/{path}", evidence=list(papers), step="review", **fields)
    assert 'name="step" value="do"' in browser.page, browser.text()
    return browser.post(f"/console/{path}", status=303, **(browser.hidden() | {"step": "do"}))


def returned(*rows: tuple[object, ...]) -> tuple[io.BytesIO, str]:
    page = io.StringIO()
    csv.writer(page).writerows([("行号", "卡号", "结果", "说明"), *rows])
    return io.BytesIO(page.getvalue().encode()), "return.csv"


def test_an_order_is_placed_its_file_taken_and_what_comes_back_is_booked_row_by_row(house: House) -> None:
    cards = [house.shell.applied(serial) for serial in (1, 2)]
    shop = house.open("shop-1")
    assert "还没有制卡单" in shop.get("/console/production")
    shop.get("/console/production/new")
    assert "HZ-4" in shop.page
    assert "aria-invalid" in shop.post("/console/production/new", status=400, step="review", maker="no such name!", point="hall-1")
    shop.post("/console/production/new", step="review", maker="MAKER-1", point="hall-1")
    assert "渝中办事大厅" in shop.page
    assert 'value="MAKER-1"' in shop.post("/console/production/new", **(shop.hidden() | {"step": "edit"}))
    assert "已办理：下制卡单" in give(shop, "production/new", maker="MAKER-1", point="hall-1")
    ref = re.findall(r"/console/production/([0-9a-f]{32})/file", shop.page)[0]
    shop.post("/console/production/new", step="review", maker="MAKER-1", point="hall-1")
    shop.post("/console/production/new", status=409, **(shop.hidden() | {"step": "do"}))
    assert "没有待制的卡" in shop.page or "待制" in shop.text()

    shop.get(f"/console/production/{ref}")
    file = shop.send(f"/console/production/{ref}/file", {})
    assert file.headers["Content-Disposition"] == "attachment; filename=order.csv"
    assert file.text.count(NAME) == 2
    lines = {row["卡号"]: row["行号"] for row in csv.DictReader(io.StringIO(file.text.lstrip("\ufeff")))}
    numbers = [house.desk.card(CardRef(card)).card.number for card in cards]
    assert lines.keys() == set(numbers)

    shop.get(f"/console/production/{ref}")
    assert "aria-" in shop.post(f"/console/production/{ref}/return", status=400, key="0" * 32)
    shop.get(f"/console/production/{ref}")
    rows = ((lines[numbers[0]], numbers[0], "废卡", "blistered"), (lines[numbers[1]], numbers[1], "成品", ""), ("99", numbers[1], "成品", ""))
    page = shop.post(f"/console/production/{ref}/return", key="1" * 32, file=returned(*rows))
    assert "成品 0 张，废卡 1 张，此前已登记 0 张" in page
    assert "芯片尚未写入，不能算成品" in page
    assert "单上没有这个行号" in page
    assert page.count('<span class="pill bad">废卡</span>') == 1
    assert numbers[0] not in page
    assert "没有这样的卡" in shop.get(f"/console/production/{ref}?state=handed")
    assert shop.get(f"/console/production/{ref}?state=damaged").count("查看卡片") == 1
    assert "全部相符" in shop.get("/console/production?count=1")
    house.open("clerk-1").get(f"/console/production/{ref}")
    assert [entry.state for entry in house.desk.stock_movements(CardRef(cards[0]))] == [StockState.DAMAGED]


def test_orders_and_their_lines_are_read_page_by_page(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.console.production.PAGE", 1)
    boss, refs = house.open("sup-1"), []
    for serial in (1, 2, 3):
        house.shell.applied(serial)
        if serial != 2:
            house.clock.on(minutes=1)
            give(boss, "production/new", maker="MAKER-1", point="hall-1")
            refs += re.findall(r"/console/production/([0-9a-f]{32})/file", boss.page)
    first = boss.get("/console/production")
    assert [ref in first for ref in refs] == [False, True]
    second = boss.get("/console/production?" + re.findall(r"production\?(after=[0-9a-f]{32})", first)[0])
    assert refs[0] in second
    assert "下一页" not in second
    boss.get("/console/production?after=0", status=409)
    lines = boss.get(f"/console/production/{refs[1]}")
    assert "下一页" in lines
    assert "下一页" not in boss.get(f"/console/production/{refs[1]}?after=1")
    house.open("sup-9").get(f"/console/production?after={refs[0]}", status=409)


def test_points_and_terminals_are_registered_and_retired(house: House) -> None:
    boss = house.open("sup-1")
    assert "已办理：指定网点" in give(boss, "points/new", ref="hall-2", name="江北办事大厅", kind="centre")
    assert "江北办事大厅" in boss.page
    assert "已办理：登记读卡器" in give(boss, "points/readers/new", ref="reader-2")
    assert "已办理：停用网点" in give(boss, "points/hall-2/end")
    boss.get("/console/points/hall-2/end", status=400)
    key = cbor.encode(SoftwareSigner.from_scalar(7).public_key.to_cbor()).hex()
    said: dict[str, Any] = {"ref": "T-1", "public_key": key, "venue": "两路口站", "scene": ["metro", "hospital"], "place": "29.5630,106.5516"}
    wrongs: tuple[dict[str, Any], ...] = (
        {"public_key": "zz"},
        {"place": "somewhere"},
        {"scene": []},
        {"scene": ["NO SUCH"]},
        {"venue": ""},
        {"ref": "a b!"},
    )
    for wrong in wrongs:
        boss.get("/console/terminals/new")
        assert "请检查这一栏" in boss.post("/console/terminals/new", status=400, step="review", **(said | wrong)), wrong
    assert "已办理：登记终端" in give(boss, "terminals/new", **said)
    assert "两路口站" in boss.page
    terminal, _ = house.desk.terminals(region="CN-CQ")[0]
    assert (terminal.scenes, terminal.place and terminal.place.latitude) == (("hospital", "metro"), 29_563_000)
    assert "已办理：停用终端" in give(boss, "terminals/T-1/end")
    assert house.desk.terminals(region="CN-CQ")[0][0].ended is not None
    assert "/console/terminals/T-1/end" not in boss.page
    house.open("clerk-1").get("/console/terminals/new", status=403)
    assert "登记终端" not in house.open("clerk-1").get("/console/terminals")


@pytest.mark.article("CQ-14a")
def test_an_item_goes_its_way_step_by_step_with_the_document_of_each(house: House) -> None:
    boss, clerk = house.open("sup-1"), house.open("clerk-1")
    assert "清单尚未公布" in boss.get("/console/items")
    said: dict[str, Any] = {
        "id": "archives",
        "zh": "档案查询",
        "en": "Archives",
        "group": "other",
        "needs": ["query"],
        "regions": ["CN-CQ"],
        "tier": "municipal",
    }
    said |= {"duty": "mandatory", "electronic": "yes", "articles": "CQ-8", "by": "市档案局", "document": "档函〔2026〕1号"}
    wrongs: tuple[dict[str, Any], ...] = ({"group": "x"}, {"needs": []}, {"needs": ["fly"]}, {"electronic": "x"}, {"document": ""}, {"tier": "x"})
    for wrong in wrongs:
        boss.get("/console/items/new")
        assert "请检查这一栏" in boss.post("/console/items/new", status=400, step="review", **(said | wrong)), wrong
    assert "未生效" in give(boss, "items/new", **said)
    assert "已办理：登记拟定的事项" in boss.page
    boss.get("/console/items/archives/step")
    boss.post("/console/items/archives/step", step="review", by="CN-CQ", document="渝府〔2026〕2号", status=400)
    for step in ("decide", "publish"):
        boss.get("/console/items/archives/step")
        assert "已办理：登记事项的下一步" in take(boss, step)
    assert "已生效" in boss.page
    boss.get("/console/items/archives/step")
    boss.post("/console/items/archives/step", step="review", taken="file", by="CN-CQ", document="渝备〔2026〕1号")
    boss.post("/console/items/archives/step", status=409, **(boss.hidden() | {"step": "do"}))
    assert "第 1 版" in clerk.get("/console/items")
    assert "档函〔2026〕1号" in clerk.get("/console/items/archives")
    assert "登记下一步" not in clerk.page
    serve(house, "archives")
    assert "受理事项：档案查询" in clerk.get("/console/terminals")
    clerk.get("/console/items/nothing", status=404)
    clerk.get("/console/items/new", status=403)


def serve(house: House, item: str) -> None:
    """A terminal that stands somewhere, and is there for one item."""
    head, at = house.office.settings.operators["sup-1"].acting(), house.clock()
    key = SoftwareSigner.from_scalar(9).public_key
    house.desk.register_terminal("T-9", key, venue="档案馆", scenes=["hall"], actor=head, at=at)
    house.desk.look_at_venue("archive-1", name="档案馆", equipment=Equipment(readers=1, scanners=1, access=frozenset()), actor=head, at=at)
    house.desk.serve_items("T-9", "archive-1", [item], actor=head, at=at)


@pytest.mark.article("ZZ-16b")
def test_what_should_have_been_answered_by_now_is_said_on_the_first_page(house: House) -> None:
    house.desk.take_ticket(Statement(region="CN-CQ", category=Category.REFUSED, text="窗口不收卡"), channel=Channel.PLATFORM, at=house.clock())
    assert "答复期限" not in house.open("clerk-1").get("/console/")
    house.clock.on(days=60)
    assert "1 件已超过答复期限" in house.open("clerk-1").get("/console/")
    assert "答复期限" not in house.open("shop-1").get("/console/")
    assert "答复期限" not in house.open("clerk-9").get("/console/")


def take(boss: Browser, step: str) -> str:
    return give(boss, "items/archives/step", taken=step, by="CN-CQ", document="渝府〔2026〕2号")


# ------------------------------------------------------------------------------------------------------------ staff


@pytest.mark.threat("F12")
def test_an_operator_gets_new_secrets_from_two_others_and_a_day_later(house: House) -> None:
    clerk, boss, admin = house.open("clerk-1"), house.open("sup-1"), house.open("admin-1")
    assert "clerk-1" in admin.get("/console/staff")
    admin.get("/console/staff/clerk-1/reset")
    admin.post("/console/staff/clerk-1/reset", step="review")
    admin.post("/console/staff/clerk-1/reset", status=409, **(admin.hidden() | {"step": "do"}))
    papers = tuple(paper.value for paper in resets.PROOF)
    assert "已办理：申请重置登录方式" in give(admin, "staff/clerk-1/reset", papers)
    assert "批准重置" not in admin.page
    admin.post("/console/staff/clerk-1/approve", status=409, code=house.code("admin-1"))
    assert "有 1 项登录方式重置等待第二人批准" in boss.get("/console/")
    assert "登录方式重置待批准" in boss.get("/console/queue")
    assert "已核验身份证件" in boss.get("/console/staff/clerk-1")
    house.clock.on(minutes=6)
    assert "再次验证身份" in boss.post("/console/staff/clerk-1/approve", status=403)
    boss.get("/console/staff/clerk-1")
    assert "起可重新发放" in boss.post("/console/staff/clerk-1/approve", status=303, code=house.code("sup-1"))
    house.clock.on(minutes=1)
    new: dict[str, Any] = {"password": PASSWORD + " and more", "again": PASSWORD + " and more"}
    boss.get("/console/staff/clerk-1/sign-in")
    assert "未满 24 小时" in boss.post("/console/staff/clerk-1/sign-in", status=409, **new, code=house.code("sup-1"))
    assert "至少 12 个字符" in boss.post("/console/staff/clerk-1/sign-in", status=400, password="short", again="short")
    house.clock.on(days=1)
    admin = house.open("admin-1")
    admin.get("/console/staff/clerk-1/sign-in")
    assert "两次填写的新密码不一致" in admin.post("/console/staff/clerk-1/sign-in", status=400, password="a", again="b")
    page = admin.post("/console/staff/clerk-1/sign-in", **new)
    assert "只显示这一次" in page
    assert len(re.findall(r'<li><code class="wide">', page)) == 10
    house.secrets["clerk-1"] = re.findall(r'<dd><code class="wide">([A-Z2-7 ]+)', page)[0].replace(" ", "")
    assert clerk.client.get("/console/").status_code == 303
    code = pyotp.TOTP(house.secrets["clerk-1"]).at(house.clock() + timedelta(seconds=31))
    house.clock.on(seconds=31)
    sent = {"name": "clerk-1", "password": new["password"], "code": code, "next": ""}
    assert clerk.client.post("/console/sign-in", data=sent, headers={"Origin": "http://localhost"}).status_code == 303


def test_a_reset_is_turned_down_and_sessions_are_ended(house: House) -> None:
    clerk, admin = house.open("clerk-1"), house.open("admin-1")
    give(admin, "staff/clerk-1/reset", tuple(paper.value for paper in resets.PROOF))
    assert "在办的重置" not in admin.post("/console/staff/clerk-1/decline", status=303)
    assert "已办理：结束全部会话" in give(admin, "staff/clerk-1/sign-out")
    assert clerk.client.get("/console/").status_code == 303
    clerk = house.open("clerk-1")
    clerk.get("/console/staff", status=403)
    for path in ("staff/clerk-9", "staff/nobody"):
        admin.get(f"/console/{path}", status=404)
