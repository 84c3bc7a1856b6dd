"""At a desk: whoever asks is shown before anything is told, and digits read out are good for that desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.screens import enabled
from tests.webapp.officehouse import NAME
from tests.webapp.test_api_terminal import CLINIC, clinic

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.stand import Stand


def test_a_clinic_asks_the_holder_agrees_and_the_record_says_so(stand: Stand, phone: Page) -> None:
    walker = enabled(stand, phone)
    resident, terminal = walker.resident, clinic(stand.hall)
    asked = terminal.done("POST", "/v1/challenges", {"challenge": terminal.challenge()})
    resident.press("身份码")
    resident.press("出示身份码")
    plain = resident.code()
    assert terminal.asks(plain).code == "consent-missing"

    resident.press("对方要求“先扫我”")
    phone.fill("[name=challenge]", asked["qr"])
    resident.press("用它做码")
    resident.sees("请看清楚再同意")
    expect(phone.locator(".facts")).to_contain_text("两路口站")
    expect(phone.locator(".facts")).to_contain_text("证件号码")
    resident.press("同意，出示身份码")
    resident.sees("这个码只回答刚才那个窗口")
    phone.wait_for_timeout(300)
    told = terminal.asks(resident.code(), CLINIC)
    assert (told.status, told.body["fields"]["name"]) == (200, NAME)

    resident.press("返回")
    resident.press("记录")
    resident.sees("经您出示的码提供了姓名、证件号码、社保卡号")


def test_who_does_not_agree_tells_nothing(stand: Stand, phone: Page) -> None:
    resident, terminal = enabled(stand, phone).resident, clinic(stand.hall)
    asked = terminal.done("POST", "/v1/challenges", {"challenge": terminal.challenge()})
    resident.press("身份码")
    resident.press("出示身份码")
    resident.press("对方要求“先扫我”")
    phone.fill("[name=challenge]", asked["qr"])
    resident.press("用它做码")
    resident.press("不同意")
    expect(phone.get_by_text("这个码只回答刚才那个窗口")).to_have_count(0)
    assert terminal.asks(resident.code()).code == "consent-missing"


def test_digits_read_out_are_good_at_their_desk(stand: Stand, phone: Page) -> None:
    resident, terminal = enabled(stand, phone).resident, clinic(stand.hall)
    number = terminal.done("GET", "/v1/terminals/self")["venue_number"]
    resident.press("报数字")
    phone.fill("[name=venue]", number)
    resident.press("取数字")
    expect(phone.locator(".spoken")).to_have_count(2)
    phone.wait_for_timeout(300)
    locator, code = (line.inner_text().replace(" ", "") for line in phone.locator(".spoken").all())
    heard = terminal.done("POST", "/v1/spoken/checks", {"locator": locator, "code": code})
    assert (heard["verdict"], heard["name"]) == ("accepted", "嘉*晴")
