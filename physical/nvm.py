"""A soft card's non-volatile memory: records in two slots each, so that a write that is cut short leaves the old value (CHIP section 4.2).

slot    generation u32 ‖ payload, filled with FF to whole words ‖ CRC-32 of both in a word of its own, written last; filled to whole pages
record  two slots, in erase pages that they share with nothing        the newest valid generation counts; a write goes to the other slot
image   magic 8, filled to a page ‖ the slots of every record         erased memory is FF
"""

from __future__ import annotations

import zlib
from typing import Protocol

from codes.errors import SetupError
from physical import faults

ERASED = b"\xff"
PAGE, WORD = 64, 16
"""What one erasure empties and one programming step fills, bytes."""


class Memory(Protocol):
    """Where the bytes lie: a file, or an array. Raises `SetupError` image-unwritable when it cannot."""

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`."""
        ...

    def erase(self, offset: int, size: int) -> None:
        """Empty whole pages, one after the other; cut short, the page at hand may hold anything."""
        ...

    def write(self, offset: int, content: bytes) -> None:
        """Fill erased words, one after the other; cut short, the word at hand may hold anything. Not yet safe against a power cut."""
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

    def erase(self, offset: int, size: int) -> None:
        """See `Memory.erase`."""
        self.content[offset : offset + size] = ERASED * size

    def write(self, offset: int, content: bytes) -> None:
        """See `Memory.write`."""
        self.content[offset : offset + len(content)] = content

    def flush(self) -> None:
        """See `Memory.flush`."""


class Record:
    """One value of fixed size, in two slots of a `Memory` from `offset` on.

    `damaged`: something was written here and neither slot can be believed; `value` is then the initial one, for those who may go on without it.
    """

    __slots__ = ("_memory", "_newest", "_offset", "_size", "damaged", "value")

    def __init__(self, memory: Memory, offset: int, *, size: int, initial: bytes) -> None:
        self._memory, self._offset, self._size = memory, offset, size
        slots = [memory.read(offset + number * self.slot_size(size), self.slot_size(size)) for number in (0, 1)]
        valid = [(int.from_bytes(slot[:4]), number) for number, slot in enumerate(slots) if self._is_valid(slot)]
        self.damaged = not valid and not any(slot == ERASED * len(slot) for slot in slots)
        self._newest = max(valid, default=(0, 1))
        self.value = slots[self._newest[1]][4 : 4 + size] if valid else initial

    @staticmethod
    def slot_size(size: int) -> int:
        """Bytes that a slot of a record of `size` takes: whole pages."""
        return -(-(_frame_size(size) + WORD) // PAGE) * PAGE

    @staticmethod
    def span(size: int) -> int:
        """Bytes that a record of `size` takes."""
        return 2 * Record.slot_size(size)

    def believed(self) -> Record:
        """This record, where nothing can go on without it. Raises `SetupError` image-damaged when neither slot can be believed."""
        if self.damaged:
            raise SetupError(faults.IMAGE_DAMAGED, offset=self._offset)
        return self

    def store(self, value: bytes) -> None:
        """Write `value` beside the one before; return when it is safe. `ValueError` for another size."""
        if len(value) != self._size:
            msg = f"this record has {self._size} bytes, not {len(value)}"
            raise ValueError(msg)
        generation, number = self._newest[0] + 1, 1 - self._newest[1]
        frame = (generation.to_bytes(4) + value).ljust(_frame_size(self._size), ERASED)
        slot_size = self.slot_size(self._size)
        at = self._offset + number * slot_size
        self._memory.erase(at, slot_size)
        self._memory.write(at, frame)
        self._memory.write(at + len(frame), zlib.crc32(frame).to_bytes(4).ljust(WORD, ERASED))
        self._memory.flush()
        self._newest, self.value, self.damaged = (generation, number), value, False

    def _is_valid(self, slot: bytes) -> bool:
        end = _frame_size(self._size)
        return zlib.crc32(slot[:end]) == int.from_bytes(slot[end : end + 4])


def _frame_size(size: int) -> int:
    return -(-(4 + size) // WORD) * WORD
