"""A chip through the real stack: our card of software behind vpcd and a pcscd of our own, spoken to over PC/SC.

    chip.apdu_us          one command and its answer (GET CHALLENGE), the floor of everything below
    chip.tap_ms           one tap of a chip that is in step: connect, prove, compare
    chip.tap_script_ms    one tap that finds the chip a version behind: the same, one live script, its receipt, compared again

The desk is the shortest there is: every proof and receipt is verified and every script sealed, and the record is a number in memory. What a record on
disk adds is measured with the record.
"""

from __future__ import annotations

import statistics
from time import perf_counter
from typing import TYPE_CHECKING

from codes.chipproof import ChipPurpose, ChipReport, ChipState
from codes.scripts import NONCE_BYTES, ChipStatus
from physical import pcsc, vpcd_service
from physical.binding import BindingSession
from physical.mirror import Held, Question, Wanted, tap
from physical.softcard import SoftCard
from physical.supervisor import Presence
from tests.bench.measure import Figure
from tests.physical.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

APDUS, TAPS = 2_000, 200
MOST_IN_STEP, MOST_WITH_SCRIPT = 5.0, 15.0


class MemoryDesk:
    """A `physical.mirror.Desk` for the one chip of a world: nothing is kept but the version it is to have."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wanted = Held(0, ChipState.ACTIVE)

    def ask(self, card_id: bytes) -> Question:
        assert card_id == self.world.card_id
        return Question(challenge=self.world.entropy(32), key=self.world.key)

    def note(self, card_id: bytes, *, challenge: bytes, answer: bytes, condition: bytes) -> Wanted:
        ChipReport.check(answer, key=self.world.key.load(), purpose=ChipPurpose.STATUS, card_id=card_id, challenge=challenge)
        ChipStatus.check(condition, keys=self.world.keys, card_id=card_id, nonce=challenge[:NONCE_BYTES])
        return Wanted(target=self.wanted)

    def script(self, card_id: bytes, *, challenge: bytes) -> bytes:
        assert card_id == self.world.card_id
        return self.world.script(self.wanted.seq, self.wanted.state, challenge=challenge)

    def receipt(self, card_id: bytes, *, script: bytes, answer: bytes) -> Wanted:
        assert card_id == self.world.card_id
        told = self.world.receipt(script, answer)
        assert (told.seq, told.state) == self.wanted
        return Wanted(target=self.wanted)


def figures() -> Iterator[Figure]:
    """The three, or nothing where there is no virtual reader: what cannot be measured is not made up."""
    if vpcd_service.missing() is not None:
        return
    with vpcd_service.VirtualReaders() as virtual:
        pcsc.speak_to(virtual.path)
        world, reader = World(), virtual.names[0]
        virtual.ports[0].insert(SoftCard(world.memory, world.entropy))
        if not pcsc.await_presence(reader, Presence.CARD, seconds=10):
            msg = "the virtual reader does not see its card: nothing to measure"
            raise RuntimeError(msg)
        yield Figure(name="chip.apdu_us", value=_round_trip(reader) * 1e6, unit="us")
        desk = MemoryDesk(world)
        in_step = [_tap(reader, desk) for _ in range(TAPS)]
        behind = []
        for number in range(TAPS):
            desk.wanted = Held(number + 1, (ChipState.SUSPENDED, ChipState.ACTIVE)[number % 2])
            behind.append(_tap(reader, desk))
        for name, taken, most in (("chip.tap_ms", in_step, MOST_IN_STEP), ("chip.tap_script_ms", behind, MOST_WITH_SCRIPT)):
            value = statistics.median(taken) * 1e3
            yield Figure(name=name, value=value, unit="ms", floor=most, ratio=value / most)


def _round_trip(reader: str) -> float:
    """Seconds of one command, the median."""
    with pcsc.inserted(reader) as transport:
        session = BindingSession(transport)
        session.select()
        taken = []
        for _ in range(APDUS):
            start = perf_counter()
            session.challenge()
            taken.append(perf_counter() - start)
    return statistics.median(taken)


def _tap(reader: str, desk: MemoryDesk) -> float:
    start = perf_counter()
    with pcsc.inserted(reader) as transport:
        tapped = tap(transport, desk)
    taken = perf_counter() - start
    assert tapped.after == desk.wanted
    return taken
