"""What goes wrong between a program and a chip, through the real PC/SC stack: every case has its name, and none is a success."""

from __future__ import annotations

import secrets
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from codes.chipproof import ChipPurpose
from codes.errors import CardError, InputError, SetupError, StateError
from physical import faults, pcsc, vpcd_service
from physical.binding import BindingSession
from physical.chipmemory import ChipMemory
from physical.softcard import SoftCard
from physical.supervisor import Happening, Presence, Supervisor
from physical.vpcd import Mishap
from physical.vpcd_service import VirtualReaders
from tests.physical.chips import CARD_ID, INITIAL_PIN, PIN, Entropy
from tests.physical.sscchips import ssc_card, ssc_memory

if TYPE_CHECKING:
    from codes.keys import CoseKey
    from tests.physical.real.conftest import Slot


def prove(session: BindingSession, key: CoseKey | None = None) -> int:
    """The counter of a fresh proof, by the key that is expected here."""
    session.select()
    return session.prove(ChipPurpose.STATUS, secrets.token_bytes(32), key=key or session.read_public_key(), card_id=CARD_ID).counter


@pytest.mark.error("chip-outcome-unknown")
@pytest.mark.threat("E04")
@pytest.mark.parametrize(("mishap", "acted"), [(Mishap.TORN_BEFORE, False), (Mishap.TORN_AFTER, True), (Mishap.HALF, True)])
def test_a_lost_answer_leaves_the_outcome_unknown_and_the_next_look_settles_it(slot: Slot, mishap: Mishap, acted: bool) -> None:
    memory = ssc_memory()
    slot.insert(SoftCard(memory, Entropy("card")))
    with pcsc.inserted(slot.name) as transport:
        session = BindingSession(transport)
        session.select()
        slot.port.mishaps.append(mishap)
        with pytest.raises(SetupError) as unknown:
            session.change_pin(INITIAL_PIN, PIN)
        assert unknown.value.fault is faults.OUTCOME_UNKNOWN
        with pytest.raises(SetupError):
            session.select()
    slot.empty()
    slot.insert(SoftCard(memory, Entropy("card")))
    with pcsc.inserted(slot.name) as transport:
        session = BindingSession(transport)
        session.select()
        session.verify_pin(PIN if acted else INITIAL_PIN)
    pin = ChipMemory(memory).pin
    assert pin is not None
    assert pin.changed is acted


def test_every_half_of_an_answer_is_refused(slot: Slot) -> None:
    """Announced in full, sent in part: the stack hands it on as if it were whole."""
    for size in range(3):
        slot.insert(Short(size))
        with pcsc.inserted(slot.name) as transport:
            slot.port.mishaps.append(Mishap.HALF)
            with pytest.raises(SetupError) as unknown:
                transport.transmit(bytes.fromhex("00B0000000"))
            assert unknown.value.fault is faults.OUTCOME_UNKNOWN
        slot.empty()


class Short:
    """A chip whose answers are a few bytes of a long one."""

    def __init__(self, size: int) -> None:
        self.size = size

    def apdu(self, command: bytes) -> bytes:
        return command[: self.size + 1]

    def reset(self) -> None:
        """Nothing to forget."""


@pytest.mark.error("reader-silent")
def test_a_silent_card_is_given_up_and_wedges_the_reader_until_it_is_taken_out(slot: Slot, other_slot: Slot) -> None:
    slot.insert(ssc_card())
    other_slot.insert(ssc_card())
    with pcsc.inserted(slot.name, seconds=0.3) as transport:
        session = BindingSession(transport)
        session.select()
        slot.port.mishaps.append(Mishap.SILENT)
        for _ in range(2):
            with pytest.raises(SetupError) as silent:
                session.challenge()
            assert silent.value.fault is faults.READER_SILENT
    with pytest.raises(SetupError) as wedged, pcsc.inserted(slot.name, seconds=0.3):
        pass
    assert wedged.value.fault is faults.READER_SILENT
    with pcsc.inserted(other_slot.name) as transport:  # the other reader goes on
        assert prove(BindingSession(transport)) == 1
    slot.empty()
    slot.insert(ssc_card())
    with pcsc.inserted(slot.name) as transport:
        assert prove(BindingSession(transport)) == 1


@pytest.mark.threat("E01")
def test_a_card_swapped_within_the_poll_is_never_taken_for_the_first(slot: Slot) -> None:
    """The handle may go on as if nothing had happened; the proof does not."""
    for number in range(6):
        slot.insert(ssc_card())
        with pcsc.inserted(slot.name) as transport:
            session = BindingSession(transport)
            session.select()
            key = session.read_public_key()
            slot.port.swap(SoftCard(ssc_memory(seed=f"other {number}"), Entropy("other")))
            with pytest.raises(CardError) as refused:
                prove(session, key)
            assert refused.value.code in {"chip-proof", "chip-outcome-unknown"}
        slot.empty()


