"""Pictures of every screen of the resident app, into docs/screens/: `make screens`, or `.venv/bin/python -m pytest tests/browser/shots.py`.

They are made by the same ways that the tests go, over a real service; the resident in them is nobody.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.browser.resident import Resident
from tests.browser.screens import dress, enabled, online, states

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.stand import Stand

SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"
COLOURS = 255
VARIANTS = {
    "": {},
    "elder-": {"mode": "elder"},
    "en-": {"language": "en"},
}


def shoot(page: Page, name: str, *, whole: bool = True) -> None:
    """One picture, small: few colours are enough for flat ones."""
    SCREENS.mkdir(exist_ok=True)
    path = SCREENS / f"app-{name}.png"
    height = page.evaluate("document.documentElement.scrollHeight")
    if whole and height > 844:
        page.set_viewport_size({"width": 390, "height": min(height, 2400)})
        page.wait_for_timeout(250)
    page.screenshot(path=path, scale="css")
    page.set_viewport_size({"width": 390, "height": 844})
    Image.open(path).convert("RGB").quantize(COLOURS, kmeans=2).save(path, optimize=True)


@pytest.mark.parametrize("variant", VARIANTS)
def test_pictures(stand: Stand, phone: Page, variant: str) -> None:
    phone.emulate_media(reduced_motion="reduce")
    resident = Resident(phone, stand)
    resident.open()
    dress(phone, **VARIANTS[variant])
    shoot(phone, f"{variant}welcome")
    phone.evaluate("location.hash = '#/activation'")
    walker = enabled(stand, phone, lambda name: shoot(phone, f"{variant}{name}"))
    for name in online(walker):
        shoot(phone, f"{variant}{name}")
    for name in states(walker):
        shoot(phone, f"{variant}state-{name}")
