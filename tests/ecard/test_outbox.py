from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ecard import faults, outbox, schema
from ecard.lifecycle import RULES, Command
from ecard.outbox import LEASE, Message, Topic
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, NOW, City, SoftPhone, refused

if TYPE_CHECKING:
    from ecard.model import CardRef


def messages(city: City, topic: Topic | None = None) -> list[str]:
    with city.office.store.reading() as work:
        rows = work.connection.execute(sa.select(schema.outbox).order_by(schema.outbox.c.topic, schema.outbox.c.mark)).all()
    return [row.mark for row in rows if topic is None or row.topic == topic]


def clear(city: City) -> None:
    with city.office.store.writing() as work:
        work.connection.execute(sa.delete(schema.outbox))


def report(city: City, ref: CardRef) -> None:
    city.office.report_loss(ref, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=city.at)


@pytest.mark.threat("I01")
def test_a_stop_is_written_together_with_what_it_makes_necessary(city: City) -> None:
    card, chip = city.card()
    city.bind(card, SoftPhone("p"), chip)
    clear(city)
    report(city, card.card.ref)
    ref, seq = card.card.ref, card.card.chip_seq + 1
    assert messages(city, Topic.PUBLISH) == [f"{ref}:5"]
    assert messages(city, Topic.CHIP_SCRIPT) == [f"{ref}:{seq}"]
    assert messages(city, Topic.PUSH) == [f"{ref}:5"]


def test_what_changes_no_status_makes_nobody_publish(city: City) -> None:
    card, _ = city.card()
    report(city, card.card.ref)
    clear(city)
    report(city, card.card.ref)
    assert messages(city) == []


def test_a_new_list_and_a_credential_that_is_not_valid_yet_are_published(city: City) -> None:
    applied = city.apply()
    clear(city)
    credential = city.personalise(applied, city.chip_of(applied))
    assert credential.says.status.uri in messages(city, Topic.PUBLISH)
    assert city.office.credentials(applied.card.ref)[0].ref in messages(city, Topic.PUBLISH)


@pytest.mark.threat("I01")
def test_a_command_that_fails_leaves_no_message(city: City) -> None:
    card, _ = city.card()
    clear(city)
    with refused(faults.EVIDENCE_MISSING):
        city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=(), at=city.at)

    def fail() -> None:
        with city.office.store.writing() as work:
            outbox.put(work, Topic.PUSH, "x", {}, now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert messages(city) == []


def put(city: City, *marks: str, due: int = NOW) -> None:
    with city.office.store.writing() as work:
        for mark in marks:
            outbox.put(work, Topic.REMINDER, mark, {"mark": mark}, now=NOW, due=due)


def take(city: City, now: int = NOW) -> list[Message]:
    with city.office.store.writing() as work:
        return outbox.take(work, Topic.REMINDER, now=now, limit=10)


@pytest.mark.threat("I12")
def test_a_message_is_there_once_and_is_taken_by_one(city: City) -> None:
    put(city, "a", "b")
    put(city, "a", "b")
    with ThreadPoolExecutor(2) as pool:
        taken = [message for part in pool.map(lambda _: attempt(city), range(4)) for message in part]
    assert sorted(message.mark for message in taken) == ["a", "b"]
    assert take(city) == []


def attempt(city: City) -> list[Message]:
    from ecard.contention import persist

    return persist(lambda: take(city), entropy=city.office.entropy)


@pytest.mark.threat("I12")
def test_what_a_dead_deliverer_had_taken_is_delivered_after_its_lease_under_the_same_id(city: City) -> None:
    put(city, "a")
    (first,) = take(city)
    assert take(city, NOW + LEASE - 1) == []
    (again,) = take(city, NOW + LEASE)
    assert (again, again.id) == (first, first.id)
    assert again.body == {"mark": "a"}


def test_nothing_is_delivered_before_it_is_due(city: City) -> None:
    put(city, "a", due=NOW + 10)
    assert take(city, NOW + 9) == []
    assert len(take(city, NOW + 10)) == 1


@pytest.mark.threat("I12")
def test_a_failure_waits_longer_each_time_and_its_age_is_seen(city: City) -> None:
    put(city, "a")
    now = NOW
    for attempts in range(3):
        (message,) = take(city, now)
        assert message.attempts == attempts
        with city.office.store.writing() as work:
            outbox.postpone(work, message, now=now)
        now += outbox.FIRST_DELAY << attempts
        assert take(city, now - 1) == []
    with city.office.store.reading() as work:
        assert outbox.waiting(work, now=now) == {Topic.REMINDER: outbox.Waiting(count=1, age=now - NOW)}
    (message,) = take(city, now)
    for _ in range(2):
        with city.office.store.writing() as work:
            outbox.settle(work, message, now=now)
    with city.office.store.reading() as work:
        assert outbox.waiting(work, now=now) == {}
    assert take(city, now + LEASE) == []


def test_a_message_says_nothing_about_a_person(city: City) -> None:
    card, chip = city.card()
    city.bind(card, SoftPhone("p"), chip)
    report(city, card.card.ref)
    with city.office.store.reading() as work:
        bodies = b"".join(work.connection.execute(sa.select(schema.outbox.c.body)).scalars())
    assert "江".encode() not in bodies
    assert b"\\u6c5f" not in bodies
    assert card.card.number.encode() not in bodies
