"""Corners of the app: something on the record that was somebody else, a clock that was fast for a while, an update in two tabs, phones of every make."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from codes.presentation import Presentation
from tests.browser.chromium import PHONE, listening
from tests.browser.resident import Gate, Resident, offered, until
from tests.browser.test_app_acts import enabled
from tests.browser.test_app_journeys import running
from tests.webapp.residenthouse import CLERK
from webapp.pages.assets import STATIC, Assets

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

    from ecard.model import CardRef
    from tests.browser.stand import Stand

AGENTS = {
    "先装到主屏幕": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1",
    "请用 Safari 打开": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
    "请在浏览器中打开": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.60",
    "建议装到桌面": "Mozilla/5.0 (Linux; Android 15; SM-S9280) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "在手机上用更方便": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
}


def looked_at(stand: Stand, card: CardRef) -> None:
    """A clerk compares the name with a document."""
    desk = stand.hall.desk
    with desk.store.writing() as work:
        desk.vault.read(work, work.dossier(card).card.holder, purpose="compare-with-document", actor=CLERK, at=stand.hall.now)


def test_what_was_somebody_else_ends_with_the_card_paused(stand: Stand, phone: Page) -> None:
    resident, card = enabled(stand, phone, chip=True)
    looked_at(stand, card)
    resident.press("记录")
    doubt = phone.locator(".event--look .text-button").first
    expect(doubt).to_have_text("不是我")
    expect(phone.locator(".event--act .text-button")).to_have_count(0)
    doubt.click()
    resident.sees("查看了您的姓名和证件号码")
    resident.press("取消")
    assert not stand.hall.desk.card(card).holds
    phone.locator(".event--look .text-button").first.click()
    stand.stop()
    resident.press("暂停这张卡")
    resident.sees("没有网络，或服务暂时连不上")
    expect(phone.locator(".help")).to_have_attribute("href", "tel:12333")
    stand.start()
    resident.press("暂停这张卡")
    resident.sees("别人已经用不了")
    assert [hold.kind.value for hold in stand.hall.desk.card(card).holds if hold.in_force(stand.hall.now)] == ["self-lock"]
    resident.press("完成")
    resident.press("返回")
    resident.sees("您已暂停使用")


def test_a_provisional_phone_is_sent_to_the_hotline_with_what_was_somebody_else(stand: Stand, phone: Page) -> None:
    resident, card = enabled(stand, phone)
    looked_at(stand, card)
    resident.press("记录")
    phone.locator(".event--look .text-button").first.click()
    resident.sees("请马上打 12333，人工帮您停用这张卡。")
    expect(phone.get_by_role("button", name="暂停这张卡")).to_have_count(0)


def test_a_network_that_goes_while_a_loss_is_confirmed_leaves_the_telephone(stand: Stand, phone: Page) -> None:
    resident, card = enabled(stand, phone)
    resident.press("挂失")
    resident.press("停用我手上这部手机")
    stand.stop()
    resident.press("确认挂失")
    expect(phone.get_by_role("link", name="打 12333 挂失")).to_be_visible()
    stand.start()
    resident.press("确认挂失")
    resident.sees("挂失成功")
    assert len(stand.hall.desk.card(card).holds) == 1


@pytest.mark.threat("A07")
def test_a_clock_that_was_fast_without_a_network_does_not_spoil_later_codes(stand: Stand, phone: Page) -> None:
    phone.add_init_script("{ const real = Date.now; Date.now = () => real() + Number(localStorage.getItem('shift') ?? 0); }")
    resident, _ = enabled(stand, phone)
    gate = Gate(stand.hall.shell)
    assert resident.kept()
    stand.stop()
    phone.evaluate("localStorage.setItem('shift', String(4 * 3600_000))")
    phone.reload()
    assert Presentation.from_text(resident.code()).iat > stand.hall.now + 3 * 3600
    phone.evaluate("localStorage.removeItem('shift')")
    stand.start()
    phone.reload()
    resident.sees("已联网，时间已校准")
    phone.wait_for_timeout(500)
    gate.sync(stand.url)
    verdict = gate.scan(resident.code())
    assert (verdict["verdict"], verdict["reason"]) == ("accepted", None)


def test_what_is_refused_for_one_card_leaves_the_other_with_its_code(stand: Stand, phone: Page) -> None:
    resident, card = enabled(stand, phone)
    for left in ("chip.img", "pin.txt"):  # the first card's; the next one has a chip of its own
        (stand.hall.shell.home / left).unlink()
    mother = stand.hall.shell.active(2)
    resident.activate(stand.hall.code(mother, provisional=True))

    def refuse(route: Route) -> None:
        if (route.request.post_data_json or {}).get("card") == card:
            route.fulfill(status=409, json={"code": "not-now", "title": "现在不行 · Not now", "hint": {"zh": "请稍后再试。", "en": "Try later."}})
        else:
            route.continue_()

    phone.route("**/v1/credentials", refuse)
    phone.evaluate(
        """async () => {
            const { PhoneStore } = await import(document.querySelector("script[type=module]").src.replace("app/start.js", "shared/store.js"));
            const store = await PhoneStore.open();
            for (const { sub } of await store.all("credentials")) await store.remove("credentials", sub);
        }"""
    )
    phone.reload()
    expect(phone.locator(".code canvas")).to_be_visible()
    phone.locator(".chip").first.click()
    resident.sees("还没有取到出示用的凭证")
    resident.sees("现在不行")


def test_a_new_version_taken_in_one_tab_can_be_taken_in_the_other(stand: Stand, phone: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resident, _ = enabled(stand, phone)
    assert resident.kept()
    phone.reload()
    resident.sees("已联网，时间已校准")
    other = phone.context.new_page()
    second = Resident(other, stand)
    second.open()
    resident.press("在这里用")
    shutil.copytree(STATIC, tmp_path / "static")
    with (tmp_path / "static" / "app" / "face.js").open("a", encoding="utf-8") as file:
        file.write("// one line more\n")
    newer = Assets(tmp_path / "static")
    monkeypatch.setattr("webapp.pages.standing", lambda: newer)
    stand.renew()
    offered(phone)
    resident.press("现在更新")
    until(phone, f"document.querySelector('script[type=module]').src.includes('{newer.version}')")
    assert running(other) != newer.version
    second.press("在这里用")
    second.press("现在更新")
    until(other, f"document.querySelector('script[type=module]').src.includes('{newer.version}')")


def test_every_phone_is_told_how_to_install(stand: Stand, browser: Browser) -> None:
    for said, agent in AGENTS.items():
        context = browser.new_context(**PHONE, user_agent=agent)
        with listening(page := context.new_page()):
            resident = Resident(page, stand)
            resident.open()
            resident.sees(said)
            resident.press("输入激活码")
            expect(page.locator("[name=code]")).to_be_visible()
        context.close()
    context = browser.new_context(**PHONE, user_agent=AGENTS["先装到主屏幕"])
    context.add_init_script("Object.defineProperty(navigator, 'standalone', { value: true })")
    with listening(page := context.new_page()):
        Resident(page, stand).open()
        expect(page.get_by_text("有激活码了？")).to_be_visible()
        expect(page.get_by_text("先装到主屏幕")).to_have_count(0)
    context.close()


def test_the_screen_stays_on_while_the_large_code_is_shown(stand: Stand, phone: Page) -> None:
    phone.add_init_script(
        "{ const ask = WakeLock.prototype.request; window.held = [];"
        " WakeLock.prototype.request = async function (kind) { const lock = await ask.call(this, kind); held.push(lock); return lock; }; }"
    )
    resident, _ = enabled(stand, phone, chip=True)
    phone.locator(".code__tap").click()
    resident.sees("请调亮屏幕")
    until(phone, "held.length === 1 && !held[0].released")
    resident.press("关闭")
    until(phone, "held[0].released")
    resident.press("身份码")
    resident.press("出示身份码")
    until(phone, "held.length === 2 && !held[1].released")
    resident.press("返回")
    until(phone, "held[1].released")


def test_a_phone_that_lets_the_screen_go_dark_says_so(stand: Stand, phone: Page) -> None:
    phone.add_init_script("Object.defineProperty(navigator, 'wakeLock', { value: undefined })")
    resident, _ = enabled(stand, phone)
    phone.locator(".code__tap").click()
    resident.sees("屏幕可能会自动变暗，点一下码即可。")


@pytest.mark.parametrize("elder", [False, True])
def test_public_information_is_one_step_from_what_is_mine(stand: Stand, phone: Page, elder: bool) -> None:
    resident, _ = enabled(stand, phone)
    if elder:
        resident.press("长辈版")
        assert phone.locator(".action, .help").count() <= 4
        resident.press("使用记录")
    phone.get_by_role("button", name="我的").click()
    with phone.expect_popup() as opened:
        phone.get_by_role("link", name="公众须知").click()
    expect(opened.value).to_have_url(f"{stand.url}/help/?lang=zh-CN")
    expect(opened.value.locator("main")).to_be_visible()
