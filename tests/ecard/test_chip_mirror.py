"""The mirror between record and chip: what a chip is to be, what it has proved, and that the one never runs ahead of the other."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes import faults as form
from codes.chipproof import ChipPurpose, ChipState
from codes.claims import Profile
from codes.errors import InputError
from ecard import faults, schema
from ecard.lifecycle import RULES, Command
from ecard.model import Affair, Applicant, CancelGround, CarrierState, Decision, DestructionMethod, FreezeGround, TargetReason
from ecard.outbox import Topic
from ecard.papers import FOR_APPLICANT, FOR_CANCELLATION
from ecard.stopping import LossOf
from tests.ecard.chips import DESK, MirrorChip, look, mirrored, script, tap, tell
from tests.ecard.city import CLERK, SECOND_CLERK, City, SoftPhone, key, refused
from tests.ecard.desk import exchange, hand_over, lose, papers

if TYPE_CHECKING:
    from ecard.model import ChipFile, Dossier

ACTIVE, SUSPENDED, FROZEN, CANCELLED = ChipState


def wanted(file: ChipFile) -> tuple[int, ChipState] | None:
    return None if file.target is None else (file.target.seq, file.target.state)


def noted(file: ChipFile) -> tuple[int, ChipState] | None:
    return None if file.note is None else (file.note.seq, file.note.state)


def published(city: City, card: Dossier) -> dict[bytes, str]:
    """What the status lists say of each chip of a card, by its code."""
    rows, statuses = city.office.credentials(card.card.ref), city.statuses()
    codes = {file.chip.ref: file.chip.card_code for file in city.office.chips(card.card.ref)}
    return {codes[row.carrier] or b"": statuses[f"{row.status.uri}/{row.status.idx}"] for row in rows if row.profile is Profile.CHIP}


def found(city: City, card: Dossier) -> None:
    city.office.withdraw_loss(card.card.ref, of=LossOf.CHIP, actor=CLERK, evidence=RULES[Command.WITHDRAW_LOSS].evidence, at=city.at)


@pytest.mark.error("chip-settled")
def test_a_chip_that_was_never_told_anything_is_in_step_until_its_card_is_handed_over(city: City) -> None:
    applied = city.apply()
    chip = MirrorChip(code=city.chip_of(applied).code, signer=city.chip_of(applied).signer)
    city.personalise(applied, chip)
    file = look(city, chip)
    assert (wanted(file), noted(file), file.incidents) == (None, (0, ACTIVE), ())
    with refused(faults.CHIP_SETTLED):
        script(city, chip)


@pytest.mark.threat("E05")
def test_each_change_of_the_card_is_one_version_more_and_the_chip_follows_with_proof(city: City) -> None:
    card, chip = mirrored(city)
    assert (wanted(look(city, chip)), noted(tap(city, chip))) == ((1, ACTIVE), (1, ACTIVE))
    lose(city, card)
    file = city.office.chip(chip.code)
    assert (wanted(file), noted(file)) == ((2, SUSPENDED), (1, ACTIVE))
    assert noted(tell(city, chip)) == (2, SUSPENDED)
    found(city, card)
    until = city.at + timedelta(days=3)
    city.office.freeze(card.card.ref, ground=FreezeGround.THEFT, until=until, actor=CLERK, evidence=RULES[Command.FREEZE].evidence, at=city.at)
    assert wanted(city.office.chip(chip.code)) == (4, FROZEN)
    assert noted(tap(city, chip)) == (4, FROZEN)


def test_versions_may_be_left_out_and_none_is_taken_back(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    for _ in range(3):
        lose(city, card)
        found(city, card)
    late = script(city, chip)
    assert (late.seq, late.state) == (7, ACTIVE)
    assert noted(tap(city, chip)) == (7, ACTIVE)


def test_binding_a_phone_never_makes_a_chip_out_of_date(city: City) -> None:
    card, chip = mirrored(city)
    before = wanted(tap(city, chip))
    city.bind(card, SoftPhone("p"), chip)
    file = city.office.chip(chip.code)
    assert wanted(file) == before
    assert file.note is not None
    assert file.note.counter == chip.counter
    kinds = [proof.kind.value for proof in city.office.chip_proofs(file.chip.ref)]
    assert sorted(kinds) == ["bind", "receipt", "status", "status", "status"]


@pytest.mark.error("chip-live-only")
def test_a_script_made_beforehand_only_stops_and_what_lifts_is_made_for_the_chip_that_is_there(city: City) -> None:
    card, chip = mirrored(city)
    with refused(faults.CHIP_LIVE_ONLY, state="active"):
        script(city, chip, live=False)
    lose(city, card)
    assert not script(city, chip, live=False).live
    assert noted(tell(city, chip, live=False)) == (2, SUSPENDED)
    found(city, card)
    with refused(faults.CHIP_LIVE_ONLY):
        script(city, chip, live=False)
    with pytest.raises(ValueError, match="8 bytes"):
        city.office.chip_script(chip.code, challenge=b"short")


@pytest.mark.threat("E05")
def test_receipts_may_come_late_twice_and_in_any_order_and_the_note_ends_the_same(city: City) -> None:
    card, chip = mirrored(city)
    told = [(script(city, chip).apdu, b"")]
    for act in (lose, found, lose):
        act(city, card)
        told.append((script(city, chip).apdu, b""))
    told = [(apdu, chip.obey(apdu)) for apdu, _ in told]
    for order in itertools.permutations(range(4)):
        for number in (*order, order[0]):
            apdu, answer = told[number]
            file = city.office.note_chip_receipt(chip.code, script=apdu, answer=answer, reader=DESK, at=city.at)
        assert (noted(file), file.incidents) == ((4, SUSPENDED), ())


@pytest.mark.threat("E02")
@pytest.mark.error("nonce-unusable")
@pytest.mark.error("chip-proof")
def test_an_answer_counts_once_for_the_challenge_it_was_given_for(city: City) -> None:
    _, chip = mirrored(city)
    nonce = city.office.begin_tap(chip.code, at=city.at).value
    answer = chip.answer(ChipPurpose.STATUS, nonce)
    with pytest.raises(InputError, match="chip-proof"):
        city.office.note_chip_status(chip.code, challenge=nonce, answer=chip.answer(ChipPurpose.PRESENCE, nonce), reader=DESK, at=city.at)
    city.office.note_chip_status(chip.code, challenge=nonce, answer=answer, reader=DESK, at=city.at)
    for challenge in (nonce, bytes(32)):
        with pytest.raises(InputError, match="nonce-unusable"):
            city.office.note_chip_status(chip.code, challenge=challenge, answer=answer, reader=DESK, at=city.at)


@pytest.mark.threat("E02")
@pytest.mark.error("script-receipt")
def test_nothing_is_noted_of_a_receipt_with_any_byte_changed_or_from_another_chip(city: City) -> None:
    card, chip = mirrored(city)
    _, other = mirrored(city, 2)
    lose(city, card)
    told = script(city, chip).apdu
    receipt = chip.obey(told)
    before = city.office.chip(chip.code)
    for at in range(len(receipt)):
        broken = receipt[:at] + bytes([receipt[at] ^ 1]) + receipt[at + 1 :]
        with refused(form.SCRIPT_RECEIPT):
            city.office.note_chip_receipt(chip.code, script=told, answer=broken, reader=DESK, at=city.at)
    with refused(form.SCRIPT_RECEIPT):
        city.office.note_chip_receipt(other.code, script=told, answer=receipt, reader=DESK, at=city.at)
    assert city.office.chip(chip.code) == before


@pytest.mark.error("chip-unknown")
def test_a_chip_that_the_record_does_not_know_is_named_as_such(city: City) -> None:
    stranger = MirrorChip(code=bytes(16), signer=key("stranger"))
    for ask in (lambda: city.office.chip(bytes(16)), lambda: look(city, stranger), lambda: script(city, stranger)):
        with refused(faults.CHIP_UNKNOWN):
            ask()


def test_a_chip_that_was_not_made_yet_has_nothing_to_prove(city: City) -> None:
    applied = city.apply()
    with refused(faults.CHIP_NOT_PERSONALISED):
        city.office.begin_tap(city.chip_of(applied).code, at=city.at)


@pytest.mark.threat("E08")
def test_of_an_exchanged_card_the_old_chip_is_to_be_blocked_for_ever_and_the_new_one_opened(city: City) -> None:
    card, old = mirrored(city)
    tap(city, old)
    opened = exchange(city, card)
    coming = opened.dossier.carrier(opened.exchange.new_chip)
    assert coming is not None
    assert coming.card_code is not None
    new = MirrorChip(code=coming.card_code, signer=key("new chip"))
    city.personalise(opened.dossier, new)
    assert wanted(city.office.chip(new.code)) is None
    hand_over(city, card)
    assert published(city, card) == {old.code: "INVALID", new.code: "VALID"}, "the list says so before either chip has been told"
    assert wanted(city.office.chip(old.code)) == (2, CANCELLED)
    assert wanted(city.office.chip(new.code)) == (1, ACTIVE)
    assert (noted(tap(city, old)), noted(tap(city, new))) == ((2, CANCELLED), (1, ACTIVE))
    assert [file.chip.state for file in city.office.chips(card.card.ref)].count(CarrierState.ENDED) == 1


@pytest.mark.article("CQ-13c")
def test_a_cancelled_card_is_blocked_on_the_chip_before_it_is_destroyed_and_both_are_on_record(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    ground, applicant = CancelGround.MOVED_AWAY, Applicant.HOLDER
    more = FOR_CANCELLATION[ground] | FOR_APPLICANT[applicant]
    city.office.request_cancel(card.card.ref, ground=ground, applicant=applicant, **papers(city, Command.REQUEST_CANCEL, *more))
    review = papers(city, Command.CANCEL, actor=SECOND_CLERK)
    city.office.cancel(card.card.ref, Decision.ACCEPTED, settled=set(Affair), **review)
    file = tap(city, chip)
    assert (noted(file), file.note is not None and file.note.reader) == ((2, CANCELLED), DESK)
    gone = city.office.record_destruction(card.card.ref, file.chip.ref, method=DestructionMethod.SHREDDED, witness="staff-9", actor=CLERK, at=city.at)
    assert gone.destruction.carrier == file.chip.ref


def test_a_blocked_pin_is_noted_and_stops_nothing(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    chip.pin_blocked = True
    file = look(city, chip, condition=True)
    assert file.note is not None
    assert (file.note.pin_blocked, file.incidents, file.dossier.holds) == (True, (), ())
    chip.pin_blocked = False
    city.later(minutes=1)
    after = look(city, chip, condition=True)
    assert after.note is not None
    assert after.note.pin_blocked is False
    assert city.office.card(card.card.ref).card.revision == card.card.revision


def test_the_scripts_that_wait_are_announced_with_the_change(city: City) -> None:
    card, _ = mirrored(city)
    lose(city, card)
    with city.office.store.reading() as work:
        found = work.connection.execute(sa.select(schema.outbox.c.mark).where(schema.outbox.c.topic == Topic.CHIP_SCRIPT.value)).scalars().all()
        reasons = work.connection.execute(sa.select(schema.chip_target.c.reason)).scalars().all()
    assert f"{card.card.ref}:2" in found
    assert set(reasons) == {TargetReason.CHANGED}
