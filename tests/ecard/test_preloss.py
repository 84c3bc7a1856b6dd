from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import codes.faults
from codes.claims import Profile
from ecard import faults, outbox
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import Actor, CarrierRef, HoldKind, Role
from ecard.outbox import Topic
from ecard.policy import DAY, ChipLoss, PreLossEnd
from ecard.preloss import LossesByPhone, due, reminder_days
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, CQ, NOW, SC, SC_CLERK, WORKSHOP, City, SoftPhone, place, refused
from tests.ecard.stops import CALLED, CHECKED, REPORT, WITHDRAW, Case

if TYPE_CHECKING:
    from ecard.preloss import DueLosses, Reminder

HOTLINE = Actor(ref="hotline-1", person="staff-9", role=Role.HOTLINE, region=CQ)
STOPPED, WORKS = ("SUSPENDED",) * 3, ("VALID",) * 3


@pytest.fixture
def case(city: City) -> Case:
    return Case(city)


def tick(case: Case, told: list[Reminder] | None = None) -> DueLosses:
    done = due(case.city.office, now=int(case.city.at.timestamp()))
    if told is not None:
        told += done.reminders
    return done


@pytest.mark.article("ZS-17b")
@pytest.mark.article("ID-3")
def test_who_cannot_write_at_once_reports_by_phone_and_the_written_report_must_still_follow(case: Case) -> None:
    stopped = case.call(actor=HOTLINE, evidence=CALLED)
    assert case.statuses == STOPPED
    assert (stopped.effective, stopped.due) == (NOW, NOW + 15 * DAY)
    assert stopped.receipt is not None
    told: list[Reminder] = []
    for days in range(1, 40):
        case.city.later(days=1)
        tick(case, told)
        assert set(case.carriers) == {"suspended"}, days
    assert [(reminder.day, reminder.due, reminder.holder) for reminder in told] == [
        (day, stopped.due, stopped.dossier.card.holder) for day in (1, 7, 13)
    ]
    written = case.report(at=case.city.at)
    assert [(hold.kind, hold.lifted is None) for hold in sorted(written.dossier.holds, key=lambda hold: hold.placed)] == [
        (HoldKind.PRE_LOSS, False),
        (HoldKind.LOSS, True),
    ]
    assert set(case.carriers) == {"suspended"}
    case.city.later(days=1)
    assert tick(case, told).reminders == ()


@pytest.mark.article("ZS-17c")
def test_the_effective_time_of_a_written_report_is_the_call_that_went_before_it(case: Case) -> None:
    assert case.statuses == WORKS
    called = case.call(at=case.city.later(hours=2))
    assert called.effective == NOW + 7200
    assert case.call(at=case.city.later(hours=3)).effective == called.effective
    assert case.report(at=case.city.later(days=2)).effective == called.effective
    assert case.report(at=case.city.later(days=2)).effective == called.effective
    case.withdraw(at=case.city.later(days=1))
    again = case.report(at=case.city.later(days=1))
    assert again.effective == int(case.city.at.timestamp())


@pytest.mark.parametrize(("role", "evidence"), [(HOTLINE, CALLED), (CLERK, CALLED), (None, frozenset())])
def test_hotline_and_clerk_question_the_caller_and_the_holder_needs_no_papers(case: Case, role: Actor | None, evidence: frozenset[Evidence]) -> None:
    actor = role or case.holder
    assert RULES[Command.PRE_REPORT_LOSS].papers(actor.role) == evidence
    if evidence:
        with refused(faults.EVIDENCE_MISSING, article="ZS-17b"):
            case.call(actor=actor, evidence=())
    case.call(actor=actor, evidence=evidence)
    assert case.statuses == STOPPED
    with refused(faults.NOT_PERMITTED):
        case.call(actor=WORKSHOP)


def test_what_was_reported_by_phone_stops_and_what_was_not_lives_on(case: Case) -> None:
    case.call(LossOf.CHIP)
    assert case.statuses == ("SUSPENDED", "VALID", "VALID")
    case.call(LossOf.PHONE, case.phones[0].ref)
    assert case.statuses == ("SUSPENDED", "SUSPENDED", "VALID")
    case.call_off(LossOf.CHIP)
    assert case.statuses == ("VALID", "SUSPENDED", "VALID")
    again = case.call_off(LossOf.CHIP)
    assert again.dossier == case.now
    with refused(faults.LOSS_NOT_REPORTED, article="ZS-18"):
        case.call_off()


