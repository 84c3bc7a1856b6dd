"""Sentences of the regulations about card and code as one thing, each with the acts that it speaks of."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from codes.claims import Profile
from ecard import schema
from ecard.faults import record as faults
from tests.ecard.city import CQ, SC, City, SoftPhone, place, refused


@pytest.mark.article("ZZ-2a")
def test_the_card_and_its_code_are_two_carriers_of_one_record(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("both")
    bound = city.bind(card, phone, chip)
    (code,) = city.renew(bound.phone, phone, Profile.GENERAL)
    with city.office.store.reading() as work:
        rows = work.connection.execute(sa.select(schema.credential.c.card, schema.credential.c.profile)).all()
    assert {row.card for row in rows} == {card.card.ref}
    assert {row.profile for row in rows} == {int(Profile.CHIP), int(Profile.GENERAL)}
    assert place(code) in city.statuses()


@pytest.mark.article("ZZ-2b")
def test_a_code_derives_from_an_electronic_card_that_is_in_force(city: City) -> None:
    card = city.apply()
    phone = SoftPhone("early")
    with refused(faults.WRONG_STATE):
        city.bind(card, phone)
    assert city.statuses() == {}


@pytest.mark.article("HZ-3")
@pytest.mark.article("CQ-3")
def test_every_record_names_its_region_and_each_region_publishes_its_own(city: City) -> None:
    here, _ = city.card(1, region=CQ)
    there, _ = city.card(2, region=SC)
    assert (here.card.region, there.card.region) == (CQ, SC)
    assert {uri[3] for uri in city.statuses()} == {"c", "s"}
