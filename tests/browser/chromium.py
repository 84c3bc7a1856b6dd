"""Chromium as Debian has it, the size of a phone, and an ear at its console."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import ConsoleMessage, Page

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "has_touch": True,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
}
_EXPECTED = ("Failed to load resource", "net::ERR", "An unknown error occurred when fetching the script.")
"""A refusal by the service and a network that is away are answers; Chromium writes them to the console all the same."""


@contextmanager
def listening(page: Page) -> Iterator[list[str]]:
    """What the page's console complains of; nothing must be there at the end."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_EXPECTED):
            heard.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda problem: heard.append(str(problem)))
    yield heard
    assert heard == [], heard
