from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.claims import Profile
from codes.errors import CardError
from ecard import chain, faults, schema
from ecard.lifecycle import RULES, Command
from ecard.model import CardRef, Dossier, FreezeGround, Hold, HoldKind, HoldRef, seconds
from ecard.stopping import LossOf
from ecard.store import Store
from tests.ecard.city import AT, CLERK, CQ, NOW, City, SoftPhone, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUNDS = RULES[Command.FREEZE].evidence
PAPERS = RULES[Command.REPORT_LOSS].evidence


@pytest.fixture
def hand(city: City) -> Iterator[sqlite3.Connection]:
    """Somebody with a database client who has taken the guards off."""
    connection = sqlite3.connect(city.path, isolation_level=None)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.close()


def report(city: City, ref: CardRef, expected: int | None = None) -> Dossier:
    return city.office.report_loss(ref, of=LossOf.CARD, actor=CLERK, evidence=PAPERS, at=city.at, expected=expected).dossier


def test_a_record_survives_its_process(city: City) -> None:
    card, _ = city.card()
    city.office.store.close()
    again = Store.open(city.where)
    with again.reading() as work:
        assert work.dossier(card.card.ref) == card
    again.close()


def test_a_change_prepared_on_an_older_revision_is_not_written(city: City) -> None:
    card, _ = city.card()
    report(city, card.card.ref)
    hold = Hold(
        ref=HoldRef("h"), card=card.card.ref, carrier=None, kind=HoldKind.DRIFT, origin=card.card.ref, placed=NOW, placed_by="c", placed_person="s"
    )
    with refused(faults.STALE_REVISION), city.office.store.writing() as work:
        work.record(card, replace(card, holds=(hold,)), command=Command.FREEZE, actor=CLERK, evidence=(), purpose="test", at=NOW)
    assert [hold.kind for hold in city.office.card(card.card.ref).holds] == [HoldKind.LOSS]


def test_of_many_who_saw_the_same_revision_one_changes_the_card(city: City) -> None:
    card, _ = city.card()

    def attempt(number: int) -> str:
        try:
            if number % 2:
                return str(report(city, card.card.ref, expected=card.card.revision).card.revision)
            until = city.at.replace(day=28)
            frozen = city.office.freeze(
                card.card.ref, ground=FreezeGround.THEFT, until=until, actor=CLERK, evidence=GROUNDS, at=city.at, expected=card.card.revision
            )
            return str(frozen.dossier.card.revision)
        except CardError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(32)))
    assert sorted(set(outcomes)) == ["4", "stale-revision"]
    assert outcomes.count("4") == 1
    assert len(city.office.events(card.card.ref)) == 4


WRITER = """
import sys
from pathlib import Path
from tests.ecard.city import *
from ecard.lifecycle import RULES, Command
from codes.errors import CardError
where = sys.argv[1]
city = open_city(where if "://" in where else Path(where), seed=sys.argv[2])
for order in range(20):
    try:
        city.apply(order + 1)
        print("opened", order)
    except CardError as error:
        print(error.code, order)
city.office.store.close()
"""


@pytest.mark.threat("D08")
def test_of_two_processes_that_open_the_same_cards_each_card_is_opened_once(city: City) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(city.where), seed], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for seed in "ab"
    ]
    said = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    lines = [line for out, _ in said for line in out.splitlines()]
    assert sorted(line for line in lines if line.startswith("opened")) == sorted(f"opened {order}" for order in range(20))
    assert {line.split()[0] for line in lines} <= {"opened", "person-has-card"}


def test_a_command_that_fails_leaves_nothing(city: City) -> None:
    card, _ = city.card()
    before = dump(city)

    def write_and_fail() -> None:
        with city.office.store.writing() as work:
            work.record(card, card, command=Command.FREEZE, actor=CLERK, evidence=(), purpose="test", at=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert dump(city) == before


def dump(city: City) -> dict[str, list[tuple[object, ...]]]:
    with city.office.store.reading() as work:
        return {name: [tuple(row) for row in work.connection.execute(sa.select(table))] for name, table in schema.METADATA.tables.items()}


def test_an_error_of_the_database_shows_no_values(city: City) -> None:
    card, _ = city.card()
    with pytest.raises(CardError) as caught, city.office.store.writing() as work:
        work.connection.execute(sa.insert(schema.holder).values(ref=card.card.holder, region=CQ, created=1))
    assert card.card.holder not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.error("record-clock-behind")
def test_a_clock_behind_the_last_event_writes_nothing(city: City) -> None:
    card, _ = city.card()
    city.later(seconds=-5)
    with refused(faults.CLOCK_BEHIND, behind_s=5):
        report(city, card.card.ref)
    assert city.office.card(card.card.ref) == card


# ------------------------------------------------------------------------------------------------------------- chain


def lived(city: City) -> CardRef:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    city.renew(bound.phone, phone, Profile.GENERAL)
    report(city, card.card.ref)
    return card.card.ref


def test_every_event_says_who_did_what_under_which_article(city: City) -> None:
    events = city.office.events(lived(city))
    assert [(event.seq, event.command, event.actor, event.purpose) for event in events] == [
        (1, "apply", "clerk-1", "new-card"),
        (2, "personalise", "workshop-1", "production"),
        (3, "activate", "clerk-1", "hand-over"),
        (4, "bind-phone", "app", "enrolment"),
        (5, "report-loss", "clerk-1", "loss-of-card"),
    ]
    assert all(event.articles == RULES[Command(event.command)].articles for event in events)
    assert events[0].before == chain.NOTHING
    assert all(event.before != event.after for event in events)


@pytest.mark.article("HZ-17b")
@pytest.mark.error("chain-broken")
@pytest.mark.parametrize(
    ("damage", "event"),
    [
        ("UPDATE card_event SET actor = 'somebody' WHERE seq = 2", 2),
        ("UPDATE card_event SET at = at + 1 WHERE seq = 5", 5),
        ("UPDATE card_event SET articles = '' WHERE seq = 3", 3),
        ("UPDATE card_event SET person = 'staff-9', hash = randomblob(32) WHERE seq = 1", 1),
        ("DELETE FROM card_event WHERE seq = 3", 3),
        ("DELETE FROM card_event WHERE seq = 5", 0),
        ("DELETE FROM card_event", 0),
        ("UPDATE card SET state = 'pending'", 0),
        ("UPDATE card SET revision = revision + 1", 0),
        ("UPDATE hold SET lifted = placed, lifted_by = 'x', lifted_person = 'x'", 0),
        ("DELETE FROM hold", 0),
        ("UPDATE carrier SET provisional_until = 5 WHERE kind = 'phone'", 0),
    ],
)
def test_damage_done_past_the_program_is_found(city: City, hand: sqlite3.Connection, damage: str, event: int) -> None:
    ref = lived(city)
    hand.execute(damage)
    with refused(faults.CHAIN_BROKEN, event=event):
        city.office.events(ref)


def test_a_card_whose_last_event_is_gone_takes_no_further_command(city: City, hand: sqlite3.Connection) -> None:
    card, _ = city.card()
    hand.execute("DELETE FROM card_event WHERE seq = 3")
    with refused(faults.CHAIN_BROKEN, event=3):
        report(city, card.card.ref)


def test_an_object_that_is_not_of_the_model_has_no_digest() -> None:
    with pytest.raises(TypeError):
        chain._canonical(object())


def test_a_time_without_a_zone_is_our_own_mistake() -> None:
    assert seconds(AT) == NOW
    with pytest.raises(ValueError, match="zone"):
        seconds(AT.replace(tzinfo=None))
