"""The terminal page with its agent: what it accepts, what it refuses and how it says so, and how soon it knows of a loss."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from codes.claims import Audience
from codes.reasons import TABLE
from tests.browser.terminalhouse import House, now
from tests.browser.terminalscreen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

NEWS_S = 3.0
"""How soon a connected gate refuses a card that was reported lost."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House.inhabited(tmp_path_factory.mktemp("terminal")).served() as house:
        yield house


def altered(text: str, place: int) -> str:
    """The code with one letter changed to its neighbour in the alphabet of digits."""
    letter = "1" if text[place] != "1" else "2"
    return text[:place] + letter + text[place + 1 :]


@pytest.mark.threat("A01")
def test_a_code_before_the_camera_is_accepted_once_and_the_same_code_again_changes_nothing(house: House, browser: Browser) -> None:
    with house.agent("camera") as port, Screen.opened(browser, house.url, port=port) as screen:
        screen.begin()
        holder = house.holders["good"]
        screen.show(holder.code())
        shown = screen.shown()
        assert (shown.colour, shown.word, shown.line, shown.reason) == ("green", "验证通过", "请继续办理", "")
        expect(screen.page.locator(".note")).to_contain_text("重庆")
        time.sleep(3.2)  # longer than a green result stays by itself
        assert screen.shown().colour == "green", "it is still held there"
        assert screen.count("green") == 1
        screen.hide()
        screen.page.locator("[data-result]").wait_for(state="detached")
        screen.gun(holder.code(shift=1))
        assert screen.shown() == ("yellow", "请等新码", "刚才已扫过", "replayed")
        assert [screen.count(colour) for colour in ("green", "yellow", "red", "grey")] == [1, 1, 0, 0]


@pytest.mark.threat("A02")
@pytest.mark.threat("A07")
@pytest.mark.threat("A09")
def test_what_is_wrong_is_shown_right_and_why_only_to_staff(house: House, browser: Browser) -> None:
    good, lost, frozen = (house.holders[name] for name in ("good", "lost", "frozen"))
    code = good.code()
    cases = [
        (altered(code, len(code) - 4), "red", "holder-signature"),
        (good.code(shift=-90), "yellow", "code-expired"),
        (good.code(shift=240), "yellow", "code-from-future"),
        (lost.code(), "red", "suspended"),
        (frozen.code(), "red", "frozen"),
        (good.code(audience=Audience.IDENTITY), "yellow", "wrong-scene"),
        ("HTTPS://EXAMPLE.CN/", "yellow", "unknown-format"),
    ]
    with house.agent("wrong") as port, Screen.opened(browser, house.url, port=port) as screen:
        screen.begin()
        for text, colour, reason in cases:
            screen.gun(text)
            shown = screen.shown()
            assert (shown.colour, shown.reason) == (colour, reason)
            entry = next(entry for name, entry in TABLE.items() if name == reason)
            assert shown.word == entry.public.zh
            expect(screen.page.locator(".note__reason")).to_contain_text(entry.staff.zh.split("（")[0])
            screen.next()


def test_a_screen_that_faces_the_holder_never_says_why(house: House, browser: Browser) -> None:
    with house.agent("public") as port, Screen.opened(browser, house.url, port=port, screen="public") as screen:
        screen.begin()
        faces = []
        for name in ("lost", "frozen"):
            screen.gun(house.holders[name].code())
            shown = screen.shown()
            faces.append(shown)
            text = screen.page.locator("body").inner_text()
            assert not [word for word in ("挂失", "冻结", "暂停", "suspended", "frozen") if word in text]
            screen.page.locator("[data-result]").wait_for(state="detached", timeout=10_000)
        assert faces[0] == faces[1] == ("red", "请到服务台", "此码暂时无法通过", None)


def test_a_second_screen_shows_the_holder_the_result_and_is_never_told_the_reason(house: House, browser: Browser) -> None:
    with house.agent("mirror") as port, Screen.opened(browser, house.url, port=port) as screen:
        screen.ready()
        with screen.page.expect_popup() as opening:
            screen.page.get_by_role("button", name="另开持卡人屏幕").click()
        other = opening.value
        other.locator(".stage--public").wait_for()
        other.evaluate(
            "() => { window.told = []; new BroadcastChannel('ecard-terminal-public').onmessage = ({ data }) => told.push(JSON.stringify(data)); }"
        )
        screen.start()
        screen.gun(house.holders["lost"].code())
        other.locator("[data-result=red]").wait_for()
        assert other.locator(".result__word").inner_text() == "请到服务台"
        told = "".join(other.evaluate("told"))
        assert "red" in told
        assert not [word for word in ("suspended", "挂失", "status") if word in told]


def test_a_loss_is_refused_at_the_page_within_three_seconds_of_its_report(house: House, browser: Browser) -> None:
    holder = house.settle("losing", 4)
    house.publish()
    with house.agent("follows", follows=True) as port, Screen.opened(browser, house.url, port=port) as screen:
        screen.begin()
        iat = now()
        screen.gun(holder.code(iat=iat))
        assert screen.shown().colour == "green"
        screen.next()
        started = time.monotonic()
        house.report_loss("losing")
        house.publish()
        for turn in range(1, 40):
            screen.gun(holder.code(iat=iat - turn))
            if screen.shown().reason == "suspended":
                break
            screen.next()
        assert time.monotonic() - started <= NEWS_S


def test_without_its_agent_the_page_doubts_and_comes_back_with_it(house: House, browser: Browser) -> None:
    with house.agent("dies") as port, Screen.opened(browser, house.url, port=port) as screen:
        screen.begin()
        house.agents["dies"].kill()
        house.agents["dies"].wait()
        screen.gun(house.holders["good"].code())
        assert screen.shown() == ("grey", "请走人工通道", "设备暂不能验码", "terminal-not-ready")
        screen.next()
        expect(screen.advice().first).to_contain_text("本机终端服务没有应答")
        expect(screen.page.locator("[data-age=list]")).to_have_text("终端服务没有应答")
        with house.agent("returns", port=port):
            screen.ready()
            screen.gun(house.holders["good"].code(shift=1))
            assert screen.shown().colour == "green"


def test_a_page_of_another_origin_is_not_answered(house: House, browser: Browser) -> None:
    with house.agent("strange", origin="https://terminal.example.cn") as port, Screen.opened(browser, house.url, silent=False, port=port) as screen:
        expect(screen.advice().first).to_contain_text("本机终端服务没有应答")
        screen.start().gun(house.holders["good"].code())
        assert screen.shown().colour == "grey"


def test_a_desk_shows_a_challenge_and_takes_the_code_that_answers_it_once(house: House, browser: Browser) -> None:
    with house.agent("desk", scene="hospital") as port, Screen.opened(browser, house.url, port=port) as screen:
        screen.begin()
        holder = house.holders["good"]
        screen.gun(holder.code(audience=Audience.IDENTITY))
        assert screen.shown().reason == "challenge-mismatch"
        screen.next()
        challenge = screen.page.locator("[data-challenge]").inner_text().replace(" ", "")
        answer = holder.code(audience=Audience.IDENTITY, challenge=challenge)
        screen.gun(answer)
        assert screen.shown().colour == "green"
        expect(screen.page.locator(".result__who")).to_contain_text("嘉*晴")
        screen.next()
        assert screen.page.locator("[data-challenge]").inner_text().replace(" ", "") != challenge
        screen.gun(holder.code(shift=1, audience=Audience.IDENTITY, challenge=challenge))
        assert screen.shown().reason == "challenge-mismatch"
