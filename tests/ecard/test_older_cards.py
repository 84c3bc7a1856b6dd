from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ecard import faults
from ecard.lifecycle import RULES, Command, Evidence
from tests.ecard.city import City, refused
from tests.ecard.desk import activate, lose, make, papers, replace_card
from tests.ecard.test_cancelling import cancel

if TYPE_CHECKING:
    from ecard.model import Dossier

SCHEME, NUMBER = "bus-2009", "4000-0001"


def take_over(city: City, card: Dossier, number: str = NUMBER, *, scheme: str = SCHEME, days: int = 365, **changes: Any) -> Dossier:
    retires = city.at + timedelta(days=days)
    return city.office.take_over(card.card.ref, scheme, number, retires=retires, **papers(city, Command.TAKE_OVER, **changes))


@pytest.mark.article("HZ-18")
@pytest.mark.article("ZS-24")
@pytest.mark.error("legacy-retired")
@pytest.mark.error("legacy-unknown")
def test_an_older_card_is_taken_over_by_the_holders_card_until_the_day_it_retires(city: City) -> None:
    card, _ = city.card()
    with refused(faults.LEGACY_UNKNOWN):
        city.office.card_by_older(SCHEME, NUMBER, at=city.at)
    with refused(faults.EVIDENCE_MISSING, missing="older-card-shown", article="HZ-18"):
        take_over(city, card, evidence=RULES[Command.TAKE_OVER].evidence - {Evidence.OLDER_CARD})
    after = take_over(city, card)
    assert take_over(city, card) == after
    assert city.office.card_by_older(SCHEME, NUMBER, at=city.at) == after
    assert [(old.scheme, old.number) for old in city.office.older_cards(card.card.ref)] == [(SCHEME, NUMBER)]
    city.later(days=365)
    with refused(faults.LEGACY_RETIRED):
        city.office.card_by_older(SCHEME, NUMBER, at=city.at)


@pytest.mark.article("ZZ-9a")
@pytest.mark.error("legacy-taken")
def test_cards_that_overlap_are_merged_into_one_and_each_into_one_only(city: City) -> None:
    card, _ = city.card()
    for number in ("1", "2", "3"):
        take_over(city, card, number)
    take_over(city, card, "1", scheme="library")
    assert len(city.office.older_cards(card.card.ref)) == 4
    other, _ = city.card(2)
    with refused(faults.LEGACY_TAKEN, wrong="registered otherwise"):
        take_over(city, other, "1")
    with refused(faults.LEGACY_TAKEN, wrong="registered otherwise"):
        take_over(city, card, "1", days=9)
    for wrong in ({"number": ""}, {"number": "７"}, {"number": "1\n"}, {"scheme": "Bus"}, {"days": -1}):
        with refused(faults.LEGACY_TAKEN, wrong="entry"):
            take_over(city, card, **{"number": "9", **wrong})  # type: ignore[arg-type]  # because each changes one argument


def test_an_older_card_leads_to_the_card_that_its_holder_has_now(city: City) -> None:
    card, _ = city.card()
    take_over(city, card)
    lose(city, card)
    new = replace_card(city, card).replacement
    assert city.office.card_by_older(SCHEME, NUMBER, at=city.at).card.ref == card.card.ref
    make(city, new)
    new = activate(city, new)
    assert city.office.card_by_older(SCHEME, NUMBER, at=city.at).card.ref == new.card.ref
    cancel(city, new)
    with refused(faults.WRONG_STATE, article="HZ-18"):
        city.office.card_by_older(SCHEME, NUMBER, at=city.at)
