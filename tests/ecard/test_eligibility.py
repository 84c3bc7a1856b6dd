from __future__ import annotations

from dataclasses import replace

import pytest

from ecard import applying, faults, identity, papers
from ecard.lifecycle import RULES, Command
from ecard.model import Eligibility
from tests.ecard.city import CLERK, City, refused

BASE = RULES[Command.APPLY].evidence


@pytest.mark.article("ZS-4")
@pytest.mark.article("ZZ-6")
@pytest.mark.parametrize("category", Eligibility)
def test_residents_the_insured_rural_members_and_others_entitled_apply_each_with_their_own_evidence(city: City, category: Eligibility) -> None:
    form = replace(city.form(), eligibility=category)
    needed = papers.FOR_ELIGIBILITY[category]
    for missing in needed:
        with refused(faults.EVIDENCE_MISSING, missing=missing):
            city.office.apply(form, actor=CLERK, evidence=(BASE | needed) - {missing}, at=city.at)
    card = city.office.apply(form, actor=CLERK, evidence=BASE | needed, at=city.at).card
    with city.office.store.reading() as work:
        (note,) = applying.ELIGIBILITIES.all(work, applying.ELIGIBILITIES.table.c.card == card.ref)
    assert (note.category, note.evidence) == (category, tuple(sorted(needed)))


@pytest.mark.article("HZ-6")
def test_a_registered_resident_of_the_region_receives_the_card_whatever_the_numbers_first_digits_say(city: City) -> None:
    for order, prefix in enumerate(("500101", "510202", "110101"), start=1):
        number = city.form(order).identity_number
        assert number
        body = prefix + number[6:17]
        form = replace(city.form(), identity_number=body + identity.check_character(body), eligibility=Eligibility.RESIDENT)
        assert city.office.apply(form, actor=CLERK, evidence=BASE, at=city.at).card.region == "CN-CQ"
