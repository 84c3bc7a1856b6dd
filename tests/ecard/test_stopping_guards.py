from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecard.lifecycle import RULES, Command
from ecard.model import CaseDecision, FreezeGround, Misuse, Proof
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, NOW, SC_CLERK, SUPERVISOR, City
from tests.ecard.stops import FREEZE, UNFREEZE, Case

if TYPE_CHECKING:
    from collections.abc import Iterator

PRE_LOSS = (
    "INSERT INTO hold (ref, card, kind, origin, placed, placed_by, placed_person, due)"
    " SELECT 'h', ref, '{kind}', ref, {placed}, 'clerk', 'staff-1', {due} FROM card"
)
CASE = "INSERT INTO misuse_case (ref, card, category, opened, opened_by, opened_person) SELECT 'm', ref, '{category}', 1, 'c', 's' FROM card"


@pytest.fixture
def hand(city: City) -> Iterator[sqlite3.Connection]:
    """Somebody with a database client, in front of a card that was called lost, that the other region asked about, and that has a case file."""
    case = Case(city)
    office, at = city.office, city.at
    case.call(LossOf.CHIP)
    asked = office.request_freeze(case.ref, ground=FreezeGround.THEFT, until=at + timedelta(days=9), actor=SC_CLERK, evidence=FREEZE, at=at)
    papers = RULES[Command.OPEN_CASE].evidence
    file = office.open_case(case.ref, Misuse.LENT, actor=CLERK, evidence=papers, at=at)
    office.add_to_case(case.ref, file.ref, digest=bytes(32), kind=Proof.REPORT, actor=CLERK, evidence=papers, at=at)
    office.decide_case(case.ref, file.ref, CaseDecision.WARNED, actor=SUPERVISOR, evidence=UNFREEZE, at=at)
    office.decline_freeze(case.ref, asked.ref, actor=CLERK, evidence=UNFREEZE, at=at)
    connection = sqlite3.connect(city.path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys=ON")
    yield connection
    connection.close()


@pytest.mark.threat("F02")
@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        (PRE_LOSS.format(kind="pre-loss", placed=NOW, due="NULL"), "pre_loss_has_a_due_date"),
        (PRE_LOSS.format(kind="pre-loss", placed=NOW, due=NOW), "pre_loss_has_a_due_date"),
        (PRE_LOSS.format(kind="loss", placed=NOW, due=NOW + 9), "pre_loss_has_a_due_date"),
        ("UPDATE hold SET due = due + 1", "hold_due_stays"),
        ("INSERT INTO pre_loss_reminder SELECT ref, 0, 1 FROM hold", "reminders_count_from_one"),
        ("UPDATE freeze_request SET answer = 'granted'", "freeze_request_answered_once"),
        ("DELETE FROM freeze_request", "freeze_request_is_kept"),
        ("UPDATE misuse_case SET decision = 'unfounded'", "misuse_case_decided_once"),
        ("DELETE FROM misuse_case", "misuse_case_is_kept"),
        ("UPDATE misuse_evidence SET noted = 0", "misuse_evidence_never_changes"),
        ("DELETE FROM misuse_evidence", "misuse_evidence_is_kept"),
        (CASE.format(category="mood"), "known_category"),
        (
            CASE.format(category="lent").replace("opened_person)", "opened_person, decision)").replace("'s' FROM", "'s', 'warned' FROM"),
            "decision_with",
        ),
        ("INSERT INTO item_lock SELECT ref, 14, 1 FROM card", "known_group"),
    ],
)
def test_the_database_refuses_what_the_desk_refuses(hand: sqlite3.Connection, statement: str, guard: str) -> None:
    before = list(hand.iterdump())
    with pytest.raises(sqlite3.IntegrityError, match=guard):
        hand.execute(statement)
    assert list(hand.iterdump()) == before


def test_the_database_lets_nobody_decide_the_case_they_opened(hand: sqlite3.Connection) -> None:
    hand.execute(CASE.format(category="lent"))
    with pytest.raises(sqlite3.IntegrityError, match="decided_by_another"):
        hand.execute("UPDATE misuse_case SET decision = 'warned', decided = 2, decided_by = 'another account', decided_person = 's' WHERE ref = 'm'")
