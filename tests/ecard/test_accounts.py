from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecard import faults
from ecard.lifecycle import RULES, Command
from ecard.model import CarrierRef, FreezeGround, Role
from tests.ecard.city import CLERK, SUPERVISOR, City, refused
from tests.ecard.desk import activate, lose, make, papers, replace_card

if TYPE_CHECKING:
    from ecard.model import Dossier

BANK = "bank-of-nowhere"


def open_account(city: City, card: Dossier, bank: str = BANK) -> Dossier:
    return city.office.activate_account(card.card.ref, bank, **papers(city, Command.ACTIVATE_ACCOUNT))


def close_account(city: City, card: Dossier, bank: str = BANK) -> Dossier:
    return city.office.end_account(card.card.ref, bank, **papers(city, Command.END_ACCOUNT))


def chip_of(card: Dossier) -> CarrierRef:
    assert card.chip is not None
    return card.chip.ref


@pytest.mark.article("ZZ-19")
@pytest.mark.error("account-inactive")
def test_financial_items_refuse_until_the_financial_account_is_activated(city: City) -> None:
    card, _ = city.card()
    with refused(faults.ACCOUNT_INACTIVE):
        city.office.account_for_item(chip_of(card), at=city.at)
    after = open_account(city, card)
    assert city.office.account_for_item(chip_of(card), at=city.at).bank == BANK
    assert open_account(city, card) == after
    assert [event.articles[0] for event in city.office.events(card.card.ref)][-1] == "ZZ-19"


@pytest.mark.article("ZS-25")
@pytest.mark.error("account-ended")
@pytest.mark.error("account-elsewhere")
def test_the_bank_that_keeps_the_account_decides_about_it_and_nobody_here_does(city: City) -> None:
    card, _ = city.card()
    for command in (Command.ACTIVATE_ACCOUNT, Command.END_ACCOUNT):
        assert RULES[command].who == {Role.BANK}
    for actor in (CLERK, SUPERVISOR, city.holder(card)):
        with refused(faults.NOT_PERMITTED):
            city.office.activate_account(card.card.ref, BANK, **papers(city, Command.ACTIVATE_ACCOUNT, actor=actor))
    with refused(faults.ACCOUNT_INACTIVE):
        close_account(city, card)
    open_account(city, card)
    for other in (open_account, close_account):
        with refused(faults.ACCOUNT_ELSEWHERE):
            other(city, card, "another bank")
    after = close_account(city, card)
    assert close_account(city, card) == after
    with refused(faults.ACCOUNT_ENDED):
        open_account(city, card)
    with refused(faults.ACCOUNT_ENDED):
        city.office.account_for_item(chip_of(card), at=city.at)


@pytest.mark.article("CQ-10")
def test_a_bank_manages_the_financial_function_and_nothing_else(city: City) -> None:
    assert {command for command in Command if Role.BANK in RULES[command].who} == {Command.ACTIVATE_ACCOUNT, Command.END_ACCOUNT}
    card, _ = city.card()
    open_account(city, card)
    assert city.office.card(card.card.ref).card.state == card.card.state


@pytest.mark.article("ZZ-12a")
def test_a_stop_stops_the_funds_too(city: City) -> None:
    card, _ = city.card()
    open_account(city, card)
    city.office.freeze(card.card.ref, ground=FreezeGround.THEFT, until=city.at + timedelta(days=1), **papers(city, Command.FREEZE))
    with refused(faults.CARD_HELD, carrier="frozen", article="ZZ-12a"):
        city.office.account_for_item(chip_of(card), at=city.at)
    city.later(days=2)
    assert city.office.account_for_item(chip_of(card), at=city.at).bank == BANK
    lose(city, card)
    with refused(faults.CARD_HELD, carrier="suspended"):
        city.office.account_for_item(chip_of(card), at=city.at)


def test_a_new_card_number_needs_the_banks_word_anew(city: City) -> None:
    card, _ = city.card()
    open_account(city, card)
    lose(city, card)
    new = replace_card(city, card).replacement
    with refused(faults.WRONG_STATE, article="ZZ-19"):
        city.office.account_for_item(chip_of(new), at=city.at)
    make(city, new)
    new = activate(city, new)
    with refused(faults.ACCOUNT_INACTIVE):
        city.office.account_for_item(chip_of(new), at=city.at)
    city.later(seconds=new.card.expires - int(city.at.timestamp()))
    with refused(faults.CARD_EXPIRED):
        city.office.account_for_item(chip_of(new), at=city.at)
    with refused(faults.CARRIER_UNKNOWN):
        city.office.account_for_item(CarrierRef("nobody"), at=city.at)
