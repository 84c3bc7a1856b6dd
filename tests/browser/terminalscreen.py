"""The terminal page as its staff has it: a gun that types, a camera that sees what a test draws, and what the screen says."""

from __future__ import annotations

import json
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from codes.qr import matrix
from tests.browser.chromium import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
PATIENCE_MS = 20_000

CAMERA = """
(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const context = canvas.getContext("2d");
  const camera = window.camera = { symbols: [], fault: null, wish: null, module: 5, count: 0 };
  const draw = (rows, left) => {
    const side = rows.length * camera.module, top = (720 - side) / 2;
    context.fillStyle = "#fff";
    context.fillRect(left, top, side, side);
    context.fillStyle = "#000";
    rows.forEach((row, y) => [...row].forEach((dark, x) =>
      dark === "1" && context.fillRect(left + x * camera.module, top + y * camera.module, camera.module, camera.module)));
  };
  const paint = () => {
    context.fillStyle = "#8d979f";
    context.fillRect(0, 0, 1280, 720);
    const width = camera.symbols.reduce((sum, rows) => sum + rows.length * camera.module, 0);
    let left = (1280 - width) / 2;
    for (const rows of camera.symbols) { draw(rows, left); left += rows.length * camera.module; }
    context.fillStyle = (camera.count += 1) % 2 ? "#8d979f" : "#8e979f";
    context.fillRect(0, 0, 4, 4);
  };
  setInterval(paint, 33);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    camera.wish = wish;
    if (camera.fault) throw new DOMException("", camera.fault);
    return canvas.captureStream(30);
  };
})();
"""
_GUN = """([text, isEaten]) => {
  const signs = { " ": "Space", "$": "Digit4", "%": "Digit5", "*": "Digit8", "+": "Equal", "-": "Minus", ".": "Period", "/": "Slash", ":": "Semicolon" };
  const press = (code, key, shiftKey) => {
    const event = new KeyboardEvent("keydown", { code, key: isEaten ? "Process" : key, shiftKey, isComposing: isEaten, bubbles: true, cancelable: true });
    (document.activeElement ?? document.body).dispatchEvent(event);
  };
  for (const letter of text) {
    const code = /[A-Z]/.test(letter) ? `Key${letter}` : /[0-9]/.test(letter) ? `Digit${letter}` : signs[letter];
    press(code, letter, /[A-Z$%*+:]/.test(letter));
  }
  press("Enter", "Enter", false);
}"""


class Shown(NamedTuple):
    """A result as it stands on the screen."""

    colour: str
    word: str
    line: str
    reason: str | None
    """As staff have it; None where the screen does not show it."""


class Screen:
    """One window of the terminal page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    @classmethod
    @contextmanager
    def opened(
        cls, browser: Browser, url: str, *, init: str = CAMERA, desk: dict[str, Any] | None = None, silent: bool = True, **settings: Any
    ) -> Iterator[Screen]:
        """The page with these settings, at its checks. Its console must stay silent, unless a test makes Chromium itself complain."""
        context = browser.new_context(**(desk or DESK))
        context.add_init_script(init)
        kept = json.dumps(json.dumps(settings))
        context.add_init_script(f"localStorage.getItem('ecard.terminal.settings') ?? localStorage.setItem('ecard.terminal.settings', {kept})")
        screen = cls(context.new_page(), url)
        try:
            with listening(screen.page) if silent else nullcontext():
                screen.page.goto(f"{url}/terminal/")
                screen.page.locator(".begin").first.wait_for()
                yield screen
        finally:
            context.close()

    def ready(self) -> None:
        """Wait until whoever judges is there."""
        self.page.locator(".bar [data-age=list]:not(.bar__worry)").wait_for(timeout=PATIENCE_MS)

    def begin(self) -> Screen:
        """Wait until whoever judges is there, then go to work."""
        self.ready()
        return self.start()

    def start(self) -> Screen:
        """Go to work as it is."""
        self.page.locator(".check .begin").click()
        self.page.locator(".waiting").wait_for()
        return self

    def gun(self, text: str, *, eaten: bool = False) -> None:
        """Scan with the gun. `eaten`: an input method takes the letters, as the one for Chinese does."""
        self.page.evaluate(_GUN, [text, eaten])

    def show(self, *texts: str, module: int = 5) -> None:
        """Hold these codes before the camera."""
        rows = [["".join("1" if dark else "0" for dark in row) for row in matrix(text)] for text in texts]
        self.page.evaluate("([symbols, module]) => Object.assign(camera, { symbols, module })", [rows, module])

    def hide(self) -> None:
        """Take them away."""
        self.page.evaluate("() => { camera.symbols = []; }")

    def shown(self, *, colour: str | None = None) -> Shown:
        """The result that is on the screen, or comes there soon."""
        found = self.page.locator("[data-result]" if colour is None else f"[data-result={colour}]")
        found.wait_for(timeout=PATIENCE_MS)
        note = self.page.locator(".note")
        reason = note.get_attribute("data-reason") if note.count() else None
        word, line = (found.locator(part).inner_text() for part in (".result__word", ".result__line"))
        return Shown(str(found.get_attribute("data-result")), word, line, reason)

    def next(self) -> None:
        """Call the next person."""
        self.page.locator(".note button").click()
        self.page.locator("[data-result]").wait_for(state="detached")

    def count(self, colour: str) -> int:
        """Today's count."""
        return int(self.page.locator(f"[data-count={colour}]").inner_text())

    def advice(self) -> Locator:
        """What the page asks staff to do."""
        return self.page.locator(".advice")

    def measured(self, source: str) -> list[float]:
        """Milliseconds from picture or keys to the painted result, of every result so far."""
        entries = self.page.evaluate("(name) => performance.getEntriesByName(name).map((entry) => entry.duration)", f"scan-to-verdict {source}")
        return [float(entry) for entry in entries]
