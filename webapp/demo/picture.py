"""A code as a camera meets it: drawn, photographed badly, and read back by a decoder that is not ours (zxing-cpp)."""

from __future__ import annotations

import io
from dataclasses import dataclass

import zxingcpp
from PIL import Image, ImageFilter

from codes.errors import StateError
from webapp import faults

DEGREES, SCALE, BLUR = 11.0, 0.62, 1.6
"""How the picture is spoilt: turned, made smaller, blurred with this radius in pixels."""
_TABLE, _PAPER, _INK = 150, 228, 52
"""Greys of the table that the phone lies on, and of the screen in bad light."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """A spoilt picture and its size in pixels."""

    png: bytes
    size: tuple[int, int]


def photograph(png: bytes) -> Photograph:
    """The picture of a code, turned, made smaller, blurred, and pale."""
    screen = Image.open(io.BytesIO(png)).convert("L").point([_INK + (_PAPER - _INK) * level // 255 for level in range(256)])
    turned = screen.rotate(DEGREES, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=_TABLE)
    smaller = turned.resize((round(turned.width * SCALE), round(turned.height * SCALE)), resample=Image.Resampling.BILINEAR)
    blurred = smaller.filter(ImageFilter.GaussianBlur(BLUR))
    buffer = io.BytesIO()
    blurred.save(buffer, format="PNG")
    return Photograph(png=buffer.getvalue(), size=blurred.size)


def read_back(png: bytes) -> str:
    """The text that zxing-cpp finds in a picture. Raises `StateError` demo-unread when it finds none."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    if len(found) != 1:
        raise StateError(faults.DEMO_UNREAD, found=len(found))
    return str(found[0].text)
