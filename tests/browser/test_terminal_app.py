"""The two pages before one another: what the resident's app shows, the terminal's camera sees; what the app reports, the terminal refuses."""

from __future__ import annotations

import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.browser.resident import Resident
from tests.browser.terminalhouse import House
from tests.browser.terminalscreen import Screen
from tests.verify.agents import ask
from tests.webapp.chainhouse import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.stand import Stand

NEWS_S = 3.0
SAME_S = 5.0
"""For how long the terminal takes the same text for the same scan."""


@contextmanager
def publishing(house: House) -> Iterator[None]:
    """The publisher as an office runs it, at work."""
    words = [program("ecard"), "publish", "--follow", "--office", str(house.folder)]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def seq(port: int) -> int:
    """The version of the lists that the terminal has."""
    return int(ask(port, "GET", "/v1/health").page["status"]["CN-CQ"]["seq"] or 0)


@pytest.mark.article("ZZ-10")
def test_the_apps_code_is_accepted_by_the_terminal_page_until_the_app_reports_the_phone(stand: Stand, phone: Page, browser: Browser) -> None:
    shell = stand.hall.shell
    resident = Resident(phone, stand)
    resident.activate(stand.hall.code(shell.active(), provisional=True))
    shell.done("publish")
    house = House(shell.home, url=stand.url)
    with (
        publishing(house),
        house.agent("meets", follows=True) as port,
        Screen.opened(browser, stand.url, port=port) as screen,
    ):
        screen.begin()
        code = resident.code()
        screen.show(code)
        assert screen.shown().colour == "green"
        screen.hide()
        time.sleep(SAME_S)
        before = seq(port)
        resident.press("挂失")
        resident.press("停用我手上这部手机")
        resident.press("确认挂失")
        resident.sees("挂失成功")
        reported = time.monotonic()
        while seq(port) == before:
            assert time.monotonic() - reported < NEWS_S
            time.sleep(0.02)
        screen.gun(code)
        shown = screen.shown()
        took = time.monotonic() - reported
    assert (shown.reason, shown.word) == ("suspended", "请到服务台")
    assert took <= NEWS_S
    print(f"from the app's receipt to the terminal's refusal: {took:.2f} s")
