"""What a resident does in the app: loss and its withdrawal, pausing, phones, the identity code, spoken digits, several cards; and what is said when it cannot be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from codes.presentation import Presentation
from ecard.model import CardRef
from tests.browser.resident import Gate, Resident
from tests.browser.test_app_looks import LEAST, TARGETS, violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.stand import Stand


def enabled(stand: Stand, phone: Page, *, chip: bool = False) -> tuple[Resident, CardRef]:
    """A resident whose phone shows a code, and the card."""
    card = stand.hall.shell.active()
    resident = Resident(phone, stand)
    if chip:
        resident.activate_with_chip(card)
    else:
        resident.activate(stand.hall.code(card, provisional=True))
    return resident, CardRef(card)


@pytest.mark.article("ZS-17b")
def test_a_card_lost_and_found_again(stand: Stand, phone: Page) -> None:
    resident, card = enabled(stand, phone, chip=True)
    resident.press("挂失")
    resident.press("实体卡丢了，挂失")
    resident.sees("实体卡将立即停用，别人捡到也不能用。手机上的码不受影响。")
    resident.press("确认挂失")
    resident.sees("挂失成功，已经停用")
    resident.sees("联网的设备约 3 秒内生效")
    expect(phone.locator(".facts")).to_contain_text(re.compile("回执号"))
    (chip,) = [one for one in stand.hall.desk.card(card).holds if one.in_force(stand.hall.now)]
    assert chip.kind.value == "pre-loss"
    resident.press("完成")
    expect(phone.locator(".code canvas")).to_be_visible()

    resident.press("挂失")
    resident.sees("实体卡已挂失")
    resident.press("卡找到了，取消挂失")
    resident.press("卡找到了，取消挂失")
    resident.sees("已取消挂失")
    assert not [one for one in stand.hall.desk.card(card).holds if one.in_force(stand.hall.now)]
    resident.open("receipts")
    expect(phone.locator(".page .facts").first).to_contain_text("回执号")


def test_this_phone_stopped_shows_no_code_and_a_gate_refuses_the_last_one(stand: Stand, phone: Page) -> None:
    resident, _ = enabled(stand, phone)
    gate = Gate(stand.hall.shell)
    code = resident.code()
    resident.press("挂失")
    resident.press("停用我手上这部手机")
    resident.press("确认挂失")
    resident.sees("挂失成功")
    gate.sync(stand.url)
    verdict = gate.scan(code)
    assert (verdict["verdict"], verdict["reason"]) == ("refused", "suspended")
    resident.press("完成")
    resident.sees("已挂失，不能出示")
    expect(phone.locator(".code canvas")).to_have_count(0)
    resident.press("挂失")
    resident.sees("这部手机也停用了")
    expect(phone.get_by_role("button", name="手机找到了，取消挂失")).to_have_count(0)


def test_without_a_network_a_loss_is_a_telephone_call_and_nothing_is_queued(stand: Stand, phone: Page) -> None:
    resident, card = enabled(stand, phone)
    stand.stop()
    phone.evaluate("dispatchEvent(new Event('offline'))")
    resident.press("挂失")
    resident.sees("没有网络，挂失还没有办")
    call = phone.get_by_role("link", name="打 12333 挂失")
    assert call.get_attribute("href") == "tel:12333"
    stand.start()
    resident.press("再试一次")
    resident.sees("实体卡丢了？")
    assert not stand.hall.desk.card(card).holds


def test_paused_and_taken_up_again(stand: Stand, phone: Page) -> None:
    resident, _ = enabled(stand, phone, chip=True)
    resident.press("暂停使用")
    resident.press("暂停使用")
    resident.sees("已暂停使用")
    resident.press("返回")
    resident.sees("您已暂停使用")
    expect(phone.locator(".code canvas")).to_have_count(0)
    resident.press("恢复使用")
    resident.press("恢复使用")
    resident.sees("正常使用中")
    resident.press("返回")
    assert resident.code().startswith("SC1:")


def test_an_identity_code_says_what_it_shows_and_answers_a_challenge(stand: Stand, phone: Page) -> None:
    resident, _ = enabled(stand, phone, chip=True)
    resident.press("身份码")
    resident.sees("身份证号码的最后四位")
    resident.press("出示身份码")
    shown = Presentation.from_text(resident.code())
    assert (shown.audience, shown.credential.says.name, shown.credential.says.tail, shown.cnonce) == ("identity", "嘉*晴", "0010", None)
    resident.press("对方要求“先扫我”")
    phone.fill("[name=challenge]", "0011 2233 zz")
    resident.press("用它做码")
    resident.sees("这不是窗口的确认码")
    assert phone.input_value("[name=challenge]") == "0011 2233 zz"
    phone.fill("[name=challenge]", "0011-2233-4455-6677 8899AABB")
    resident.press("用它做码")
    resident.sees("这个码只回答刚才那个窗口")
    phone.wait_for_timeout(300)
    assert Presentation.from_text(resident.code()).cnonce == bytes.fromhex("00112233445566778899aabb")


def test_a_provisional_phone_is_told_what_it_may_not(stand: Stand, phone: Page) -> None:
    resident, _ = enabled(stand, phone)
    resident.sees("临时启用到")
    resident.press("身份码")
    resident.sees("临时启用的手机不能出示身份码")
    resident.press("返回")
    resident.press("暂停使用")
    resident.sees("临时启用的手机不能办这件事")


def test_digits_to_be_read_out_are_heard(stand: Stand, phone: Page) -> None:
    resident, _ = enabled(stand, phone, chip=True)
    resident.press("报数字")
    phone.fill("[name=venue]", "123")
    resident.press("取数字")
    resident.sees("窗口编号是 8 位数字")
    phone.fill("[name=venue]", "1234 5678")
    resident.press("取数字")
    shown = phone.locator(".spoken")
    expect(shown.nth(0)).to_have_text(re.compile(r"^\d{3} \d{3} \d{3}$"))
    expect(shown.nth(1)).to_have_text(re.compile(r"^\d{4} \d{4}$"))


def test_two_cards_on_one_phone(stand: Stand, phone: Page) -> None:
    resident, _ = enabled(stand, phone)
    for left in ("chip.img", "pin.txt"):  # the first card's; the next one has a chip of its own
        (stand.hall.shell.home / left).unlink()
    mother = stand.hall.shell.active(2)
    resident.press("我的")
    phone.get_by_role("button", name="再添加一张卡").click()
    resident.activate(stand.hall.code(mother, provisional=True))
    chips = phone.locator(".chip")
    expect(chips).to_have_count(2)
    expect(chips.nth(1)).to_have_attribute("aria-pressed", "true")
    second = Presentation.from_text(resident.code()).credential
    chips.nth(0).click()
    expect(chips.nth(0)).to_have_attribute("aria-pressed", "true")
    phone.wait_for_timeout(500)
    first = Presentation.from_text(resident.code()).credential
    assert first.says.sub != second.says.sub
    assert first.says.holder != second.says.holder
    resident.press("长辈版")
    expect(phone.locator(".chip")).to_have_count(0)
    expect(phone.locator(".action, .help")).to_have_count(4)
    resident.press("换卡、使用记录")
    people = phone.locator(".person")
    expect(people.nth(0)).to_have_attribute("aria-pressed", "true")
    assert violations(phone) == []
    assert phone.evaluate(TARGETS, LEAST["elder"]) == []
    people.nth(1).click()
    expect(phone.locator(".action")).to_have_count(3)
    phone.wait_for_timeout(500)
    assert Presentation.from_text(resident.code()).credential.says.sub == second.says.sub
    resident.press("换卡、使用记录")
    phone.get_by_role("button", name="使用记录").click()
    expect(phone.locator(".event").first).to_be_visible()


def test_a_phone_is_unbound_and_its_card_gone_from_it(stand: Stand, phone: Page) -> None:
    resident, card = enabled(stand, phone)
    resident.open("phones")
    resident.sees("这部手机")
    resident.press("解绑")
    resident.press("确认解绑")
    resident.sees("把社保卡装进手机")
    assert not [one for one in stand.hall.desk.card(card).phones if one.state.value == "active"]


def test_the_record_of_the_card_is_there_to_read(stand: Stand, phone: Page) -> None:
    resident, _ = enabled(stand, phone)
    resident.press("记录")
    expect(phone.locator(".event").first).to_be_visible()
    resident.press("返回")


@pytest.mark.parametrize("wrong", ["12345678", "0000", "ａｂｃ"])
def test_a_wrong_activation_code_is_said_and_nothing_typed_is_lost(stand: Stand, phone: Page, wrong: str) -> None:
    resident = Resident(phone, stand)
    resident.open("activation")
    phone.fill("[name=code]", wrong)
    resident.press("启用")
    expect(phone.locator(".note--bad")).to_be_visible()
    assert phone.input_value("[name=code]") == wrong


def test_a_service_that_is_away_while_enrolling_is_said_and_nothing_typed_is_lost(stand: Stand, phone: Page) -> None:
    code = stand.hall.code(stand.hall.shell.active(), provisional=True)
    resident = Resident(phone, stand)
    resident.open("activation")
    stand.stop()
    phone.fill("[name=code]", code)
    resident.press("启用")
    resident.sees("没有网络，或服务暂时连不上")
    assert phone.input_value("[name=code]") == code
    stand.start()
    resident.press("启用")
    resident.sees("已启用")


BLOCKED = {
    "IndexedDB.open refused": ("IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError'); }", "浏览器不让保存"),
    "no locks": ("Object.defineProperty(navigator, 'locks', { value: undefined })", "此浏览器太旧，不能保存凭证"),
    "not a secure page": ("Object.defineProperty(window, 'isSecureContext', { value: false })", "这个网址不安全，不能启用"),
}


@pytest.mark.parametrize("how", BLOCKED)
def test_a_browser_that_cannot_hold_a_card_says_so(stand: Stand, phone: Page, how: str) -> None:
    script, said = BLOCKED[how]
    phone.add_init_script(script)
    resident = Resident(phone, stand)
    resident.open()
    resident.sees(said)
    resident.sees("实体卡照常能用")


def test_a_browser_that_cannot_keep_a_key_says_so_before_the_service_hears_of_it(stand: Stand, phone: Page) -> None:
    phone.add_init_script(
        "{ const put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function (row) {"
        " if (row.privateKey) throw new DOMException('', 'DataCloneError'); return put.call(this, row); }; }"
    )
    code = stand.hall.code(stand.hall.shell.active(), provisional=True)
    resident = Resident(phone, stand)
    resident.open("activation")
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.fill("[name=code]", code)
    resident.press("启用")
    resident.sees("此浏览器不能安全保存凭证")
    assert phone.input_value("[name=code]") == code
    assert not [url for url in asked if "/v1/enrolments" in url]