def test_a_phone_reported_by_phone_is_stopped_on_every_card_it_carries(case: Case) -> None:
    relative, _ = case.city.card(2)
    elsewhere = case.city.bind(relative, case.soft[0]).phone
    theirs = place(case.city.renew(elsewhere, case.soft[0], Profile.GENERAL)[0])
    phone = case.phones[0].ref
    assert case.call(LossOf.PHONE, phone).others == (relative.card.ref,)
    assert case.city.statuses()[theirs] == "SUSPENDED"
    case.city.later(days=1)
    told: list[Reminder] = []
    tick(case, told)
    assert [reminder.card for reminder in told] == [case.ref]
    assert case.report(LossOf.PHONE, phone).others == (relative.card.ref,)
    assert case.city.statuses()[theirs] == "SUSPENDED"
    assert case.withdraw(LossOf.PHONE, phone).others == (relative.card.ref,)
    assert case.city.statuses()[theirs] == "VALID"


def test_a_loss_that_is_written_needs_no_call(case: Case) -> None:
    written = case.report()
    called = case.call()
    assert (called.dossier, called.due) == (written.dossier, None)


def test_who_loses_the_chip_keeps_the_phone_unless_policy_says_otherwise(case: Case) -> None:
    case.call(LossOf.CHIP)
    case.report(LossOf.CHIP)
    assert case.statuses == ("SUSPENDED", "VALID", "VALID")
    case.withdraw(LossOf.CHIP)
    case.city.office = replace(case.city.office, policy=replace(case.city.office.policy, chip_loss=ChipLoss.STOPS_PHONES))
    case.call(LossOf.CHIP)
    assert case.statuses == STOPPED
    case.report(LossOf.CHIP)
    assert case.statuses == STOPPED
    case.withdraw(LossOf.CHIP)
    assert case.statuses == WORKS


@pytest.mark.error("phone-proof-missing")
@pytest.mark.error("phone-reported-lost")
def test_a_holder_calls_off_with_the_password_on_a_phone_that_is_not_reported(case: Case) -> None:
    lost, kept = case.phones[0].ref, case.phones[1].ref
    case.call(LossOf.PHONE, lost)
    own = {"actor": case.holder, "evidence": ()}
    with refused(faults.PROOF_MISSING):
        case.call_off(LossOf.PHONE, lost, **own)
    with refused(faults.PHONE_REPORTED, article="ZS-17b"):
        case.call_off(LossOf.PHONE, lost, **own, proof=case.proof(Command.WITHDRAW_PRE_LOSS, lost, by=0))
    for wrong in (case.proof(Command.UNLOCK, lost, by=1), case.proof(Command.WITHDRAW_PRE_LOSS, "chip", by=1)):
        with refused(codes.faults.KEY_PROOF, wrong="nonce"):
            case.call_off(LossOf.PHONE, lost, **own, proof=wrong)
    with refused(faults.KEY_IN_USE):
        case.call_off(LossOf.PHONE, lost, **own, proof=case.proof(Command.WITHDRAW_PRE_LOSS, lost, by=1, soft=SoftPhone("thief")))
    proof = case.proof(Command.WITHDRAW_PRE_LOSS, lost, by=1)
    for nobody in (kept + "x", case.now.chip.ref if case.now.chip else ""):
        with refused(faults.CARRIER_UNKNOWN):
            case.call_off(LossOf.PHONE, lost, **own, proof=replace(proof, phone=CarrierRef(nobody)))
    case.call_off(LossOf.PHONE, lost, **own, proof=proof)
    assert case.statuses == WORKS
    case.call(LossOf.PHONE, lost)
    with refused(faults.NONCE_UNUSABLE):
        case.call_off(LossOf.PHONE, lost, **own, proof=proof)


def faults_of_key_proof() -> object:
    from codes import faults as code_faults

    return code_faults.KEY_PROOF


def test_with_the_whole_card_reported_no_phone_speaks_for_it_but_hotline_and_counter_do(case: Case) -> None:
    case.call()
    with refused(faults.PHONE_REPORTED):
        case.call_off(actor=case.holder, evidence=(), proof=case.proof(Command.WITHDRAW_PRE_LOSS, "card", by=1))
    with refused(faults.EVIDENCE_MISSING, missing="hotline-identity-check"):
        case.call_off(actor=HOTLINE, evidence=WITHDRAW)
    case.call_off(actor=HOTLINE, evidence=CHECKED)
    assert case.statuses == WORKS
    case.call()
    case.call_off()
    assert case.statuses == WORKS


