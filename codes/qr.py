"""A code as a QR symbol: PNG, SVG and terminal blocks.

Always error correction M (L on request), whole pixels per module, a quiet zone of four modules, black on white, no logo (FORMATS section 1, ISO/IEC
18004). The text is upper-case Base45, so the symbol uses the compact alphanumeric mode.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

import qrcode
import qrcode.constants
import qrcode.image.pil
import qrcode.image.svg
import qrcode.util

if TYPE_CHECKING:
    from qrcode.image.pil import PilImage
    from qrcode.image.pure import PyPNGImage
    from qrcode.main import QRCode

ALPHANUMERIC: Literal[2] = 2
"""The QR mode that stores two characters of the Base45 alphabet in eleven bits."""
BYTES: Literal[4] = 4
"""The QR mode for any text."""
QUIET_ZONE = 4
_LEVELS = {"L": qrcode.constants.ERROR_CORRECT_L, "M": qrcode.constants.ERROR_CORRECT_M}
_BLOCKS = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""Half blocks by (upper is dark, lower is dark): light modules are drawn, so that a dark terminal shows a right-way-round symbol."""


def symbol(text: str, *, level: Literal["L", "M"] = "M", mode: Literal[2, 4] = ALPHANUMERIC) -> QRCode[PilImage | PyPNGImage]:
    """The smallest symbol for `text`. `ValueError` for a text that is not alphanumeric in the sense of QR where `mode` says so, or fits no symbol."""
    data = qrcode.util.QRData(text, mode=mode)
    code = qrcode.QRCode(error_correction=_LEVELS[level], border=QUIET_ZONE, box_size=1)
    code.add_data(data, optimize=0)
    code.make(fit=True)
    return code


def version(text: str, *, level: Literal["L", "M"] = "M") -> int:
    """The symbol's version, 1 to 40: its width is 17 + 4 * version modules."""
    return int(symbol(text, level=level).version)


def matrix(text: str, *, level: Literal["L", "M"] = "M") -> list[list[bool]]:
    """Rows of modules, True for dark, quiet zone included."""
    return [[bool(dark) for dark in row] for row in symbol(text, level=level).get_matrix()]


def to_png(text: str, *, module: int = 8, level: Literal["L", "M"] = "M") -> bytes:
    """A PNG with `module` pixels per module, black on white."""
    code = symbol(text, level=level)
    code.box_size = module
    buffer = io.BytesIO()
    code.make_image(image_factory=qrcode.image.pil.PilImage).save(buffer)
    return buffer.getvalue()


def to_svg(text: str, *, level: Literal["L", "M"] = "M") -> bytes:
    """An SVG with one unit per module and one path."""
    code = symbol(text, level=level)
    code.box_size = 10
    buffer = io.BytesIO()
    code.make_image(image_factory=qrcode.image.svg.SvgPathFillImage).save(buffer)
    return buffer.getvalue()


def to_blocks(text: str, *, level: Literal["L", "M"] = "M") -> str:
    """The symbol in half-block characters for a dark terminal: two modules per character, quiet zone included."""
    return _in_blocks(matrix(text, level=level))


def address_blocks(text: str) -> str:
    """The same for an address that another program scans, such as an authenticator: as it is, capitals and small letters apart."""
    return _in_blocks([[bool(dark) for dark in row] for row in symbol(text, level="L", mode=BYTES).get_matrix()])


def _in_blocks(rows: list[list[bool]]) -> str:
    rows.append([False] * len(rows[0]))  # a symbol has an odd number of rows
    return "\n".join("".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in zip(rows[::2], rows[1::2], strict=True))
