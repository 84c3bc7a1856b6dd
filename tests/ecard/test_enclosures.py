"""What lies in a card's file is covered by its chain: whatever is written, changed or taken out by hand is found by the audit and by the checker."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.claims import Profile
from ecard import schema
from ecard.check import PublicKeys, check_record
from ecard.corrections import NewData
from ecard.enclosures import ENCLOSED
from ecard.entitlements import FareTerms
from ecard.lifecycle import RULES, Command, Evidence
from ecard.locking import groups_target
from ecard.model import Applicant, CancelGround, DestructionMethod, FreezeGround, ItemGroup, Misuse, Proof
from tests.ecard.city import CLERK, SC_CLERK, City, SoftPhone
from tests.ecard.desk import activate, exchange, lose, make, papers, remade, replace_card, stand_in
from tests.ecard.stops import Case

if TYPE_CHECKING:
    from ecard.model import CardRef

YEAR = 365 * 24 * 3600


def filed(city: City) -> CardRef:
    """A card with something of every kind in its file."""
    case = Case(city)
    office, ref, now = city.office, case.ref, int(city.at.timestamp())
    office.grant_fare(
        ref, case.phones[0].ref, FareTerms(fare=3, evidence="pass", review=now + YEAR, expires=now + 2 * YEAR), **papers(city, Command.GRANT_FARE)
    )
    case.city.renew(case.phones[0], case.soft[0], Profile.GENERAL)
    office.end_fare(ref, **papers(city, Command.END_FARE))
    office.activate_account(ref, bank="bank-of-nowhere", **papers(city, Command.ACTIVATE_ACCOUNT))
    office.take_over(ref, scheme="city-card", number="000417", retires=city.at + timedelta(days=90), **papers(city, Command.TAKE_OVER))
    opened = office.open_case(ref, Misuse.LENT, **papers(city, Command.OPEN_CASE))
    office.add_to_case(ref, opened.ref, digest=bytes(32), kind=Proof.REPORT, **papers(city, Command.ADD_TO_CASE))
    terms = {"ground": FreezeGround.THEFT, "until": city.at + timedelta(days=3)}
    office.request_freeze(ref, **terms, actor=SC_CLERK, evidence=RULES[Command.REQUEST_FREEZE].evidence, at=city.at)  # type: ignore[arg-type]  # because the terms are of two types
    groups = frozenset({ItemGroup.HEALTH})
    office.lock_items(ref, groups, actor=case.holder, proof=case.proof(Command.LOCK, groups_target(groups)), at=city.at)
    office.propose_correction(ref, NewData(name="江大鱼"), **papers(city, Command.PROPOSE_CORRECTION))
    old = remade(city, case.now)
    chip = next(carrier for carrier in old.carriers if carrier.kind.value == "chip" and carrier.state.value == "ended")
    office.record_destruction(ref, chip.ref, DestructionMethod.SHREDDED, witness="staff-2", actor=CLERK, at=city.at)
    exchange(city, case.now)
    stand_in(city, case.now, SoftPhone("borrowed"))
    office.request_cancel(
        ref, CancelGround.MOVED_AWAY, Applicant.HOLDER, **papers(city, Command.REQUEST_CANCEL, Evidence.MOVE_PROOF, Evidence.IN_PERSON)
    )
    return ref


def found(work_connection: sa.Connection, ref: CardRef) -> bool:
    report = check_record(work_connection, PublicKeys(), at=1)
    return any(finding.code == "record-differs" and finding.subject == ref for finding in report.findings)


def take_guards_off(connection: sa.Connection, table: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    for name in connection.execute(
        sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"), {"table": table}
    ).scalars():
        connection.execute(sa.text(f"DROP TRIGGER {name}"))


@pytest.mark.threat("D09")
def test_a_row_of_any_kind_that_is_taken_out_of_a_cards_file_by_hand_is_found(city: City) -> None:
    ref = filed(city)
    assert city.office.events(ref)
    for table, mine in ENCLOSED.items():
        with city.office.store.writing() as work:
            assert not found(work.connection, ref)
            transaction = work.connection.begin_nested()
            take_guards_off(work.connection, table.name)
            if table is schema.misuse_case:
                take_guards_off(work.connection, "misuse_evidence")
                work.connection.execute(sa.delete(schema.misuse_evidence))
            assert work.connection.execute(sa.delete(table).where(mine), {"card": ref}).rowcount >= 1, table.name
            assert found(work.connection, ref), table.name
            with pytest.raises(Exception, match="chain-broken"):
                work.verify(ref)
            transaction.rollback()


def test_what_was_put_in_by_hand_is_not_taken_for_true_by_the_next_command(city: City) -> None:
    card, _ = city.card()
    with city.office.store.writing() as work:
        charge = {"ref": "c", "card": card.card.ref, "act": "exchange", "fen": 500, "basis": "none", "at": 1, "charged_by": "nobody"}
        work.connection.execute(sa.insert(schema.charge).values(charge))
    lose(city, card)
    with city.office.store.reading() as work:
        report = check_record(work.connection, PublicKeys(), at=1)
    assert "event-before" in {finding.code for finding in report.findings}


@pytest.mark.article("ZS-19")
def test_a_fare_that_moves_to_the_new_card_is_on_the_record_of_both_cards(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip).phone
    now = int(city.at.timestamp())
    terms = FareTerms(fare=3, evidence="pass", review=now + YEAR, expires=now + 2 * YEAR)
    city.office.grant_fare(card.card.ref, bound.ref, terms, **papers(city, Command.GRANT_FARE))
    lose(city, card)
    new = replace_card(city, card).replacement
    new_chip = make(city, new)
    new = activate(city, new)
    other = city.bind(new, SoftPhone("q"), new_chip).phone
    city.office.move_fare(new.card.ref, other.ref, **papers(city, Command.MOVE_FARE))
    assert city.office.events(card.card.ref)[-1].purpose == "fare-moved-away"
    assert city.office.events(new.card.ref)[-1].purpose == "fare-moved"
    with city.office.store.reading() as work:
        assert not found(work.connection, card.card.ref)
        assert not found(work.connection, new.card.ref)
