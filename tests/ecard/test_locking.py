from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from codes.claims import Profile
from ecard import faults
from ecard.lifecycle import RULES, Command
from ecard.locking import groups_target
from ecard.model import CarrierState, EndReason, ItemGroup
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, City, SoftPhone, refused
from tests.ecard.stops import WITHDRAW, Case

if TYPE_CHECKING:
    from ecard.model import Dossier

IN_PERSON = RULES[Command.UNLOCK].evidence
STOPPED, WORKS = ("SUSPENDED",) * 3, ("VALID",) * 3
SOME = frozenset({ItemGroup.BANKING, ItemGroup.TRANSPORT})


@pytest.fixture
def case(city: City) -> Case:
    return Case(city)


def lock(case: Case, **changes: Any) -> Dossier:
    given = {"actor": case.holder, "proof": case.proof(Command.LOCK, "card"), "at": case.city.at, **changes}
    return case.city.office.lock(case.ref, **given)


def unlock(case: Case, **changes: Any) -> Dossier:
    given = {"actor": case.holder, "proof": case.proof(Command.UNLOCK, "card"), "at": case.city.at, **changes}
    return case.city.office.unlock(case.ref, **given)


@pytest.mark.article("HZ-9b")
@pytest.mark.article("ID-3")
def test_holders_lock_their_whole_card_and_unlock_it_with_their_password(case: Case) -> None:
    locked = lock(case)
    assert case.statuses == STOPPED
    assert lock(case) == locked
    with refused(faults.CARD_HELD, hold="self-lock"):
        case.city.renew(case.phones[0], case.soft[0], Profile.GENERAL)
    with refused(faults.PROOF_MISSING):
        unlock(case, proof=None)
    with refused(faults.NOT_PERMITTED):
        unlock(case, actor=replace(case.holder, person="somebody else"))
    unlocked = unlock(case)
    assert case.statuses == WORKS
    assert unlock(case) == unlocked
    with refused(faults.NOT_PERMITTED):
        lock(case, actor=CLERK)


def test_who_has_no_phone_left_is_unlocked_at_a_counter(case: Case) -> None:
    lock(case)
    case.call(LossOf.PHONE, case.phones[0].ref)
    with refused(faults.PHONE_REPORTED):
        unlock(case)
    with refused(faults.EVIDENCE_MISSING):
        unlock(case, actor=CLERK, proof=None)
    unlock(case, actor=CLERK, proof=None, evidence=IN_PERSON)
    assert case.statuses == ("VALID", "SUSPENDED", "VALID")


@pytest.mark.error("item-groups")
def test_a_locked_group_of_items_is_known_online_and_never_in_the_status_list(case: Case) -> None:
    office = case.city.office
    before = case.now.card
    target = groups_target(SOME)
    assert target == "items-6-10"
    locked = office.lock_items(case.ref, SOME, actor=case.holder, proof=case.proof(Command.LOCK, target), at=case.city.at)
    assert locked == SOME == office.locked_items(case.ref)
    assert case.statuses == WORKS
    assert (case.now.card.revision, case.now.card.chip_seq, case.now.holds) == (before.revision + 1, before.chip_seq, ())
    assert office.lock_items(case.ref, SOME, actor=case.holder, proof=case.proof(Command.LOCK, target), at=case.city.at) == SOME
    assert case.now.card.revision == before.revision + 1
    one = [ItemGroup.BANKING]
    for _ in range(2):
        rest = office.unlock_items(case.ref, one, actor=case.holder, proof=case.proof(Command.UNLOCK, "items-10"), at=case.city.at)
        assert rest == {ItemGroup.TRANSPORT} == office.locked_items(case.ref)
    assert [event.purpose for event in office.events(case.ref)][-2:] == [target, "items-10"]
    with refused(faults.ITEM_GROUPS):
        office.lock_items(case.ref, [], actor=case.holder, proof=None, at=case.city.at)
    with refused(faults.ITEM_GROUPS):
        office.unlock_items(case.ref, [], actor=case.holder, at=case.city.at)


