from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ecard import faults
from ecard.audit import Sealing
from ecard.check import PublicKeys, check_record
from ecard.identity import IdentityType
from ecard.policy import PreLossEnd
from ecard.vault import IndexPurpose
from tests.bench.record import people
from tests.bench.record.daily import Desk
from tests.bench.record.lives import PRESENT, REGIONS, issuer
from tests.bench.record.loading import TUNED, load, make_caster
from tests.bench.record.plans import Explained, pad
from tests.durability.day import Day
from tests.durability.script import steps
from tests.ecard import postgres
from tests.ecard.city import CLERK, key, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ecard.postgres import Cluster

CARDS = 10_000
IN_CI = os.environ.get("CI") == "true"  # noqa: TID251 - because the test run is told by its surroundings, the product never is


@pytest.fixture(scope="module")
def crowd() -> Iterator[tuple[Cluster, Desk]]:
    """A desk before a crowd."""
    reason = postgres.missing()
    if reason is not None:
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    cluster = postgres.start(tuned=TUNED | {"shared_buffers": "128MB"})
    try:
        caster = make_caster()
        loaded = load(cluster, CARDS, caster)
        with tempfile.TemporaryDirectory() as folder:
            opened = Desk(cluster.url(loaded.name), CARDS, caster, Path(folder))
            yield cluster, opened
            opened.close()
    finally:
        cluster.stop()


def test_a_crowd_that_was_cast_is_a_record_like_any_other(crowd: tuple[Cluster, Desk]) -> None:
    _, desk = crowd
    keys = PublicKeys(
        receipts={region: issuer(region).receipts.public_key.load() for region in REGIONS},
        audit=key("audit").public_key.load(),
    )
    with desk.office.store.reading() as work:
        report = check_record(work.connection, keys, at=PRESENT)
    assert report.findings == ()
    assert report.counted["cards"] == CARDS
    somebody = desk.somebody(7)
    document = people.person(somebody.number, somebody.dossier.card.region).identity
    found = desk.office.cards_of_person(IdentityType.RESIDENT_ID, document.number, purpose=IndexPurpose.COUNTER, actor=CLERK, at=desk.later())
    assert found == (somebody.ref,)


def test_no_command_and_no_tick_reads_a_table_that_grows_with_the_cards_from_end_to_end(crowd: tuple[Cluster, Desk]) -> None:
    cluster, desk = crowd
    pad(cluster, str(desk.office.store._engine.url.database))
    explained = Explained()
    explained.listen(desk.office.store._engine)
    desk.city.with_policy(pre_loss_end=PreLossEnd.AUTO_RELEASE)
    played = play_every_command(desk, explained)
    for name, act in desk.day(99):
        act()
        played.append(name)
    desk.settle()
    with refused(faults.RECEIPT_UNKNOWN):
        desk.office.receipt("NOBODY")
    assert len(played) > 60
    assert len(explained.statements) > 100
    assert not explained.faults, explained.told()


def play_every_command(desk: Desk, explained: Explained) -> list[str]:
    """The day that the durability of every command is proved on, beside the crowd; ticks do all but publish, which reads every living list by its nature."""
    played: list[str] = []
    answer: Any = None
    chapter = steps(Day(city=desk.city))
    ticking = [duty for duty in desk.duties if not isinstance(duty, Sealing)]  # the crowd was sealed later than this day is played
    while True:
        try:
            step = chapter.send(answer) if played else next(chapter)
        except StopIteration:
            return played
        played.append(step.name)
        explained.listens = step.name != "place-order"  # one order takes up thousands of chips, and reads as many cards
        answer = [duty.run(desk.city.office, at=desk.city.at) for duty in ticking] if step.name == "tick" else step.send(desk.city.office)
        if step.name == "place-order":  # the crowd's chips wait to be made, too
            order, items = answer
            batch = of_batch(desk)
            answer = order, tuple(item for item in items if item.card in batch)


def of_batch(desk: Desk) -> set[str]:
    with desk.office.store.reading() as work:
        return set(work.connection.execute(sa.text("SELECT /* pg_ */ card FROM application WHERE batch IS NOT NULL")).scalars())
