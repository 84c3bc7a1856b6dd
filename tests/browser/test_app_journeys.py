"""Whole ways through the resident app: enabled, without a network, without a service, cleared, with a wrong clock, in two tabs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import ARGUMENTS, CHROMIUM, PHONE, listening
from tests.browser.resident import Gate, Resident, offered, until
from tests.browser.test_app_looks import violations
from webapp.pages.assets import STATIC, Assets

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page, Playwright

    from tests.browser.stand import Stand


def test_with_the_service_dead_and_the_browser_restarted_a_code_is_still_accepted(stand: Stand, playwright: Playwright, tmp_path: Path) -> None:
    shell = stand.hall.shell
    card = shell.active()
    gate = Gate(shell)

    def launched() -> BrowserContext:
        return playwright.chromium.launch_persistent_context(tmp_path / "profile", executable_path=CHROMIUM, args=ARGUMENTS, **PHONE)

    context = launched()
    resident = Resident(context.new_page(), stand)
    with listening(resident.page):
        resident.activate(stand.hall.code(card, provisional=True))
        resident.sees("已联网，时间已校准")
        assert resident.kept()
    gate.sync(stand.url)
    context.close()
    stand.stop()

    context = launched()
    context.set_offline(True)
    resident = Resident(context.new_page(), stand)
    with listening(resident.page):
        resident.open()
        resident.sees("没网也能用，还可用 6 天")
        verdict = gate.scan(resident.code())
        assert (verdict["verdict"], verdict["reason"], verdict["profile"]) == ("accepted", None, 1)
    context.close()


def test_what_was_cleared_comes_back_with_a_new_code(stand: Stand, phone: Page) -> None:
    card = stand.hall.shell.active()
    resident = Resident(phone, stand)
    resident.activate(stand.hall.code(card, provisional=True))
    phone.goto("about:blank")
    session = phone.context.new_cdp_session(phone)
    session.send("Storage.clearDataForOrigin", {"origin": stand.url, "storageTypes": "indexeddb"})
    resident.open()
    resident.sees("手机里的凭证不见了")
    resident.activate(stand.hall.code(card, provisional=True))
    assert resident.code().startswith("SC1:")


@pytest.mark.parametrize(("minutes", "said"), [(4, "快了 4 分钟"), (-4, "慢了 4 分钟"), (720, "快了 12 小时"), (-720, "慢了 12 小时")])
@pytest.mark.threat("A07")
def test_a_wrong_clock_is_said_and_does_no_harm(stand: Stand, phone: Page, minutes: int, said: str) -> None:
    phone.add_init_script(f"{{ const real = Date.now; Date.now = () => real() + {minutes * 60_000 + 500}; }}")
    shell = stand.hall.shell
    card = shell.active()
    gate = Gate(shell)
    resident = Resident(phone, stand)
    resident.activate(stand.hall.code(card, provisional=True))
    resident.sees(f"手机时间{said}，出示的码已校正")
    gate.sync(stand.url)
    assert gate.scan(resident.code())["verdict"] == "accepted"
    resident.press("检查时间")
    resident.sees(f"手机时间{said}")


def test_a_clock_that_somebody_changes_is_noticed(stand: Stand, phone: Page) -> None:
    phone.add_init_script("{ const real = Date.now; let moved = 0; Date.now = () => real() + moved; window.moveClock = (by) => { moved += by; }; }")
    resident = Resident(phone, stand)
    resident.activate(stand.hall.code(stand.hall.shell.active(), provisional=True))
    stand.stop()
    phone.evaluate("moveClock(600_000)")
    resident.sees("手机时间被改动过，码可能扫不上")
    stand.start()
    phone.evaluate("dispatchEvent(new Event('online'))")
    resident.sees("手机时间快了 10 分钟，出示的码已校正")


def test_two_tabs_have_one_key_and_never_the_same_code_and_one_of_them_rests(stand: Stand, phone: Page) -> None:
    resident = Resident(phone, stand)
    resident.open("activation")
    phone.fill("[name=code]", "1234")
    other = phone.context.new_page()
    with listening(other):
        second = Resident(other, stand)
        second.open()
        resident.sees("已在另一个页面打开")
        expect(phone.get_by_role("button")).to_have_count(1)
        assert violations(phone) == []
        make = """async () => {
            const { PhoneStore } = await import(document.querySelector("script[type=module]").src.replace("app/start.js", "shared/store.js"));
            const store = await PhoneStore.open();
            const signer = await store.enrolmentSigner("enrolment");
            return Array.from(signer.publicKey.x).join();
        }"""
        phone.evaluate(f"window.made = ({make})()")
        assert other.evaluate(make) == phone.evaluate("window.made")

        resident.press("在这里用")
        second.sees("已在另一个页面打开")
        assert phone.input_value("[name=code]") == "1234"
        resident.activate(stand.hall.code(stand.hall.shell.active(), provisional=True))
        times = """async (count) => {
            const { PhoneStore } = await import(document.querySelector("script[type=module]").src.replace("app/start.js", "shared/store.js"));
            const store = await PhoneStore.open();
            return Promise.all(Array.from({ length: count }, () => store.takeIat("the same", 1795248000)));
        }"""
        phone.evaluate(f"window.taken = ({times})(40)")
        taken = [*other.evaluate(times, 40), *phone.evaluate("window.taken")]
        assert len(set(taken)) == 80
        assert min(taken) == 1795248000

        shown = resident.code()
        second.press("在这里用")
        resident.sees("已在另一个页面打开")
        assert second.code() != shown
        second.press("长辈版")
        resident.press("在这里用")
        expect(phone.get_by_role("button", name="标准版")).to_be_visible()
        assert resident.code() != shown
        phone.reload()
        second.sees("已在另一个页面打开")


def test_a_code_renews_itself_and_rests_while_nobody_looks(stand: Stand, phone: Page) -> None:
    resident = Resident(phone, stand)
    resident.activate(stand.hall.code(stand.hall.shell.active(), provisional=True))
    first = resident.code()
    expect(phone.locator(".life__said b")).to_have_text("2", timeout=30_000)
    phone.wait_for_timeout(2500)
    second = resident.code()
    assert second != first
    phone.locator(".code__tap").click()
    expect(phone.locator(".big canvas")).to_be_visible()
    resident.sees("截图无效")
    assert resident.code() not in {first, second}
    resident.press("关闭")
    expect(phone.locator(".tiles")).to_be_visible()


def test_a_new_version_waits_until_it_is_wanted(stand: Stand, phone: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phone.add_init_script("Object.defineProperty(navigator, 'connection', { value: { type: localStorage.getItem('line') ?? 'cellular' } })")
    resident = Resident(phone, stand)
    resident.activate(stand.hall.code(stand.hall.shell.active(), provisional=True))
    assert resident.kept()
    assert not phone.evaluate(DECODER), "not over a line that costs"
    phone.evaluate("localStorage.setItem('line', 'wifi')")
    phone.reload()
    resident.sees("已联网，时间已校准")
    until(phone, DECODER)
    phone.evaluate("localStorage.setItem('line', 'cellular')")
    before = running(phone)
    assert phone.evaluate("caches.keys()") == [f"ecard-app-{before}"]

    shutil.copytree(STATIC, tmp_path / "static")
    with (tmp_path / "static" / "app" / "face.js").open("a", encoding="utf-8") as file:
        file.write("// one line more\n")
    newer = Assets(tmp_path / "static")
    monkeypatch.setattr("webapp.pages.standing", lambda: newer)
    stand.renew()
    offered(phone)
    assert running(phone) == before
    resident.press("现在更新")
    expect(phone.get_by_text("新版本已就绪。")).to_have_count(0)
    until(phone, f"!document.querySelector('script[type=module]').src.includes('{before}')")
    assert resident.code().startswith("SC1:")
    until(phone, f"caches.keys().then((names) => names.join() === 'ecard-app-{running(phone)}')")
    assert phone.evaluate(DECODER), "the same file is not fetched twice"


DECODER = """Promise.all(["zxing-reader.js", "zxing_reader.wasm"].map((file) =>
    caches.match(document.querySelector("script[type=module]").src.replace("app/start.js", `vendor/${file}`)))).then((found) => found.every(Boolean))"""
"""Whether what a scanner needs is on the phone, of the version that runs."""


def running(page: Page) -> str:
    """The version of the page that is open."""
    return str(page.evaluate("document.querySelector('script[type=module]').src.split('/')[4]"))
