"""What every page must be for everybody: named and contrasted (axe), large enough to touch, narrow enough for a small phone, still when asked to be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.contrast import brightest_behind, ratio
from tests.browser.resident import Resident, until
from tests.browser.screens import LANGUAGES, MODES, Walker, dress, enabled, online, states

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.stand import Stand

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LEAST = {"standard": 44, "elder": 64}
"""Pixels that a target must have in both directions."""
TARGETS = """(least) => Array.from(document.querySelectorAll("button, a[href], input, [role=switch]")).flatMap((one) => {
    const label = one.closest("label.choice__one, label.switch") ?? one;
    const { width, height } = label.getBoundingClientRect();
    const seen = width > 0 && getComputedStyle(one).visibility !== "hidden";
    return seen && (width < least - 0.5 || height < least - 0.5) ? [`${one.innerText || one.name}: ${width} x ${height}`] : [];
})"""
WIDE = """async () => {
    const root = document.documentElement, before = root.dataset.size, wide = [];
    for (const size of ["standard", "largest"]) {
        root.dataset.size = size;
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        if (root.scrollWidth > innerWidth) wide.push(size);
    }
    root.dataset.size = before;
    return wide;
}"""
SMALLEST = """() => Math.min(...Array.from(document.querySelectorAll("main *, header *, nav *")).filter((one) =>
    Array.from(one.childNodes).some((node) => node.nodeType === 3 && node.data.trim()) && one.getBoundingClientRect().width > 2
    && !one.closest(".unseen")).map((one) => parseFloat(getComputedStyle(one).fontSize)))"""


def violations(page: Page) -> list[Any]:
    """What axe finds wrong, at its strictest that can be decided by a machine."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("(tags) => axe.run(document, { runOnly: tags })", tags)["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]


def narrow(page: Page) -> list[str]:
    """The sizes of text at which this page is wider than a small phone."""
    whole = page.viewport_size
    assert whole is not None
    page.set_viewport_size({"width": 320, "height": 568})
    found: list[str] = page.evaluate(WIDE)
    page.set_viewport_size(whole)
    return found


def walk(walker: Walker, language: str, mode: str) -> dict[str, Any]:
    """Everything wrong on any page, by page."""
    wrong: dict[str, Any] = {}
    least = LEAST[mode]

    def look(name: str) -> None:
        page = walker.page
        found = [*violations(page), *page.evaluate(TARGETS, least)]
        found += [f"scrolls sideways, text {size}" for size in narrow(page)]
        if mode == "elder" and page.evaluate(SMALLEST) < 20:
            found.append(f"text of {page.evaluate(SMALLEST)} px")
        if found:
            wrong[f"{name} {language} {mode}"] = found

    for name in online(walker):
        look(name)
    for name in states(walker):
        look(name)
    return wrong


@pytest.mark.article("ZZ-10")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_and_state_is_for_everybody(stand: Stand, phone: Page, mode: str, language: str) -> None:
    walker = enabled(stand, phone)
    dress(phone, mode=mode, language=language)
    assert walk(walker, language, mode) == {}


@pytest.mark.parametrize("mode", MODES)
def test_the_first_pages_are_for_everybody_before_there_is_a_card(stand: Stand, phone: Page, mode: str) -> None:
    resident = Resident(phone, stand)
    for language in LANGUAGES:
        resident.open()
        dress(phone, mode=mode, language=language)
        for route in ("home", "activation", "mine", "licences"):
            phone.evaluate("(route) => { location.hash = '#/' + route; }", route)
            phone.wait_for_timeout(200)
            assert violations(phone) == [], (route, language)
            assert phone.evaluate(TARGETS, LEAST[mode]) == [], (route, language)


def test_axe_would_say_so(stand: Stand, phone: Page) -> None:
    Resident(phone, stand).open()
    assert violations(phone) == []
    phone.evaluate("document.querySelector('main').append(document.createElement('button'), new Image())")
    assert {rule for rule, _ in violations(phone)} == {"button-name", "image-alt"}


def test_text_is_as_large_as_was_asked(stand: Stand, phone: Page) -> None:
    walker = enabled(stand, phone)
    sizes = [
        ("standard", "standard", 17),
        ("standard", "large", 23),
        ("standard", "largest", 30),
        ("elder", "standard", 23),
        ("elder", "largest", 30),
    ]
    for mode, size, pixels in sizes:
        dress(phone, mode=mode, size=size)
        assert phone.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == pixels
    assert walker.page.evaluate("parseFloat(getComputedStyle(document.body).lineHeight)") >= 1.5 * 30


@pytest.mark.article("ZZ-10")
def test_the_elder_edition_is_a_layout_of_its_own(stand: Stand, phone: Page) -> None:
    resident = enabled(stand, phone).resident
    resident.press("长辈版")
    expect(phone.locator(".action")).to_have_count(3)
    expect(phone.locator(".help")).to_have_count(1)
    expect(phone.locator("nav, .tiles")).to_have_count(0)
    resident.sees("码会自动更新，不用操作。")
    assert phone.locator(".help").get_attribute("href") == "tel:12333"
    lefts = {round(box["x"]) for action in phone.locator(".action, .help").all() if (box := action.bounding_box())}
    assert len(lefts) == 1
    phone.reload()
    expect(phone.locator(".action")).to_have_count(3)
    resident.press("卡或手机丢了")
    resident.sees("实体卡丢了？")
    resident.press("返回")
    resident.press("标准版")
    expect(phone.locator(".tiles")).to_be_visible()


def test_nothing_moves_for_whoever_asked_for_that(stand: Stand, phone: Page) -> None:
    walker = enabled(stand, phone)
    phone.emulate_media(reduced_motion="reduce")
    walker.route("big", ".big canvas")
    until(phone, "document.getAnimations().length === 0")
    expect(phone.locator(".alive__time")).not_to_have_text(phone.locator(".alive__time").inner_text())
    assert phone.evaluate("document.getAnimations().length") == 0
    phone.emulate_media(reduced_motion="no-preference")
    until(phone, "document.getAnimations().length === 1")
    walker.resident.press("停住动条")
    until(phone, "document.getAnimations().length === 0")


def test_keys_reach_everything_and_a_page_that_opens_is_read_out(stand: Stand, phone: Page) -> None:
    walker = enabled(stand, phone)
    walker.route("home", ".code canvas")
    names = []
    for _ in range(12):
        phone.keyboard.press("Tab")
        names.append(phone.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText.trim()"))
    assert names[:7] == ["长辈版", "卡码，点一下放大", "身份码", "挂失", "暂停使用", "报数字", names[6]]
    phone.get_by_role("button", name="挂失").focus()
    phone.keyboard.press("Enter")
    expect(phone.locator("h1")).to_be_focused()
    assert phone.title() == "挂失 · 电子社保卡"


def test_what_stands_on_the_face_of_the_card_can_be_read(stand: Stand, phone: Page) -> None:
    """axe cannot judge text over a picture, so the picture's brightest pixel behind each line is held against the text's white."""
    walker = enabled(stand, phone)
    for size in ("standard", "largest"):
        dress(phone, size=size)
        walker.route("home", ".face__name")
        for line in (".face__top span:first-child", ".face__demo", ".face__name", ".face__number"):
            behind = brightest_behind(phone, line)
            assert ratio((255, 255, 255), behind) >= 4.5, (size, line, behind)
