"""Contrast of text over a picture, measured on what is painted."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Page

Colour = tuple[int, int, int]
_WHERE = """(one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x, y, width, height };
}"""
_BRIGHTEST = 0.005
"""Share of pixels that may be brighter: where two hairlines cross, nobody reads."""


def luminance(colour: Colour) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def ratio(one: Colour, other: Colour) -> float:
    """Contrast of two colours, 1 to 21."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def brightest_behind(page: Page, selector: str) -> Colour:
    """The brightest colour behind a line of text, the text itself being made invisible for the picture."""
    line = page.locator(selector)
    clip = line.evaluate(_WHERE)
    line.evaluate("(one) => { one.style.color = 'transparent'; one.style.borderColor = 'transparent'; }")
    picture = Image.open(io.BytesIO(page.screenshot(clip=clip, scale="css"))).convert("RGB")
    line.evaluate("(one) => { one.style.color = ''; one.style.borderColor = ''; }")
    pixels: list[Colour] = [(red, green, blue) for red, green, blue in picture.get_flattened_data()]  # type: ignore[misc] # because an RGB picture has three parts
    pixels.sort(key=luminance, reverse=True)
    return pixels[int(_BRIGHTEST * len(pixels))]
