"""Memory that survives a torn write, and never mistakes damage for a new card."""

from __future__ import annotations

import pytest

from codes.chipproof import ChipPurpose, ChipState
from codes.errors import SetupError, StateError
from codes.scripts import ChipFlag
from physical import faults
from physical.chipmemory import ChipMemory
from physical.nvm import PAGE, ArrayMemory, Record
from physical.softcard import SoftCard
from tests.physical.chips import CARD_ID, PIN, Entropy, blank, personalise
from tests.physical.world import World


def test_a_write_cut_at_any_byte_leaves_the_old_value_or_the_new_one() -> None:
    class Cut(ArrayMemory):
        """Loses power after so many bytes."""

        left = 0

        def erase(self, offset: int, size: int) -> None:
            self.write(offset, b"\xff" * size)

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
    for offset in range(PAGE, PAGE + Record.span(49)):
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


def test_the_two_slots_of_a_record_share_no_page_with_anything() -> None:
    for size in (4, 40, 44, 45, 1026):
        assert Record.slot_size(size) % PAGE == 0
        assert Record.slot_size(size) >= size + 8
        assert Record.span(size) == 2 * Record.slot_size(size)


def test_a_chip_that_has_lost_what_it_can_go_on_without_says_so_in_its_status() -> None:
    world = World()
    whole = world.snapshot()
    chip = ChipMemory(world.memory)
    for record in (chip._pin, chip._credential):
        world.restore(whole)
        for offset in range(record._offset, record._offset + Record.span(record._size)):
            world.memory.content[offset] ^= 0x55
        session = world.session()
        assert world.status(session).flags is ChipFlag.FAULT
        session.prove(ChipPurpose.STATUS, bytes(32), key=world.key, card_id=CARD_ID)
        with pytest.raises(StateError):
            session.verify_pin(PIN) if record is chip._pin else session.read_credential()
        world.tell(session, 1, ChipState.FROZEN)
    world.restore(whole)
    assert world.status().flags is ChipFlag.NONE
