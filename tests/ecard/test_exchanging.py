from __future__ import annotations

from dataclasses import replace

import pytest

from codes.claims import Profile
from ecard import faults, months, renewal
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import CarrierState, EndReason, ExchangeGround, ExchangeOutcome, FeeAct, FreezeGround
from ecard.policy import DAY
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, NOW, SC_CLERK, City, SoftPhone, place, refused
from tests.ecard.desk import exchange, hand_over, lose, make, papers, remade

DAMAGE, RENEWAL = ExchangeGround.DAMAGE, ExchangeGround.RENEWAL


@pytest.mark.article("ZS-16a")
@pytest.mark.error("exchange-open")
def test_a_card_that_is_damaged_or_unreadable_is_exchanged_once_the_damage_was_seen(city: City) -> None:
    card, _ = city.card()
    with refused(faults.EVIDENCE_MISSING, missing="damage-seen", article="ZS-16a"):
        exchange(city, card, DAMAGE, Evidence.FORM)
    opened = exchange(city, card)
    assert (opened.exchange.ground, opened.exchange.expires) == (DAMAGE, card.card.expires)
    assert exchange(city, card).dossier == opened.dossier
    with refused(faults.EXCHANGE_OPEN, ground=DAMAGE):
        exchange(city, card, ExchangeGround.NEW_GENERATION)
    make(city, card)
    after = hand_over(city, card)
    assert after.exchange.outcome is ExchangeOutcome.HANDED_OVER
    old, new = (after.dossier.carrier(ref) for ref in (opened.exchange.old_chip, opened.exchange.new_chip))
    assert old is not None
    assert new is not None
    assert (old.state, old.end_reason, new.state) == (CarrierState.ENDED, EndReason.EXCHANGED, CarrierState.ACTIVE)
    assert after.dossier.card.number == card.card.number
    assert after.dossier.chip == new
    assert [event.purpose for event in city.office.events(card.card.ref)][-3:] == ["exchange-damage", "production", "new-chip"]


@pytest.mark.article("CQ-12b")
def test_a_new_generation_changed_data_or_damage_means_exchange_and_a_loss_means_replacement(city: City) -> None:
    assert set(ExchangeGround) == {"damage", "data-change", "new-generation", "renewal"}
    assert RULES[Command.EXCHANGE].title != RULES[Command.REPLACE].title
    card, _ = city.card()
    with refused(faults.LOSS_NOT_REPORTED, article="ZS-19"):
        city.office.replace(card.card.ref, **papers(city, Command.REPLACE))
    lose(city, card)
    for ground in ExchangeGround:
        with refused(faults.CARD_HELD, hold="loss", article="CQ-12b"):
            exchange(city, card, ground)
    relative, _ = city.card(2)
    lose(city, relative, LossOf.CARD)
    with refused(faults.CARD_HELD, hold="loss"):
        exchange(city, relative)


