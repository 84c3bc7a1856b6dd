"""QR symbols: read back by a decoder that is not ours."""

from __future__ import annotations

import io
import re
from typing import Literal

import pytest
import zxingcpp
from PIL import Image

from codes import qr
from tests.vectors import cast, format_page

Level = Literal["L", "M"]
LARGEST = format_page.largest_general().to_text()


def read(image: Image.Image) -> list[str]:
    """What an independent decoder sees."""
    return [found.text for found in zxingcpp.read_barcodes(image)]


def drawn(rows: list[list[bool]], module: int = 4) -> Image.Image:
    """A picture of a matrix."""
    image = Image.new("L", (len(rows[0]), len(rows)))
    image.putdata([0 if dark else 255 for row in rows for dark in row])
    return image.resize((len(rows[0]) * module, len(rows) * module), Image.Resampling.NEAREST)


def quiet(rows: list[list[bool]]) -> bool:
    """Four light modules on every side, and dark ones right behind them."""
    edge = [*rows[:4], *rows[-4:], *(row[:4] for row in rows), *(row[-4:] for row in rows)]
    return not any(dark for part in edge for dark in part) and rows[4][4] and rows[4][-5] and rows[-5][4]


@pytest.mark.parametrize("level", ["L", "M"])
@pytest.mark.parametrize("module", [1, 3, 8])
def test_a_png_is_read_back_by_another_decoder(module: int, level: Level) -> None:
    text = cast.presentation().to_text()
    image = Image.open(io.BytesIO(qr.to_png(text, module=module, level=level)))
    modules = 17 + 4 * qr.version(text, level=level) + 2 * qr.QUIET_ZONE
    assert image.size == (modules * module, modules * module)
    grey = image.convert("L")
    assert grey.getcolors() is not None
    assert {value for _, value in grey.getcolors() or []} == {0, 255}
    if module > 1:
        assert read(grey) == [text]
    small = grey.resize((modules, modules), Image.Resampling.NEAREST)
    rows = [[small.getpixel((x, y)) == 0 for x in range(modules)] for y in range(modules)]
    assert rows == qr.matrix(text, level=level)
    assert quiet(rows)
    assert drawn(rows, module).tobytes() == grey.tobytes()  # every module is a square of whole pixels


def test_the_largest_general_code_needs_no_more_than_version_13() -> None:
    assert qr.version(LARGEST) == 13
    assert qr.version(LARGEST, level="L") == 12
    assert len(qr.matrix(LARGEST)) == 17 + 4 * 13 + 8


@pytest.mark.parametrize("level", ["L", "M"])
def test_an_svg_has_one_square_for_every_dark_module(level: Level) -> None:
    text = LARGEST
    svg = qr.to_svg(text, level=level).decode()
    rows = qr.matrix(text, level=level)
    size = len(rows)
    box = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)
    assert box is not None
    assert float(box[1]) == float(box[2]) == size
    dark = {(float(x), float(y)) for x, y in re.findall(r"M([0-9.]+),([0-9.]+)H", svg)}
    assert dark == {(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark}
    corners = re.findall(r"M([0-9.]+),([0-9.]+)H([0-9.]+)V([0-9.]+)H([0-9.]+)z", svg)
    assert len(corners) == len(dark)
    for left, top, right, bottom, back in corners:
        assert (float(right) - float(left), float(bottom) - float(top)) == (1, 1)
        assert back == left
    assert svg.count("<path") == 1
    white = re.search(r"<rect [^>]*>", svg)
    assert white is not None
    assert "white" in white[0]


@pytest.mark.parametrize("level", ["L", "M"])
def test_blocks_are_read_back_by_another_decoder(level: Level) -> None:
    text = cast.presentation().to_text()
    lines = qr.to_blocks(text, level=level).split("\n")
    light = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}
    rows = [[not light[block][half] for block in line] for line in lines for half in (0, 1)]
    expected = qr.matrix(text, level=level)
    assert rows[: len(expected)] == expected
    assert len({len(line) for line in lines}) == 1
    for row in rows[len(expected) :]:
        assert not any(row)
    assert read(drawn(rows[: len(expected)])) == [text]


def test_an_address_for_another_program_is_read_back_as_it_is() -> None:
    text = "otpauth://totp/%E5%B7%9D%E6%B8%9D:clerk-1?secret=JBSWY3DPEHPK3PXP&issuer=%E5%B7%9D%E6%B8%9D"
    dark = {"█": (False, False), "▀": (False, True), "▄": (True, False), " ": (True, True)}
    rows = [[dark[block][half] for block in line] for line in qr.address_blocks(text).split("\n") for half in (0, 1)]
    assert read(drawn(rows[:-1])) == [text]


@pytest.mark.parametrize("text", ["sc1:abc", "SC1:川渝", "SC1:\n", "SC1:" + "0" * 5000])
def test_what_fits_no_symbol_is_our_own_mistake(text: str) -> None:
    with pytest.raises(ValueError):
        qr.matrix(text)
