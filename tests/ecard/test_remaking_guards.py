"""What a hand in the database is refused: remaking and ending cannot be undone, forged or done by one person alone."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ecard.fees import Fee, FeeSchedule
from ecard.lifecycle import Command
from ecard.model import FeeAct
from tests.ecard.city import City, SoftPhone
from tests.ecard.desk import exchange, hand_over, make, papers, stand_in
from tests.ecard.test_cancelling import cancel, destroy
from tests.ecard.test_correcting import decide, propose
from tests.ecard.test_fares import GEN, STUDENT
from tests.ecard.test_older_cards import take_over

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def hand(city: City) -> Iterator[sqlite3.Connection]:
    """Somebody with a database client, in front of a record in which everything was done once."""
    city.office = city.office.__class__(
        **{**vars(city.office), "fees": FeeSchedule((Fee(act=FeeAct.EXCHANGE, fen=100, basis="b", since=date(2020, 1, 1)),))}
    )
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip).phone
    city.office.grant_fare(card.card.ref, bound.ref, STUDENT, **papers(city, Command.GRANT_FARE))
    city.renew(bound, phone, GEN)
    city.office.end_fare(card.card.ref, **papers(city, Command.END_FARE))
    city.office.activate_account(card.card.ref, "bank", **papers(city, Command.ACTIVATE_ACCOUNT))
    city.office.end_account(card.card.ref, "bank", **papers(city, Command.END_ACCOUNT))
    take_over(city, card)
    propose(city, card)
    decide(city, card)
    exchange(city, card)
    make(city, card)
    stand_in(city, card, SoftPhone("t"))
    hand_over(city, card)
    destroy(city, cancel(city, card))
    connection = sqlite3.connect(city.path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys=ON")
    yield connection
    connection.close()


@pytest.mark.threat("F02")
@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        ("UPDATE exchange SET closed = NULL, outcome = NULL", "exchange_closed_once"),
        ("DELETE FROM exchange", "exchange_is_kept"),
        (
            "INSERT INTO exchange SELECT 'x', card, 'loss', old_chip, new_chip, expires, opened, opened_by, closed, outcome FROM exchange",
            "known_ground",
        ),
        (
            "INSERT INTO exchange SELECT 'x', card, ground, old_chip, old_chip, expires, opened, opened_by, closed, outcome FROM exchange",
            "something_new",
        ),
        (
            "INSERT INTO exchange SELECT 'x', card, ground, old_chip, new_chip, expires, opened, opened_by, closed, NULL FROM exchange",
            "closed_with_outcome",
        ),
        ("UPDATE charge SET fen = 0", "charge_never_changes"),
        ("DELETE FROM charge", "charge_is_kept"),
        ("INSERT INTO charge SELECT 'x', card, 'first-issue', 1, 'b', at, charged_by FROM charge WHERE act = 'exchange'", "first_issue_is_free"),
        ("INSERT INTO charge SELECT 'x', card, act, 1, '', at, charged_by FROM charge WHERE act = 'exchange'", "no_fee_without_a_basis"),
        ("INSERT INTO charge SELECT 'x', card, 'favour', 0, 'b', at, charged_by FROM charge WHERE act = 'exchange'", "known_act"),
        ("UPDATE cancellation SET decided_person = 'staff-9'", "cancellation_decided_once"),
        ("DELETE FROM cancellation", "cancellation_is_kept"),
        (
            (
                "INSERT INTO cancellation SELECT 'x', card, 'death', 'holder', evidence, requested, requested_by, requested_person, settled,"
                " NULL, NULL, NULL, NULL FROM cancellation"
            ),
            "the_dead_do_not_apply",
        ),
        (
            (
                "INSERT INTO cancellation SELECT 'x', card, ground, applicant, evidence, requested, requested_by, requested_person, settled,"
                " decided, decided_by, requested_person, decision FROM cancellation"
            ),
            "cancelled_by_another",
        ),
        ("UPDATE destruction SET method = 'incinerated'", "destruction_never_changes"),
        ("DELETE FROM destruction", "destruction_is_kept"),
        (
            (
                "INSERT INTO destruction SELECT (SELECT ref FROM carrier WHERE ref NOT IN (SELECT carrier FROM destruction) LIMIT 1), card, at,"
                " destroyed_by, destroyed_person, method, destroyed_person FROM destruction"
            ),
            "witnessed_by_another",
        ),
        ("UPDATE correction SET decision = 'rejected'", "correction_decided_once"),
        ("DELETE FROM correction", "correction_is_kept"),
        (
            (
                "INSERT INTO correction SELECT 'x', card, holder, old, new, evidence, proposed, proposed_by, proposed_person, decided, decided_by,"
                " proposed_person, decision FROM correction"
            ),
            "corrected_by_another",
        ),
        (
            "INSERT INTO correction SELECT 'x', card, holder, old, new, '', proposed, proposed_by, proposed_person, NULL, NULL, NULL, NULL FROM correction",
            "corrected_on_evidence",
        ),
        ("UPDATE withdrawn SET at = 0", "withdrawn_never_changes"),
        ("DELETE FROM withdrawn", "withdrawn_is_kept"),
        ("UPDATE temporary SET granted = granted + 1", "temporary_stays_itself"),
        ("UPDATE temporary SET until = until + 100000000", "half_a_year_at_most"),
        ("DELETE FROM temporary", "temporary_is_kept"),
        ("UPDATE financial_account SET ended = NULL, ended_by = NULL", "account_ended_once"),
        ("DELETE FROM financial_account", "account_is_kept"),
        ("UPDATE entitlement SET ended = NULL, ended_by = NULL", "entitlement_ended_once"),
        ("DELETE FROM entitlement", "entitlement_is_kept"),
        ("UPDATE legacy_card SET retires = retires + 1", "legacy_never_changes"),
        ("DELETE FROM legacy_card", "legacy_is_kept"),
        ("UPDATE eligibility SET category = 'insured'", "eligibility_never_changes"),
        ("DELETE FROM eligibility", "eligibility_is_kept"),
        (
            "INSERT INTO entitlement SELECT 'x', holder, region, 8, evidence, carrier, granted, granted_by, review, expires, ended, ended_by FROM entitlement",
            "known_fare",
        ),
        (
            "INSERT INTO entitlement SELECT 'x', holder, region, fare, '', carrier, granted, granted_by, review, expires, ended, ended_by FROM entitlement",
            "entitled_on_evidence",
        ),
        (
            (
                "INSERT INTO entitlement SELECT 'x', holder, region, fare, evidence, carrier, granted, granted_by, expires + 1, expires, ended, ended_by"
                " FROM entitlement"
            ),
            "reviewed_before_it_ends",
        ),
        ("UPDATE card SET state = 'active', end_reason = NULL, revision = revision + 1", "card_state_one_way"),
    ],
)
def test_the_database_refuses_what_the_desk_refuses(hand: sqlite3.Connection, statement: str, guard: str) -> None:
    before = list(hand.iterdump())
    with pytest.raises(sqlite3.IntegrityError, match=guard):
        hand.execute(statement)
    assert list(hand.iterdump()) == before
