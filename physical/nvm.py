"""A soft card's non-volatile memory: records in two slots each, so that a write that is cut short leaves the old value (CHIP section 4.2).

slot    generation u32 ‖ payload ‖ CRC-32 of both        the newest valid generation counts; a write goes to the other slot
image   magic 8 ‖ the slots of every record              erased memory is FF
"""

from __future__ import annotations

import zlib
from typing import Protocol

from codes.errors import SetupError
from physical import faults

ERASED = b"\xff"
_FRAME = 8
"""Generation and CRC of a slot, bytes."""


class Memory(Protocol):
    """Where the bytes lie: a file, or an array. Raises `SetupError` image-unwritable when it cannot."""

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`."""
        ...

    def write(self, offset: int, content: bytes) -> None:
        """Replace bytes from `offset`; not yet safe against a power cut."""
        ...

    def flush(self) -> None:
        """Return when everything written is safe."""
        ...


class ArrayMemory:
    """Memory that lives as long as the process. `content` is the whole image."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = bytearray(content)

    def read(self, offset: int, size: int) -> bytes:
        """See `Memory.read`."""
        return bytes(self.content[offset : offset + size])

    def write(self, offset: int, content: bytes) -> None:
        """See `Memory.write`."""
        self.content[offset : offset + len(content)] = content

    def flush(self) -> None:
        """See `Memory.flush`."""


class Record:
    """One value of fixed size, in two slots of a `Memory` from `offset` on. Raises `SetupError` image-damaged when neither slot can be believed."""

    __slots__ = ("_memory", "_newest", "_offset", "_size", "value")

    def __init__(self, memory: Memory, offset: int, *, size: int, initial: bytes) -> None:
        self._memory, self._offset, self._size = memory, offset, size + _FRAME
        slots = [memory.read(offset + number * self._size, self._size) for number in (0, 1)]
        valid = [(int.from_bytes(slot[:4]), number) for number, slot in enumerate(slots) if zlib.crc32(slot[:-4]) == int.from_bytes(slot[-4:])]
        if not valid and not any(slot == ERASED * self._size for slot in slots):
            raise SetupError(faults.IMAGE_DAMAGED, offset=offset)
        self._newest = max(valid, default=(0, 1))
        self.value = slots[self._newest[1]][4:-4] if valid else initial

    @staticmethod
    def span(size: int) -> int:
        """Bytes that a record of `size` takes."""
        return 2 * (size + _FRAME)

    def store(self, value: bytes) -> None:
        """Write `value` beside the one before; return when it is safe. `ValueError` for another size."""
        if len(value) != self._size - _FRAME:
            msg = f"this record has {self._size - _FRAME} bytes, not {len(value)}"
            raise ValueError(msg)
        generation, number = self._newest[0] + 1, 1 - self._newest[1]
        frame = generation.to_bytes(4) + value
        at = self._offset + number * self._size
        self._memory.write(at, ERASED * self._size)
        self._memory.write(at, frame)
        self._memory.write(at + len(frame), zlib.crc32(frame).to_bytes(4))
        self._memory.flush()
        self._newest, self.value = (generation, number), value
