"""One code on a phone: the resident app in Chromium, from a tap to black and white, whole and at a sixth of its speed; what the app weighs; how soon pages stand."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3
from playwright.sync_api import expect, sync_playwright

from tests.bench import loading
from tests.bench.measure import Figure, show
from tests.browser.chromium import ARGUMENTS, CHROMIUM, PHONE
from webapp.demo.living import activation_code, put_up
from webapp.demo.town import settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

_LIMITS_MS = {1: 15.0, 6: 70.0}
"""For one code at so many times slower."""
_SHELL = 150 * 1024
_ROUNDS, _RUNS = 31, 3
_MEASURE = """async (rounds) => {
    const base = document.querySelector("script[type=module]").src.replace("app/start.js", "");
    const load = (name) => import(base + name);
    const [{ PhoneStore }, { Api }, { Clock }, { Wallet }, { modulesOf, drawCode }] = await Promise.all(
        ["shared/store.js", "shared/api.js", "shared/clock.js", "app/wallet.js", "app/codebox.js"].map(load));
    const wallet = new Wallet(await PhoneStore.open(), new Api(), new Clock());
    const [{ card }] = await wallet.cards();
    const canvas = document.createElement("canvas");
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
        const start = performance.now();
        drawCode(canvas, modulesOf(await wallet.code(card, "general")), 342);
        times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[Math.floor(rounds / 2)];
}"""
"""The time taken once in the database, two signatures' bytes, the symbol, the picture."""


def figures() -> Iterator[Figure]:
    """The median of one code at each speed, the bytes of the shell, and what `loading` measures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, ExitStack() as closing:
        root = Path(folder) / "town"
        (root / "logs").mkdir(parents=True)
        at = datetime.now(UTC)  # noqa: TID251 - because the town is used by programs that go by the machine's clock
        town = settle(root, at=at)
        service = put_up(town, closing)["service"].replace("127.0.0.1", "localhost")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        closing.callback(browser.close)
        page = browser.new_context(**PHONE).new_page()
        _activate(page, service, activation_code(town.office, town.resident, at=at))
        for slower, limit in _LIMITS_MS.items():
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
            page.evaluate(_MEASURE, 5)
            found = min(page.evaluate(_MEASURE, _ROUNDS) for _ in range(_RUNS))
            yield Figure(name=f"app.code_ms.cpu_{slower}", value=found, unit="ms", floor=limit, ratio=found / limit)
        size = _shell(service)
        yield Figure(name="app.shell_gzip_bytes", value=size, unit="bytes", floor=_SHELL, ratio=size / _SHELL)
        page.evaluate("navigator.serviceWorker.ready")
        page.close()
        yield from loading.figures(browser, service, page.context)


def _activate(page: Page, service: str, code: str) -> None:
    page.goto(f"{service}/app/#/activation")
    page.fill("[name=code]", code)
    page.locator("form .button--main").click()
    page.locator(".page > .button--main").click()
    expect(page.locator(".code canvas")).to_be_visible()
    page.evaluate("location.hash = '#/mine'")


def _shell(service: str) -> int:
    """What a phone fetches before it can go without a network, as it travels."""
    with urllib3.PoolManager(headers={"Accept-Encoding": "gzip"}) as web:
        script = web.request("GET", f"{service}/app/sw.js").data.decode()
        files = json.loads(re.findall(r"PRECACHE = (\[.*\]);", script)[0])
        return sum(len(web.request("GET", service + path, decode_content=False).data) for path, _ in files)


if __name__ == "__main__":
    show(*figures())
