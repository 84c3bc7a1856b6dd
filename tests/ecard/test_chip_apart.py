"""A chip found apart from the record: put on file, held, brought together again; and what only a clerk may settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.chipproof import ChipPurpose, ChipState
from ecard import faults, schema
from ecard.chips import proofs, tapping
from ecard.lifecycle import RULES, CarrierStatus, Command, status_of
from ecard.model import CarrierState, EndReason, HoldKind, IncidentKind, ProofKind, seconds
from ecard.outbox import Topic
from ecard.stopping import LossOf
from tests.ecard.chips import MirrorChip, look, mirrored, tap, tell
from tests.ecard.city import CLERK, City, SoftPhone, refused
from tests.ecard.desk import lose, papers

if TYPE_CHECKING:
    from ecard.model import ChipFile, Dossier

ACTIVE, SUSPENDED, FROZEN, CANCELLED = ChipState


def standing(file: ChipFile) -> tuple[list[str], CarrierStatus, bool]:
    """Open incidents, the chip's status, and whether it is held for being apart."""
    now = file.dossier
    held = any(hold.kind is HoldKind.DRIFT and hold.lifted is None for hold in now.holds)
    return [incident.kind.value for incident in file.incidents], status_of(now, file.chip, 10**10), held


def settle(city: City, card: Dossier) -> Dossier:
    return city.office.reconcile_chip(card.card.ref, actor=CLERK, evidence=RULES[Command.RECONCILE].evidence, at=city.at)


@pytest.mark.threat("E05")
def test_a_record_that_was_restored_goes_above_the_chip_and_settles_itself_when_it_was_as_strict(city: City) -> None:
    _, chip = mirrored(city)
    tap(city, chip)
    chip.set(9, ACTIVE)
    file = look(city, chip)
    assert standing(file) == (["record-behind"], CarrierStatus.SUSPENDED, True)
    assert file.target is not None
    assert (file.target.seq, file.target.state, file.target.reason) == (10, SUSPENDED, "found-apart")
    assert not file.incidents[0].for_clerk
    file = tap(city, chip)
    assert standing(file) == ([], CarrierStatus.VALID, False)
    assert (chip.seq, chip.state) == (11, ACTIVE)


@pytest.mark.threat("E05")
@pytest.mark.parametrize("state", [SUSPENDED, FROZEN])
def test_where_the_chip_was_stricter_it_stays_so_until_a_clerk_has_looked(city: City, state: ChipState) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    chip.set(9, state)
    file = tap(city, chip)
    assert (chip.seq, chip.state) == (10, state)
    assert standing(file)[0] == ["record-behind"]
    assert file.incidents[0].for_clerk
    assert standing(tap(city, chip)) == standing(file)
    settle(city, card)
    assert standing(tap(city, chip)) == ([], CarrierStatus.VALID, False)
    assert (chip.seq, chip.state) == (11, ACTIVE)


@pytest.mark.threat("E05")
@pytest.mark.parametrize("mine", [ACTIVE, SUSPENDED])
def test_the_same_version_with_another_state_is_an_alarm(city: City, mine: ChipState) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    if mine is SUSPENDED:
        lose(city, card)
    chip.set(city.office.chip(chip.code).target.seq, SUSPENDED if mine is ACTIVE else ACTIVE)  # type: ignore[union-attr]  # because a chip in use has a target
    file = look(city, chip)
    assert standing(file) == (["apart"], CarrierStatus.SUSPENDED, True)
    assert file.incidents[0].for_clerk is (mine is ACTIVE)
    after = tap(city, chip)
    assert (chip.state, bool(after.incidents)) == (SUSPENDED, mine is ACTIVE)


def test_a_state_whose_digest_belongs_to_another_is_an_alarm(city: City) -> None:
    _, chip = mirrored(city)
    tap(city, chip)
    chip.digest = b"\x01" * 8
    assert standing(look(city, chip))[0] == ["apart"]


@pytest.mark.threat("E01")
def test_one_number_for_two_authentications_is_a_second_chip(city: City) -> None:
    card, chip = mirrored(city)
    twin = chip.as_it_is()
    tap(city, chip)
    twin.counter = chip.counter - 1
    challenge = b"\x09" * 32
    answer = twin.answer(ChipPurpose.PRESENCE, challenge)
    carried = tapping.note_carried(
        city.office,
        chip.code,
        lambda _office, _dossier, found: [proofs.signed(found, ProofKind.PRESENCE, challenge=challenge, answer=answer)],
        reader="terminal-1",
        now=seconds(city.at),
    )
    assert standing(carried) == (["counter-twice"], CarrierStatus.SUSPENDED, True)
    assert tap(city, chip).incidents == carried.incidents
    assert chip.state is SUSPENDED
    settle(city, card)
    assert standing(tap(city, chip)) == ([], CarrierStatus.VALID, False)


