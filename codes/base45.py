"""Base45 (RFC 9285) with exactly one text per byte string.

Three characters stand for two bytes, two characters for one. The codec works on whole columns at once: the first, second and third characters of
all groups are three large integers with one 32-bit lane per group, so that one multiplication and one addition decode every group.
"""

from __future__ import annotations

from codes import faults
from codes.errors import InputError

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BAD = 255
_VALUES = bytes(ALPHABET.find(code) if code in ALPHABET else _BAD for code in range(256))


def decode(text: bytes) -> bytes:
    """The bytes that `text` (ASCII characters of a QR code) stands for.

    Raises `InputError`: base45-alphabet, base45-length (length mod 3 is 1), base45-overflow (a triplet above 65535, a pair above 255).
    """
    groups, rest = divmod(len(text), 3)
    if rest == 1:
        raise InputError(faults.BASE45_LENGTH, length=len(text))
    values = text.translate(_VALUES)
    if _BAD in values:
        raise InputError(faults.BASE45_ALPHABET, at=values.index(_BAD))
    tail = values[3 * groups :]
    lanes = (_lanes(values[0 : 3 * groups : 3]) + 45 * _lanes(values[1 : 3 * groups : 3]) + 2025 * _lanes(values[2 : 3 * groups : 3])).to_bytes(
        4 * groups, "little"
    )
    over = lanes[2::4]
    if any(over):
        raise InputError(faults.BASE45_OVERFLOW, at=3 * next(group for group, carry in enumerate(over) if carry))
    decoded = bytearray(2 * groups)
    decoded[0::2] = lanes[1::4]
    decoded[1::2] = lanes[0::4]
    if tail:
        last = tail[0] + 45 * tail[1]
        if last > 255:
            raise InputError(faults.BASE45_OVERFLOW, at=3 * groups)
        decoded.append(last)
    return bytes(decoded)


def _lanes(column: bytes) -> int:
    spread = bytearray(4 * len(column))
    spread[0::4] = column
    return int.from_bytes(spread, "little")


def encode(data: bytes) -> bytes:
    """The one Base45 text of `data`, as ASCII bytes."""
    text = bytearray()
    for at in range(0, len(data) - 1, 2):
        rest, first = divmod(data[at] << 8 | data[at + 1], 45)
        third, second = divmod(rest, 45)
        text += bytes((ALPHABET[first], ALPHABET[second], ALPHABET[third]))
    if len(data) % 2:
        second, first = divmod(data[-1], 45)
        text += bytes((ALPHABET[first], ALPHABET[second]))
    return bytes(text)
