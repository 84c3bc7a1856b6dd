from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from codes.claims import Profile
from ecard import faults, schema
from ecard.lifecycle import Evidence
from ecard.model import CarrierRef, FreezeGround, Hold
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, CQ, NOW, SC_CLERK, SECOND_CLERK, SUPERVISOR, City, place, refused
from tests.ecard.stops import REPORT, WITHDRAW, Case


@pytest.fixture
def case(city: City) -> Case:
    return Case(city)


@pytest.mark.article("ZS-17a")
def test_a_loss_is_reported_in_writing_in_person_with_checked_papers_to_a_clerk(case: Case) -> None:
    assert {Evidence.WRITTEN_REPORT, Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT} == REPORT
    for missing in REPORT:
        with refused(faults.EVIDENCE_MISSING, missing=missing, article="ZS-17a"):
            case.report(evidence=REPORT - {missing})
    with refused(faults.NOT_PERMITTED, article="ZS-17a"):
        case.report(actor=case.city.holder(case.now))
    assert case.statuses == ("VALID", "VALID", "VALID")
    case.report()
    assert case.statuses == ("SUSPENDED", "SUSPENDED", "SUSPENDED")


@pytest.mark.parametrize(
    ("of", "statuses", "chip_turned"),
    [
        (LossOf.CARD, ("SUSPENDED", "SUSPENDED", "SUSPENDED"), True),
        (LossOf.CHIP, ("SUSPENDED", "VALID", "VALID"), True),
        (LossOf.PHONE, ("VALID", "SUSPENDED", "VALID"), False),
    ],
)
def test_what_was_lost_stops_and_what_was_not_lives_on(case: Case, of: LossOf, statuses: tuple[str, str, str], chip_turned: bool) -> None:
    phone = case.phones[0].ref if of is LossOf.PHONE else None
    before = case.now.card
    stopped = case.report(of, phone)
    assert stopped.effective == NOW
    assert case.statuses == statuses
    assert (stopped.dossier.card.revision, stopped.dossier.card.chip_seq) == (before.revision + 1, before.chip_seq + chip_turned)
    assert case.report(of, phone).dossier == stopped.dossier == case.now
    case.withdraw(of, phone)
    assert case.statuses == ("VALID", "VALID", "VALID")
    assert case.withdraw(of, phone).dossier == case.now
    assert case.now.card.chip_seq == before.chip_seq + 2 * chip_turned


@pytest.mark.error("loss-reported-elsewhere")
def test_a_lost_phone_is_stopped_on_every_card_it_carries_and_found_on_every_one(case: Case) -> None:
    relative, _ = case.city.card(2)
    phone = case.soft[0]
    elsewhere = case.city.bind(relative, phone).phone
    theirs = place(case.city.renew(elsewhere, phone, Profile.GENERAL)[0])
    stopped = case.report(LossOf.PHONE, case.phones[0].ref)
    assert stopped.others == (relative.card.ref,)
    assert case.city.statuses()[theirs] == "SUSPENDED"
    assert [event.purpose for event in case.city.office.events(relative.card.ref)][-1] == "loss-of-phone"
    with refused(faults.LOSS_REPORTED_ELSEWHERE, article="ZS-18"):
        case.city.office.withdraw_loss(relative.card.ref, of=LossOf.PHONE, phone=elsewhere.ref, actor=CLERK, evidence=WITHDRAW, at=case.city.at)
    own = case.city.office.report_loss(relative.card.ref, of=LossOf.PHONE, phone=elsewhere.ref, actor=CLERK, evidence=REPORT, at=case.city.at)
    assert own.others == (case.ref,)
    assert case.withdraw(LossOf.PHONE, case.phones[0].ref).others == (relative.card.ref,)
    assert case.city.statuses()[theirs] == "SUSPENDED"
    case.city.office.withdraw_loss(relative.card.ref, of=LossOf.PHONE, phone=elsewhere.ref, actor=CLERK, evidence=WITHDRAW, at=case.city.at)
    assert case.city.statuses()[theirs] == "VALID"
    assert case.statuses == ("VALID", "VALID", "VALID")


@pytest.mark.article("ZS-18")
@pytest.mark.error("replacement-open")
def test_a_loss_is_withdrawn_in_person_with_papers_and_only_before_a_new_card_is_applied_for(case: Case) -> None:
    case.report()
    assert {Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT} == WITHDRAW
    for missing in WITHDRAW:
        with refused(faults.EVIDENCE_MISSING, missing=missing, article="ZS-18"):
            case.withdraw(evidence=WITHDRAW - {missing})
    apply_for_replacement(case)
    with refused(faults.REPLACEMENT_OPEN, article="ZS-18"):
        case.withdraw()
    assert set(case.statuses) == {"SUSPENDED"}


