"""The app's own camera: an activation code and a terminal's question are scanned, what is something else is left alone, and typing always remains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from codes.presentation import Presentation
from codes.qr import BYTES, symbol
from tests.browser.resident import Resident, until
from tests.browser.terminalscreen import CAMERA
from tests.browser.test_app_journeys import DECODER
from tests.webapp.test_api_terminal import clinic

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.stand import Stand

SEVERAL = """{
  const ask = navigator.mediaDevices.getUserMedia, here = ["back", "front", "wide"];
  navigator.mediaDevices.enumerateDevices = async () => here.map((deviceId) => ({ kind: "videoinput", deviceId }));
  navigator.mediaDevices.getUserMedia = async (wish) => {
    const { exact } = wish.video.deviceId ?? {};
    if (exact !== undefined && !here.includes(exact)) throw new DOMException("", "OverconstrainedError");
    return ask(wish);
  };
}"""
"""A phone with several cameras; they all see the same."""
FAULT = "navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{name}'); }};"


def hold(page: Page, *texts: str) -> None:
    """Hold these codes before the camera."""
    symbols = [["".join("1" if dark else "0" for dark in row) for row in symbol(text, mode=BYTES).get_matrix()] for text in texts]
    page.evaluate("(symbols) => Object.assign(camera, { symbols, module: 6 })", symbols)


@pytest.mark.threat("A09")
def test_an_activation_code_is_scanned_beside_others_that_are_not_one(stand: Stand, phone: Page) -> None:
    phone.add_init_script(CAMERA)
    resident = Resident(phone, stand)
    resident.open("activation")
    resident.press("扫激活码")
    resident.sees("把码放进框里")
    assert phone.evaluate("camera.wish.video.facingMode") == "environment"
    expect(phone.get_by_role("button", name="换一个摄像头")).to_have_count(0)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    hold(phone, "https://card.example.cn/SCA1:12345678")
    resident.sees("这不是要找的码")
    hold(phone, "SC1:6BF+70790T9WJWG.FKY*4GO0")
    phone.wait_for_timeout(500)
    resident.sees("这不是要找的码")
    assert [url for url in asked if "/v1/enrolments" in url or "example" in url] == []
    hold(phone, "WIFI:S:hall;;", f"SCA1:{stand.hall.code(stand.hall.shell.active(), provisional=True)}")
    resident.sees("已启用")
    resident.press("出示卡码")
    assert resident.code().startswith("SC1:")


def test_a_scanner_that_was_used_once_works_without_a_network_and_remembers_its_camera(stand: Stand, phone: Page) -> None:
    phone.add_init_script(CAMERA + SEVERAL)
    resident = Resident(phone, stand)
    resident.open("activation")
    resident.press("扫激活码")
    resident.sees("把码放进框里")
    for camera in ("front", "wide", "back", "front"):
        resident.press("换一个摄像头")
        until(phone, f"camera.wish.video.deviceId?.exact === '{camera}'")
        resident.sees("把码放进框里")
    assert resident.kept()
    until(phone, DECODER)
    stand.stop()
    phone.reload()
    resident.press("扫激活码")
    hold(phone, "WIFI:S:hall;;")
    resident.sees("这不是要找的码")
    assert phone.evaluate("camera.wish.video.deviceId.exact") == "front"
    phone.evaluate("(gone) => localStorage.setItem('ecard-settings', gone)", '{"camera": "gone"}')
    phone.reload()
    resident.press("扫激活码")
    resident.sees("把码放进框里")
    assert phone.evaluate("camera.wish.video.facingMode") == "environment"


def test_a_scanned_code_that_is_wrong_stands_in_the_field_to_be_looked_at(stand: Stand, phone: Page) -> None:
    phone.add_init_script(CAMERA)
    resident = Resident(phone, stand)
    resident.open("activation")
    resident.press("扫激活码")
    hold(phone, "SCA1:" + "９" * 3 + "<b>x" * 30)
    resident.sees("激活码是 8 位数字")
    assert phone.input_value("[name=code]").startswith("999<b>x")
    assert len(phone.input_value("[name=code]")) <= 40
    expect(phone.locator(".scanner")).to_have_count(0)


def test_a_terminals_question_is_scanned_read_and_agreed_to(stand: Stand, phone: Page) -> None:
    hall = stand.hall
    terminal = clinic(hall)
    phone.add_init_script(CAMERA)
    resident = Resident(phone, stand)
    resident.activate_with_chip(hall.shell.active())
    resident.press("身份码")
    resident.press("出示身份码")
    resident.press("对方要求“先扫我”")
    made = terminal.done("POST", "/v1/challenges", {"challenge": terminal.challenge()})
    hold(phone, made["qr"])
    resident.sees("请看清楚再同意")
    expect(phone.locator(".facts")).to_contain_text(terminal.venue)
    expect(phone.locator(".facts")).to_contain_text("姓名、证件号码、社保卡号")
    resident.press("不同意")
    assert Presentation.from_text(resident.code()).cnonce is None, "nothing is answered before the holder agrees"
    resident.press("对方要求“先扫我”")
    hold(phone, made["qr"])
    resident.press("同意，出示身份码")
    resident.sees("这个码只回答刚才那个窗口")
    phone.wait_for_timeout(300)
    told = terminal.asks(resident.code())
    assert set(told.body["fields"]) == {"name", "identity_number", "card_number"}
    resident.open("record")
    expect(phone.locator(".event--disclosure")).to_contain_text(terminal.venue)


@pytest.mark.parametrize(
    ("fault", "said", "more"),
    [
        ("NotAllowedError", "摄像头没有打开", "请在浏览器设置里允许使用摄像头，或直接输入。"),
        ("NotReadableError", "摄像头没有打开", "请在浏览器设置里允许使用摄像头，或直接输入。"),
        ("NotFoundError", "没有找到摄像头", "请直接输入。"),
    ],
)
def test_a_camera_that_is_refused_or_missing_is_said_and_the_field_stays(stand: Stand, phone: Page, fault: str, said: str, more: str) -> None:
    phone.add_init_script(FAULT.format(name=fault))
    code = stand.hall.code(stand.hall.shell.active(), provisional=True)
    resident = Resident(phone, stand)
    resident.open("activation")
    phone.fill("[name=code]", code[:4])
    resident.press("扫激活码")
    resident.sees(said)
    resident.sees(more)
    assert phone.input_value("[name=code]") == code[:4]
    resident.press("不扫了")
    phone.fill("[name=code]", code)
    resident.press("启用")
    resident.sees("已启用")


def test_a_decoder_that_cannot_be_fetched_is_no_refused_camera_and_the_camera_is_let_go(stand: Stand, phone: Page) -> None:
    phone.add_init_script(CAMERA)
    phone.add_init_script(
        "{ const ask = navigator.mediaDevices.getUserMedia;"
        " navigator.mediaDevices.getUserMedia = async (wish) => (window.stream = await ask(wish)); }"
    )
    resident = Resident(phone, stand)
    resident.open("activation")
    stand.stop()
    resident.press("扫激活码")
    resident.sees("没有网络，扫不了")
    until(phone, "stream.getTracks().every((track) => track.readyState === 'ended')")


def test_a_camera_that_was_taken_away_comes_back_and_is_let_go_when_nobody_scans_any_more(stand: Stand, phone: Page) -> None:
    phone.add_init_script(CAMERA)
    phone.add_init_script(
        "{ const ask = navigator.mediaDevices.getUserMedia;"
        " navigator.mediaDevices.getUserMedia = async (wish) => (window.stream = await ask(wish)); }"
    )
    resident = Resident(phone, stand)
    resident.open("activation")
    resident.press("扫激活码")
    resident.sees("把码放进框里")
    assert phone.evaluate("stream.getVideoTracks()[0].readyState") == "live"
    phone.evaluate("stream.getTracks().forEach((track) => track.stop())")
    phone.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    until(phone, "stream.getVideoTracks()[0].readyState === 'live'")
    resident.press("返回")
    until(phone, "stream.getTracks().every((track) => track.readyState === 'ended')")
