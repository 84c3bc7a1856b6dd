"""Images of the first version, read so that cards made then go on living: the same five records, packed without pages or words.

image   "ECARDSC1" ‖ for each record two slots of: generation u32 ‖ payload ‖ CRC-32 of both
"""

from __future__ import annotations

import zlib

from codes.errors import SetupError
from physical import faults
from physical.nvm import ERASED

MAGIC = b"ECARDSC1"
_SIZES = (49, 6, 4, 22, 1026)
"""Identity, PIN, counter, target and credential."""
_FRAME = 8
OLD_IMAGE_BYTES = len(MAGIC) + sum(2 * (size + _FRAME) for size in _SIZES)


def old_values(image: bytes) -> list[bytes | None]:
    """The payloads of a first-version image, None where nothing was ever written. Raises `SetupError` image-damaged."""
    if len(image) != OLD_IMAGE_BYTES or image[: len(MAGIC)] != MAGIC:
        raise SetupError(faults.IMAGE_DAMAGED, size=len(image))
    offset, values = len(MAGIC), []
    for size in _SIZES:
        end = offset + size + _FRAME
        values.append(_newest((image[offset:end], image[end : end + size + _FRAME]), offset))
        offset = end + size + _FRAME
    return values


def _newest(slots: tuple[bytes, bytes], offset: int) -> bytes | None:
    valid = [slot for slot in slots if zlib.crc32(slot[:-4]) == int.from_bytes(slot[-4:])]
    if valid:
        return max(valid)[4:-4]  # the generation comes first
    if not any(slot == ERASED * len(slot) for slot in slots):
        raise SetupError(faults.IMAGE_DAMAGED, offset=offset)
    return None
