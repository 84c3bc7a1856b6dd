from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecard import due
from ecard.duties import Dues
from ecard.lifecycle import Command
from ecard.model import DueKind, seconds
from ecard.outbox import Topic, waiting
from ecard.policy import DAY
from ecard.retention import Retention
from ecard.stopping import LossOf
from ecard.tick import tick
from tests.ecard.desk import exchange, hand_over, lose, make, papers, remade
from tests.ecard.test_cancelling import cancel, destroy
from tests.ecard.test_correcting import decide, propose

if TYPE_CHECKING:
    from ecard.model import Due
    from tests.ecard.city import City


def newly(city: City, limit: int = 500) -> list[Due]:
    with city.office.store.writing() as work:
        return list(due.newly_due(work, city.office.policy, now=seconds(city.at), limit=limit))


def tasks(city: City) -> int:
    with city.office.store.reading() as work:
        found = waiting(work, now=seconds(city.at)).get(Topic.TASK)
        return 0 if found is None else found.count


def test_a_chip_that_ended_becomes_a_task_in_the_next_tick_once(city: City) -> None:
    card, _ = city.card()
    assert tick(city.office, [Dues()], at=city.at).done == {"dues": 0}
    cancel(city, card)
    assert [tick(city.office, [Dues()], at=city.at).done["dues"] for _ in range(3)] == [1, 0, 0]
    assert tasks(city) == 1


def test_a_chip_that_was_destroyed_before_the_tick_came_is_no_task(city: City) -> None:
    card, _ = city.card()
    destroy(city, cancel(city, card))
    assert tick(city.office, [Dues()], at=city.at).done == {"dues": 0}
    assert tick(city.office, [], at=city.at).waiting.get(Topic.LOOK) is None


def test_a_lost_chip_that_is_found_when_its_card_was_exchanged_becomes_a_task(city: City) -> None:
    card, _ = city.card()
    remade(city, card)
    lose(city, card, LossOf.CARD)
    assert tick(city.office, [Dues()], at=city.at).done == {"dues": 0}
    city.office.withdraw_loss(card.card.ref, of=LossOf.CARD, **papers(city, Command.WITHDRAW_LOSS))
    assert tick(city.office, [Dues()], at=city.at).done == {"dues": 1}


@pytest.mark.article("ZS-16b")
def test_corrected_data_call_for_a_new_chip_in_the_next_tick_and_again_when_the_new_one_is_older_than_they_are(city: City) -> None:
    card, _ = city.card()
    exchange(city, card)
    propose(city, card)
    decide(city, card)
    assert tick(city.office, [Dues()], at=city.at).done == {"dues": 0}
    make(city, card)
    hand_over(city, card)
    tick(city.office, [Dues()], at=city.at)
    assert {found.kind for found in city.office.due(city.at)} == {DueKind.EXCHANGE, DueKind.DESTRUCTION}
    assert tasks(city) == 2


@pytest.mark.article("HZ-13")
def test_however_few_are_told_in_one_run_everybody_is_told_once(city: City) -> None:
    cards = {city.card(order)[0].card.ref for order in range(1, 6)}
    end = city.office.card(min(cards)).card.expires
    city.later(seconds=end - seconds(city.at) - 90 * DAY)
    told = [found for _ in range(6) for found in newly(city, limit=2)]
    assert {found.card for found in told} == cards
    assert len(told) == len(cards)
    city.later(days=83)
    late = [found for _ in range(6) for found in newly(city, limit=2)]
    assert sorted(found.card for found in late) == sorted(cards)
    assert {found.days for found in late} == {7}


def test_what_is_due_is_the_same_whether_it_was_told_or_not(city: City) -> None:
    card, _ = city.card()
    city.later(seconds=card.card.expires - seconds(city.at) - 30 * DAY)
    listed = city.office.due(city.at)
    assert [found.kind for found in listed] == [DueKind.RENEWAL_REMINDER]
    assert newly(city) == list(listed)
    assert newly(city) == []
    assert city.office.due(city.at) == listed


def test_a_tick_looks_once_a_day_for_what_is_to_be_forgotten(city: City) -> None:
    city.card()
    tick(city.office, [Retention()], at=city.at)
    city.later(hours=23)
    assert tick(city.office, [Retention()], at=city.at).done == {"retention": 0}
    city.later(hours=2)
    assert tick(city.office, [Retention()], at=city.at).done == {"retention": 1}