def apply_for_replacement(case: Case) -> None:
    """Open a replacement by hand, as the command of a later chapter will."""
    old = case.now.card
    with case.city.office.store.writing() as work:
        row: dict[str, object] = {"ref": "new", "number": "C99999999", "holder": old.holder, "region": old.region, "state": "pending"}
        row |= {"issued": old.issued, "expires": old.expires, "revision": 1, "chip_seq": 0, "replaces": old.ref}
        work.connection.execute(sa.insert(schema.card).values(row))


@pytest.mark.error("loss-not-reported")
def test_what_was_never_reported_cannot_be_withdrawn(case: Case) -> None:
    case.report(LossOf.CHIP)
    with refused(faults.LOSS_NOT_REPORTED, article="ZS-18"):
        case.withdraw(LossOf.CARD)
    with refused(faults.LOSS_NOT_REPORTED):
        case.withdraw(LossOf.PHONE, case.phones[0].ref)


def test_what_was_lost_is_named_by_what_the_card_has(case: Case) -> None:
    chip = case.now.chip
    assert chip is not None
    for of, phone in (
        (LossOf.PHONE, None),
        (LossOf.CARD, case.phones[0].ref),
        (LossOf.CHIP, chip.ref),
        (LossOf.PHONE, chip.ref),
        (LossOf.PHONE, CarrierRef("nobody")),
    ):
        with refused(faults.CARRIER_UNKNOWN):
            case.report(of, phone)
    with case.city.office.store.writing() as work:
        work.connection.execute(sa.text("UPDATE carrier SET state = 'ended', end_reason = 'exchanged' WHERE ref = :ref"), {"ref": chip.ref})
    with refused(faults.CARRIER_UNKNOWN):
        case.report(LossOf.CHIP)


def test_a_joint_desk_of_the_other_region_takes_a_loss_report_and_its_withdrawal(case: Case) -> None:
    with refused(faults.OTHER_REGION, region=CQ):
        case.report(actor=SC_CLERK)
    joint = replace(SC_CLERK, joint_desk=True)
    case.report(actor=joint)
    case.withdraw(actor=joint)
    with refused(faults.OTHER_REGION, article="CQ-20b"):
        case.freeze(actor=joint)


@pytest.mark.parametrize("command", ["report", "withdraw", "freeze", "unfreeze"])
def test_a_command_on_a_revision_that_has_passed_changes_nothing(case: Case, command: str) -> None:
    before = case.now
    with refused(faults.STALE_REVISION, expected=1):
        getattr(case, command)(expected=1)
    assert case.now == before


@pytest.mark.article("CQ-20b")
@pytest.mark.error("same-person")
@pytest.mark.error("not-frozen")
def test_a_card_is_frozen_for_a_time_on_a_ground_and_thawed_by_a_second_person(case: Case) -> None:
    with refused(faults.NOT_FROZEN):
        case.unfreeze()
    frozen = case.freeze()
    assert case.statuses == ("FROZEN", "FROZEN", "FROZEN")
    assert [(hold.ground, hold.until) for hold in frozen.dossier.holds] == [(FreezeGround.THEFT, NOW + 3 * 86400)]
    assert case.freeze().dossier == frozen.dossier
    for same in (CLERK, replace(SUPERVISOR, person=CLERK.person)):
        with refused(faults.SAME_PERSON, article="CQ-20b"):
            case.unfreeze(actor=same)
    case.unfreeze()
    assert case.statuses == ("VALID", "VALID", "VALID")


@pytest.mark.article("CQ-20b")
def test_a_freeze_falls_away_at_its_end_and_a_loss_under_it_stays(case: Case) -> None:
    case.freeze()
    case.report()
    assert case.statuses == ("FROZEN", "FROZEN", "FROZEN")
    case.city.later(days=3)
    assert case.statuses == ("SUSPENDED", "SUSPENDED", "SUSPENDED")
    seq = case.now.card.chip_seq
    assert case.withdraw().dossier.card.chip_seq == seq + 1


@pytest.mark.error("freeze-terms")
@pytest.mark.parametrize("days", [-1, 0, 91])
def test_a_freeze_ends_in_the_future_and_within_the_longest(case: Case, days: int) -> None:
    with refused(faults.FREEZE_TERMS, article="CQ-20b"):
        case.freeze(until=case.city.at + timedelta(days=days))


def test_holds_say_who_placed_and_lifted_them(case: Case) -> None:
    case.report(actor=SECOND_CLERK)
    (hold,) = case.withdraw(at=case.city.later(hours=1)).dossier.holds
    assert isinstance(hold, Hold)
    assert (hold.placed_by, hold.placed_person, hold.placed) == ("clerk-2", "staff-2", NOW)
    assert (hold.lifted_by, hold.lifted_person, hold.lifted) == ("clerk-1", "staff-1", NOW + 3600)
