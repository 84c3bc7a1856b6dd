"""Terminals registered and ended, and the loss clock: how many of them know of a stop by now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from codes.ack import HeldVersions, StatusAck
from codes.chain import ListSpace
from codes.errors import InputError
from ecard import faults
from ecard.lifecycle import RULES, Command
from ecard.model import Place
from ecard.stopping import LossOf
from ecard.terminals import confirming
from tests.ecard.city import AT, CLERK, CQ, NOW, SC, SUPERVISOR, City, key, refused
from tests.ecard.gates import Gate, gate, holder, opening
from tests.ecard.test_retention import end


@pytest.fixture
def station(city: City) -> City:
    """A city that opens its terminals' journals."""
    return opening(city)


# ------------------------------------------------------------------------------------------------------------- registration


@pytest.mark.error("terminal-known")
@pytest.mark.error("terminal-shape")
@pytest.mark.error("terminal-unknown")
def test_a_terminal_is_registered_once_by_its_key_and_ended_for_good(station: City) -> None:
    first = gate(station)
    again = gate(station)
    assert first.signer.public_key == again.signer.public_key
    office = station.office
    with refused(faults.TERMINAL_KNOWN):
        office.register_terminal("T-1", key("other").public_key, venue="x", scenes=["metro"], actor=SUPERVISOR, at=AT)
    with refused(faults.TERMINAL_KNOWN):
        office.register_terminal("T-2", first.signer.public_key, venue="x", scenes=["metro"], actor=SUPERVISOR, at=AT)
    for name, venue, scenes in (("T 3", "x", ["metro"]), ("T-3", "", ["metro"]), ("T-3", "x", []), ("T-3", "x", ["Metro!"])):
        with refused(faults.TERMINAL_SHAPE):
            office.register_terminal(name, key("3").public_key, venue=venue, scenes=scenes, actor=SUPERVISOR, at=AT)
    with refused(faults.TERMINAL_SHAPE):
        office.register_terminal(
            "T-3", key("3").public_key, venue="x", scenes=["a"], place=Place(latitude=91_000_000, longitude=0), actor=SUPERVISOR, at=AT
        )
    with refused(faults.NOT_PERMITTED):
        office.register_terminal("T-3", key("3").public_key, venue="x", scenes=["metro"], actor=CLERK, at=AT)
    with refused(faults.TERMINAL_UNKNOWN):
        office.end_terminal("T-9", actor=SUPERVISOR, at=AT)
    with refused(faults.TERMINAL_UNKNOWN):
        office.end_terminal("T-1", actor=replace(SUPERVISOR, region=SC), at=AT)
    assert office.end_terminal("T-1", actor=SUPERVISOR, at=AT).ended == NOW
    assert office.end_terminal("T-1", actor=SUPERVISOR, at=AT).ended == NOW
    with refused(faults.TERMINAL_KNOWN):
        gate(station)
    (known,) = office.terminals(region=CQ)
    assert (known[0].ref, known[1].seq) == ("T-1", 0)
    assert office.terminals(region=SC) == ()


# --------------------------------------------------------------------------------------------------------------- loss clock


def acknowledge(at_gate: Gate, *versions: tuple[str, ListSpace, int, int]) -> StatusAck:
    ack = StatusAck.issue(HeldVersions(NOW, at_gate.name, versions), at_gate.signer)
    return at_gate.city.office.take_ack(ack.raw, at=at_gate.city.at)


@pytest.mark.article("ZS-17b")
def test_a_loss_report_says_how_many_gates_know_of_it(station: City) -> None:
    card, _, _ = holder(station)
    quick, slow, gone = gate(station, "T-1"), gate(station, "T-2"), gate(station, "T-3", scenes=("metro", "bus"))
    station.office.end_terminal(gone.name, actor=SUPERVISOR, at=AT)
    office = station.office
    assert office.loss_clock(card.card.ref, at=AT) is None
    office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=AT)
    before = office.loss_clock(card.card.ref, at=AT)
    assert before is not None
    assert (before.effective, before.versions) == (NOW, ())
    assert [(item.confirmed, item.registered) for item in before.confirmed] == [(0, 2)]
    with office.store.writing() as work:
        for seq, iat in ((7, NOW - 60), (8, NOW + 2), (9, NOW + 60)):
            confirming.note_edition(work, region=CQ, space=ListSpace.PHONE, epoch=1, seq=seq, iat=iat, now=iat)
    acknowledge(quick, (CQ, ListSpace.PHONE, 1, 8))
    acknowledge(slow, (CQ, ListSpace.PHONE, 1, 7))
    acknowledge(quick, (CQ, ListSpace.PHONE, 1, 6))  # an older word takes nothing back
    clock = office.loss_clock(card.card.ref, at=station.later(seconds=5))
    assert clock is not None
    assert clock.versions == ((CQ, ListSpace.PHONE, 1, 8, NOW + 2),)
    assert [(item.scene, item.confirmed, item.registered) for item in clock.confirmed] == [("metro", 1, 2)]


def test_an_ended_card_is_stopped_for_good_and_its_clock_runs_from_its_end(station: City) -> None:
    card, _, _ = holder(station)
    station.later(minutes=10)
    end(station, card.card.ref)
    clock = station.office.loss_clock(card.card.ref, at=station.later(days=400))
    assert clock is not None
    assert clock.effective == NOW + 600


@pytest.mark.error("ack-signature")
def test_only_the_terminal_itself_confirms(station: City) -> None:
    at_gate = gate(station)
    stranger = Gate(station, "T-1", key("stranger"))
    with pytest.raises(InputError) as wrong:
        acknowledge(stranger, (CQ, ListSpace.PHONE, 1, 8))
    assert wrong.value.code == "ack-signature"
    station.office.end_terminal("T-1", actor=SUPERVISOR, at=AT + timedelta(seconds=1))
    with refused(faults.TERMINAL_ENDED):
        acknowledge(at_gate, (CQ, ListSpace.PHONE, 1, 8))
