from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecard import faults, outbox
from ecard.lifecycle import RULES, Command
from ecard.model import FreezeAnswer, FreezeGround, FreezeRequestRef
from ecard.outbox import Topic
from tests.ecard.city import CLERK, SC, SC_CLERK, SECOND_CLERK, City, refused
from tests.ecard.stops import UNFREEZE, Case

if TYPE_CHECKING:
    from ecard.model import FreezeRequest

ASK = RULES[Command.REQUEST_FREEZE].evidence
DECLINE = RULES[Command.DECLINE_FREEZE].evidence


@pytest.fixture
def case(city: City) -> Case:
    return Case(city)


def ask(case: Case, **changes: object) -> FreezeRequest:
    terms = {"ground": FreezeGround.FALSE_USE, "until": case.city.at + timedelta(days=2), "actor": SC_CLERK, "evidence": ASK, "at": case.city.at}
    return case.city.office.request_freeze(case.ref, **{**terms, **changes})  # type: ignore[arg-type]  # because a test changes any argument


@pytest.mark.article("CQ-20c")
@pytest.mark.threat("D02")
def test_the_other_region_asks_and_the_cards_own_region_freezes(case: Case) -> None:
    request = ask(case)
    assert case.statuses == ("VALID", "VALID", "VALID")
    assert ask(case) == request
    assert (request.region, request.answer) == (SC, None)
    with refused(faults.OTHER_REGION):
        case.freeze(actor=SC_CLERK, request=request.ref)
    case.freeze(ground=request.ground, request=request.ref)
    assert case.statuses == ("FROZEN", "FROZEN", "FROZEN")
    (answered,) = case.city.office.freeze_requests(case.ref)
    assert (answered.answer, answered.answered_person) == (FreezeAnswer.GRANTED, CLERK.person)
    assert [event.command for event in case.city.office.events(case.ref)][-2:] == ["request-freeze", "freeze"]
    case.unfreeze()
    assert case.statuses == ("VALID", "VALID", "VALID")


@pytest.mark.article("CQ-20c")
@pytest.mark.error("freeze-request-unknown")
def test_a_request_is_answered_once(case: Case) -> None:
    request = ask(case)
    relative, _ = case.city.card(2)
    with refused(faults.FREEZE_REQUEST_UNKNOWN, article="CQ-20c"):
        case.city.office.decline_freeze(relative.card.ref, request.ref, actor=CLERK, evidence=DECLINE, at=case.city.at)
    case.city.office.decline_freeze(case.ref, request.ref, actor=CLERK, evidence=DECLINE, at=case.city.at)
    assert [asked.answer for asked in case.city.office.freeze_requests(case.ref)] == [FreezeAnswer.DECLINED]
    for again in (request.ref, FreezeRequestRef("none")):
        with refused(faults.FREEZE_REQUEST_UNKNOWN):
            case.freeze(request=again)
    assert case.statuses == ("VALID", "VALID", "VALID")
    assert ask(case).ref != request.ref


def test_asking_needs_a_case_terms_and_another_region(case: Case) -> None:
    with refused(faults.EVIDENCE_MISSING, article="CQ-20c"):
        ask(case, evidence=())
    with refused(faults.FREEZE_TERMS):
        ask(case, until=case.city.at + timedelta(days=91))
    for own in (CLERK, replace(CLERK, region=None)):
        with refused(faults.NOT_PERMITTED, article="CQ-20c"):
            ask(case, actor=own)
    with refused(faults.OTHER_REGION):
        case.city.office.decline_freeze(case.ref, ask(case).ref, actor=SC_CLERK, evidence=DECLINE, at=case.city.at)


@pytest.mark.article("CQ-20b")
def test_a_freeze_reaches_the_list_the_chip_and_the_holders_phones(case: Case) -> None:
    frozen = case.freeze().dossier.card
    now = int(case.city.at.timestamp())
    with case.city.office.store.writing() as work:
        for topic in (Topic.PUBLISH, Topic.CHIP_SCRIPT, Topic.PUSH):
            assert frozen.ref in {message.body.get("card") for message in outbox.take(work, topic, now=now, limit=99)}, topic


@pytest.mark.article("CQ-20b")
@pytest.mark.threat("F03")
def test_a_freeze_is_lifted_by_a_person_who_placed_none_of_those_in_force(case: Case) -> None:
    case.freeze()
    case.freeze(ground=FreezeGround.FALSE_CLAIM, actor=SECOND_CLERK)
    for placer in (CLERK, SECOND_CLERK, replace(CLERK, ref="another-account")):
        with refused(faults.SAME_PERSON, article="CQ-20b"):
            case.unfreeze(actor=placer)
    case.unfreeze(actor=replace(CLERK, ref="clerk-7", person="staff-7"), evidence=UNFREEZE)
    assert case.statuses == ("VALID", "VALID", "VALID")
