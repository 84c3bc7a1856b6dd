"""A phone that is lost is lost on every card it carries, whoever reports it and however, and comes back on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codes.claims import Profile
from ecard import faults
from ecard.lifecycle import RULES, Command
from ecard.model import CarrierState
from ecard.policy import ChipLoss, Policy
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, City, open_city, place, refused
from tests.ecard.desk import activate, make, replace_card
from tests.ecard.stops import WITHDRAW, Case

if TYPE_CHECKING:
    from pathlib import Path

    from ecard.model import Carrier, Dossier


class Family(Case):
    """The card of a `Case` whose two phones carry a relative's card as well."""

    def __init__(self, city: City) -> None:
        super().__init__(city)
        self.relative, _ = city.card(2)
        self.elsewhere = [city.bind(self.relative, phone).phone for phone in self.soft]
        self.theirs = [place(city.renew(bound, phone, Profile.GENERAL)[0]) for bound, phone in zip(self.elsewhere, self.soft, strict=True)]

    @property
    def at_relative(self) -> list[str]:
        values = self.city.statuses()
        return [values[code] for code in self.theirs]


@pytest.fixture
def family(city: City) -> Family:
    return Family(city)


def at_other(family: Family, phone: Carrier) -> Dossier:
    of = {"of": LossOf.PHONE, "phone": phone.ref}
    return family.city.office.withdraw_loss(family.relative.card.ref, **of, actor=CLERK, evidence=WITHDRAW, at=family.city.at).dossier  # type: ignore[arg-type]  # because the words are of several types


@pytest.mark.article("ZS-17a")
@pytest.mark.parametrize("way", ["report", "call"])
def test_a_card_lost_with_its_phones_stops_them_on_every_card_and_finding_it_brings_them_back(family: Family, way: str) -> None:
    stopped = getattr(family, way)()
    assert stopped.others == (family.relative.card.ref,)
    assert family.at_relative == ["SUSPENDED", "SUSPENDED"]
    with refused(faults.CARD_HELD, phone="suspended"):
        family.city.renew(family.elsewhere[0], family.soft[0], Profile.GENERAL)
    assert getattr(family, way)().others == ()
    found = family.withdraw() if way == "report" else family.call_off()
    assert found.others == (family.relative.card.ref,)
    assert family.at_relative == ["VALID", "VALID"]


def test_a_written_report_takes_the_place_of_the_call_on_every_card(family: Family) -> None:
    family.call()
    assert family.report().others == (family.relative.card.ref,)
    standing = [hold.kind.value for hold in family.city.office.card(family.relative.card.ref).holds if hold.lifted is None]
    assert standing == ["loss", "loss"]
    family.withdraw()
    assert family.at_relative == ["VALID", "VALID"]


def test_a_phone_of_a_lost_card_enrols_on_no_other_card(city: City) -> None:
    case = Case(city)
    relative, _ = city.card(2)
    case.report()
    with refused(faults.CARD_HELD, article="ZS-17a"):
        city.bind(relative, case.soft[0])
    case.withdraw()
    assert city.bind(relative, case.soft[0]).phone.state is CarrierState.ACTIVE


def test_of_two_reports_at_one_card_the_other_cards_wait_for_both(family: Family) -> None:
    family.report()
    family.report(LossOf.PHONE, family.phones[0].ref)
    family.withdraw()
    assert family.at_relative == ["SUSPENDED", "VALID"]
    family.report()
    family.withdraw(LossOf.PHONE, family.phones[0].ref)
    assert family.at_relative == ["SUSPENDED", "SUSPENDED"]
    family.withdraw()
    assert family.at_relative == ["VALID", "VALID"]


def test_a_phone_unbound_while_it_was_lost_comes_back_on_the_other_cards(family: Family) -> None:
    family.report()
    papers = RULES[Command.UNBIND_PHONE].evidence
    family.city.office.unbind_phone(family.ref, family.phones[0].ref, actor=CLERK, evidence=papers, at=family.city.at)
    family.withdraw()
    assert family.at_relative == ["VALID", "VALID"]
    family.report()
    assert family.at_relative == ["VALID", "SUSPENDED"]


def test_a_lost_chip_that_stops_the_whole_card_stops_no_phone_on_another(tmp_path: Path) -> None:
    family = Family(open_city(tmp_path / "record.db", policy=Policy(shard_capacity=256, chip_loss=ChipLoss.STOPS_PHONES)))
    assert family.report(LossOf.CHIP).others == ()
    assert family.statuses == ("SUSPENDED", "SUSPENDED", "SUSPENDED")
    assert family.at_relative == ["VALID", "VALID"]


@pytest.mark.article("ZS-18")
def test_a_phone_found_after_the_card_it_was_reported_at_has_ended_is_brought_back_at_another(family: Family) -> None:
    family.report()
    with refused(faults.LOSS_REPORTED_ELSEWHERE, article="ZS-18"):
        at_other(family, family.elsewhere[0])
    new = replace_card(family.city, family.now).replacement
    make(family.city, new)
    activate(family.city, new)
    assert family.at_relative == ["SUSPENDED", "SUSPENDED"]
    found = at_other(family, family.elsewhere[0])
    assert at_other(family, family.elsewhere[0]) == found
    assert family.at_relative == ["VALID", "SUSPENDED"]
