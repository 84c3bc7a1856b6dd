"""The console in a real browser: a day's work, by keyboard too, on every page without a complaint of axe, of the policy, or of a dialog."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ecard import CardRef
from ecard.model import HoldKind
from tests.browser.chromium import listening
from tests.browser.stand import Stand
from tests.ecard.reception import PASSWORD
from tests.webapp.consolehouse import House, hall
from tests.webapp.consolestrings import NAUGHTY
from tests.webapp.officehouse import NAME, Shell, number
from tests.webapp.test_console_office import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Dialog, Page

__all__ = ["hall"]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
LOSS = ("in-person", "identity-document-checked", "written-loss-report")


class Room:
    """A console on this machine, and people in front of it."""

    def __init__(self, stand: Stand, browser: Browser) -> None:
        self.stand, self._browser = stand, browser
        self.house = House(stand.hall.shell, stand.hall.app, stand.hall.clock)
        self._contexts: list[Any] = []

    @property
    def url(self) -> str:
        return f"{self.stand.url}/console"

    def sit_down(self, ref: str) -> Page:
        """Somebody signs in, with a browser of their own."""
        context = self._browser.new_context(**DESK)
        self._contexts.append(context)
        page: Page = context.new_page()
        page.goto(f"{self.url}/")
        page.fill("#name", ref)
        page.fill("#password", PASSWORD)
        page.fill("#code", self.house.code(ref))
        page.press("#code", "Enter")
        page.wait_for_url(f"{self.url}/")
        return page

    def leave(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def room(hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], browser: Browser) -> Iterator[Room]:
    shutil.copytree(hall, tmp_path / "office")
    with Stand.opened(Shell(tmp_path / "office", capsys)) as stand:
        room = Room(stand, browser)
        yield room
        room.leave()


def holds(room: Room, card: str) -> list[HoldKind]:
    now = int(room.house.clock().timestamp())
    return [hold.kind for hold in room.house.desk.card(CardRef(card)).holds if hold.in_force(now)]


def fill_in(page: Page, papers: tuple[str, ...]) -> None:
    for paper in papers:
        page.check(f'input[name="evidence"][value="{paper}"]')
    page.click("form.card button.main")


def test_a_loss_is_reported_and_a_freeze_lifted_by_a_second_person(room: Room) -> None:
    card = room.house.shell.active()
    clerk, other, boss = room.sit_down("clerk-1"), room.sit_down("clerk-2"), room.sit_down("sup-1")
    with listening(clerk), listening(other), listening(boss):
        clerk.click("text=查询卡片")
        clerk.fill("#number", number(1))
        clerk.select_option("#purpose", "holder-at-counter")
        clerk.press("#number", "Enter")
        clerk.wait_for_url(f"{room.url}/cards/{card}")
        assert number(1) not in clerk.content()
        clerk.click("text=书面挂失")
        fill_in(clerk, LOSS)
        clerk.dblclick("button.main")
        clerk.wait_for_selector("text=已办理")
        assert holds(room, card) == [HoldKind.LOSS]
        assert len(room.house.desk.events(CardRef(card))) == 4

        clerk.goto(f"{room.url}/cards/{card}/acts/freeze")
        clerk.select_option("#f-ground", "theft")
        clerk.fill("#f-until", "2026-12-31")
        fill_in(clerk, ("case-file",))
        clerk.click("button.main")
        other.goto(f"{room.url}/freezes")
        other.click("text=复核解除")
        fill_in(other, ("review",))
        other.click("text=提交给第二人")
        other.wait_for_selector("text=已提交，等待第二人批准")
        boss.goto(f"{room.url}/queue")
        boss.click("table a")
        boss.fill("#code", room.house.code("sup-1"))
        boss.click("text=批准并办理")
        boss.wait_for_selector("text=已办理")
        assert holds(room, card) == [HoldKind.LOSS]


def test_everything_can_be_done_with_the_keyboard_alone(room: Room) -> None:
    card = room.house.shell.active()
    page = room.sit_down("clerk-1")
    with listening(page):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "跳到正文"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.goto(f"{room.url}/cards/{card}/acts/report-loss")
        reached = []
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "(() => { const at = document.activeElement, box = at.getBoundingClientRect();"
                " return [at.value || at.textContent.trim(), at.matches(':focus-visible'), getComputedStyle(at).outlineStyle, box.width > 0 && box.top >= 0 && box.bottom <= innerHeight] })()"
            )
            reached.append(focused)
            if focused[0] in LOSS:
                page.keyboard.press("Space")
            if focused[0] == "下一步：核对":
                page.keyboard.press("Enter")
                break
        assert all(visible and outline == "solid" and seen for _, visible, outline, seen in reached), reached
        page.wait_for_selector("text=确认办理")
        while page.evaluate("document.activeElement.textContent") != "确认办理":
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=已办理")
    assert holds(room, card) == [HoldKind.LOSS]


def test_no_page_has_anything_that_axe_complains_of(room: Room) -> None:
    card = room.house.shell.active()
    terminal(room.house, "T-1", "两路口站")
    clerk, boss = room.sit_down("clerk-1"), room.sit_down("sup-1")
    clerk.goto(f"{room.url}/cards/{card}/acts/freeze")
    clerk.select_option("#f-ground", "theft")
    clerk.fill("#f-until", "2026-12-31")
    fill_in(clerk, ("case-file",))
    look(clerk)
    clerk.click("button.main")
    look(clerk)
    number_of = room.house.desk.receipts(CardRef(card))[-1].says.number
    clerk.goto(f"{room.url}/cards/{card}/acts/unfreeze")
    fill_in(clerk, ("review",))
    clerk.click("button.main")
    look(clerk)
    clerk.goto(f"{room.url}/cards/{card}")
    clerk.select_option("#purpose", "compare-with-document")
    clerk.click("text=显示一项")
    assert NAME in clerk.content()
    look(clerk)
    mine = (
        "",
        "search",
        "queue",
        "freezes",
        "applications",
        "production",
        "production/new",
        "points",
        "items",
        "items/new",
        "terminals",
        "terminals/new",
        "terminals/T-1/end",
        "staff",
        "staff/clerk-1",
        "staff/clerk-1/sign-in",
        "staff/clerk-1/reset",
        "findings",
        "audit",
        "figures",
        "step-up",
        "nowhere",
        f"audit/cards/{card}",
    )
    those = ("audit/desks/CN-CQ", f"cards/{card}/activation", f"cards/{card}/acts/cancel", f"cards/{card}/receipts/{number_of}", "acts/apply")
    for path in (*mine, *those):
        boss.goto(f"{room.url}/{path}")
        look(boss)
    boss.goto(f"{room.url}/queue")
    boss.click("table a")
    look(boss)
    room.house.shell.applied(2)
    boss.goto(f"{room.url}/production/new")
    boss.fill("#f-maker", "MAKER-1")
    boss.click("form.card button.main")
    look(boss)
    boss.click("button.main")
    boss.set_input_files("#file", {"name": "return.csv", "mimeType": "text/csv", "buffer": "行号,卡号,结果\n9,C12345678,成品\n".encode()})
    boss.click("text=登记退回结果")
    look(boss)
    boss.goto(f"{room.url}/staff/clerk-2/sign-in")
    for field in ("password", "again"):
        boss.fill(f"#{field}", PASSWORD)
    boss.fill("#code", room.house.code("sup-1"))
    boss.click("form button.main >> nth=-1")
    boss.wait_for_selector("svg.symbol")
    look(boss)
    boss.goto(f"{room.url}/language/en?back=/console/cards/{card}")
    look(boss)
    boss.click("text=Sign out")
    look(boss)


def look(page: Page) -> None:
    """Ask axe about the page as it stands, and whether anything is wider than the window."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(said => said.violations.map(one => [one.id, one.nodes.map(node => node.html)]))"
    )
    assert found == [], (page.url, found)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.threat("G11")