@pytest.mark.article("HZ-15")
def test_while_the_chip_is_remade_the_chip_and_phone_in_hand_work_on_and_exactly_one_chip_works_at_any_time(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    code = place(city.renew(bound.phone, phone, Profile.GENERAL)[0])
    first = place_of_chip(city, card.card.ref, 0)
    exchange(city, card)
    make(city, card)
    second = place_of_chip(city, card.card.ref, 1)
    statuses = city.statuses()
    assert [statuses[each] for each in (first, second, code)] == ["VALID", "SUSPENDED", "VALID"]
    seq = city.office.card(card.card.ref).card.chip_seq
    after = hand_over(city, card)
    statuses = city.statuses()
    assert [statuses[each] for each in (first, second, code)] == ["INVALID", "VALID", "VALID"]
    assert after.dossier.card.chip_seq == seq
    assert hand_over(city, card).dossier.card == after.dossier.card


def place_of_chip(city: City, ref: object, number: int) -> str:
    chips = [row for row in city.office.credentials(ref) if row.profile is Profile.CHIP]  # type: ignore[arg-type]  # because a reference is a string
    return [f"{row.status.uri}/{row.status.idx}" for row in sorted(chips, key=lambda row: (row.written, row.revision))][number]


@pytest.mark.error("exchange-not-open")
def test_a_chip_is_handed_over_once_it_is_made_against_the_old_one(city: City) -> None:
    card, _ = city.card()
    with refused(faults.EXCHANGE_NOT_OPEN):
        hand_over(city, card)
    exchange(city, card)
    with refused(faults.CHIP_NOT_PERSONALISED, article="CQ-11a"):
        hand_over(city, card)
    make(city, card)
    with refused(faults.EVIDENCE_MISSING, missing="old-card-returned"):
        hand_over(city, card, evidence=RULES[Command.HAND_OVER].evidence - {Evidence.OLD_CARD_RETURNED})
    lose(city, card)
    with refused(faults.CARD_HELD, hold="loss", article="CQ-12b"):
        hand_over(city, card)


@pytest.mark.article("HZ-13")
@pytest.mark.error("renewal-early")
def test_a_card_is_valid_for_ten_years_and_renewed_in_the_last_three_months(city: City) -> None:
    card, _ = city.card()
    opens = months.months_on(card.card.expires, -3)
    assert opens == renewal.opens(city.office.policy, card.card)
    assert card.card.expires == city.office.policy.expiry(NOW)
    assert 89 * DAY <= card.card.expires - opens <= 92 * DAY
    city.later(seconds=opens - NOW - 1)
    with refused(faults.RENEWAL_EARLY, opens=opens):
        exchange(city, card, RENEWAL)
    city.later(seconds=1)
    lengthen_keys(city)
    opened = exchange(city, card, RENEWAL)
    assert opened.exchange.expires == city.office.policy.expiry(opens)
    make(city, card)
    assert city.office.card(card.card.ref).card.expires == card.card.expires
    after = hand_over(city, card).dossier
    assert after.card.expires == opened.exchange.expires
    newest = city.office.credentials(card.card.ref)[-1]
    assert card.card.expires < newest.exp <= opened.exchange.expires


def lengthen_keys(city: City) -> None:
    """Issuer keys whose time covers that of a renewal, as a rotation would bring them."""
    for region, issuer in list(city.office.issuers.items()):
        assert region
        chip = replace(issuer.chip, power=replace(issuer.chip.power, not_after=NOW + 9000 * DAY))
        phone = replace(issuer.phone, power=replace(issuer.phone.power, not_after=NOW + 9000 * DAY))
        city.with_issuer(replace(issuer, chip=chip, phone=phone))


@pytest.mark.article("ZS-26")
def test_a_card_that_has_expired_can_be_renewed_and_not_merely_mended(city: City) -> None:
    card, _ = city.card()
    city.later(seconds=card.card.expires - NOW)
    lengthen_keys(city)
    with refused(faults.CARD_EXPIRED):
        exchange(city, card)
    assert exchange(city, card, RENEWAL).exchange.expires > card.card.expires


def test_a_new_generation_begins_a_new_validity(city: City) -> None:
    card, _ = city.card()
    city.later(days=100)
    opened = exchange(city, card, ExchangeGround.NEW_GENERATION)
    assert opened.exchange.expires == city.office.policy.expiry(NOW + 100 * DAY)


@pytest.mark.article("CQ-11b")
def test_a_joint_desk_exchanges_for_the_other_region_and_never_cancels(city: City) -> None:
    card, _ = city.card()
    joint = replace(SC_CLERK, joint_desk=True)
    with refused(faults.OTHER_REGION):
        exchange(city, card, actor=SC_CLERK)
    exchange(city, card, actor=joint)
    make(city, card)
    hand_over(city, card, actor=joint)
    allowed = {command for command in Command if RULES[command].joint_desk}
    assert {
        Command.APPLY,
        Command.ACTIVATE,
        Command.REPORT_LOSS,
        Command.WITHDRAW_LOSS,
        Command.REPLACE,
        Command.EXCHANGE,
        Command.HAND_OVER,
    } <= allowed
    assert not {Command.REQUEST_CANCEL, Command.CANCEL, Command.DESTROY} & allowed


def test_a_freeze_stops_an_exchange_at_both_ends(city: City) -> None:
    card, _ = city.card()
    exchange(city, card)
    make(city, card)
    city.office.freeze(
        card.card.ref,
        ground=FreezeGround.THEFT,
        until=city.later(days=1),
        **{**papers(city, Command.FREEZE), "at": city.at.replace(day=city.at.day - 1)},
    )
    city.later(hours=-1)
    with refused(faults.CARD_HELD, hold="freeze"):
        hand_over(city, card)
    with refused(faults.CARD_HELD, hold="freeze"):
        exchange(city, card)


def test_a_chip_can_be_exchanged_again_and_again(city: City) -> None:
    card, _ = city.card()
    for _ in range(3):
        card = remade(city, card)
    chips = [carrier.state for carrier in card.carriers]
    assert sorted(chips) == ["active", "ended", "ended", "ended"]
    assert [charge.act for charge in city.office.charges(card.card.ref)].count(FeeAct.EXCHANGE) == 3


def test_a_card_whose_chip_is_gone_has_none_to_exchange(city: City) -> None:
    card, _ = city.card()
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("UPDATE carrier SET state = 'ended', end_reason = 'exchanged'")
    with refused(faults.CARRIER_UNKNOWN):
        exchange(city, card, actor=CLERK)


def test_nothing_is_personalised_while_nothing_is_made(city: City) -> None:
    card, chip = city.card()
    with refused(faults.WRONG_STATE):
        city.personalise(card, chip)


def test_a_chip_spoilt_on_the_way_is_made_again_within_the_same_exchange(city: City) -> None:
    card, _ = city.card()
    opened = exchange(city, card)
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql(f"UPDATE carrier SET state = 'ended', end_reason = 'destroyed' WHERE ref = '{opened.exchange.new_chip}'")
    with refused(faults.CHIP_NOT_PERSONALISED):
        hand_over(city, card)
    again = exchange(city, card)
    assert (again.exchange, again.charge) == (opened.exchange, None)
    assert again.dossier.chip_in_making is not None
    make(city, card)
    assert hand_over(city, card).dossier.chip == city.office.card(card.card.ref).chip
    assert hand_over(city, card).exchange.ref == opened.exchange.ref