@pytest.mark.article("HZ-9b")
def test_unbinding_a_phone_ends_its_credentials_for_ever_and_no_others(case: Case) -> None:
    first = case.phones[0].ref
    proof = case.proof(Command.UNBIND_PHONE, first, by=1)
    unbound = case.city.office.unbind_phone(case.ref, first, actor=case.holder, proof=proof, at=case.city.at)
    assert case.statuses == ("VALID", "INVALID", "VALID")
    gone = unbound.carrier(first)
    assert gone is not None
    assert (gone.state, gone.end_reason) == (CarrierState.ENDED, EndReason.UNBOUND)
    assert case.city.office.unbind_phone(case.ref, first, actor=CLERK, evidence=IN_PERSON, at=case.city.at) == unbound
    with refused(faults.KEY_IN_USE, key="enrolment"):
        case.city.bind(case.now, case.soft[0], case.city.chip_of(case.now))
    with refused(faults.CARRIER_UNKNOWN):
        case.city.office.unbind_phone(case.ref, first, actor=case.holder, proof=case.proof(Command.UNBIND_PHONE, first), at=case.city.at)


def test_a_phone_may_unbind_itself_even_without_endorsement_and_only_phones_are_unbound(case: Case) -> None:
    case.city.office = replace(case.city.office, policy=replace(case.city.office.policy, phones_per_card=3))
    case.soft.append(SoftPhone("unendorsed"))
    case.phones.append(case.city.bind(case.now, case.soft[2]).phone)
    third = case.phones[2].ref
    with refused(faults.PHONE_PROVISIONAL):
        case.city.office.unbind_phone(
            case.ref, case.phones[0].ref, actor=case.holder, proof=case.proof(Command.UNBIND_PHONE, case.phones[0].ref, by=2), at=case.city.at
        )
    case.city.office.unbind_phone(case.ref, third, actor=case.holder, proof=case.proof(Command.UNBIND_PHONE, third, by=2), at=case.city.at)
    chip = case.now.chip
    assert chip is not None
    with refused(faults.CARRIER_UNKNOWN):
        case.city.office.unbind_phone(case.ref, chip.ref, actor=CLERK, evidence=IN_PERSON, at=case.city.at)


@pytest.mark.article("ZS-13")
@pytest.mark.article("HZ-9b")
@pytest.mark.parametrize("act", [Command.RESET_PIN, Command.UNBLOCK_PIN])
def test_a_pin_is_reset_or_unblocked_at_a_counter_after_papers_were_checked_and_it_is_on_record(case: Case, act: Command) -> None:
    office = case.city.office
    for missing in IN_PERSON:
        with refused(faults.EVIDENCE_MISSING, missing=missing):
            office.note_pin_act(case.ref, act, actor=CLERK, evidence=IN_PERSON - {missing}, at=case.city.at)
    with refused(faults.NOT_PERMITTED):
        office.note_pin_act(case.ref, act, actor=case.holder, evidence=IN_PERSON, at=case.city.at)
    office.note_pin_act(case.ref, act, actor=CLERK, evidence=IN_PERSON, at=case.city.at)
    last = office.events(case.ref)[-1]
    assert (last.command, last.person) == (act.value, CLERK.person)
    assert case.statuses == WORKS


def test_holders_change_their_pin_themselves_on_a_chip_that_works(case: Case) -> None:
    office = case.city.office
    office.note_pin_act(case.ref, Command.CHANGE_PIN, actor=case.holder, evidence=(), at=case.city.at)
    case.report(LossOf.CHIP)
    with refused(faults.CARD_HELD):
        office.note_pin_act(case.ref, Command.CHANGE_PIN, actor=case.holder, evidence=(), at=case.city.at)
    with pytest.raises(ValueError, match="freeze"):
        office.note_pin_act(case.ref, Command.FREEZE, actor=CLERK, evidence=WITHDRAW, at=case.city.at)


@pytest.mark.article("HZ-9b")
@pytest.mark.article("ZS-13")
def test_a_card_is_handed_over_only_to_who_has_accepted_that_it_is_for_their_own_use(city: City) -> None:
    applied = city.apply()
    city.personalise(applied, city.chip_of(applied))
    papers = RULES[Command.ACTIVATE].evidence
    with refused(faults.EVIDENCE_MISSING, missing="own-use-notice-accepted"):
        city.office.activate(applied.card.ref, actor=CLERK, evidence=papers - {"own-use-notice-accepted"}, at=city.at)
    city.office.activate(applied.card.ref, actor=CLERK, evidence=papers, at=city.at)
