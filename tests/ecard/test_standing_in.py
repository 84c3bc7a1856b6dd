from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from codes.claims import Profile
from ecard import faults, months
from ecard.lifecycle import Command
from ecard.model import DueKind, EndReason, FreezeGround
from ecard.policy import DAY
from ecard.stopping import LossOf
from tests.ecard.city import NOW, READER, SC, SC_CLERK, SUPERVISOR, City, SoftPhone, place, refused
from tests.ecard.desk import activate, exchange, hand_over, lose, make, papers, replace_card, stand_in

if TYPE_CHECKING:
    from ecard.model import Dossier
    from ecard.temporary import StandIn


@pytest.mark.article("HZ-15")
@pytest.mark.error("temporary-undue")
def test_somebody_without_a_phone_has_one_stand_in_while_the_card_is_remade_and_no_longer(city: City) -> None:
    card, _ = city.card()
    phone = SoftPhone("t")
    with refused(faults.TEMPORARY_UNDUE):
        stand_in(city, card, phone)
    exchange(city, card)
    make(city, card)
    granted = stand_in(city, card, phone)
    code = place(city.renew(granted.phone, phone, Profile.GENERAL)[0])
    assert city.statuses()[code] == "VALID"
    after = hand_over(city, card).dossier
    ended = after.carrier(granted.phone.ref)
    assert ended is not None
    assert ended.end_reason is EndReason.EXCHANGED
    assert city.statuses()[code] == "INVALID"
    with refused(faults.TEMPORARY_UNDUE):
        stand_in(city, card, SoftPhone("u"))


@pytest.mark.article("HZ-15")
@pytest.mark.error("temporary-use")
def test_what_stands_in_has_no_financial_function_shows_no_name_and_stays_in_its_region(city: City) -> None:
    card, chip = city.card()
    city.office.activate_account(card.card.ref, "bank", **papers(city, Command.ACTIVATE_ACCOUNT))
    own = city.bind(card, SoftPhone("own"), chip).phone
    exchange(city, card)
    phone = SoftPhone("t")
    granted = stand_in(city, card, phone)
    assert city.office.account_for_item(own.ref, at=city.at).bank == "bank"
    with refused(faults.TEMPORARY_USE, use="financial"):
        city.office.account_for_item(granted.phone.ref, at=city.at)
    with refused(faults.TEMPORARY_USE, use="other-region"):
        city.office.check_place(granted.phone.ref, region=SC)
    city.office.check_place(granted.phone.ref, region=card.card.region)
    city.office.check_place(own.ref, region=SC)
    with refused(faults.PHONE_PROVISIONAL):
        city.renew(granted.phone, phone, Profile.IDENTITY)


@pytest.mark.article("HZ-15")
@pytest.mark.error("temporary-limit")
def test_it_stands_in_for_sixty_days_and_half_a_year_in_all_at_most(city: City) -> None:
    card, _ = city.card()
    with refused(faults.TEMPORARY_UNDUE):
        prolong(city, card)
    exchange(city, card)
    with refused(faults.TEMPORARY_UNDUE):
        prolong(city, card)
    granted = stand_in(city, card, SoftPhone("t"))
    assert granted.until == NOW + 60 * DAY
    longest = months.months_on(NOW, 6)
    assert prolong(city, card).dossier.card == granted.dossier.card
    for _ in range(3):
        city.later(days=50)
        until = prolong(city, card).until
        assert until == min(int(city.at.timestamp()) + 60 * DAY, longest)
    assert until == longest
    assert [due.kind for due in city.office.due(city.at) if due.card == card.card.ref] == []
    city.later(days=28)
    assert [due.kind for due in city.office.due(city.at)] == [DueKind.TEMPORARY_ENDS]
    with refused(faults.TEMPORARY_LIMIT, limit=longest):
        prolong(city, card)
    city.later(days=10)
    with refused(faults.TEMPORARY_LIMIT):
        prolong(city, card)


def prolong(city: City, card: Dossier) -> StandIn:
    return city.office.prolong_temporary(card.card.ref, **papers(city, Command.PROLONG_TEMPORARY))


def test_one_phone_stands_in_at_a_time_under_a_key_of_its_own(city: City) -> None:
    card, chip = city.card()
    own = SoftPhone("own")
    city.bind(card, own, chip)
    exchange(city, card)
    with refused(faults.KEY_IN_USE, key="enrolment"):
        stand_in(city, card, own)
    stand_in(city, card, SoftPhone("t"))
    with refused(faults.PHONE_LIMIT, phones=1, limit=1):
        stand_in(city, card, SoftPhone("u"))


def test_when_the_whole_card_was_lost_what_was_lost_stays_stopped_and_the_stand_in_works(city: City) -> None:
    card, chip = city.card()
    lost = SoftPhone("lost")
    bound = city.bind(card, lost, chip)
    old = place(city.renew(bound.phone, lost, Profile.GENERAL)[0])
    lose(city, card, LossOf.CHIP)
    lose(city, card, LossOf.CARD)
    new = replace_card(city, card).replacement
    phone = SoftPhone("t")
    granted = stand_in(city, card, phone)
    code = place(city.renew(granted.phone, phone, Profile.GENERAL)[0])
    statuses = city.statuses()
    assert (statuses[old], statuses[code]) == ("SUSPENDED", "VALID")
    assert {status for each, status in statuses.items() if each != code} == {"SUSPENDED"}
    make(city, new)
    activate(city, new)
    assert city.statuses()[code] == "INVALID"


def test_a_frozen_card_gets_no_stand_in(city: City) -> None:
    card, _ = city.card()
    exchange(city, card)
    later = city.later(days=1)
    freeze = {**papers(city, Command.FREEZE), "ground": FreezeGround.THEFT, "until": later + (later - city.at.replace(day=1))}
    city.office.freeze(card.card.ref, **freeze)
    with refused(faults.CARD_HELD, hold="freeze", article="HZ-15"):
        stand_in(city, card, SoftPhone("t"))


def test_the_cards_own_region_grants_it_and_not_a_joint_desk(city: City) -> None:
    card, _ = city.card()
    exchange(city, card)
    with refused(faults.OTHER_REGION):
        stand_in(city, card, SoftPhone("t"), actor=replace(SC_CLERK, joint_desk=True))
    city.office.register_reader(READER, actor=SUPERVISOR, at=city.at)
    assert stand_in(city, card, SoftPhone("t")).phone.provisional_until == NOW + 60 * DAY
