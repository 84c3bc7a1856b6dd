"""Draws what is drawn by rule: the two rivers on the card's face, and the app's icons (`.venv/bin/python tools/artwork.py`). For developers only.

The face is a guilloché: families of hairlines, each a sine between the banks of its river, that meet as the Jialing and the Yangtze do, with one gold
thread in the joined stream. PNG icons are pictures that Chromium makes of the SVG.
"""

from __future__ import annotations

import io
import math
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "webapp" / "static"
WIDTH, HEIGHT = 720, 300
MEETING = 430.0
LINES, STEPS = 15, 36
COLOURS = 96

ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#1763a6"/>\
<stop offset="1" stop-color="#0a2e50"/></linearGradient></defs><rect width="32" height="32" rx="{radius}" fill="url(#g)"/>\
<g fill="none" stroke-linecap="round" stroke-width="2.6" transform="translate(16 16) scale({scale}) translate(-16 -16)">\
<path stroke="#fff" d="M8 8c1 5 3 7.5 8 9.5M24 8c-1 5-3 7.5-8 9.5"/><path stroke="#d9b45b" d="M16 17.5V25"/></g></svg>
"""
PICTURES = {"app-180.png": (180, 0, 1.0), "app-192.png": (192, 7, 1.0), "app-512.png": (512, 7, 1.0), "app-maskable-512.png": (512, 0, 0.78)}
"""Name of a picture: its side in pixels, the radius of its corners and the scale of the mark."""


def smooth(at: float) -> float:
    """0 to 1 without a corner at either end."""
    inside = min(1.0, max(0.0, at))
    return inside**2 * (3 - 2 * inside)


def middle(river: int, x: float) -> float:
    """Where the middle of a river lies."""
    source = (-26.0, 296.0)[river]
    joined = 152 - 46 * smooth((x - MEETING) / (WIDTH - MEETING + 80))
    return source + (joined - source) * smooth(x / MEETING)


def breadth(river: int, x: float) -> float:
    """From the middle of a river to its banks."""
    wide, narrow, later = (74.0, 58.0)[river], 5.0, 34.0
    if x < MEETING:
        return wide + (narrow - wide) * smooth(x / MEETING)
    return narrow + (later - narrow) * smooth((x - MEETING) / (WIDTH - MEETING))


def line(river: int, number: int) -> str:
    """One hairline of a river, from its source to the sea."""
    phase = 2 * math.pi * number / LINES
    points = []
    for step in range(STEPS + 1):
        x = -8 + (WIDTH + 16) * step / STEPS
        y = middle(river, x) + breadth(river, x) * math.sin(phase + (0.0105, -0.009)[river] * x)
        points.append((x, y))
    return path(points)


def path(points: list[tuple[float, float]]) -> str:
    """A smooth path through all of the points."""
    drawn = [f"M{points[0][0]:.0f} {points[0][1]:.1f}"]
    for at in range(len(points) - 1):
        before, here, there, after = points[max(0, at - 1)], points[at], points[at + 1], points[min(len(points) - 1, at + 2)]
        first = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
        second = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        drawn.append("C" + " ".join(f"{x:.0f} {y:.1f}" for x, y in (first, second, there)))
    return "".join(drawn)


def face() -> str:
    """The card's face."""
    rivers = "".join(f'<path d="{line(river, number)}"/>' for river in (0, 1) for number in range(LINES))
    thread = path([(x, middle(0, x)) for x in range(-8, WIDTH + 16, 24)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice"><defs>'
        '<linearGradient id="deep" x2="1" y2=".7"><stop stop-color="#0a2e50"/><stop offset=".62" stop-color="#0f4c81"/>'
        '<stop offset="1" stop-color="#175a97"/></linearGradient>'
        '<linearGradient id="gold"><stop offset=".3" stop-color="#d9b45b" stop-opacity="0"/><stop offset=".62" stop-color="#d9b45b"/>'
        '<stop offset="1" stop-color="#f0d894"/></linearGradient></defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#deep)"/>'
        f'<g fill="none" stroke="#cfe3f5" stroke-opacity=".2" stroke-width=".8">{rivers}</g>'
        f'<path d="{thread}" fill="none" stroke="url(#gold)" stroke-width="1.6"/></svg>\n'
    )


def main() -> None:
    """Write everything anew."""
    icons = STATIC / "icons"
    (STATIC / "app" / "face.svg").write_text(face(), "utf-8")
    (icons / "app.svg").write_text(ICON.format(radius=7, scale=1), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for name, (side, radius, scale) in PICTURES.items():
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(f"<style>*{{margin:0}}svg{{display:block;width:100vw}}</style>{ICON.format(radius=radius, scale=scale)}")
            picture = Image.open(io.BytesIO(page.screenshot(omit_background=True)))
            picture.quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(icons / name, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
