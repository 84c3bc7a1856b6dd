"""The binding application through the real PC/SC stack: binding, every script, and power that fails at every step of the chip's memory."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from codes.chipproof import ChipPurpose, ChipReport, ChipState
from codes.errors import SetupError, StateError
from physical import faults, pcsc
from physical.binding import BindingSession
from physical.softcard import SoftCard, TZeroCard
from physical.vpcd import ATR_T0, ATR_T1, Mishap
from tests.physical.chips import CARD_ID, PIN
from tests.physical.world import PowerCutError, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.physical.real.conftest import Slot

TRANSITIONS = [
    (before, after) for before in ChipState for after in ChipState if before is not ChipState.CANCELLED and (before, after) != (ChipState.ACTIVE,) * 2
]
OLD, NEW = 4, 9


@contextmanager
def tapped(slot: Slot, world: World, *, cut_at: int | None = None) -> Iterator[BindingSession]:
    """The world's chip put into the reader, the application selected; taken out at the end."""
    world.memory.power_up(cut_at=cut_at)
    card = SoftCard(world.memory, world.entropy)
    slot.insert(TZeroCard(card) if world.tzero else card, atr=ATR_T0 if world.tzero else ATR_T1)
    try:
        with pcsc.inserted(slot.name) as transport:
            session = BindingSession(transport)
            session.select()
            yield session
    finally:
        slot.empty()


@pytest.mark.parametrize("tzero", [False, True], ids=["T=1", "T=0"])
def test_every_script_is_obeyed_and_receipted(slot: Slot, tzero: bool) -> None:
    world = World(tzero=tzero)
    finished = world.snapshot()
    card = SoftCard(world.memory, world.entropy)
    slot.insert(TZeroCard(card) if tzero else card, atr=ATR_T0 if tzero else ATR_T1)
    for before, after in TRANSITIONS:
        world.restore(finished)
        with pcsc.inserted(slot.name):
            pass  # resets the card at its end, which makes it read its memory again
        with pcsc.inserted(slot.name) as transport:
            session = BindingSession(transport)
            session.select()
            world.tell(session, OLD, before)
            receipt = world.tell(session, NEW, after)
            assert (receipt.seq, receipt.state) == (NEW, after)
            status = world.status(session)  # also after cancelling: a lost answer can always be settled
            assert (status.seq, status.state) == (NEW, after)
            report = session.prove(ChipPurpose.STATUS, secrets.token_bytes(32), key=world.key, card_id=CARD_ID)
            assert (report.seq, report.state) == (NEW, after)


@pytest.mark.threat("E04")
@pytest.mark.threat("E05")
def test_power_that_fails_at_any_step_of_memory_leaves_the_old_state_or_the_new_one(slot: Slot) -> None:
    world = World()
    world.tell(world.session(), OLD, ChipState.ACTIVE)
    start = world.snapshot()
    world.tell(world.session(), NEW, ChipState.SUSPENDED)
    steps = world.memory.steps
    assert steps >= 5
    for cut_at in range(1, steps + 1):
        world.restore(start)
        world.memory.power_up(cut_at=cut_at)
        slot.insert(SoftCard(world.memory, world.entropy))
        with pcsc.inserted(slot.name) as transport:
            session = BindingSession(transport)
            session.select()
            script = world.script(NEW, ChipState.SUSPENDED, challenge=session.challenge())
            with pytest.raises(SetupError) as torn:
                session.apply_script(script)
            assert torn.value.fault is faults.OUTCOME_UNKNOWN
        assert isinstance(slot.port.remove(), PowerCutError)
        slot.empty()
        status = world.status()
        assert (status.seq, status.state) in {(OLD, ChipState.ACTIVE), (NEW, ChipState.SUSPENDED)}
        with tapped(slot, world) as session:
            if world.status(session).seq != NEW:
                world.tell(session, NEW, ChipState.SUSPENDED)
            assert world.status(session).state is ChipState.SUSPENDED


@pytest.mark.parametrize("mishap", [Mishap.TORN_BEFORE, Mishap.TORN_AFTER, Mishap.HALF])
def test_a_lost_receipt_is_asked_for_again(slot: Slot, mishap: Mishap) -> None:
    world = World()
    with tapped(slot, world) as session:
        script = world.script(NEW, ChipState.FROZEN, challenge=session.challenge())
        slot.port.mishaps.append(mishap)
        with pytest.raises(SetupError) as lost:
            session.apply_script(script)
        assert lost.value.fault is faults.OUTCOME_UNKNOWN
    with tapped(slot, world) as session:
        acted = world.status(session).seq == NEW
        assert acted is (mishap is not Mishap.TORN_BEFORE)
        receipt = world.tell(session, NEW, ChipState.FROZEN)
        assert (receipt.seq, receipt.state) == (NEW, ChipState.FROZEN)


@pytest.mark.threat("E02")
def test_a_recorded_unblock_opens_nothing(slot: Slot) -> None:
    world = World()
    with tapped(slot, world) as session:
        world.tell(session, OLD, ChipState.SUSPENDED)
        recorded = world.script(NEW, ChipState.ACTIVE, challenge=session.challenge())
    with tapped(slot, world) as session:
        with pytest.raises(StateError):
            session.apply_script(recorded)
        assert world.status(session).state is ChipState.SUSPENDED


def test_a_chip_endorses_a_phone_once_for_each_pin(slot: Slot) -> None:
    world = World()
    with tapped(slot, world) as session:
        challenge = secrets.token_bytes(32)
        session.verify_pin(PIN)
        answer = session.endorse(challenge)
        report = ChipReport.check(answer, key=world.key.load(), purpose=ChipPurpose.BIND, card_id=CARD_ID, challenge=challenge)
        assert report.state is ChipState.ACTIVE
        with pytest.raises(StateError) as again:
            session.endorse(challenge)
        assert again.value.fault is faults.PIN_REQUIRED
