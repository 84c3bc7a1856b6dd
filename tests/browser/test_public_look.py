"""The public pages in Chromium: nothing for axe to find, forms that work without a script, and paper without what paper cannot use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import listening
from tests.webapp.helphouse import Help

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.stand import Stand

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ("", "items", "items/clinic-registration", "changes", "procedures", "rules", "codes", "rights", "units", "report?about=kept", "ticket")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without scripts, as wide as a phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="zh-CN")
    with listening(page := context.new_page()):
        yield page
    context.close()


@pytest.fixture
def address(stand: Stand) -> str:
    Help(stand.hall.shell, stand.hall.client, stand.hall.clock).publish("clinic-registration", "bus-and-metro", "migrant-wages")
    return f"{stand.url}/help/"


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_any_page_in_either_language_and_nothing_is_wider_than_the_screen(browser: Browser, address: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, locale="zh-CN")
    with listening(page := context.new_page()):
        for path in PAGES:
            for more in ("", f"{'&' if '?' in path else '?'}lang=en"):
                page.goto(address + path + more)
                page.evaluate(AXE.read_text("utf-8"))
                found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
                told = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]]
                assert told == [], (path, more)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        small = page.evaluate(
            "[...document.querySelectorAll('nav a, .band a, button, input, textarea, select')].filter(e => e.getClientRects().length"
            " && e.type !== 'hidden' && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
        )
        assert small == []
    context.close()


@pytest.mark.article("ZZ-16a")
def test_without_a_script_somebody_reports_is_helped_over_a_mistake_and_reads_what_became_of_it(page: Page, address: str) -> None:
    page.goto(f"{address}report")
    page.get_by_label("我的卡被扣押").or_(page.get_by_label("扣押、复印、扫描或抵押我的卡")).check()
    page.get_by_label("情况").fill("前台收走了卡。")
    page.get_by_label("哪一天（可不填）").fill("2026-01-02")
    page.get_by_role("button", name="提交").click()
    number, word = page.locator(".big").all_inner_texts()
    assert re.fullmatch(r"\d{4} \d{4} \d{2}", number)
    page.goto(f"{address}ticket")
    page.get_by_label("编号").fill(number)
    page.get_by_label("查询口令").fill("ba")
    page.get_by_role("button", name="查询").click()
    assert "编号或口令不对" in page.get_by_role("alert").inner_text()
    page.get_by_label("查询口令").fill(word)
    page.get_by_role("button", name="查询").click()
    assert "正在办理" in page.locator("main").inner_text()


def test_on_paper_stands_the_page_with_both_lines_and_no_navigation(page: Page, address: str) -> None:
    page.goto(f"{address}procedures")
    page.emulate_media(media="print")
    assert page.get_by_text("12333").first.is_visible()
    assert page.get_by_role("heading", name="怎么办理").is_visible()
    assert not page.locator(".top nav").is_visible()
    assert page.pdf().startswith(b"%PDF")
