"""Pictures of the terminal page in every state, into docs/screens/: `make screens`. The holder in them is nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from codes.claims import Audience
from tests.browser.shots import COLOURS, SCREENS
from tests.browser.terminalhouse import House
from tests.browser.terminalscreen import DESK, Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House.inhabited(tmp_path_factory.mktemp("shots")).served() as house:
        yield house


def shoot(page: Page, name: str) -> None:
    """One picture, small: few colours are enough for flat ones."""
    SCREENS.mkdir(exist_ok=True)
    path = SCREENS / f"terminal-{name}.png"
    page.screenshot(path=path, scale="css")
    Image.open(path).convert("RGB").quantize(COLOURS, kmeans=2).save(path, optimize=True)


@pytest.mark.parametrize(("language", "prefix"), [("zh-CN", ""), ("en", "en-")])
def test_pictures(house: House, browser: Browser, language: str, prefix: str) -> None:
    good, lost = house.holders["good"], house.holders["lost"]
    with house.agent("shots", follows=True) as port, Screen.opened(browser, house.url, port=port, language=language) as screen:
        screen.ready()
        shoot(screen.page, f"{prefix}check")
        screen.start()
        screen.page.wait_for_timeout(600)
        shoot(screen.page, f"{prefix}waiting")
        for name, text in (("green", good.code()), ("yellow", good.code(shift=1)), ("red", lost.code())):
            screen.gun(text)
            screen.shown(colour=name)
            shoot(screen.page, f"{prefix}{name}")
            screen.next()
        screen.show(good.code(shift=-2), lost.code(), module=4)
        screen.advice().wait_for()
        shoot(screen.page, f"{prefix}several")
        screen.hide()
        house.agents["shots"].kill()
        screen.gun(lost.code(shift=2))
        screen.shown(colour="grey")
        shoot(screen.page, f"{prefix}grey")
    with house.agent("shots", scene="hospital") as port, Screen.opened(browser, house.url, port=port, language=language) as screen:
        screen.begin()
        screen.page.wait_for_timeout(600)
        shoot(screen.page, f"{prefix}challenge")
        challenge = screen.page.locator("[data-challenge]").inner_text().replace(" ", "")
        screen.gun(good.code(audience=Audience.IDENTITY, challenge=challenge))
        screen.shown(colour="green")
        shoot(screen.page, f"{prefix}identity")


def test_pictures_of_a_screen_that_faces_the_holder_and_of_a_small_one(house: House, browser: Browser) -> None:
    with house.agent("shots") as port, Screen.opened(browser, house.url, port=port, screen="public") as screen:
        screen.begin().gun(house.holders["lost"].code())
        screen.shown(colour="red")
        shoot(screen.page, "public-red")
    small = DESK | {"viewport": {"width": 390, "height": 844}}
    with house.agent("shots") as port, Screen.opened(browser, house.url, desk=small, port=port) as screen:
        screen.begin()
        screen.page.wait_for_timeout(600)
        shoot(screen.page, "small-waiting")
