from __future__ import annotations

import hashlib
from typing import Any

import pytest

from ecard import faults
from ecard.lifecycle import RULES, Command
from ecard.model import CaseDecision, CaseRef, Misuse, MisuseCase, Proof
from tests.ecard.city import CLERK, SC_CLERK, SECOND_CLERK, SUPERVISOR, City, refused
from tests.ecard.stops import Case

FILE, REVIEW = RULES[Command.OPEN_CASE].evidence, RULES[Command.DECIDE_CASE].evidence
LETTER, PHOTOGRAPH = hashlib.sha256(b"a letter").digest(), hashlib.sha256(b"a photograph").digest()


@pytest.fixture
def case(city: City) -> Case:
    return Case(city)


def opened(case: Case, category: Misuse = Misuse.LENT, **changes: Any) -> MisuseCase:
    return case.city.office.open_case(case.ref, category, **{"actor": CLERK, "evidence": FILE, "at": case.city.at, **changes})


def add(case: Case, file: CaseRef, digest: bytes = LETTER, **changes: Any) -> MisuseCase:
    given = {"kind": Proof.REPORT, "actor": CLERK, "evidence": FILE, "at": case.city.at, **changes}
    return case.city.office.add_to_case(case.ref, file, digest=digest, **given)


def decide(case: Case, file: CaseRef, decision: CaseDecision = CaseDecision.HANDED_OVER, **changes: Any) -> MisuseCase:
    given = {"actor": SUPERVISOR, "evidence": REVIEW, "at": case.city.at, **changes}
    return case.city.office.decide_case(case.ref, file, decision, **given)


@pytest.mark.article("HZ-17a")
@pytest.mark.article("ZS-23")
@pytest.mark.article("CQ-24(1)-(5)")
@pytest.mark.article("ID-2")
@pytest.mark.parametrize("category", Misuse)
def test_misuse_of_every_kind_is_put_on_file_with_evidence_and_decided_by_another_person(case: Case, category: Misuse) -> None:
    file = opened(case, category)
    add(case, file.ref)
    add(case, file.ref, PHOTOGRAPH, kind=Proof.PHOTOGRAPH, actor=SECOND_CLERK)
    for involved in (CLERK, SECOND_CLERK):
        with refused(faults.SAME_PERSON):
            decide(case, file.ref, actor=involved)
    with refused(faults.EVIDENCE_MISSING):
        decide(case, file.ref, evidence=())
    decided = decide(case, file.ref)
    assert (decided.category, decided.decision, decided.decided_person) == (category, CaseDecision.HANDED_OVER, SUPERVISOR.person)
    assert {(paper.digest, paper.kind, paper.noted_person) for paper in decided.evidence} == {
        (LETTER, Proof.REPORT, CLERK.person),
        (PHOTOGRAPH, Proof.PHOTOGRAPH, SECOND_CLERK.person),
    }
    assert case.city.office.cases(case.ref) == (decided,)
    assert [event.purpose for event in case.city.office.events(case.ref)][-4:] == [
        f"misuse-{category}",
        "evidence-report",
        "evidence-photograph",
        "case-handed-over",
    ]


def test_a_case_never_stops_a_card(case: Case) -> None:
    file = opened(case)
    add(case, file.ref)
    decide(case, file.ref, CaseDecision.WARNED)
    assert case.statuses == ("VALID", "VALID", "VALID")
    assert case.now.holds == ()


@pytest.mark.error("misuse-case-empty")
@pytest.mark.error("misuse-case-unknown")
@pytest.mark.error("misuse-evidence-digest")
def test_without_evidence_a_case_can_only_be_unfounded_and_a_decided_one_is_closed(case: Case) -> None:
    file = opened(case)
    with refused(faults.CASE_EMPTY, article="ZS-23"):
        decide(case, file.ref)
    with refused(faults.EVIDENCE_DIGEST, size=31):
        add(case, file.ref, bytes(31))
    decide(case, file.ref, CaseDecision.UNFOUNDED)
    for closed in (file.ref, CaseRef("nothing")):
        with refused(faults.CASE_UNKNOWN):
            add(case, closed)
        with refused(faults.CASE_UNKNOWN):
            decide(case, closed)
    with refused(faults.OTHER_REGION):
        opened(case, actor=SC_CLERK)


def test_the_same_paper_twice_is_one_piece_of_evidence(case: Case) -> None:
    file = opened(case)
    assert add(case, file.ref) == add(case, file.ref, actor=SECOND_CLERK)
    assert len(case.now.holds) == 0
