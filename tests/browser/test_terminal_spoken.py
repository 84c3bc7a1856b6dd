"""Two numbers read aloud, where no camera can see: the venue's number on the desk's screen, the check by the service alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from ecard.residents import speaking
from tests.browser.terminalhouse import House
from tests.browser.terminalscreen import Screen
from tests.webapp.phonehouse import decoded

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.stand import Stand


def say(screen: Screen, locator: str, code: str) -> None:
    """Type what was read out."""
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("第一组，9 位").fill(locator)
    dialog.get_by_label("第二组，8 位").fill(code)
    dialog.get_by_role("button", name="联网核对").click()


@pytest.mark.threat("A08")
def test_two_numbers_that_the_holder_reads_out_are_checked_by_the_service_and_serve_once(stand: Stand, browser: Browser) -> None:
    shell = stand.hall.shell
    card = shell.with_phone()
    shell.done("publish")
    phone = stand.hall.twin(card)
    house = House(shell.home, url=stand.url)
    with (
        house.agent("spoken", follows=True, venue="两路口站") as port,
        Screen.opened(browser, stand.url, port=port) as screen,
    ):
        screen.begin()
        screen.page.get_by_role("button", name="口述码").click()
        venue = screen.page.locator("[data-venue]").inner_text().replace(" ", "")
        expect(screen.page.locator(".spoken__venue")).to_contain_text("两路口站")
        given: dict[str, Any] = phone.done("POST", "/v1/spoken", {"card": card, "venue": venue})
        code = speaking.number(decoded(given["secret"]), stand.hall.now)
        say(screen, given["locator"], code)
        assert screen.shown().colour == "green"
        expect(screen.page.get_by_text("嘉*晴")).to_have_count(0)  # a gate is no place of identities: it hears that the pair was right
        screen.next()
        screen.page.get_by_role("button", name="口述码").click()
        say(screen, given["locator"], code)
        shown = screen.shown()
        assert (shown.colour, shown.line, shown.reason) == ("yellow", "号码不对或已过时，请再读一次", "code-expired")
        screen.next()
        stand.stop()
        screen.page.get_by_role("button", name="口述码").click()
        say(screen, "123456789", "12345678")
        expect(screen.advice().first).to_contain_text("连不上服务器")
