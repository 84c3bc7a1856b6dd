from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from codes.claims import Profile
from codes.errors import InputError
from ecard import audit, faults
from ecard.audit import Auditor, Witness
from ecard.audit_report import SAYS, AuditReport
from ecard.audit_walk import verify_chains
from ecard.identity import IdentityType
from ecard.lifecycle import RULES, Command
from ecard.stopping import LossOf
from ecard.vault import IndexPurpose
from tests.ecard.city import CLERK, City, SoftPhone, key, person_number, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codes.checkpoint import Checkpoint

AUDIT = key("audit")


def auditor(city: City) -> Auditor:
    return Auditor(store=city.office.store, signer=AUDIT)


def walk(city: City, kept: Checkpoint | None = None) -> AuditReport:
    return verify_chains(city.office.store, AUDIT.public_key, kept=kept)


def look_up(city: City) -> None:
    city.office.cards_of_person(IdentityType.RESIDENT_ID, person_number(1), purpose=IndexPurpose.COUNTER, actor=CLERK, at=city.at)


@pytest.fixture
def lived(city: City) -> City:
    """Two cards, a lookup, a bound phone, and two checkpoints over all of it."""
    card, chip = city.card()
    city.card(2)
    look_up(city)
    city.later(minutes=2)
    assert auditor(city).tick(city.at) is not None
    phone = SoftPhone("p")
    city.renew(city.bind(card, phone, chip).phone, phone, Profile.GENERAL)
    look_up(city)
    city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=city.at)
    city.later(minutes=2)
    assert auditor(city).tick(city.at) is not None
    return city


@pytest.fixture
def hand(lived: City) -> Iterator[sqlite3.Connection]:
    """Somebody with a database client who has taken the guards off."""
    connection = sqlite3.connect(lived.path, isolation_level=None)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.close()


def newest(city: City) -> Checkpoint:
    with city.office.store.reading() as work:
        found = audit.newest(work)
    assert found is not None
    return found


@pytest.mark.article("HZ-17b")
def test_an_untouched_record_is_found_good(lived: City) -> None:
    report = walk(lived, newest(lived))
    assert report.good
    assert (report.cards, report.people, report.checkpoints, report.waiting) == (2, 1, 2, 0)
    assert report.links == newest(lived).says.links == 3 + 3 + 1 + 1 + 1 + 1 + 1
    assert report.to_json() == {"good": True, "cards": 2, "people": 1, "desks": 1, "links": 11, "checkpoints": 2, "waiting": 0, "findings": []}
    assert report.to_text().endswith("0 bad")
    assert "问题 0 个" in report.to_text(chinese=True)


def test_a_checkpoint_is_due_when_links_are_many_or_have_waited(city: City) -> None:
    assert not auditor(city).due(city.at)
    assert auditor(city).checkpoint(city.at) is None
    city.card()
    assert not auditor(city).due(city.at)
    assert auditor(city).tick(city.at) is None
    assert replace(auditor(city), links=3).due(city.at)
    city.later(seconds=59)
    assert not auditor(city).due(city.at)
    city.later(seconds=1)
    assert auditor(city).due(city.at)
    signed = auditor(city).tick(city.at)
    assert signed is not None
    assert (signed.says.number, signed.says.links, signed.says.heads) == (1, 3, 1)
    assert auditor(city).tick(city.later(hours=1)) is None


def test_a_clock_behind_the_last_checkpoint_signs_nothing(lived: City) -> None:
    look_up(lived)
    lived.later(minutes=-1)
    with refused(faults.CLOCK_BEHIND, behind_s=60):
        auditor(lived).checkpoint(lived.at)


