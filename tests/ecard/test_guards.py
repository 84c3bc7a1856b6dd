"""What the database itself refuses from a hand that goes past the program."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.ecard.city import NOW, City, SoftPhone

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def hand(city: City) -> Iterator[sqlite3.Connection]:
    """Somebody with a database client and no respect for the program, in front of a card with a bound phone."""
    card, chip = city.card()
    city.bind(card, SoftPhone("p"), chip)
    connection = sqlite3.connect(city.path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys=ON")
    yield connection
    connection.close()


def twin_carrier(kind: str, *, thumbprint: str, card_code: str) -> str:
    """SQL that puts a second carrier beside the card's own."""
    same = "card, kind, state, end_reason, key_x, key_y_is_odd"
    return f"INSERT INTO carrier SELECT 'x', {same}, {thumbprint}, {card_code}, 0, NULL, created FROM carrier WHERE kind = '{kind}'"


def twin_credential(*, sub: str, uri: str, idx: str) -> str:
    """SQL that writes a second credential from the first."""
    rest = "cnf, kid, iat, exp, revision, 'intent', written, NULL, NULL"
    return f"INSERT INTO credential SELECT 'x', card, carrier, region, {sub}, profile, {uri}, {idx}, {rest} FROM credential"


GUARDED = [
    ("UPDATE card SET state = 'pending', revision = revision + 1", "card_state_one_way"),
    ("UPDATE card SET state = 'lost', revision = revision + 1", "known_state"),
    ("UPDATE card SET state = 'ended', revision = revision + 1", "ended_for_a_reason"),
    ("UPDATE card SET end_reason = 'cancelled', revision = revision + 1", "ended_for_a_reason"),
    ("UPDATE card SET chip_seq = 1", "card_revision_counts"),
    ("UPDATE card SET revision = 1", "card_revision_counts"),
    ("UPDATE card SET revision = revision + 2", "card_revision_counts"),
    ("UPDATE card SET revision = revision + 1, chip_seq = chip_seq - 1", "card_revision_counts"),
    ("UPDATE card SET revision = revision + 1, chip_seq = chip_seq + 2", "card_revision_counts"),
    ("UPDATE card SET revision = revision + 1, region = 'CN-SC'", "card_stays_itself"),
    ("UPDATE card SET revision = revision + 1, number = 'C00000000'", "card_stays_itself"),
    ("UPDATE card SET revision = revision + 1, expires = issued", "expires_after_issue"),
    ("DELETE FROM card", "card_is_kept"),
    ("UPDATE carrier SET state = 'pending'", "carrier_state_one_way"),
    ("UPDATE carrier SET state = 'ended'", "ended_for_a_reason"),
    ("UPDATE carrier SET card_code = NULL WHERE kind = 'chip'", "code_is_the_chips"),
    ("UPDATE carrier SET card_code = x'00' WHERE kind = 'phone'", "code_is_the_chips"),
    ("UPDATE carrier SET provisional_until = 1 WHERE kind = 'chip'", "only_phones_are_provisional"),
    ("UPDATE carrier SET key_x = NULL", "active_has_a_key"),
    ("UPDATE carrier SET thumbprint = randomblob(32)", "carrier_stays_itself"),
    ("UPDATE carrier SET counter = 0 WHERE kind = 'chip'", "carrier_stays_itself"),
    ("UPDATE carrier SET counter = 1 WHERE kind = 'phone'", "phones_are_bound_at_once"),
    ("UPDATE carrier SET kind = 'paper'", "carrier_stays_itself"),
    ("DELETE FROM carrier", "carrier_is_kept"),
    (twin_carrier("chip", thumbprint="randomblob(32)", card_code="randomblob(16)"), "UNIQUE constraint failed: carrier.card"),
    (twin_carrier("phone", thumbprint="thumbprint", card_code="NULL"), "UNIQUE constraint failed: carrier.card, carrier.thumbprint"),
    ("UPDATE credential SET idx = idx + 1", "credential_index_never_moves"),
    ("UPDATE credential SET sub = 'AAAAAAAA'", "credential_index_never_moves"),
    ("UPDATE credential SET state = 'intent'", "credential_index_never_moves"),
    ("UPDATE credential SET digest = NULL", "credential_index_never_moves"),
    (twin_credential(sub="'AAAAAAAA'", uri="uri", idx="idx"), "UNIQUE constraint failed: credential.uri, credential.idx"),
    (twin_credential(sub="sub", uri="uri", idx="idx + 1"), "UNIQUE constraint failed: credential.region, credential.sub"),
    (twin_credential(sub="'AAAAAAAA'", uri="uri", idx="-1"), "counts_from_zero"),
    (twin_credential(sub="'AAAAAAAA'", uri="'sl:c9'", idx="1"), "FOREIGN KEY constraint failed"),
    ("UPDATE shard SET size = 10", "shard_stays_itself"),
    ("UPDATE shard SET size = size + 4", "shard_stays_itself"),
    ("DELETE FROM shard", "shard_is_kept"),
    ("UPDATE nonce SET used = NULL WHERE used IS NOT NULL", "nonce_used_once"),
    ("UPDATE card_event SET actor = 'somebody else'", "card_event_never_changes"),
    ("DELETE FROM card_event", "card_event_is_kept"),
    (
        "INSERT INTO card_event SELECT card, 0, at, actor, person, role, purpose, command, articles, before, after, previous, randomblob(32), form, evidence FROM card_event",
        "card_event_counts_from_one",
    ),
    ("UPDATE holder SET ref = 'x'", "FOREIGN KEY constraint failed"),
    ("DELETE FROM holder", "FOREIGN KEY constraint failed"),
    (
        "INSERT INTO card SELECT 'x', 'C99999999', holder, 'CN-SC', state, NULL, issued, expires, 1, 0, NULL FROM card",
        "UNIQUE constraint failed: card.holder",
    ),
    (
        "INSERT INTO card SELECT 'x', number, 'x', region, 'pending', NULL, issued, expires, 1, 0, NULL FROM card",
        "UNIQUE constraint failed: card.number",
    ),
]
"""Statements by hand, and the guard that refuses each."""


