"""Pictures of what a resident sees seldom: a code that is another, a card paused in doubt, several cards, two tabs, a new version, a phone that cannot hold a card, how to install."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ecard.model import CardRef
from tests.browser.chromium import PHONE
from tests.browser.resident import Resident
from tests.browser.screens import dress
from tests.browser.shots import VARIANTS, shoot
from tests.browser.terminalscreen import CAMERA
from tests.browser.test_app_acts import BLOCKED
from tests.browser.test_app_camera import FAULT, SEVERAL, hold
from tests.browser.test_app_corners import AGENTS, looked_at
from webapp.pages.assets import STATIC, Assets

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.browser.stand import Stand

MAKES = ("ios", "ios-other", "wechat", "android", "desktop")


@pytest.mark.parametrize("variant", VARIANTS)
def test_pictures_of_what_is_seldom(stand: Stand, phone: Page, variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phone.emulate_media(reduced_motion="reduce")
    phone.add_init_script(CAMERA + SEVERAL)
    card = CardRef(stand.hall.shell.active())
    resident = Resident(phone, stand)
    resident.open()
    dress(phone, **VARIANTS[variant])
    resident.open("activation")
    phone.locator("form .button--plain").click()
    phone.locator(".scanner video").wait_for()
    hold(phone, "https://card.example.cn/")
    phone.wait_for_timeout(1200)
    shoot(phone, f"{variant}scan-other")
    resident.open()
    resident.activate_with_chip(card)
    looked_at(stand, card)
    _route(phone, "record", ".event--look")
    phone.locator(".event__doubt").first.click()
    phone.locator(".button--danger").wait_for()
    phone.locator(".button--danger").click()
    phone.locator(".note--ok").wait_for()
    shoot(phone, f"{variant}notmine-done")
    for left in ("chip.img", "pin.txt"):
        (stand.hall.shell.home / left).unlink()
    resident.activate(stand.hall.code(stand.hall.shell.active(2), provisional=True))
    phone.locator(".code canvas").wait_for()
    shoot(phone, f"{variant}two-cards")
    if "elder" in variant:
        _route(phone, "choose", ".person")
        shoot(phone, f"{variant}choose")
        _route(phone, "home", ".code canvas")
    other = phone.context.new_page()
    Resident(other, stand).open()
    phone.locator(".page > .button--main").wait_for()
    shoot(phone, f"{variant}elsewhere")
    other.close()
    phone.locator(".page > .button--main").click()
    assert resident.kept()
    shutil.copytree(STATIC, tmp_path / "static")
    with (tmp_path / "static" / "app" / "face.js").open("a", encoding="utf-8") as file:
        file.write("// one line more\n")
    newer = Assets(tmp_path / "static")
    monkeypatch.setattr("webapp.pages.standing", lambda: newer)
    phone.reload()
    phone.locator(".code canvas").wait_for()
    stand.renew()
    phone.wait_for_timeout(1000)
    phone.evaluate("navigator.serviceWorker.ready.then((found) => found.update())")
    expect(phone.locator(".news")).to_be_visible(timeout=15_000)
    shoot(phone, f"{variant}update")


def _route(page: Page, route: str, wait: str) -> None:
    page.evaluate("location.hash = '#/home'")
    page.wait_for_timeout(100)
    page.evaluate("(route) => { location.hash = '#/' + route; }", route)
    page.locator(wait).first.wait_for()
    page.wait_for_timeout(200)


@pytest.mark.parametrize("variant", ["", "en-"])
def test_pictures_of_other_phones(stand: Stand, browser: Browser, variant: str) -> None:
    for make, agent in zip(MAKES, AGENTS.values(), strict=True):
        context = browser.new_context(**PHONE, user_agent=agent)
        page = context.new_page()
        Resident(page, stand).open()
        dress(page, **VARIANTS[variant])
        shoot(page, f"{variant}install-{make}")
        context.close()
    for name, script in (("unfit", BLOCKED["no locks"][0]), ("scan-refused", FAULT.format(name="NotAllowedError"))):
        context = browser.new_context(**PHONE)
        context.add_init_script(script)
        page = context.new_page()
        Resident(page, stand).open()
        dress(page, **VARIANTS[variant])
        if name == "scan-refused":
            Resident(page, stand).open("activation")
            page.locator("form .button--plain").click()
            page.locator(".scanner .note").wait_for()
        shoot(page, f"{variant}{name}")
        context.close()
