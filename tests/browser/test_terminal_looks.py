"""What the terminal page must be for everybody: named and contrasted (axe), large enough to touch, whole on small screens, quiet where nothing is wrong."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from codes.claims import Audience
from tests.browser.terminalhouse import House
from tests.browser.terminalscreen import DESK, Screen
from tests.browser.test_app_looks import violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

LEAST = 44
TARGETS = """(least) => Array.from(document.querySelectorAll("button, input, select, label.tick")).flatMap((one) => {
  const { width, height } = (one.closest(".choice label, .tick") ?? one).getBoundingClientRect();
  const seen = width > 0 && !one.closest("[inert], dialog:not([open])");
  return seen && (width < least - 0.5 || height < least - 0.5) ? [`${one.className} ${one.innerText}: ${width} x ${height}`] : [];
})"""
WIDE = """() => ["scrolls sideways", ...Array.from(document.querySelectorAll("body *")).filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
  .slice(-3).map((one) => one.outerHTML.slice(0, 90))]"""
SMALL = {"width": 320, "height": 568}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House.inhabited(tmp_path_factory.mktemp("looks")).served() as house:
        yield house


def faults(screen: Screen) -> list[object]:
    """Everything wrong with what is on the screen now."""
    page = screen.page
    found = [*violations(page), *page.evaluate(TARGETS, LEAST)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found += page.evaluate(WIDE)
    return found


def walked(house: House, screen: Screen) -> Iterator[str]:
    """Every state of the page, one after another."""
    screen.ready()
    yield "check"
    screen.start()
    yield "waiting"
    good, lost = house.holders["good"], house.holders["lost"]
    for name, text in (("green", good.code()), ("yellow", good.code(shift=1)), ("red", lost.code())):
        screen.gun(text)
        screen.shown(colour=name)
        yield name
        screen.page.evaluate("document.querySelector('.note button')?.click()")
        screen.page.locator("[data-result]").wait_for(state="detached", timeout=20_000)
    screen.page.evaluate("() => { camera.fault = 'NotFoundError'; }")
    screen.page.locator(".tray button[aria-pressed]").click()
    screen.page.locator(".tray button[aria-pressed]").click()
    screen.advice().wait_for()
    yield "camera missing"
    if screen.page.locator(".tray__inputs button").count() > 2:
        screen.page.locator(".tray__inputs button").nth(2).click()
        screen.page.locator("dialog[open]").wait_for()
        yield "spoken"
        screen.page.keyboard.press("Escape")
    house.agents["looks"].kill()
    screen.page.locator(".bar__worry").wait_for(timeout=20_000)
    yield "agent away"
    screen.gun(lost.code(shift=2))
    screen.shown(colour="grey")
    yield "grey"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("size", "face"), [((1280, 800), "staff"), ((1024, 768), "public"), ((320, 568), "staff")])
def test_every_state_is_for_everybody(house: House, browser: Browser, language: str, size: tuple[int, int], face: str) -> None:
    desk = DESK | {"viewport": {"width": size[0], "height": size[1]}}
    with (
        house.agent("looks", follows=size[0] == 1280) as port,
        Screen.opened(browser, house.url, desk=desk, port=port, language=language, screen=face) as screen,
    ):
        wrong = {name: found for name in walked(house, screen) if (found := faults(screen))}
    assert wrong == {}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_desk_with_a_challenge_and_the_page_alone_are_for_everybody(house: House, browser: Browser, language: str) -> None:
    with house.agent("challenge", scene="hospital") as port, Screen.opened(browser, house.url, port=port, language=language) as screen:
        screen.begin()
        assert faults(screen) == []
        challenge = screen.page.locator("[data-challenge]").inner_text().replace(" ", "")
        screen.gun(house.holders["good"].code(audience=Audience.IDENTITY, challenge=challenge))
        screen.shown(colour="green")
        assert faults(screen) == []
    with Screen.opened(browser, house.url, judge="page", language=language) as screen:
        assert faults(screen) == []
        screen.page.locator(".card button").first.click()
        screen.page.locator("select").first.wait_for()
        assert faults(screen) == []
        screen.page.set_viewport_size(SMALL)  # type: ignore[arg-type] # because a dict of two numbers is what it is
        assert faults(screen) == []


def test_staff_work_it_by_keyboard_and_hear_what_is_shown(house: House, browser: Browser) -> None:
    with house.agent("keys") as port, Screen.opened(browser, house.url, port=port) as screen:
        screen.ready()
        page = screen.page
        page.get_by_role("button", name="开始验码").focus()
        page.keyboard.press("Enter")
        page.locator(".waiting").wait_for()
        assert page.get_by_role("heading", name="电子社保卡验码").count() == 1
        screen.gun(house.holders["lost"].code())
        screen.shown(colour="red")
        assert page.locator("[aria-live=assertive]").inner_text() == "请到服务台。此码暂时无法通过"
        page.get_by_role("button", name="下一位").focus()
        page.keyboard.press("Space")
        page.locator("[data-result]").wait_for(state="detached")


def test_nothing_moves(house: House, browser: Browser) -> None:
    with house.agent("still") as port, Screen.opened(browser, house.url, port=port) as screen:
        screen.begin()
        assert screen.page.evaluate("document.getAnimations().length") == 0


def test_with_the_server_gone_the_page_opens_and_goes_on_with_its_agent(house: House, browser: Browser) -> None:
    other = House(house.home, holders=house.holders)
    with ExitStack() as server:
        server.enter_context(other.served())
        with other.agent("shell") as port, Screen.opened(browser, other.url, port=port) as screen:
            screen.ready()
            screen.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            server.close()
            screen.page.reload()
            screen.begin()
            screen.show(house.holders["good"].code())
            assert screen.shown().colour == "green"
