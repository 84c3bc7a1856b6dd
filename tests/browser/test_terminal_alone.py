"""The page without an agent: trust that is pinned at setup, one list for each code, the service's time; and grey where it cannot know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from codes.claims import Audience
from tests.browser.terminalhouse import House
from tests.browser.terminalscreen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Route

TRUST = "**/terminal/trust.json"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House.inhabited(tmp_path_factory.mktemp("alone")).served() as house:
        yield house


@pytest.fixture
def screen(house: House, browser: Browser) -> Iterator[Screen]:
    with Screen.opened(browser, house.url, judge="page") as screen:
        yield screen


def set_up(screen: Screen, scene: str = "轨道交通闸机") -> None:
    """Fetch the trust data, choose the scene."""
    screen.page.get_by_role("button", name="取得验证数据").click()
    screen.page.get_by_label("场景").select_option(label=f"重庆 · {scene}")
    screen.ready()


def judged(screen: Screen, text: str) -> tuple[str, str | None]:
    screen.gun(text)
    shown = screen.shown()
    screen.next()
    return shown.colour, shown.reason


def test_before_it_is_set_up_it_doubts_everything(house: House, screen: Screen) -> None:
    expect(screen.advice().first).to_contain_text("还没有验证数据")
    screen.start()
    assert judged(screen, house.holders["good"].code()) == ("grey", "terminal-not-ready")


def test_set_up_once_it_judges_signatures_time_and_status(house: House, screen: Screen) -> None:
    set_up(screen)
    screen.start()
    good, lost, frozen = (house.holders[name] for name in ("good", "lost", "frozen"))
    code = good.code()
    assert judged(screen, code) == ("green", "")
    assert judged(screen, good.code(shift=1)) == ("yellow", "replayed")
    assert judged(screen, lost.code()) == ("red", "suspended")
    assert judged(screen, frozen.code()) == ("red", "frozen")
    assert judged(screen, code[:-5] + ("0" if code[-5] != "0" else "1") + code[-4:]) == ("red", "holder-signature")
    assert judged(screen, good.code(shift=-120)) == ("yellow", "code-expired")
    assert judged(screen, good.code(audience=Audience.IDENTITY)) == ("yellow", "wrong-scene")
    expect(screen.page.locator("[data-age=list]")).to_contain_text("停用名单")
    expect(screen.page.locator(".bar")).to_contain_text("仅网页验证")


def test_a_reload_forgets_neither_trust_nor_whom_it_has_accepted(house: House, screen: Screen) -> None:
    set_up(screen)
    screen.start()
    assert judged(screen, house.holders["good"].code()) == ("green", "")
    screen.page.reload()
    screen.begin()
    assert judged(screen, house.holders["good"].code(shift=1)) == ("yellow", "replayed")
    assert [screen.count(colour) for colour in ("green", "yellow")] == [1, 1]


def test_without_a_network_a_list_that_is_here_counts_and_one_that_is_not_is_a_doubt(house: House, browser: Browser) -> None:
    with Screen.opened(browser, house.url, judge="page") as screen:
        set_up(screen)
        screen.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        screen.start()
        assert judged(screen, house.holders["lost"].code()) == ("red", "suspended")
        screen.page.context.set_offline(True)
        assert judged(screen, house.holders["good"].code()) == ("green", ""), "of the same list"
        screen.page.evaluate("caches.delete('ecard-terminal-lists')")
        screen.page.reload()
        screen.begin()
        assert judged(screen, house.holders["good"].code(shift=1)) == ("grey", "status-stale")


def test_a_list_that_was_altered_on_its_way_is_no_list(house: House, screen: Screen) -> None:
    set_up(screen)

    def alter(route: Route) -> None:
        content = route.fetch().body()
        route.fulfill(status=200, body=content[:-1] + bytes([content[-1] ^ 1]))

    screen.page.route("**/v1/status/*", alter)
    screen.start()
    assert judged(screen, house.holders["good"].code()) == ("grey", "status-stale")


@pytest.mark.threat("C02")
@pytest.mark.parametrize(("member", "title"), [("anchor", "服务器的验证数据换了来源"), ("version", None)])
def test_trust_of_another_root_or_an_older_version_is_not_followed(screen: Screen, member: str, title: str | None) -> None:
    set_up(screen)
    pinned: dict[str, Any] = json.loads(screen.page.evaluate("localStorage.getItem('ecard.terminal.trust')"))
    other = pinned | {"anchor": "0" * 64} if member == "anchor" else pinned | {"version": pinned["version"] - 1}
    screen.page.route(TRUST, lambda route: route.fulfill(json=other))
    with screen.page.expect_response(TRUST):
        screen.page.reload()
    screen.page.locator(".check").wait_for()
    if title:
        expect(screen.advice().first).to_contain_text(title)
    assert json.loads(screen.page.evaluate("localStorage.getItem('ecard.terminal.trust')")) == pinned


def test_trust_that_has_run_out_is_grey(house: House, screen: Screen) -> None:
    set_up(screen)
    screen.page.evaluate(
        """() => { const trust = JSON.parse(localStorage.getItem('ecard.terminal.trust'));
        localStorage.setItem('ecard.terminal.trust', JSON.stringify({ ...trust, expires: trust.issued + 1 })); }"""
    )
    screen.page.route(TRUST, lambda route: route.abort())
    screen.page.reload()
    expect(screen.advice().first).to_contain_text("验证数据过期了")
    screen.start()
    assert judged(screen, house.holders["good"].code()) == ("grey", "trust-stale")


def test_a_device_whose_clock_is_wrong_is_corrected_by_the_service(house: House, browser: Browser) -> None:
    ahead = "(() => { const now = Date.now; Date.now = () => now() + 600000; })();"
    with Screen.opened(browser, house.url, init=ahead, judge="page") as screen:
        set_up(screen)
        expect(screen.page.locator(".rows")).to_contain_text("本机相差 10 分钟，已校正")
        screen.start()
        assert judged(screen, house.holders["good"].code()) == ("green", "")


def test_a_desk_alone_asks_for_its_own_challenge(house: House, screen: Screen) -> None:
    set_up(screen, "医院挂号窗口")
    screen.start()
    challenge = screen.page.locator("[data-challenge]").inner_text().replace(" ", "")
    assert judged(screen, house.holders["good"].code(audience=Audience.IDENTITY, challenge=challenge)) == ("green", "")


def test_the_trust_that_is_served_names_its_repository_and_is_asked_for_again_cheaply(house: House) -> None:
    import urllib.error
    import urllib.request

    address = f"{house.url}/terminal/trust.json"
    with urllib.request.urlopen(address) as answer:
        page, tag = json.loads(answer.read()), answer.headers["ETag"]
    assert page["scenes"]
    assert {issuer["region"] for issuer in page["issuers"]} == {"CN-CQ"}
    with pytest.raises(urllib.error.HTTPError, match="304"):
        urllib.request.urlopen(urllib.request.Request(address, headers={"If-None-Match": tag}))