@pytest.mark.threat("F09")
@pytest.mark.parametrize(
    ("damage", "codes"),
    [
        ("UPDATE card_event SET actor = 'somebody' WHERE seq = 2", {"link-broken"}),
        ("UPDATE vault_access SET purpose = 'nothing' WHERE seq = 1", {"link-broken"}),
        ("DELETE FROM vault_access WHERE seq = 1", {"link-broken", "chain-cut", "links-missing"}),
        ("DELETE FROM vault_access WHERE seq = 2", {"chain-cut", "links-missing"}),
        ("DELETE FROM card_event WHERE seq = 5", {"record-changed", "chain-cut", "links-missing"}),
        ("UPDATE card SET expires = expires + 1", {"record-changed"}),
        ("UPDATE vault_access SET hash = randomblob(32) WHERE seq = 2", {"link-broken", "chain-rewritten"}),
        ("UPDATE checkpoint SET token = zeroblob(9) WHERE number = 1", {"checkpoint-broken"}),
        ("UPDATE checkpoint SET iat = iat + 1 WHERE number = 2", {"checkpoint-broken"}),
        ("UPDATE checkpoint_head SET seq = 1 WHERE number = 2 AND chain = 'person'", {"checkpoint-heads", "chain-rewritten"}),
        ("DELETE FROM checkpoint_head WHERE number = 2 AND chain = 'person'", {"checkpoint-heads"}),
        ("UPDATE office_act SET actor = 'somebody'", {"link-broken"}),
        ("DELETE FROM office_act", {"chain-cut", "links-missing"}),
        ("INSERT INTO charge VALUES ('c', (SELECT MIN(ref) FROM card), 'exchange', 500, 'none', 1, 'nobody')", {"record-changed"}),
        ("INSERT INTO unsealed VALUES ('person', 'nobody', 1, 1)", {"mark-lost", "links-missing"}),
    ],
)
def test_damage_done_past_the_program_is_found_and_named(lived: City, hand: sqlite3.Connection, damage: str, codes: set[str]) -> None:
    hand.execute(damage)
    report = walk(lived)
    assert {finding.code for finding in report.findings} == codes
    assert all(finding.code in report.to_text() and finding.code in report.to_text(chinese=True) for finding in report.findings)
    assert codes <= SAYS.keys()


def cut_newest_reading(hand: sqlite3.Connection) -> None:
    """Remove a reading of the vault with everything in the database that speaks of it."""
    hand.execute("DELETE FROM vault_access WHERE seq = 2")
    hand.execute("DELETE FROM checkpoint_head WHERE number = 2")
    hand.execute("DELETE FROM checkpoint WHERE number = 2")
    hand.execute("INSERT INTO unsealed SELECT 'card', card, seq, at FROM card_event WHERE card IN (SELECT card FROM hold) AND seq > 3")
    hand.execute("INSERT INTO unsealed SELECT 'office', desk, seq, at FROM office_act")


@pytest.mark.threat("F09")
@pytest.mark.threat("I10")
def test_whoever_keeps_a_checkpoint_sees_that_the_newest_links_were_cut_off_with_their_checkpoint(lived: City, hand: sqlite3.Connection) -> None:
    kept = newest(lived)
    cut_newest_reading(hand)
    assert walk(lived).good
    assert [finding.code for finding in walk(lived, kept).findings] == ["checkpoint-gone"]


def test_what_was_cut_before_its_checkpoint_is_not_signed_for(lived: City, hand: sqlite3.Connection) -> None:
    look_up(lived)
    hand.execute("DELETE FROM vault_access WHERE seq = 3")
    with refused(faults.CHAIN_BROKEN, chain="person", event=3):
        auditor(lived).checkpoint(lived.at)


@pytest.mark.threat("D11")
@pytest.mark.error("checkpoint-split")
def test_a_witness_goes_along_with_one_story_only(lived: City, hand: sqlite3.Connection) -> None:
    with lived.office.store.reading() as work:
        shown = audit.since(work, 0)
    witness = Witness(audit=AUDIT.public_key).accept(shown)
    assert witness.last == shown[-1]
    assert witness.accept(shown[-1:]) == witness
    cut_newest_reading(hand)
    assert auditor(lived).checkpoint(lived.at) is not None
    with lived.office.store.reading() as work:
        second = audit.since(work, 1)
    with refused(faults.CHECKPOINT_SPLIT, kept=2, shown=2):
        witness.accept(second)
    assert Witness(audit=AUDIT.public_key).accept([shown[0], *second]).last == second[-1]
    with pytest.raises(InputError) as stranger:
        replace(witness, audit=key("another").public_key).accept(shown[-1:])
    assert stranger.value.code == "checkpoint-signature"