@pytest.mark.threat("F02")
@pytest.mark.parametrize(("statement", "guard"), GUARDED)
def test_the_database_refuses_what_the_lifecycle_refuses(hand: sqlite3.Connection, statement: str, guard: str) -> None:
    before = list(hand.iterdump())
    with pytest.raises(sqlite3.IntegrityError, match=guard):
        hand.execute(statement)
    assert list(hand.iterdump()) == before


HOLD = "INSERT INTO hold (ref, card, carrier, kind, origin, ground, placed, placed_by, placed_person, until, lifted, lifted_by, lifted_person)"
ON_CARD = "SELECT '{ref}', ref, {carrier}, '{kind}', ref, {ground}, {placed}, 'clerk', 'staff-1', {until}, {lifted}, {by}, {person} FROM card"
LOSS = {
    "ref": "h1",
    "carrier": "NULL",
    "kind": "loss",
    "ground": "NULL",
    "placed": NOW,
    "until": "NULL",
    "lifted": "NULL",
    "by": "NULL",
    "person": "NULL",
}
FREEZE = {**LOSS, "kind": "freeze", "ground": "'theft'", "until": NOW + 9}


def place(hand: sqlite3.Connection, **values: object) -> None:
    hand.execute(f"{HOLD} {ON_CARD.format(**{**LOSS, **values})}")


@pytest.mark.threat("F02")
@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "mood"},
        {"carrier": "'nobody'"},
        {"lifted": NOW},
        {"lifted": NOW - 1, "by": "'clerk'", "person": "'staff-2'"},
        {"until": NOW},
        {**FREEZE, "ground": "NULL"},
        {**FREEZE, "until": "NULL"},
        {**FREEZE, "lifted": NOW + 1, "by": "'another account'", "person": "'staff-1'"},
    ],
)
def test_the_database_refuses_a_hold_that_cannot_be(hand: sqlite3.Connection, wrong: dict[str, object]) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        place(hand, **wrong)


def test_the_database_keeps_a_hold_and_lifts_it_once(hand: sqlite3.Connection) -> None:
    place(hand)
    with pytest.raises(sqlite3.IntegrityError):
        place(hand, ref="h2")
    for forbidden in ("DELETE FROM hold", "UPDATE hold SET kind = 'drift'", "UPDATE hold SET placed = 0"):
        with pytest.raises(sqlite3.IntegrityError):
            hand.execute(forbidden)
    hand.execute("UPDATE hold SET lifted = placed, lifted_by = 'clerk', lifted_person = 'staff-1'")
    with pytest.raises(sqlite3.IntegrityError):
        hand.execute("UPDATE hold SET lifted = NULL, lifted_by = NULL, lifted_person = NULL")


def test_an_ended_card_stays_ended(hand: sqlite3.Connection) -> None:
    hand.execute("UPDATE card SET state = 'ended', end_reason = 'cancelled', revision = revision + 1")
    for state in ("active", "pending"):
        with pytest.raises(sqlite3.IntegrityError):
            hand.execute(f"UPDATE card SET state = '{state}', end_reason = NULL, revision = revision + 1")
