"""Memory that survives a torn write, and never mistakes damage for a new card."""

from __future__ import annotations

import pytest

from codes.errors import SetupError
from physical import faults
from physical.nvm import ArrayMemory, Record
from physical.softcard import SoftCard
from tests.physical.chips import Entropy, blank, personalise


def test_a_write_cut_at_any_byte_leaves_the_old_value_or_the_new_one() -> None:
    class Cut(ArrayMemory):
        """Loses power after so many bytes."""

        left = 0

        def write(self, offset: int, content: bytes) -> None:
            super().write(offset, content[: max(self.left, 0)])
            self.left -= len(content)

    size = 6
    for cut_at in range(3 * Record.span(size)):
        memory = Cut(b"\xff" * Record.span(size))
        memory.left = 1 << 30
        record = Record(memory, 0, size=size, initial=bytes(size))
        record.store(b"first!")
        record.store(b"second")
        memory.left = cut_at
        record.store(b"third!")
        assert Record(memory, 0, size=size, initial=bytes(size)).value in {b"second", b"third!"}


@pytest.mark.error("image-damaged")
def test_a_record_that_cannot_be_believed_is_never_taken_for_a_new_one() -> None:
    memory = blank()
    personalise(memory)
    for offset in range(8, 8 + Record.span(49)):
        memory.content[offset] ^= 0x55
    with pytest.raises(SetupError) as refused:
        SoftCard(memory, Entropy("damaged"))
    assert refused.value.fault is faults.IMAGE_DAMAGED


def test_a_file_that_is_not_a_card_is_refused() -> None:
    with pytest.raises(SetupError):
        SoftCard(ArrayMemory(b"\xff" * 3000), Entropy("none"))


def test_a_record_takes_its_own_size_only() -> None:
    with pytest.raises(ValueError, match="6 bytes"):
        Record(ArrayMemory(b"\xff" * 28), 0, size=6, initial=bytes(6)).store(b"seven!!")
