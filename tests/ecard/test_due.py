from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecard import faults, renewal
from ecard.model import DueKind, ExchangeGround
from ecard.months import months_on
from ecard.policy import DAY, Policy
from tests.ecard.city import NOW, City, refused
from tests.ecard.desk import exchange
from tests.ecard.test_exchanging import lengthen_keys


@pytest.mark.article("HZ-13")
def test_the_holder_is_reminded_ninety_thirty_and_seven_days_before_the_end_each_time_once(city: City) -> None:
    card, _ = city.card()
    reminded: dict[str, int | None] = {}
    city.later(seconds=card.card.expires - NOW - 92 * DAY)
    for day in range(92, -3, -1):
        for _ in range(2):
            for due in city.office.due(city.at):
                assert due.kind is DueKind.RENEWAL_REMINDER
                reminded.setdefault(due.mark, day)
                assert due.days is not None
                assert reminded[due.mark] == due.days
        city.later(days=1)
    assert list(reminded.values()) == [90, 30, 7]


def test_a_missed_day_reminds_once_with_what_holds_now(city: City) -> None:
    card, _ = city.card()
    city.later(seconds=card.card.expires - NOW - 5 * DAY)
    assert [due.days for due in city.office.due(city.at)] == [7]


def test_nobody_is_reminded_of_a_renewal_that_is_under_way(city: City) -> None:
    card, _ = city.card()
    city.later(seconds=card.card.expires - NOW - 5 * DAY)
    lengthen_keys(city)
    exchange(city, card, ExchangeGround.RENEWAL)
    assert city.office.due(city.at) == ()


def test_reminders_follow_from_the_cards_end_alone(city: City) -> None:
    card = city.card()[0].card
    policy = city.office.policy
    spoken = {days: renewal.reminder_due(policy, card, card.expires - days * DAY) for days in (91, 90, 31, 30, 8, 7, 0, -1)}
    assert spoken == {91: None, 90: 90, 31: 90, 30: 30, 8: 30, 7: 7, 0: None, -1: None}


@pytest.mark.parametrize(
    ("instant", "months", "then"),
    [
        ("2036-11-21T09:00", -3, "2036-08-21T09:00"),
        ("2027-05-31T00:00", -3, "2027-02-28T00:00"),
        ("2028-05-31T00:00", -3, "2028-02-29T00:00"),
        ("2027-01-31T23:00", -3, "2026-10-31T23:00"),
        ("2026-11-30T08:00", 3, "2027-02-28T08:00"),
        ("2026-12-31T08:00", 12, "2027-12-31T08:00"),
    ],
)
def test_months_are_counted_as_a_calendar_counts_them(instant: str, months: int, then: str) -> None:
    asked, wanted = (int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) for text in (instant, then))
    assert months_on(asked, months) == wanted


@given(st.integers(0, 4_000_000_000), st.integers(-40, 40))
def test_months_keep_the_order_and_the_time_of_day(instant: int, months: int) -> None:
    moved = months_on(instant, months)
    assert moved % DAY == instant % DAY
    assert months_on(instant + DAY, months) >= moved
    assert abs(moved - instant) <= abs(months) * 31 * DAY


@pytest.mark.error("policy-contradiction")
@pytest.mark.parametrize(
    ("values", "first"),
    [
        ({"remind_last": 30}, "remind_last"),
        ({"remind_second": 90}, "remind_second"),
        ({"temporary": 181 * DAY}, "temporary"),
        ({"temporary_months": 7}, "temporary_months"),
    ],
)
def test_reminders_follow_one_another_and_a_stand_in_ends_within_half_a_year(values: dict[str, int], first: str) -> None:
    with refused(faults.POLICY_CONTRADICTION, first=first):
        replace(Policy(), **values)  # type: ignore[arg-type]  # because every one of them is a whole number
