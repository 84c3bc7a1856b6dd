"""A chip that is told what it is to be, is found apart from the record, is brought together with it, and is found dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.chipproof import ChipPurpose, ChipState
from ecard.lifecycle import Command
from tests.durability.day import Day, Step
from tests.ecard.chips import DESK, MirrorChip

if TYPE_CHECKING:
    from ecard.model import CardRef, ChipFile
    from ecard.office import CardOffice
    from tests.durability.day import Chapter
    from tests.ecard.city import SoftChip


def looked_at(day: Day, chip: MirrorChip, *commands: Command) -> Chapter:
    """The chip says how it is, and the record notes it."""
    at, code = day.city.at, chip.code
    nonce = yield Step("begin-tap", lambda office: office.begin_tap(code, at=at))
    answer, condition = chip.answer(ChipPurpose.STATUS, nonce.value), chip.condition(nonce.value[:8])

    def note(office: CardOffice) -> ChipFile:
        return office.note_chip_status(code, challenge=nonce.value, answer=answer, condition=condition, reader=DESK, at=at)

    yield Step("note-chip-status", note, commands)


def told(day: Day, chip: MirrorChip) -> Chapter:
    """The chip is brought to what it is to be, and its receipt is noted."""
    at, script = day.city.at, day.city.office.chip_script(chip.code, challenge=b"\x05" * 8).apdu
    answer = chip.obey(script)
    yield Step("note-chip-receipt", lambda office: office.note_chip_receipt(chip.code, script=script, answer=answer, reader=DESK, at=at))


def mirrored(day: Day, ref: CardRef, made: SoftChip) -> Chapter:
    chip = MirrorChip(code=made.code, signer=made.signer, counter=made.counter)
    yield from looked_at(day, chip)
    yield from told(day, chip)
    chip.set(chip.seq + 7, ChipState.FROZEN)
    yield from looked_at(day, chip, Command.NOTE_DRIFT)
    yield from told(day, chip)
    yield day.desk("reconcile-chip", Command.RECONCILE, lambda office, given: office.reconcile_chip(ref, **given))
    yield from told(day, chip)
    chip.set(chip.seq + 7, ChipState.CANCELLED)
    yield from looked_at(day, chip, Command.NOTE_DEAD_CHIP)
