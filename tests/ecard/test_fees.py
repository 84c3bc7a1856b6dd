from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from ecard import faults
from ecard.fees import Fee, FeeSchedule
from ecard.model import FeeAct
from tests.ecard.city import City, refused
from tests.ecard.desk import exchange, lose, replace_card

if TYPE_CHECKING:
    from ecard.model import Charge

BASIS = "川发改价格〔2026〕示例1号"
OLD = Fee(act=FeeAct.REPLACEMENT, fen=2500, basis=BASIS, since=date(2020, 1, 1), until=date(2026, 12, 1))
NEW = Fee(act=FeeAct.REPLACEMENT, fen=1600, basis=BASIS, since=date(2026, 12, 1))


def with_fees(city: City, *fees: Fee) -> None:
    city.office = replace(city.office, fees=FeeSchedule(fees))


@pytest.mark.article("HZ-16")
def test_only_what_an_approval_in_force_sets_is_charged_and_the_approval_stands_beside_it(city: City) -> None:
    with_fees(city, OLD, NEW)
    card, _ = city.card()
    opened = exchange(city, card)
    assert opened.charge is not None
    assert (opened.charge.fen, opened.charge.basis) == (0, "")
    lose(city, card)
    charged = replace_card(city, card)
    assert charged.charge is not None
    assert (charged.charge.fen, charged.charge.basis, charged.charge.charged_by) == (2500, BASIS, "clerk-1")
    assert city.office.charges(charged.replacement.card.ref) == (charged.charge,)
    assert replace_card(city, card).charge is None


@pytest.mark.article("ZS-21a")
@pytest.mark.parametrize(("at", "fen"), [("2026-11-30T15:59:59", 2500), ("2026-11-30T16:00:00", 1600)])
def test_the_fee_is_that_of_the_day_in_the_region(city: City, at: str, fen: int) -> None:
    with_fees(city, OLD, NEW)
    city.at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    card, _ = city.card()
    lose(city, card)
    charge = replace_card(city, card).charge
    assert charge is not None
    assert charge.fen == fen


@pytest.mark.article("ZS-21b")
@pytest.mark.error("fee-schedule")
def test_the_first_issue_is_free_always_and_no_schedule_can_say_otherwise(city: City) -> None:
    with refused(faults.FEE_SCHEDULE, wrong="first issue costs", act="first-issue"):
        FeeSchedule((Fee(act=FeeAct.FIRST_ISSUE, fen=1, basis=BASIS, since=date(2020, 1, 1)),))
    with_fees(city, OLD, NEW, Fee(act=FeeAct.FIRST_ISSUE, fen=0, basis=BASIS, since=date(2020, 1, 1)))
    card, _ = city.card()
    (charge,) = city.office.charges(card.card.ref)
    assert (charge.act, charge.fen) == (FeeAct.FIRST_ISSUE, 0)


@pytest.mark.article("ZS-22(2)")
@pytest.mark.parametrize(
    ("fees", "wrong"),
    [
        ((replace(OLD, basis=" "),), "basis"),
        ((replace(OLD, fen=-1),), "amount"),
        ((replace(OLD, until=OLD.since),), "dates"),
        ((OLD, replace(NEW, since=date(2026, 11, 30))), "two on one day"),
        ((NEW, OLD, replace(OLD, since=date(2019, 1, 1), until=date(2020, 1, 2))), "two on one day"),
    ],
)
def test_a_fee_without_an_approval_or_beside_another_one_cannot_be_set_up(fees: tuple[Fee, ...], wrong: str) -> None:
    with refused(faults.FEE_SCHEDULE, wrong=wrong):
        FeeSchedule(fees)


def test_no_command_lets_anybody_name_an_amount(city: City) -> None:
    card, _ = city.card()
    charges: tuple[Charge, ...] = city.office.charges(card.card.ref)
    assert [charge.fen for charge in charges] == [0]
    assert FeeSchedule().fee(FeeAct.EXCHANGE, date(2026, 1, 1)) is None
