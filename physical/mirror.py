"""One tap: the chip proves how it is, the record says what it is to be, and the chip is told, live, what it does not know yet (CHIP section 4.4).

    session       SELECT, identification code, INTERNAL AUTHENTICATE for the desk's challenge, and how the chip stands
    desk          checks the proof, notes it, and says what the chip is to be
    decide        compares the two: nothing to do, a script to deliver, or a matter for people
    session       delivers the script; its receipt goes back to the desk, and the two are compared again

Whoever taps holds no secret and believes nothing that it carries: the desk verifies every proof, the chip every script. Whatever breaks the way to the chip
in the middle leaves the outcome unknown: nothing is noted, nothing is tried again, and the next tap begins at the top.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from codes.chipproof import ChipPurpose, ChipReport, ChipState
from codes.errors import StateError
from codes.scripts import NONCE_BYTES, Script
from physical import faults
from physical.binding import BindingSession

if TYPE_CHECKING:
    from codes.keys import CoseKey
    from physical.transport import Transport

MOST_SCRIPTS = 4
"""Scripts that one tap delivers at most. Two bring a chip of a restored record back; more means that somebody changes the card meanwhile."""


class Held(NamedTuple):
    """A version and its state: what a chip has, or is to have. Version 0 is a chip that was never told anything."""

    seq: int
    state: ChipState


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the record says of a chip at this moment."""

    target: Held
    apart: tuple[str, ...] = ()
    """What is not settled between them, in the record's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the desk asks of a chip: its own fresh challenge, and whose answer it must be."""

    challenge: bytes
    key: CoseKey


class Desk(Protocol):
    """The record, as far as a tap meets it. Refusals are the record's own errors; a desk that cannot be reached raises `SetupError`."""

    def ask(self, card_id: bytes) -> Question:
        """A fresh challenge for this chip."""
        ...

    def note(self, card_id: bytes, *, challenge: bytes, answer: bytes, condition: bytes) -> Wanted:
        """Check and note what the chip answered; what it is to be now."""
        ...

    def script(self, card_id: bytes, *, challenge: bytes) -> bytes:
        """The script that brings the chip there, sealed for its own challenge of 8 bytes."""
        ...

    def receipt(self, card_id: bytes, *, script: bytes, answer: bytes) -> Wanted:
        """Check and note the chip's receipt; what it is to be now."""
        ...


class Action(enum.StrEnum):
    """What a comparison asks for."""

    NOTHING = "in-step"
    DELIVER = "deliver"
    RECORD = "record"
    """The chip is ahead of the record, or says otherwise under the same version: the record has to go above it first."""


def decide(wanted: Held, found: Held) -> Action:
    """What is to be done about a chip that proved `found` when the record says `wanted`."""
    if found.state is ChipState.CANCELLED:  # for ever, whatever its version
        return Action.NOTHING if wanted.state is ChipState.CANCELLED else Action.RECORD
    if wanted.seq > found.seq:
        return Action.DELIVER
    return Action.NOTHING if wanted.seq == found.seq and (wanted.seq == 0 or wanted.state is found.state) else Action.RECORD


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """What happened in one tap."""

    card_id: bytes
    before: Held
    after: Held
    counter: int
    scripts: tuple[Held, ...]
    """What the chip was told, and gave receipts for."""
    action: Action
    """What is still to be done: nothing, unless somebody has to look."""
    apart: tuple[str, ...]


def tap(transport: Transport, desk: Desk) -> Tapped:
    """Do one tap. The transport is a powered chip with nothing selected.

    Raises what `BindingSession` and the desk raise, and `InputError` chip-proof for a chip that is not the one it says it is; `StateError` mirror-unsettled
    when the card changed faster than the chip could follow. Everything that was proved before is noted, nothing else is.
    """
    session = BindingSession(transport)
    session.select()
    card_id = session.read_card_id()
    question = desk.ask(card_id)
    answer = session.authenticate(ChipPurpose.STATUS, question.challenge)
    condition = session.status(question.challenge[:NONCE_BYTES])
    report = ChipReport.check(answer, key=question.key.load(), purpose=ChipPurpose.STATUS, challenge=question.challenge, card_id=card_id)
    wanted = desk.note(card_id, challenge=question.challenge, answer=answer, condition=condition)
    before = found = Held(report.seq, report.state)
    scripts: list[Held] = []
    while (action := decide(wanted.target, found)) is Action.DELIVER:
        if len(scripts) == MOST_SCRIPTS:
            raise StateError(faults.MIRROR_UNSETTLED, scripts=len(scripts))
        script = desk.script(card_id, challenge=session.challenge())
        receipt = session.apply_script(script)
        wanted = desk.receipt(card_id, script=script, answer=receipt)
        told = Script.parse(script)
        found = Held(told.seq, told.state)
        scripts.append(found)
    return Tapped(card_id=card_id, before=before, after=found, counter=report.counter, scripts=tuple(scripts), action=action, apart=wanted.apart)
