"""Base45 (RFC 9285) with exactly one text per byte string.

Three characters stand for two bytes, two characters for one: a + 45 b + 2025 c. The decoder treats the whole text as one integer with a 24-bit lane
per group, so that two multiplications and two additions decode every group at once; the top byte of a lane shows a group that is too large.
"""

from __future__ import annotations

from functools import lru_cache

from codes import faults
from codes.errors import InputError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BAD = 255
_COMMON = 512
"""Groups up to which numbers are kept: more than any code has. What is longer must not stay in memory."""
_VALUES = bytes(ALPHABET.find(chr(code)) if chr(code) in ALPHABET else _BAD for code in range(256))


def decode(text: str) -> bytes:
    """The bytes that `text` stands for.

    Raises `InputError`: base45-alphabet, base45-length (length mod 3 is 1), base45-overflow (a triplet above 65535, a pair above 255).
    """
    groups, rest = divmod(len(text), 3)
    if rest == 1:
        raise InputError(faults.BASE45_LENGTH, length=len(text))
    values = text.encode("ascii", "replace").translate(_VALUES)  # a character outside ASCII becomes "?", which is outside the alphabet too
    if _BAD in values:
        raise InputError(faults.BASE45_ALPHABET, at=values.index(_BAD))
    end = 3 * groups
    lanes = int.from_bytes(values[:end], "little")
    low = _low_bytes(groups) if groups <= _COMMON else _low_bytes.__wrapped__(groups)
    sums = (lanes & low) + 45 * (lanes >> 8 & low) + 2025 * (lanes >> 16 & low)
    if over := sums >> 16 & low:
        raise InputError(faults.BASE45_OVERFLOW, at=(over & -over).bit_length() // 24 * 3)
    pairs = sums.to_bytes(end, "little")
    decoded = bytearray(2 * groups)
    decoded[0::2] = pairs[1::3]
    decoded[1::2] = pairs[0::3]
    if rest:
        last = values[end] + 45 * values[end + 1]
        if last > 255:
            raise InputError(faults.BASE45_OVERFLOW, at=end)
        decoded.append(last)
    return bytes(decoded)


@lru_cache(maxsize=_COMMON)
def _low_bytes(groups: int) -> int:
    """The lowest byte of each of `groups` lanes."""
    return int.from_bytes(b"\xff\0\0" * groups, "little")


def encode(data: bytes) -> str:
    """The one Base45 text of `data`."""
    text: list[str] = []
    for at in range(0, len(data) - 1, 2):
        rest, first = divmod(data[at] << 8 | data[at + 1], 45)
        third, second = divmod(rest, 45)
        text += (ALPHABET[first], ALPHABET[second], ALPHABET[third])
    if len(data) % 2:
        second, first = divmod(data[-1], 45)
        text += (ALPHABET[first], ALPHABET[second])
    return "".join(text)
