"""How soon a page is there, in the words of Lighthouse: first and largest paint, time that was blocked, things that moved; for the app, the first live code too.

Taken by the browser's own observers in Debian's Chromium at a phone's size, once as this machine is and once as Lighthouse makes a phone slow: a quarter of the
processor, 150 ms to the first byte of every answer, 1.6 Mbit/s. Movement is the plain sum of all of it, which is never less than Lighthouse's worst window.
"""

from __future__ import annotations

import statistics
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.bench.measure import Figure
from tests.browser.chromium import PHONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

_ROUNDS = 3
_QUIET_MS = 2500
"""What happens later than this after the page stands is no part of its loading."""
_GOOD: dict[str, float | None] = {"fcp_ms": 1800, "lcp_ms": 2500, "tbt_ms": 200, "cls": 0.1, "code_ms": None}
"""Up to where Lighthouse calls it good; of codes it knows nothing."""
_SLOW_CPU = 4
_SLOW_NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
_WATCH = """{
    const look = () => {
        const canvas = document.querySelector(".code canvas");
        if (canvas !== null && canvas.width > 100) window.codeAt = performance.now();
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
_READ = """async () => {
    const entries = (type) => new Promise((resolve) => {
        const observer = new PerformanceObserver((list) => resolve(list.getEntries()));
        observer.observe({ type, buffered: true });
        setTimeout(() => resolve([]), 300);
    });
    const [paints, largest, tasks, shifts] = await Promise.all(["paint", "largest-contentful-paint", "longtask", "layout-shift"].map(entries));
    const { startTime: first } = paints.find(({ name }) => name === "first-contentful-paint");
    const blocked = tasks.filter(({ startTime }) => startTime >= first).map(({ duration }) => duration - 50);
    const moved = shifts.filter(({ hadRecentInput }) => !hadRecentInput).map(({ value }) => value);
    const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
    return { fcp_ms: first, lcp_ms: Math.max(...largest.map(({ startTime }) => startTime)), tbt_ms: sum(blocked), cls: sum(moved),
        ...(window.codeAt === undefined ? {} : { code_ms: window.codeAt }) };
}"""


class Visit(NamedTuple):
    """A page, and what is there when it stands."""

    name: str
    path: str
    stands: str


_FIRST = (Visit("app_first", "/app/", "main .button"), Visit("terminal", "/terminal/", ".begin"), Visit("help", "/help/", "main h1"))
"""Pages of a browser that has never been there."""
_AGAIN = Visit("app_again", "/app/", ".code canvas")
"""The app on a phone that has its files and a card."""


def figures(browser: Browser, service: str, enabled: BrowserContext) -> Iterator[Figure]:
    """Every figure of every page, as it is and slow: the median of a few visits. `enabled` is a phone with a card."""
    for slow in (False, True):
        for visit in _FIRST:
            yield from _medians(visit, [_first(browser, service, visit, slow=slow) for _ in range(_ROUNDS)], slow=slow)
        yield from _medians(_AGAIN, [_visited(enabled, service, _AGAIN, slow=slow) for _ in range(_ROUNDS)], slow=slow)


def _medians(visit: Visit, found: list[dict[str, float]], *, slow: bool) -> Iterator[Figure]:
    for name, good in _GOOD.items():
        if name in found[0]:
            value = statistics.median(one[name] for one in found)
            yield Figure(
                name=f"{visit.name}.{name}{'.slow' if slow else ''}",
                value=value,
                unit="score" if name == "cls" else "ms",
                floor=good,
                ratio=None if good is None else value / good,
            )


def _first(browser: Browser, service: str, visit: Visit, *, slow: bool) -> dict[str, float]:
    context = browser.new_context(**PHONE)
    try:
        return _visited(context, service, visit, slow=slow)
    finally:
        context.close()


def _visited(context: BrowserContext, service: str, visit: Visit, *, slow: bool) -> dict[str, float]:
    with _opened(context) as page:
        if slow:
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", _SLOW_NETWORK)
            session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOW_CPU})
        page.add_init_script(_WATCH)
        page.goto(service + visit.path, wait_until="commit")
        page.locator(visit.stands).first.wait_for()
        page.wait_for_timeout(_QUIET_MS)
        found: dict[str, Any] = page.evaluate(_READ)
        return found


@contextmanager
def _opened(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    try:
        yield page
    finally:
        page.close()
