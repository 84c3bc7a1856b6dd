from __future__ import annotations

import hashlib
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ecard import faults, schema
from ecard.identity import IdentityType
from ecard.model import CardRef, FindingDecision, HolderRef
from ecard.retention import SERVICE, Retention, retain
from ecard.tick import tick
from ecard.vault import IndexPurpose
from tests.ecard.city import CLERK, NOW, City, person_number, refused
from tests.ecard.counters import FORM, INTAKE, open_point
from tests.ecard.gates import gate, holder, opening, passage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ecard.model import Dossier


@pytest.fixture
def hand(city: City) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(city.path, isolation_level=None)
    yield connection
    connection.close()


def end(city: City, ref: CardRef) -> None:
    """End a card as its last command would, event and all."""
    from dataclasses import replace

    from ecard.lifecycle import Command
    from ecard.model import CardState, CarrierState, EndReason

    with city.office.writing() as work:
        before = work.dossier(ref)
        carriers = tuple(replace(carrier, state=CarrierState.ENDED, end_reason=EndReason.CANCELLED) for carrier in before.carriers)
        after = replace(before, card=replace(before.card, state=CardState.ENDED, end_reason=EndReason.CANCELLED), carriers=carriers)
        work.record(before, after, command=Command.CANCEL, actor=CLERK, evidence=(), purpose="test", at=int(city.at.timestamp()))


def erase(city: City, holder: HolderRef) -> None:
    with city.office.store.writing() as work:
        city.office.vault.erase(work, holder, purpose="test", actor=SERVICE, at=int(city.at.timestamp()))


def known(city: City, order: int = 1) -> tuple[CardRef, ...]:
    return city.office.cards_of_person(IdentityType.RESIDENT_ID, person_number(order), purpose=IndexPurpose.COUNTER, actor=CLERK, at=city.at)


def kept(city: City, holder: str) -> dict[str, int]:
    tables = {"key": schema.vault_key, "field": schema.vault_field, "index": schema.vault_index, "access": schema.vault_access}
    with city.office.store.reading() as work:
        counts = {name: sa.select(sa.func.count()).select_from(table).where(table.c.holder == holder) for name, table in tables.items()}
        return {name: work.connection.execute(count).scalar_one() for name, count in counts.items()}


def parted(city: City) -> Dossier:
    card, _ = city.card()
    city.later(days=1)
    end(city, card.card.ref)
    return city.office.card(card.card.ref)


@pytest.mark.error("erasure-early")
def test_who_has_a_card_is_not_erased(city: City) -> None:
    card, _ = city.card()
    with refused(faults.ERASURE_EARLY):
        erase(city, card.card.holder)
    assert kept(city, card.card.holder)["key"] == 1


def test_an_erased_person_is_found_and_read_no_more_and_the_events_stay(city: City) -> None:
    card = parted(city)
    holder, events = card.card.holder, city.office.events(card.card.ref)
    erase(city, holder)
    assert kept(city, holder) == {"key": 0, "field": 0, "index": 0, "access": 1}
    assert known(city) == ()
    with refused(faults.VAULT_EMPTY), city.office.store.writing() as work:
        city.office.vault.read(work, holder, purpose="test", actor=CLERK, at=int(city.at.timestamp()))
    with refused(faults.VAULT_EMPTY):
        erase(city, holder)
    assert city.office.events(card.card.ref) == events
    with city.office.store.reading() as work:
        (link,) = city.office.vault.accesses(work, holder)
    assert (link.purpose, link.actor) == ("test", "retention")


@pytest.mark.threat("H10")
def test_what_was_erased_is_in_no_byte_of_the_database(city: City, hand: sqlite3.Connection, tmp_path: Path) -> None:
    card = parted(city)
    with city.office.store.reading() as work:
        wrapped = work.connection.execute(sa.select(schema.vault_key.c.wrapped)).scalar_one()
        traces = [wrapped, *work.connection.execute(sa.select(schema.vault_field.c.sealed)).scalars()]
        traces += work.connection.execute(sa.select(schema.vault_index.c.value)).scalars()
    assert len(traces) == 6
    erase(city, card.card.holder)
    hand.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    files = [path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith(city.path.name)]
    assert [hashlib.sha256(trace).hexdigest() for trace in traces if any(trace in content for content in files)] == []


@pytest.mark.article("HZ-10")
def test_identity_is_destroyed_when_its_time_is_over_and_not_a_second_earlier(city: City) -> None:
    card = parted(city)
    living, _ = city.card(2)
    over = city.at.replace(year=city.at.year + 5)
    assert retain(city.office, at=over).done["identity"] == 0
    report = retain(city.office, at=over + timedelta(seconds=1))
    assert report.done == {"identity": 1, "refused": 0, "nonces": 0, "journal": 0, "tickets": 0}
    assert report.to_json()["done"] == report.done
    assert "1  people whose last card ended long ago" in report.to_text()
    assert "身份资料已销毁" in report.to_text(chinese=True)
    assert kept(city, card.card.holder)["key"] == 0
    assert kept(city, living.card.holder)["key"] == 1
    assert retain(city.office, at=over + timedelta(seconds=2)).done == {"identity": 0, "refused": 0, "nonces": 0, "journal": 0, "tickets": 0}


def test_who_was_never_given_a_card_is_kept_for_a_shorter_time(city: City) -> None:
    taken = city.office.take_in(city.form(9), point=open_point(city), actor=INTAKE, evidence=FORM, at=city.at)
    city.office.refuse_application(taken.ref, code="row-portrait", actor=CLERK, at=city.at)
    assert retain(city.office, at=city.later(days=90)).done["refused"] == 0
    assert tick(city.office, [Retention()], at=city.later(seconds=1)).done == {"retention": 1}
    assert kept(city, taken.holder or HolderRef("")) == {"key": 0, "field": 0, "index": 0, "access": 1}


def test_expired_nonces_are_deleted_after_a_day(city: City) -> None:
    city.card()
    assert retain(city.office, at=city.later(minutes=1, days=1)).done["nonces"] == 0
    assert retain(city.office, at=city.later(seconds=1)).done["nonces"] == 1


def test_who_passed_where_is_forgotten_after_its_time_unless_somebody_is_still_to_look_at_it(city: City) -> None:
    station = opening(city)
    _, phone, credential = holder(station)
    here, there = gate(station, "T-1"), gate(station, "T-2")
    shown = passage(phone, credential)
    here.report(shown, passage(phone, credential, at=NOW + 60))
    (finding,) = there.report(shown._replace(at=NOW + 20)).findings
    entries = sa.select(schema.journal_event.c.terminal, schema.journal_event.c.seq).order_by(
        schema.journal_event.c.terminal, schema.journal_event.c.seq
    )

    def passages() -> list[tuple[str, int]]:
        with station.office.store.reading() as work:
            return [tuple(row) for row in work.connection.execute(entries)]

    assert retain(station.office, at=station.later(days=90)).done["journal"] == 0
    assert retain(station.office, at=station.later(seconds=1)).done["journal"] == 1
    assert passages() == [("T-1", 1), ("T-2", 1)]
    station.office.decide_finding(finding.ref, FindingDecision.EXPLAINED, actor=CLERK, at=station.at)
    assert tick(station.office, [Retention()], at=station.later(days=1)).done == {"retention": 2}
    assert passages() == []
    assert here.report(passage(phone, credential)).seq == 3  # the count of a journal does not hang on what was forgotten
