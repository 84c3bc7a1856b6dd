"""How codes come in: a gun under any input method, a camera with its troubles, a photo, and two numbers that somebody reads out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from codes.qr import to_png
from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.browser.terminalhouse import House
from tests.browser.terminalscreen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Playwright

TROUBLES = [
    ("NotAllowedError", "没有使用摄像头的权限"),
    ("NotFoundError", "没有找到摄像头"),
    ("NotReadableError", "摄像头打不开"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House.inhabited(tmp_path_factory.mktemp("inputs")).served() as house:
        yield house


@pytest.fixture
def screen(house: House, browser: Browser) -> Iterator[Screen]:
    with house.agent("inputs") as port, Screen.opened(browser, house.url, port=port) as screen:
        yield screen


def test_a_gun_is_heard_whole_although_an_input_method_eats_its_letters(house: House, screen: Screen) -> None:
    code = house.holders["good"].code()
    screen.gun(code, eaten=True)
    expect(screen.page.get_by_text(f"扫码枪读到了 {len(code)} 个字符。")).to_be_visible()
    screen.begin().gun(code, eaten=True)
    assert screen.shown().colour == "green"


def test_who_types_by_hand_scans_nothing_and_fields_keep_their_letters(screen: Screen) -> None:
    screen.page.locator("input[type=number]").focus()
    screen.gun("12345678")
    screen.begin()
    screen.page.keyboard.type("SC1:ABC123", delay=200)
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator("[data-result]")).to_have_count(0)
    screen.gun("5")
    expect(screen.page.locator("[data-result]")).to_have_count(0)


def test_the_camera_is_asked_for_what_the_decoder_needs(screen: Screen) -> None:
    screen.begin()
    wish: dict[str, Any] = screen.page.evaluate("camera.wish")
    assert wish["audio"] is False
    assert (wish["video"]["width"], wish["video"]["height"]) == ({"ideal": 1280}, {"ideal": 720})


@pytest.mark.threat("A09")
def test_two_codes_at_once_are_not_judged_and_a_strange_one_beside_ours_is_overlooked(house: House, screen: Screen) -> None:
    screen.begin()
    good, lost = (house.holders[name].code() for name in ("good", "lost"))
    screen.show(good, lost, module=4)
    expect(screen.advice()).to_contain_text("画面里有多个码")
    expect(screen.page.locator("[data-result]")).to_have_count(0)
    screen.show(good, "HTTPS://EXAMPLE.CN/A", module=4)
    assert screen.shown().colour == "green"
    assert [screen.count(colour) for colour in ("green", "yellow", "red", "grey")] == [1, 0, 0, 0]


@pytest.mark.parametrize(("fault", "title"), TROUBLES)
def test_a_camera_that_cannot_be_had_is_said_plainly_and_tried_again(house: House, screen: Screen, fault: str, title: str) -> None:
    screen.ready()
    screen.page.evaluate("(fault) => { camera.fault = fault; }", fault)
    screen.start()
    expect(screen.advice()).to_contain_text(title)
    screen.gun(house.holders["good"].code())
    assert screen.shown().colour == "green", "the gun goes on"
    screen.next()
    screen.page.evaluate("() => { camera.fault = null; }")
    screen.page.get_by_role("button", name="重试").click()
    expect(screen.advice()).to_have_count(0)
    screen.show(house.holders["lost"].code())
    assert screen.shown().reason == "suspended"


def test_an_address_without_https_is_told_to_use_one(house: House, browser: Browser) -> None:
    insecure = "Object.defineProperty(window, 'isSecureContext', { value: false });"
    with house.agent("insecure") as port, Screen.opened(browser, house.url, init=insecure, port=port) as screen:
        screen.begin()
        expect(screen.advice()).to_contain_text("请改用 https:// 开头的网址打开本页")


def test_a_camera_that_is_pulled_out_is_missed(screen: Screen) -> None:
    screen.begin()
    screen.page.evaluate("document.querySelector('video').srcObject.getTracks()[0].onended()")
    expect(screen.advice()).to_contain_text("摄像头断开了")


def test_a_photo_is_looked_at_here_and_says_what_it_lacks(house: House, screen: Screen, tmp_path: Path) -> None:
    screen.begin()
    photo, empty, text = (tmp_path / name for name in ("code.png", "empty.png", "list.txt"))
    photo.write_bytes(to_png(house.holders["good"].code()))
    empty.write_bytes(_grey_png())
    text.write_bytes(b"no picture")
    for path, title in ((text, "这个文件不是照片"), (empty, "照片里没有找到二维码")):
        _choose(screen, path)
        expect(screen.advice()).to_contain_text(title)
    _choose(screen, photo)
    assert screen.shown().colour == "green"


def _choose(screen: Screen, path: Path) -> None:
    with screen.page.expect_file_chooser() as choosing:
        screen.page.get_by_role("button", name="选照片").click()
    choosing.value.set_files(path)


def _grey_png() -> bytes:
    held = io.BytesIO()
    Image.new("L", (400, 300), 128).save(held, "PNG")
    return held.getvalue()


def test_each_result_has_a_sound_of_its_own(house: House, screen: Screen) -> None:
    screen.begin()
    screen.page.evaluate("""() => {
      window.notes = [];
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (when) { notes.push([this.type, this.frequency.value]); return start.call(this, when); };
    }""")
    heard = []
    for text in (house.holders["good"].code(), "NO CODE", house.holders["lost"].code()):
        screen.gun(text)
        screen.shown()
        heard.append(screen.page.evaluate("notes.splice(0)"))
        screen.next()
    assert heard == [[["sine", 880], ["sine", 1320]], [["sine", 660]] * 2, [["square", 220]] * 3]


def test_a_camera_as_chromium_has_one_reads_a_code(house: House, playwright: Playwright, tmp_path: Path) -> None:
    picture = Image.new("RGB", (1280, 720), (150, 156, 162))
    (tmp_path / "code.png").write_bytes(to_png(house.holders["good"].code(), module=6))
    code = Image.open(tmp_path / "code.png").convert("RGB")
    picture.paste(code, ((1280 - code.width) // 2, (720 - code.height) // 2))
    picture.save(tmp_path / "frame.jpg", quality=92)
    film = tmp_path / "film.mjpeg"
    film.write_bytes((tmp_path / "frame.jpg").read_bytes() * 30)
    fakes = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *fakes])
    try:
        with house.agent("film") as port, Screen.opened(browser, house.url, init="", port=port) as screen:
            screen.begin()
            assert screen.shown().colour == "green"
    finally:
        browser.close()