def test_a_phone_that_the_chip_has_not_endorsed_cannot_call_off(case: Case) -> None:
    case.city.office = replace(case.city.office, policy=replace(case.city.office.policy, phones_per_card=3))
    case.soft.append(SoftPhone("unendorsed"))
    case.phones.append(case.city.bind(case.now, case.soft[2]).phone)
    case.call(LossOf.PHONE, case.phones[0].ref)
    with refused(faults.PHONE_PROVISIONAL):
        proof = case.proof(Command.WITHDRAW_PRE_LOSS, case.phones[0].ref, by=2)
        case.call_off(LossOf.PHONE, case.phones[0].ref, actor=case.holder, evidence=(), proof=proof)


@pytest.mark.article("ZS-18")
@pytest.mark.error("pre-loss-written")
def test_once_the_report_is_written_it_is_withdrawn_at_a_counter_only(case: Case) -> None:
    case.call(LossOf.CHIP)
    case.report(LossOf.CHIP)
    with refused(faults.PRE_LOSS_WRITTEN, article="ZS-18"):
        case.call_off(LossOf.CHIP, actor=case.holder, evidence=(), proof=case.proof(Command.WITHDRAW_PRE_LOSS, "chip", by=1))
    assert case.statuses == ("SUSPENDED", "VALID", "VALID")
    case.withdraw(LossOf.CHIP)
    assert case.statuses == WORKS


@pytest.mark.article("ZS-17b")
def test_where_policy_releases_at_the_deadline_the_stop_ends_with_it_and_is_recorded_once(case: Case) -> None:
    policy = replace(case.city.office.policy, pre_loss_end=PreLossEnd.AUTO_RELEASE)
    case.city.office = replace(case.city.office, policy=policy)
    case.call()
    case.city.later(days=14, hours=23)
    assert tick(case).released == ()
    assert set(case.carriers) == {"suspended"}
    case.city.later(hours=1)
    assert set(case.carriers) == {"valid"}
    assert tick(case).released == (case.ref,)
    assert set(case.carriers) == {"valid"}
    assert (case.city.office.events(case.ref)[-1].command, case.city.office.events(case.ref)[-1].person) == ("release-pre-loss", "tick")
    assert tick(case).released == ()


def test_a_new_call_after_a_release_that_no_tick_has_recorded_stops_again(case: Case) -> None:
    case.city.office = replace(case.city.office, policy=replace(case.city.office.policy, pre_loss_end=PreLossEnd.AUTO_RELEASE))
    case.call()
    case.city.later(days=16)
    again = case.call()
    assert again.effective == NOW + 16 * DAY
    assert set(case.carriers) == {"suspended"}


def test_a_late_tick_reminds_once_and_of_the_newest_day(case: Case) -> None:
    case.call()
    told: list[Reminder] = []
    case.city.later(days=8)
    tick(case, told)
    tick(case, told)
    assert [reminder.day for reminder in told] == [7]


def test_a_tick_puts_the_reminder_where_a_channel_fetches_it(case: Case) -> None:
    called = case.call()
    at = case.city.later(days=1)
    for done in (1, 0):
        assert LossesByPhone().run(case.city.office, at=at) == done
    with case.city.office.store.writing() as work:
        (message,) = outbox.take(work, Topic.REMINDER, now=int(at.timestamp()), limit=9)
    card = called.dossier.card
    assert message.body == {"what": "written-loss-report", "card": card.ref, "holder": card.holder, "day": 1, "due": called.due}


def test_nobody_is_reminded_of_a_phone_that_is_no_more(case: Case) -> None:
    phone = case.phones[0].ref
    case.call(LossOf.PHONE, phone)
    case.city.office.unbind_phone(case.ref, phone, actor=CLERK, evidence=WITHDRAW, at=case.city.at)
    case.city.later(days=2)
    assert tick(case).reminders == ()


@pytest.mark.parametrize(("days", "reminded"), [(15, (1, 7, 13)), (10, (1, 7, 8)), (7, (1, 5)), (3, (1,)), (2, (1,)), (1, ())])
def test_reminders_come_early_after_a_week_and_two_days_before_the_end(days: int, reminded: tuple[int, ...]) -> None:
    assert reminder_days(NOW, NOW + days * DAY) == reminded


@pytest.mark.article("CQ-11b")
def test_a_joint_desk_of_the_other_region_takes_the_call_and_calls_it_off(case: Case) -> None:
    joint = replace(SC_CLERK, joint_desk=True)
    with refused(faults.OTHER_REGION, region=CQ):
        case.call(actor=SC_CLERK, evidence=CALLED)
    case.call(actor=joint, evidence=CALLED)
    case.call_off(actor=joint)
    case.report(actor=joint, evidence=REPORT)
    case.withdraw(actor=joint)
    assert case.statuses == WORKS
    assert joint.region == SC