def test_no_stored_string_opens_a_dialog_or_breaks_the_policy(room: Room) -> None:
    for at, text in enumerate(NAUGHTY):
        terminal(room.house, f"T-{at}", text)
    card = room.house.shell.active()
    page = room.sit_down("clerk-1")
    opened: list[str] = []

    def close(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", close)
    with listening(page):
        page.goto(f"{room.url}/terminals")
        shown = [" ".join(text.split()) for text in page.locator("tbody tr td:nth-child(2)").all_inner_texts()]
        assert sorted(shown) == sorted(" ".join(text.split()) for text in NAUGHTY)
        for text in NAUGHTY[:8]:
            page.goto(f"{room.url}/cards/{card}/acts/take-over-older-card")
            page.fill("#f-scheme", text)
            page.fill("#f-number", text)
            page.fill("#f-retires", "2027-01-01")
            page.click("form.card button.main")
            page.wait_for_selector("[role=alert]")
            assert page.input_value("#f-scheme") == text
    assert opened == []


def test_it_all_works_without_scripts_and_asks_for_none(room: Room) -> None:
    page = room.sit_down("clerk-1")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("", "search", "applications"):
        page.goto(f"{room.url}/{path}")
        assert page.locator("script").count() == 0
    assert all(re.fullmatch(rf"{room.url}/(look/(console\.css|mark\.svg)|search|applications)?", url) for url in asked), asked
