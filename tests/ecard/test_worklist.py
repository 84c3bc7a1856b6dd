"""What waits for people, how often commands were given, and who was looked up: read from the record, the same on both databases."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from codes.errors import CardError
from ecard import faults, lookups
from ecard.figures import Month, monthly
from ecard.identity import IdentityType
from ecard.lifecycle import Evidence
from ecard.lookups import Purpose, Shown
from ecard.model import FreezeGround, Role, seconds
from ecard.residents import activating
from ecard.stopping import LossOf
from ecard.worklist import TaskKind, piles
from tests.ecard.city import CLERK as FIRST
from tests.ecard.city import CQ, SC, SECOND_CLERK, City, person_number, refused
from tests.ecard.counters import FORM, INTAKE, POINT, open_point

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecard.worklist import Pile

COUNTER = frozenset({Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT})


def waiting(city: City, region: str = CQ, **later: float) -> Mapping[TaskKind, Pile]:
    with city.office.store.reading() as work:
        return piles(work, city.office.policy, region=region, now=seconds(city.at + timedelta(**later)), limit=2)


def test_what_waits_is_counted_by_kind_and_region_and_only_the_first_are_named(city: City) -> None:
    assert waiting(city) == {}
    cards = [city.card(order)[0].card.ref for order in (1, 2, 3)]
    for card in cards:
        city.office.pre_report_loss(card, of=LossOf.CARD, actor=SECOND_CLERK, evidence=frozenset({Evidence.HOTLINE_CHECK}), at=city.at)
    until = city.at + timedelta(days=30)
    city.office.freeze(cards[0], ground=FreezeGround.THEFT, until=until, actor=FIRST, evidence=frozenset({Evidence.CASE_FILE}), at=city.at)
    open_point(city)
    city.office.take_in(city.form(9), point=POINT, actor=INTAKE, evidence=FORM, at=city.at)
    found = waiting(city)
    assert {kind: pile.count for kind, pile in found.items()} == {TaskKind.PRE_LOSS: 3, TaskKind.FREEZE: 1, TaskKind.APPLICATION: 1}
    assert len(found[TaskKind.PRE_LOSS].first) == 2
    (freeze,) = found[TaskKind.FREEZE].first
    assert (freeze.card, freeze.detail, freeze.due) == (cards[0], "theft", seconds(until))
    assert waiting(city, SC) == {}
    assert TaskKind.FREEZE not in waiting(city, days=31)


def test_a_card_that_ends_soon_is_named_with_the_days(city: City) -> None:
    dossier, _ = city.card()
    found = waiting(city, days=365.25 * 10 - 60)
    (task,) = found[TaskKind.RENEWAL].first
    assert (task.card, task.detail) == (dossier.card.ref, "90")


def test_figures_count_every_event_of_a_month_once(city: City) -> None:
    city.card(1)
    city.card(2)
    with city.office.store.reading() as work:
        month = Month.of(city.at)
        counts = {count.command: count.count for count in monthly(work, month, region=CQ)}
        assert counts == {"apply": 2, "personalise": 2, "activate": 2}
        assert list(monthly(work, month.next, region=CQ)) == []
        assert list(monthly(work, month, region=SC)) == []


def test_a_month_begins_at_midnight_in_beijing() -> None:
    assert Month.of(datetime(2026, 10, 31, 16, tzinfo=UTC)) == Month.parse("2026-11")
    assert Month.parse("2026-11").begin == int(datetime(2026, 10, 31, 16, tzinfo=UTC).timestamp())


@pytest.mark.threat("F05")
def test_a_person_has_one_count_whatever_their_accounts_are_called(city: City) -> None:
    city.card()
    other = replace(FIRST, ref="clerk-1b", role=Role.SUPERVISOR)
    number = person_number()
    for actor in (FIRST, other):
        found = lookups.by_person(city.office, IdentityType.RESIDENT_ID, number, purpose=Purpose.AT_COUNTER, actor=actor, at=city.at, limit=2)
        assert len(found) == 1
    with refused(faults.LOOK_LIMIT, limit=2):
        lookups.by_number(city.office, found[0].card.number, purpose=Purpose.CASE, actor=other, at=city.at, limit=2)
    shown = lookups.reveal(city.office, found[0].card.ref, Shown.NAME, purpose=Purpose.CASE, actor=SECOND_CLERK, at=city.at)
    assert shown == "江小鱼"
    bank = replace(FIRST, ref="bank-1", person="staff-90", role=Role.BANK)
    with pytest.raises(CardError, match="not-permitted"):
        lookups.reveal(city.office, found[0].card.ref, Shown.NAME, purpose=Purpose.CASE, actor=bank, at=city.at)
    far = replace(FIRST, ref="clerk-8", person="staff-91", region=SC)
    with pytest.raises(CardError, match="other-region"):
        lookups.reveal(city.office, found[0].card.ref, Shown.NAME, purpose=Purpose.CASE, actor=far, at=city.at)


@pytest.mark.parametrize("limit", [1, 6])
def test_no_page_of_a_desk_goes_through_every_card_there_is(city: City, limit: int) -> None:
    if city.office.store._engine.dialect.name != "sqlite":
        return
    now, plans = seconds(city.at), list[str]()

    def explain(connection: sa.Connection, _: object, statement: str, said: Any, *__: object) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        if statement.startswith("SELECT"):
            plans.extend(f"{row[3]} of {statement}" for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", said))

    with city.office.store.reading() as work:
        sa.event.listen(work.connection, "before_cursor_execute", explain)
        piles(work, city.office.policy, region=CQ, now=now, limit=limit)
        monthly(work, Month.of(city.at), region=CQ)
        activating.waiting(work, CQ, now=now)
    growing = ("card", "carrier", "card_event", "application", "activation", "chip_incident", "stock_item", "freeze_request", "cancellation")
    whole = [plan for plan in plans if any(plan.startswith(f"SCAN {table} of") for table in growing)]
    by_key = [plan for plan in plans if "SCAN" in plan and "autoindex" in plan and "SCAN correction" not in plan]
    assert len(plans) > len(growing)
    assert (whole, by_key) == ([], [])
