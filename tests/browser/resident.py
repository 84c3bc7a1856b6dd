"""A resident with a phone in hand: what people do on the app's pages, in their words, and what a scanner sees of the screen."""

from __future__ import annotations

import io
import json
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Error, expect

from tests.webapp.chainhouse import program
from tests.webapp.test_office_terminals import register, terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.stand import Stand
    from tests.webapp.officehouse import Shell

CHIP = ("--evidence", "in-person", "--evidence", "identity-document-checked")
PIN = "135790"


@dataclass
class Resident:
    """Somebody with a phone, at a service."""

    page: Page
    stand: Stand

    def open(self, route: str = "") -> None:
        """The app, at one of its pages."""
        self.page.goto(f"{self.stand.url}/app/#/{route}")
        expect(self.page.locator("main")).to_be_visible()

    def activate(self, code: str) -> None:
        """From the first page to a card."""
        self.open("activation")
        self.page.fill("[name=code]", f"{code[:4]} {code[4:]}")
        self.page.locator("form .button--main").click()
        self.page.locator(".page > .button--main").click()
        expect(self.page.locator(".code canvas")).to_be_visible()

    def activate_with_chip(self, card: str, look: Callable[[str], None] = lambda _: None) -> None:
        """The whole way: a code, the fingerprint on both screens, the chip at the counter. `look` is told where one stands."""
        self.open("activation")
        self.page.fill("[name=code]", self.stand.hall.code(card))
        self.page.locator("form .button--main").click()
        expect(self.page.locator(".fingerprint")).to_have_text(re.compile("[0-9A-F]{4} [0-9A-F]{4}"))
        shown = self.page.locator(".fingerprint").inner_text()
        look("activation-waiting")
        shell = self.stand.hall.shell
        pins = shell.home / "pins"
        pins.write_text((shell.home / "pin.txt").read_text("ascii") + PIN + "\n", "ascii")
        words = ["--image", str(shell.home / "chip.img"), "--reader", "reader-1", "--pin-file", str(pins), "--as", "clerk-2"]
        assert shell.done("card", "endorse", card, *words)["fingerprint"] == shown
        expect(self.page.locator(".note--ok")).to_be_visible()
        look("activation-done")
        self.page.locator(".page > .button--main").click()
        expect(self.page.locator(".code canvas")).to_be_visible()

    def press(self, name: str) -> None:
        """A button by its whole name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees(self, text: str) -> None:
        """A text that must come into view."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def code(self) -> str:
        """What a scanner reads off the screen."""
        canvas = self.page.locator(".code canvas")
        expect(canvas).to_be_visible()
        until(self.page, "document.querySelector('.code canvas').width > 100")
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(canvas.screenshot())))
        return found.text

    def kept(self) -> bool:
        """Whether the app's files are on the phone, so that it opens without a network."""
        self.page.evaluate("navigator.serviceWorker.ready")
        until(self.page, "caches.keys().then((names) => names.some((name) => name.startsWith('ecard-app-')))")
        return bool(self.page.evaluate("navigator.serviceWorker.ready.then((found) => found.active !== null)"))


def until(page: Page, expression: str, *, within_s: float = 20) -> None:
    """Wait until an expression is true. Playwright's own way of waiting asks for an eval, which the pages' policy forbids."""
    for _ in range(int(within_s * 20)):
        try:
            if page.evaluate(expression):
                return
        except Error as problem:
            if "context was destroyed" not in problem.message:  # the page went elsewhere while it was asked: not yet
                raise
        page.wait_for_timeout(50)
    raise AssertionError(expression)


def offered(page: Page) -> None:
    """Look for a new version until it is offered: a look that comes while the service is being exchanged finds nothing, and the next one does."""
    for _ in range(10):
        page.wait_for_timeout(1000)
        page.evaluate("navigator.serviceWorker.ready.then((found) => found.update()).catch(() => undefined)")
        with suppress(AssertionError):
            expect(page.get_by_text("新版本已就绪。")).to_be_visible(timeout=5000)
            return
    raise AssertionError("no new version")


class Gate:
    """A real terminal of the office, in the machine's own time."""

    def __init__(self, shell: Shell, name: str = "T-1") -> None:
        self._shell, self._name = shell, name
        shell.done(*register(terminal(shell, name)))

    def sync(self, url: str) -> None:
        """What the office has published, taken."""
        self._shell.done("publish")
        parts = [part for page in self._run("sync", "--server", url.replace("localhost", "127.0.0.1")) for part in page["parts"]]
        assert "refused" not in {part["outcome"] for part in parts}, parts

    def scan(self, text: str, *words: str) -> dict[str, Any]:
        """What the terminal says to a text."""
        (answer,) = self._run("scan", *words, lines=text + "\n")
        return answer

    def _run(self, verb: str, *words: str, lines: str = "") -> list[dict[str, Any]]:
        run = subprocess.run(
            [program("ecard-terminal"), verb, "--state", str(self._shell.home / self._name), *words],
            input=lines,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode in {0, 1}, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]
