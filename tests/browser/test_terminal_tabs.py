"""Two terminals in two tabs of one browser: each window opened for an agent of its own, with counts and a holder's screen of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import listening
from tests.browser.terminalhouse import House
from tests.browser.terminalscreen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

NOT_OURS = (
    "http://card.example.cn:7411",
    "https://127.0.0.1:7411",
    "http://someone@127.0.0.1:7411",
    "http://127.0.0.1.example.cn:7411",
    "http://127.0.0.1:7411/elsewhere",
    "http://127.0.0.1",
    "javascript:7411",
    "7411",
    "",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House.inhabited(tmp_path_factory.mktemp("tabs")).served() as house:
        yield house


def test_each_tab_asks_the_agent_that_it_was_opened_for(house: House, browser: Browser) -> None:
    with (
        house.agent("gate") as gate,
        house.agent("desk", scene="hospital") as desk,
        Screen.opened(browser, house.url, port=1, judge="page", screen="staff") as first,
    ):
        second = Screen(first.page.context.new_page(), house.url)
        with listening(second.page):
            for screen, port in ((first, gate), (second, desk)):
                screen.page.goto(f"{house.url}/terminal/?agent=http://127.0.0.1:{port}")
            kept = "JSON.parse(localStorage.getItem('ecard.terminal.settings'))"
            second.page.get_by_role("radio", name="English").check()
            expect(second.page.get_by_role("button", name="Start checking")).to_be_visible()
            assert second.page.evaluate(f"[{kept}.language, {kept}.port, {kept}.judge]") == ["en", 1, "page"], "a tab's own agent is nobody else's"
            second.page.get_by_role("radio", name="中文").check()
            with second.page.expect_popup() as opened:
                second.page.get_by_role("button", name="另开持卡人屏幕").click()
            facing = opened.value
            first.begin()
            second.begin()
            expect(first.page.locator(".bar")).to_contain_text("轨道交通")
            expect(second.page.locator(".bar")).to_contain_text("医院")
            first.gun(house.holders["good"].code())
            assert first.shown(colour="green").word == "验证通过"
            expect(facing.locator(".stage--public")).to_be_visible()
            expect(facing.locator("[data-result]")).to_have_count(0)
            second.gun(house.holders["lost"].code())
            expect(facing.locator("[data-result]")).to_have_count(1)
            assert [first.count("green"), second.count("green")] == [1, 0]


@pytest.mark.threat("A09")
@pytest.mark.parametrize("address", NOT_OURS)
def test_only_an_agent_of_this_machine_is_taken_from_an_address(house: House, browser: Browser, address: str) -> None:
    with Screen.opened(browser, house.url, port=9) as screen:
        asked: list[str] = []
        screen.page.on("request", lambda request: asked.append(request.url))
        screen.page.goto(f"{house.url}/terminal/?agent={address}")
        screen.page.locator(".begin").first.wait_for()
        screen.page.wait_for_timeout(300)
        assert not [url for url in asked if not url.startswith((house.url, "http://127.0.0.1:9/", "blob:"))], asked


def test_an_answer_that_is_none_is_a_doubt_and_the_next_code_is_judged(house: House, browser: Browser) -> None:
    with house.agent("odd") as port, Screen.opened(browser, house.url, port=port, silent=False) as screen:
        screen.begin()
        screen.page.route("**/v1/verify", lambda route: route.fulfill(body="null", headers={"Access-Control-Allow-Origin": house.url}))
        screen.gun(house.holders["good"].code())
        assert screen.shown().colour == "grey"
        screen.next()
        screen.page.unroute("**/v1/verify")
        screen.gun(house.holders["good"].code(shift=1))
        assert screen.shown(colour="green").word == "验证通过"