@pytest.mark.threat("E06")
def test_a_memory_that_was_put_back_is_found_by_its_counter_and_still_told_what_it_is_to_be(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    old = chip.as_it_is()
    for number in range(9):
        chip.answer(ChipPurpose.PRESENCE, bytes([number]) * 32)  # at terminals that have told nobody yet
    tap(city, chip)
    lose(city, card)
    tell(city, chip)
    city.later(minutes=5)
    file = look(city, old)
    assert standing(file)[0] == ["counter-back"]
    assert file.note is not None
    assert (file.note.seq, file.note.state) == (2, SUSPENDED)
    assert tell(city, old).note == file.note
    assert (old.seq, old.state) == (2, SUSPENDED)


def test_a_counter_that_is_merely_lower_is_no_alarm_where_a_terminal_asked(city: City) -> None:
    _, chip = mirrored(city)
    late = chip.answer(ChipPurpose.PRESENCE, b"\x09" * 32)
    tap(city, chip)
    file = tapping.note_carried(
        city.office,
        chip.code,
        lambda _office, _dossier, found: [proofs.signed(found, ProofKind.PRESENCE, challenge=b"\x09" * 32, answer=late)],
        reader="terminal-1",
        now=seconds(city.later(days=2)),
    )
    assert (file.incidents, file.note is not None and file.note.counter) == ((), chip.counter)


def test_a_chip_that_is_blocked_for_ever_takes_the_record_with_it_and_leaves_the_phone_alone(city: City) -> None:
    card, chip = mirrored(city)
    phone = city.bind(card, SoftPhone("p"), chip).phone
    tap(city, chip)
    chip.set(7, CANCELLED)
    file = look(city, chip)
    assert (file.chip.state, file.chip.end_reason) == (CarrierState.ENDED, EndReason.DESTROYED)
    assert [incident.kind for incident in file.incidents] == [IncidentKind.CHIP_CANCELLED]
    assert file.target is not None
    assert file.target.state is CANCELLED
    assert status_of(file.dossier, phone, seconds(city.at)) is CarrierStatus.VALID
    assert look(city, chip).incidents == file.incidents


@pytest.mark.error("chip-not-apart")
def test_there_is_nothing_to_settle_where_nothing_is_apart(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    with refused(faults.CHIP_NOT_APART):
        settle(city, card)


@pytest.mark.error("evidence-missing")
def test_a_clerk_settles_with_card_and_papers_before_them(city: City) -> None:
    card, chip = mirrored(city)
    chip.set(9, FROZEN)
    look(city, chip)
    with refused(faults.EVIDENCE_MISSING, command="reconcile"):
        city.office.reconcile_chip(card.card.ref, actor=CLERK, evidence=(), at=city.at)


def test_a_proof_from_two_records_is_put_on_file_once_and_a_task_goes_to_the_desk(city: City) -> None:
    _, chip = mirrored(city)
    chip.set(9, FROZEN)
    for _ in range(3):
        look(city, chip)
    with city.office.store.reading() as work:
        marks = work.connection.execute(sa.select(schema.outbox.c.mark).where(schema.outbox.c.topic == Topic.TASK.value)).scalars().all()
    assert len([mark for mark in marks if mark.startswith("chip-incident:")]) == 1


def test_a_card_that_ends_while_its_chip_is_apart_ends_and_the_chip_is_blocked(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    chip.set(9, FROZEN)
    look(city, chip)
    city.office.report_loss(card.card.ref, of=LossOf.CARD, **papers(city, Command.REPORT_LOSS))
    opened = city.office.replace(card.card.ref, **papers(city, Command.REPLACE)).replacement
    new = MirrorChip(code=city.chip_of(city.office.card(opened.card.ref)).code, signer=city.chip_of(city.office.card(opened.card.ref)).signer)
    city.personalise(city.office.card(opened.card.ref), new)
    city.office.activate(opened.card.ref, **papers(city, Command.ACTIVATE))
    file = tap(city, chip)
    assert chip.state is CANCELLED
    assert file.dossier.card.end_reason is EndReason.REPLACED


@pytest.mark.threat("E05")
def test_a_chip_of_an_ended_card_that_is_ahead_is_still_told_to_end(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    city.office.report_loss(card.card.ref, of=LossOf.CARD, **papers(city, Command.REPORT_LOSS))
    opened = city.office.replace(card.card.ref, **papers(city, Command.REPLACE)).replacement
    new = city.chip_of(city.office.card(opened.card.ref))
    city.personalise(city.office.card(opened.card.ref), MirrorChip(code=new.code, signer=new.signer))
    city.office.activate(opened.card.ref, **papers(city, Command.ACTIVATE))
    chip.set(40, ACTIVE)
    file = tap(city, chip)
    assert (chip.seq, chip.state, file.incidents) == (41, CANCELLED, ())
