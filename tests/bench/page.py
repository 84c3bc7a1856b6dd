"""From a picture to a verdict on the screen: the terminal page in Chromium, its camera a film in which codes slide in out of focus, its agent a real one.

The codes are of symbol version 13 with correction M, as phones show them. Counted is from the capture of the picture that was read to the painted result.
"""

from __future__ import annotations

import io
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter
from playwright.sync_api import sync_playwright

from codes.qr import to_png
from tests.bench.measure import Figure, show
from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.browser.terminalhouse import House, now
from tests.browser.terminalscreen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUDGET_MS = 250.0
_CODES = 8
_SECONDS = 14
_SIZE, _WALL = (1280, 720), (150, 156, 162)
_SLIDE = ((-200, 4), (-120, 3), (-60, 3), (-20, 2))
"""Pixels off the middle and radius of the blur, before the code stands still."""


def figures() -> Iterator[Figure]:
    """The median, and the slowest."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        house = House.inhabited(Path(folder))
        film = Path(folder) / "film.mjpeg"
        film.write_bytes(_film(house))
        fakes = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *fakes])
        with house.served(), house.agent("bench") as port, Screen.opened(browser, house.url, init="", port=port) as screen:
            screen.begin()
            screen.page.wait_for_timeout(_SECONDS * 1000)
            times = screen.measured("camera")
        browser.close()
    median = statistics.median(times)
    yield Figure(name="scan to painted verdict, V13-M, median", value=median, unit="ms", floor=_BUDGET_MS, ratio=median / _BUDGET_MS)
    yield Figure(name="scan to painted verdict, V13-M, slowest", value=max(times), unit="ms")


def _film(house: House) -> bytes:
    holder, start = house.holders["good"], now()
    frames = []
    for turn in range(_CODES):
        code = Image.open(io.BytesIO(to_png(holder.code(iat=start + 9 - turn), module=6))).convert("RGB")
        frames += [_frame(code, offset, blur) for offset, blur in _SLIDE] + [_frame(code, 0, 0)] * 26 + [_frame(None, 0, 0)] * 15
    return b"".join(frames)


def _frame(code: Image.Image | None, offset: int, blur: int) -> bytes:
    picture = Image.new("RGB", _SIZE, _WALL)
    if code is not None:
        picture.paste(code, ((_SIZE[0] - code.width) // 2 + offset, (_SIZE[1] - code.height) // 2))
    held = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(blur)).save(held, "JPEG", quality=90)
    return held.getvalue()


if __name__ == "__main__":
    show(*figures())
