from __future__ import annotations

from datetime import timedelta

import pytest

from codes.claims import Profile
from ecard import faults
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import CardState, EndReason, ExchangeOutcome, FreezeGround
from ecard.stopping import LossOf
from tests.ecard.city import City, SoftPhone, place, refused
from tests.ecard.desk import activate, exchange, lose, make, papers, replace_card


@pytest.mark.article("ZS-19")
def test_a_lost_card_is_replaced_by_one_with_a_new_number_and_the_old_number_is_dead_for_ever(city: City) -> None:
    card, _ = city.card()
    with refused(faults.LOSS_NOT_REPORTED, article="ZS-19"):
        replace_card(city, card)
    lose(city, card, LossOf.CARD)
    opened = replace_card(city, card)
    new = opened.replacement
    assert new.card.number != card.card.number
    assert (new.card.replaces, new.card.holder, new.card.state) == (card.card.ref, card.card.holder, CardState.PENDING)
    assert replace_card(city, card).replacement == new
    make(city, new)
    activate(city, new)
    old = city.office.card_by_number(card.card.number)
    assert (old.card.state, old.card.end_reason) == (CardState.ENDED, EndReason.REPLACED)
    assert {carrier.end_reason for carrier in old.carriers} == {EndReason.REPLACED}
    with city.office.store.reading() as work:
        assert not work.number_is_free(card.card.number)
    for again in (lambda: replace_card(city, card), lambda: exchange(city, card), lambda: activate(city, card), lambda: lose(city, card)):
        with refused(faults.WRONG_STATE):
            again()
    assert {city.statuses()[f"{row.status.uri}/{row.status.idx}"] for row in city.office.credentials(card.card.ref)} == {"INVALID"}
    assert city.office.card(new.card.ref).card.state is CardState.ACTIVE


@pytest.mark.article("ZS-18")
def test_once_a_replacement_is_applied_for_the_loss_is_not_withdrawn(city: City) -> None:
    card, _ = city.card()
    lose(city, card)
    replace_card(city, card)
    with refused(faults.REPLACEMENT_OPEN, article="ZS-18"):
        city.office.withdraw_loss(card.card.ref, of=LossOf.CHIP, **papers(city, Command.WITHDRAW_LOSS))


@pytest.mark.article("HZ-15")
def test_the_phone_of_a_lost_chip_works_until_the_new_card_is_handed_over(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    lose(city, card)
    new = replace_card(city, card).replacement
    make(city, new)
    code = place(city.renew(bound.phone, phone, Profile.GENERAL)[0])
    assert city.statuses()[code] == "VALID"
    activate(city, new)
    assert city.statuses()[code] == "INVALID"


@pytest.mark.threat("F01")
def test_nobody_escapes_a_freeze_by_losing_the_card(city: City) -> None:
    card, _ = city.card()
    lose(city, card)
    freeze = {**papers(city, Command.FREEZE), "ground": FreezeGround.FALSE_USE, "until": city.at + timedelta(days=2)}
    city.office.freeze(card.card.ref, **freeze)
    with refused(faults.CARD_HELD, hold="freeze", article="CQ-20b"):
        replace_card(city, card)
    city.later(days=3)
    new = replace_card(city, card).replacement
    make(city, new)
    city.office.freeze(card.card.ref, **{**freeze, "at": city.at, "until": city.at + timedelta(days=2)})
    before = city.office.card(card.card.ref)
    with refused(faults.CARD_HELD, hold="freeze", article="CQ-20b"):
        activate(city, new)
    assert city.office.card(card.card.ref) == before
    city.later(days=3)
    activate(city, new)


def test_a_card_lost_while_its_chip_is_exchanged_is_replaced_and_the_exchange_is_overtaken(city: City) -> None:
    card, _ = city.card()
    opened = exchange(city, card)
    make(city, card)
    lose(city, card)
    after = replace_card(city, card).dossier
    waiting = after.carrier(opened.exchange.new_chip)
    assert waiting is not None
    assert waiting.end_reason is EndReason.REPLACED
    with city.office.store.reading() as work:
        row = work.connection.exec_driver_sql("SELECT outcome FROM exchange").scalar_one()
    assert row == ExchangeOutcome.OVERTAKEN


def test_a_replacement_is_applied_for_in_person_with_papers(city: City) -> None:
    card, _ = city.card()
    lose(city, card)
    for missing in (Evidence.FORM, Evidence.IDENTITY_DOCUMENT, Evidence.IN_PERSON):
        with refused(faults.EVIDENCE_MISSING, missing=missing, article="ZS-19"):
            replace_card(city, card, evidence=RULES[Command.REPLACE].evidence - {missing})


def test_a_replacement_lost_in_its_turn_is_replaced_again(city: City) -> None:
    card, _ = city.card()
    numbers = {card.card.number}
    for _ in range(3):
        lose(city, card)
        new = replace_card(city, card).replacement
        make(city, new)
        card = activate(city, new)
        numbers.add(card.card.number)
    assert len(numbers) == 4


def test_a_card_that_lost_its_chip_altogether_is_replaced_on_a_loss_of_the_whole_card(city: City) -> None:
    card, _ = city.card()
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("UPDATE carrier SET state = 'ended', end_reason = 'exchanged'")
    with refused(faults.LOSS_NOT_REPORTED):
        replace_card(city, card)
