from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from codes.claims import HOUR, Profile
from ecard import faults
from ecard.entitlements import FareTerms
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import CarrierRef, DueKind
from ecard.policy import DAY
from tests.ecard.city import CLERK, NOW, City, SoftPhone, place, refused
from tests.ecard.desk import exchange, hand_over, lose, make, papers, replace_card

if TYPE_CHECKING:
    from ecard.entitlements import Entitled
    from ecard.model import Carrier, Dossier

GEN, IDY = Profile.GENERAL, Profile.IDENTITY
STUDENT = FareTerms(fare=2, evidence="student register 500101-2026", review=NOW + 90 * DAY, expires=NOW + 300 * DAY)
ELDER = FareTerms(fare=1, evidence="elder register 500101", review=NOW + 365 * DAY, expires=NOW + 4000 * DAY)


class Rider:
    """A card with two phones."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.card, chip = city.card()
        self.soft = SoftPhone("a"), SoftPhone("b")
        self.first, self.second = (city.bind(self.card, phone, chip).phone for phone in self.soft)

    def grant(self, carrier: Carrier | None = None, terms: FareTerms = STUDENT, **changes: Any) -> Entitled:
        return self.city.office.grant_fare(self.card.card.ref, (carrier or self.first).ref, terms, **papers(self.city, Command.GRANT_FARE, **changes))

    def move(self, carrier: Carrier | None, **changes: Any) -> Entitled:
        ref = CarrierRef("nobody") if carrier is None else carrier.ref
        return self.city.office.move_fare(self.card.card.ref, ref, **papers(self.city, Command.MOVE_FARE, **changes))

    def review(self, days: int) -> Entitled:
        again = self.city.at + timedelta(days=days)
        return self.city.office.review_fare(self.card.card.ref, again, **papers(self.city, Command.REVIEW_FARE))

    def end(self) -> Entitled:
        return self.city.office.end_fare(self.card.card.ref, **papers(self.city, Command.END_FARE))

    def fares(self, number: int, *profiles: Profile) -> list[int]:
        carrier, soft = ((self.first, self.soft[0]), (self.second, self.soft[1]))[number]
        return [credential.says.fare for credential in self.city.renew(carrier, soft, *profiles)]

    @property
    def now(self) -> Dossier:
        return self.city.office.card(self.card.card.ref)


@pytest.fixture
def rider(city: City) -> Rider:
    return Rider(city)


@pytest.mark.article("CQ-7b")
def test_a_transport_fare_rests_on_evidence_and_is_stated_by_one_carrier_at_a_time(rider: Rider) -> None:
    assert rider.fares(0, GEN) == [0]
    with refused(faults.EVIDENCE_MISSING, missing="proof-of-fare-entitlement"):
        rider.grant(evidence=RULES[Command.GRANT_FARE].evidence - {Evidence.FARE_PROOF})
    granted = rider.grant()
    assert rider.grant().dossier == granted.dossier
    assert rider.fares(0, GEN, IDY) == [2, 0]
    assert rider.fares(1, GEN) == [0]
    carried = [place(credential) for credential in rider.city.renew(rider.first, rider.soft[0], GEN)]
    moved = rider.move(rider.second)
    assert moved.entitlement.carrier == rider.second.ref
    assert rider.move(rider.second).dossier == moved.dossier
    assert {rider.city.statuses()[each] for each in carried} == {"INVALID"}
    assert (rider.fares(0, GEN), rider.fares(1, GEN)) == ([0], [2])


@pytest.mark.error("fare-missing")
def test_an_entitlement_ends_on_its_day_and_no_credential_outlives_it(rider: Rider) -> None:
    with refused(faults.FARE_MISSING):
        rider.move(rider.second)
    with refused(faults.FARE_MISSING):
        rider.review(10)
    with refused(faults.FARE_MISSING):
        rider.end()
    rider.grant(terms=replace(STUDENT, review=NOW + HOUR, expires=NOW + 3 * DAY))
    (credential,) = rider.city.renew(rider.first, rider.soft[0], GEN)
    assert (credential.says.fare, credential.says.exp) == (2, (NOW + 3 * DAY) // HOUR * HOUR)
    rider.city.later(days=2, hours=23, minutes=50)
    assert rider.fares(0, GEN) == [0]
    rider.city.later(hours=1)
    with refused(faults.FARE_MISSING):
        rider.review(1)
    again = rider.grant(terms=replace(STUDENT, fare=3))
    assert [entitlement.ended is None for entitlement in rider.city.office.entitlements_of(rider.card.card.ref)] == [False, True]
    assert again.entitlement.fare == 3


@pytest.mark.error("fare-held")
def test_a_person_has_one_entitlement_and_the_desk_may_end_it(rider: Rider) -> None:
    rider.grant()
    for other in (replace(STUDENT, fare=3), replace(STUDENT, evidence="else"), replace(STUDENT, expires=STUDENT.expires + 1)):
        with refused(faults.FARE_HELD, fare=2):
            rider.grant(terms=other)
    with refused(faults.FARE_HELD):
        rider.grant(rider.second)
    (code,) = [place(credential) for credential in rider.city.renew(rider.first, rider.soft[0], GEN)]
    ended = rider.end()
    assert ended.entitlement.ended_by == CLERK.ref
    assert rider.city.statuses()[code] == "INVALID"
    assert rider.fares(0, GEN) == [0]


@pytest.mark.error("fare-terms")
def test_an_entitlement_is_reviewed_on_time_and_the_review_is_asked_for(rider: Rider) -> None:
    bad = ({"fare": 0}, {"fare": 8}, {"evidence": " "}, {"review": NOW}, {"review": STUDENT.expires + 1})
    for change in bad:
        with refused(faults.FARE_TERMS):
            rider.grant(terms=replace(STUDENT, **change))
    rider.grant()
    assert rider.city.office.due(rider.city.at) == ()
    rider.city.later(days=90)
    (due,) = rider.city.office.due(rider.city.at)
    assert (due.kind, due.card) == (DueKind.FARE_REVIEW, rider.card.card.ref)
    for days in (0, 211):
        with refused(faults.FARE_TERMS):
            rider.review(days)
    assert rider.review(100).entitlement.review == NOW + 190 * DAY
    assert rider.city.office.due(rider.city.at) == ()
    rider.city.later(days=100)
    assert [each.mark != due.mark for each in rider.city.office.due(rider.city.at)] == [True]


@pytest.mark.error("fare-carrier")
def test_a_fare_is_stated_by_a_living_carrier_of_the_persons_own_card(rider: Rider) -> None:
    chip = rider.card.chip
    assert chip is not None
    stranger, _ = rider.city.card(2)
    assert stranger.chip is not None
    for wrong in (stranger.chip, replace(chip, ref=CarrierRef("nobody")), chip):
        with refused(faults.FARE_CARRIER):
            rider.grant(wrong, ELDER)
    rider.grant()
    for elsewhere in (chip, None):
        with refused(faults.FARE_CARRIER):
            rider.move(elsewhere)


def test_a_holder_moves_their_own_fare_to_another_phone(rider: Rider) -> None:
    rider.grant()
    stranger, _ = rider.city.card(2)
    with refused(faults.NOT_PERMITTED):
        rider.move(rider.second, actor=rider.city.holder(stranger))
    assert rider.move(rider.second, actor=rider.city.holder(rider.card), evidence=()).entitlement.carrier == rider.second.ref


def test_a_chip_states_a_fare_that_outlives_the_card_and_hands_it_on_when_it_is_remade(city: City) -> None:
    applied = city.apply()
    assert applied.chip is not None
    ref = applied.card.ref
    with refused(faults.FARE_CARRIER):
        city.office.grant_fare(ref, applied.chip.ref, STUDENT, **papers(city, Command.GRANT_FARE))
    city.office.grant_fare(ref, applied.chip.ref, ELDER, **papers(city, Command.GRANT_FARE))
    credential = city.personalise(applied, city.chip_of(applied))
    assert credential.says.fare == 1
    card = city.office.activate(ref, **papers(city, Command.ACTIVATE))
    phone = SoftPhone("p")
    bound = city.bind(card, phone)
    with refused(faults.FARE_CARRIER, wrong="chip in use states it"):
        city.office.move_fare(ref, bound.phone.ref, **papers(city, Command.MOVE_FARE))
    exchange(city, card)
    with refused(faults.FARE_CARRIER, wrong="chip in use states it"):
        city.office.move_fare(ref, bound.phone.ref, **papers(city, Command.MOVE_FARE))
    waiting = city.office.card(ref).chip_in_making
    assert waiting is not None
    city.office.move_fare(ref, waiting.ref, **papers(city, Command.MOVE_FARE))
    make(city, card)
    hand_over(city, card)
    city.office.end_fare(ref, **papers(city, Command.END_FARE))
    assert set(city.statuses().values()) == {"INVALID"}


def test_after_a_replacement_the_fare_moves_to_the_new_card(rider: Rider) -> None:
    rider.grant()
    lose(rider.city, rider.card)
    new = replace_card(rider.city, rider.card).replacement
    make(rider.city, new)
    card = rider.city.office.activate(new.card.ref, **papers(rider.city, Command.ACTIVATE))
    phone = SoftPhone("new")
    bound = rider.city.bind(card, phone).phone
    rider.city.office.move_fare(card.card.ref, bound.ref, **papers(rider.city, Command.MOVE_FARE))
    assert [credential.says.fare for credential in rider.city.renew(bound, phone, GEN)] == [2]