@pytest.mark.error("card-absent")
@pytest.mark.error("reader-missing")
@pytest.mark.error("card-mute")
def test_no_card_no_reader_and_a_card_that_does_not_start(slot: Slot) -> None:
    with pytest.raises(SetupError) as absent, pcsc.inserted(slot.name):
        pass
    assert absent.value.fault is faults.CARD_ABSENT
    with pytest.raises(SetupError) as missing, pcsc.inserted("No Such Reader 00 00"):
        pass
    assert missing.value.fault is faults.READER_MISSING
    slot.port.insert(ssc_card(), atr=b"\x00\x01")
    assert pcsc.await_presence(slot.name, Presence.CARD, seconds=5)  # something is in; that it is mute shows when it is to start
    with pytest.raises(SetupError) as mute, pcsc.inserted(slot.name):
        pass
    assert mute.value.fault is faults.CARD_MUTE


def test_two_programs_take_turns_and_no_verified_pin_is_inherited(slot: Slot) -> None:
    slot.insert(ssc_card())
    turns: list[str] = []
    ready = threading.Event()

    def second() -> None:
        ready.wait()
        with pcsc.inserted(slot.name) as transport:
            turns.append("second")
            session = BindingSession(transport)
            session.select()
            turns.append(f"{session.pin_tries()} tries left to guess")

    other = threading.Thread(target=second)
    other.start()
    with pcsc.inserted(slot.name) as transport:
        session = BindingSession(transport)
        session.select()
        session.verify_pin(INITIAL_PIN)
        ready.set()
        for _ in range(200):  # the other program is waiting, and our application stays selected
            assert session.pin_tries() is None
        turns.append("first")
    other.join()
    assert turns == ["first", "second", "6 tries left to guess"]


@pytest.mark.error("reader-busy")
def test_a_reader_that_another_program_holds_for_itself_is_busy(slot: Slot) -> None:
    scard = pytest.importorskip("smartcard.scard")
    slot.insert(ssc_card())
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    result, handle, _ = scard.SCardConnect(context, slot.name, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1)
    assert result == 0
    with pytest.raises(SetupError) as busy, pcsc.inserted(slot.name):
        pass
    assert busy.value.fault is faults.READER_BUSY
    scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)
    scard.SCardReleaseContext(context)


@pytest.mark.error("reader-service")
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_a_service_that_dies_is_named_seen_and_used_again_when_it_is_back(virtual: VirtualReaders, slot: Slot, by: signal.Signals) -> None:
    slot.insert(ssc_card())
    supervisor = Supervisor(pcsc.readers)
    assert Happening.CARD_INSERTED in {event.happening for event in supervisor.step(seconds=1)}
    with pcsc.inserted(slot.name) as transport:
        session = BindingSession(transport)
        session.select()
        virtual.stop(by=by)
        with pytest.raises(SetupError) as gone:
            session.challenge()
        assert gone.value.fault is faults.READER_SERVICE
    with pytest.raises(SetupError) as still, pcsc.inserted(slot.name):
        pass
    assert still.value.fault is faults.READER_SERVICE
    assert [event.happening for event in supervisor.step(seconds=1)][-1] is Happening.SERVICE_GONE
    assert supervisor.trouble is not None
    virtual.start()
    slot.port.remove()
    slot.insert(ssc_card())
    assert Happening.SERVICE_BACK in {event.happening for event in supervisor.step(seconds=1)}
    supervisor.close()
    with pcsc.inserted(slot.name) as transport:
        assert prove(BindingSession(transport)) == 1


def test_a_foreign_card_is_named(slot: Slot) -> None:
    slot.insert(Foreign())
    with pcsc.inserted(slot.name) as transport, pytest.raises(InputError) as foreign:
        BindingSession(transport).select()
    assert foreign.value.fault is faults.CHIP_FOREIGN


class Foreign:
    """A card of somebody else."""

    def apdu(self, command: bytes) -> bytes:
        return b"\x6a\x82" if command[1] == 0xA4 else b"\x6d\x00"

    def reset(self) -> None:
        """Nothing to forget."""


def test_a_wrong_pin_tells_the_tries_left_and_the_last_one_blocks(slot: Slot) -> None:
    slot.insert(ssc_card())
    with pcsc.inserted(slot.name) as transport:
        session = BindingSession(transport)
        session.select()
        for left in (5, 4, 3, 2, 1, 0):
            with pytest.raises(StateError) as wrong:
                session.verify_pin("000000")
            assert wrong.value.facts.get("tries_left", 0) == left
        with pytest.raises(StateError) as blocked:
            session.verify_pin(INITIAL_PIN)
        assert blocked.value.fault is faults.PIN_BLOCKED


def test_without_the_right_to_a_network_of_its_own_the_service_listens_on_random_ports(
    monkeypatch: pytest.MonkeyPatch, virtual: VirtualReaders
) -> None:
    assert virtual.names  # beside another service
    monkeypatch.setattr(vpcd_service, "_move_apart", lambda: False)
    powered = Powered()
    with VirtualReaders() as exposed:
        exposed.ports[1].insert(powered)
        assert powered.on.wait(10)
        exposed.stop()
        with pytest.raises(SetupError) as gone:
            exposed.ports[0].insert(powered)
        assert gone.value.fault is faults.VIRTUAL_READER


class Powered(Foreign):
    """A card that knows when a reader has powered it up, which is after it has been put in."""

    def __init__(self) -> None:
        self.on, self.resets = threading.Event(), 0

    def reset(self) -> None:
        self.resets += 1
        if self.resets > 1:
            self.on.set()
