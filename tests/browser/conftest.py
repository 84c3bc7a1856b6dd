"""A real service on this machine and Debian's Chromium in front of it: what every test of a page stands on.

stand      an office with residents, and a service over it on a loopback port that the test stops, kills and starts again
browser    one Chromium for the whole run; `phone` a fresh context the size of a phone, whose console must stay silent
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, CHROMIUM, PHONE, listening
from tests.browser.stand import Stand
from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Playwright

    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]

expect.set_options(timeout=20_000)  # nothing that is fast enough becomes slower, and a machine that does other things as well fails nobody


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) or "playwright" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def stand(shell: Shell) -> Iterator[Stand]:
    with Stand.opened(shell) as stand:
        yield stand


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(**PHONE)
    yield context
    context.close()


@pytest.fixture
def phone(context: BrowserContext) -> Iterator[Page]:
    """A page on a phone. What its console complains of fails the test, but for requests that found nobody, which journeys without a network make."""
    page = context.new_page()
    with listening(page):
        yield page
