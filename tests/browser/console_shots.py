"""Pictures of the operator console and of the public pages, into docs/screens/: `make screens`. They show a town of five residents; all of them are nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from ecard.access import resets
from ecard.access.desk import AccessDesk
from ecard.lifecycle import RULES, Command
from ecard.making import register
from ecard.model import OrderRef
from ecard.residents.activating import Grade
from tests.browser.shots import COLOURS, SCREENS
from tests.browser.stand import Stand
from tests.browser.test_console_walk import DESK, Room
from tests.webapp.officehouse import Shell
from tests.webapp.residenthouse import Clock
from webapp.demo.town import CLERK, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from webapp.demo.town import Town

TALLEST = 2400
OWN_FORMS = {"terminal-form": "terminals/new", "item-form": "items/new", "item-step": "items/campus/step", "point-end": "points/hall-1/end"}
PHONE_WIDE = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
PUBLIC = {
    "home": "",
    "items": "items",
    "procedures": "procedures",
    "rules": "rules",
    "codes": "codes",
    "rights": "rights",
    "units": "units",
    "changes": "changes",
    "report": "report?about=kept",
    "ticket": "ticket",
}


def shoot(page: Page, name: str) -> None:
    """One picture of a whole page, small: few colours are enough for flat ones."""
    SCREENS.mkdir(exist_ok=True)
    path = SCREENS / f"{name}.png"
    view = page.viewport_size or {"width": 1280, "height": 800}
    page.set_viewport_size(
        {"width": view["width"], "height": min(TALLEST, max(view["height"], page.evaluate("document.documentElement.scrollHeight")))}
    )
    page.screenshot(path=path, scale="css")
    page.set_viewport_size(view)
    Image.open(path).convert("RGB").quantize(COLOURS, kmeans=2).save(path, optimize=True)


@pytest.fixture
def settled(tmp_path: Path, capsys: pytest.CaptureFixture[str], browser: Browser) -> Iterator[tuple[Room, Town]]:
    """The town, and the service over its office."""
    (tmp_path / "town").mkdir()
    town = settle(tmp_path / "town", at=Clock()())
    with Stand.opened(Shell(town.office, capsys)) as stand:
        room = Room(stand, browser)
        yield room, town
        room.leave()


@pytest.mark.parametrize("prefix", ["", "en-"])
def test_pictures_of_the_console(settled: tuple[Room, Town], browser: Browser, prefix: str) -> None:
    room, town = settled
    context = browser.new_context(**DESK)
    page = context.new_page()
    page.goto(f"{room.url}/")
    _speak(room, page, prefix)
    shoot(page, f"console-{prefix}sign-in")
    context.close()
    _activation_waits(room, town)
    clerk, boss, auditor = room.sit_down("clerk-1"), room.sit_down("sup-1"), room.sit_down("auditor-1")
    for one in (clerk, boss, auditor):
        _speak(room, one, prefix)
    take = _taker(room, prefix)
    take(clerk, "today", "")
    take(clerk, "search", "search")
    take(clerk, "card", f"cards/{town.resident}")
    take(clerk, "card-lost", f"cards/{town.lost}")
    take(clerk, "act", f"cards/{town.resident}/acts/report-loss")
    for paper in RULES[Command.REPORT_LOSS].evidence:
        clerk.check(f'input[name="evidence"][value="{paper.value}"]')
    clerk.click("form.card button.main")
    shoot(clerk, f"console-{prefix}confirm")
    clerk.click("button.main")
    clerk.wait_for_load_state()
    shoot(clerk, f"console-{prefix}done")
    take(boss, "supervisor-today", "")
    _asked_for_a_reset(room)
    for name in ("queue", "freezes", "applications", "production", "points", "items", "terminals", "findings", "tickets", "staff", "figures"):
        take(boss, name, name)
    take(boss, "item", "items/campus")
    take(boss, "operator", "staff/clerk-1")
    take(boss, "enrol", "staff/workshop-1/sign-in")
    for name, path in OWN_FORMS.items():
        take(boss, name, path)
    _order(room, boss, prefix)
    take(auditor, "audit", "audit")
    take(auditor, "audit-card", f"audit/cards/{town.resident}")
    take(auditor, "audit-desk", "audit/desks/CN-CQ")
    take(clerk, "nowhere", "nowhere")


def _asked_for_a_reset(room: Room) -> None:
    """Something for the supervisor to approve."""
    staff = room.house.office.settings.operators
    desk = AccessDesk.of(room.house.desk)
    desk.ask_reset(staff["clerk-1"], evidence=resets.PROOF, actor=staff["admin-1"].acting(), at=room.house.clock())


def _order(room: Room, boss: Page, prefix: str) -> None:
    """An order is placed, and a file with one good line and one that does not fit comes back."""
    boss.goto(f"{room.url}/production/new")
    boss.fill("#f-maker", "MAKER-1")
    boss.click("form.card button.main")
    shoot(boss, f"console-{prefix}own-confirm")
    boss.click("button.main")
    shoot(boss, f"console-{prefix}order")
    ref = boss.url.partition("?")[0].rpartition("/")[2]
    with room.house.desk.store.reading() as work:
        lines = [(item.line, work.dossier(item.card).card.number) for item in register.items_of(work, OrderRef(ref))]
    rows = ["行号,卡号,结果,说明", *(f"{line},{number},{'废卡' if line == 1 else '成品'}," for line, number in lines), f"99,{lines[0][1]},成品,"]
    boss.set_input_files("#file", {"name": "return.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()})
    boss.click("text=登记退回结果" if not prefix else "text=Book it")
    shoot(boss, f"console-{prefix}order-returned")


def _speak(room: Room, page: Page, prefix: str) -> None:
    if prefix:
        page.goto(f"{room.url}/language/en?back=/console/")


def _taker(room: Room, prefix: str) -> Callable[[Page, str, str], None]:
    def take(page: Page, name: str, path: str) -> None:
        page.goto(f"{room.url}/{path}")
        shoot(page, f"console-{prefix}{name}")

    return take


def _activation_waits(room: Room, town: Town) -> None:
    """Something for the second person to look at."""
    desk, staff = room.house.desk, room.house.office.settings.operators
    papers = RULES[Command.ACTIVATE].evidence
    desk.ask_activation(town.other, Grade.PROVISIONAL, actor=staff[CLERK].acting(), evidence=papers, at=room.house.clock())


@pytest.mark.parametrize(("prefix", "language"), [("", "zh-CN"), ("en-", "en")])
def test_pictures_of_the_public_pages(settled: tuple[Room, Town], browser: Browser, prefix: str, language: str) -> None:
    room, _ = settled
    for size, view in (("", PHONE_WIDE), ("wide-", DESK)):
        context = browser.new_context(**view)
        page = context.new_page()
        for name, path in PUBLIC.items():
            page.goto(f"{room.stand.url}/help/{path}{'&' if '?' in path else '?'}lang={language}")
            shoot(page, f"help-{size}{prefix}{name}")
        context.close()
