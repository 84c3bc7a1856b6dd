from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.claims import Profile, StatusType
from codes.errors import InputError
from codes.receipts import Receipt, StoppedCarrier
from ecard import faults, schema
from ecard.lifecycle import RULES, Command
from ecard.stopping import LossOf, Stopped
from tests.ecard.city import CLERK, CQ, SC, City, SoftPhone, key, refused, region_issuer

if TYPE_CHECKING:
    from ecard.model import CardRef, Dossier

REPORT, WITHDRAW = RULES[Command.REPORT_LOSS].evidence, RULES[Command.WITHDRAW_LOSS].evidence


def report(city: City, card: CardRef, of: LossOf = LossOf.CARD) -> Stopped:
    return city.office.report_loss(card, of=of, actor=CLERK, evidence=REPORT, at=city.at)


def with_phone(city: City) -> Dossier:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    city.renew(bound.phone, phone, Profile.GENERAL)
    return bound.dossier


@pytest.mark.article("ZS-17c")
def test_a_loss_report_is_answered_with_a_signed_receipt_that_names_the_moment_it_took_effect(city: City) -> None:
    card = with_phone(city)
    city.later(minutes=7)
    stopped = report(city, card.card.ref)
    assert stopped.receipt is not None
    receipt = Receipt.from_bytes(stopped.receipt)
    receipt.check(region_issuer(CQ).receipts.public_key.load())
    says = receipt.says
    assert (says.region, says.command, says.effective) == (CQ, "report-loss", int(city.at.timestamp()))
    assert says.card == f"{card.card.number[0]}*****{card.card.number[-3:]}"
    assert says.stopped == (StoppedCarrier("chip", StatusType.SUSPENDED), StoppedCarrier("phone", StatusType.SUSPENDED))
    assert says.articles == RULES[Command.REPORT_LOSS].articles
    assert city.office.events(card.card.ref)[-1].hash == says.event


@pytest.mark.article("ZS-17c")
def test_the_effective_time_of_a_loss_report_does_not_move_when_it_is_reported_again(city: City) -> None:
    card = with_phone(city)
    first = report(city, card.card.ref)
    city.later(hours=5)
    assert report(city, card.card.ref).receipt == first.receipt
    found = city.office.withdraw_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=WITHDRAW, at=city.at)
    city.later(hours=1)
    again = report(city, card.card.ref)
    assert len({first.receipt, found.receipt, again.receipt}) == 3
    assert found.receipt is not None
    assert Receipt.from_bytes(found.receipt).says.stopped == ()


def test_a_report_made_again_is_answered_with_the_receipt_of_that_very_report(city: City) -> None:
    card = with_phone(city)
    chip = report(city, card.card.ref, LossOf.CHIP)
    city.later(hours=1)
    lost = city.office.report_loss(card.card.ref, of=LossOf.PHONE, phone=card.phones[0].ref, actor=CLERK, evidence=REPORT, at=city.at)
    city.later(hours=1)
    assert report(city, card.card.ref, LossOf.CHIP).receipt == chip.receipt
    again = city.office.report_loss(card.card.ref, of=LossOf.PHONE, phone=card.phones[0].ref, actor=CLERK, evidence=REPORT, at=city.at)
    assert again.receipt == lost.receipt != chip.receipt


@pytest.mark.article("HZ-9b")
@pytest.mark.article("ZS-13")
def test_the_holder_gets_a_time_stamped_receipt_of_everything_done_to_the_card(city: City) -> None:
    card = with_phone(city)
    report(city, card.card.ref, LossOf.CHIP)
    receipts, events = city.office.receipts(card.card.ref), city.office.events(card.card.ref)
    assert [receipt.says.event for receipt in receipts] == [event.hash for event in events]
    assert [(receipt.says.command, receipt.says.effective) for receipt in receipts] == [(event.command, event.at) for event in events]
    assert "HZ-9b" in receipts[2].says.articles
    for receipt in receipts:
        receipt.check(region_issuer(CQ).receipts.public_key.load())
        assert city.office.receipt(receipt.says.number.lower()) == receipt


def test_a_receipt_verifies_with_the_key_of_its_own_region_only(city: City) -> None:
    card, _ = city.card(region=SC)
    (receipt, *_) = city.office.receipts(card.card.ref)
    receipt.check(region_issuer(SC).receipts.public_key.load())
    with pytest.raises(InputError):
        receipt.check(region_issuer(CQ).receipts.public_key.load())


def test_a_lost_phone_is_acknowledged_on_every_card_it_carries(city: City) -> None:
    mine, relative = with_phone(city), city.card(2)[0]
    city.bind(relative, SoftPhone("p"))
    stopped = city.office.report_loss(mine.card.ref, of=LossOf.PHONE, phone=mine.phones[0].ref, actor=CLERK, evidence=REPORT, at=city.at)
    assert stopped.others == (relative.card.ref,)
    theirs = city.office.receipts(relative.card.ref)[-1].says
    assert (theirs.command, theirs.stopped) == ("report-loss", (StoppedCarrier("phone", StatusType.SUSPENDED),))


def test_no_change_without_a_receipt_and_no_receipt_without_a_change(city: City) -> None:
    card, _ = city.card()
    signer = replace(region_issuer(CQ), receipts=_Jammed())
    office = replace(city.office, issuers={CQ: signer})
    with pytest.raises(RuntimeError, match="jammed"):
        office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=REPORT, at=city.at)
    assert city.office.card(card.card.ref) == card
    with city.office.store.reading() as work:
        counts = [
            work.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in (schema.receipt, schema.card_event)
        ]
    assert counts == [3, 3]


class _Jammed:
    """A signing device that is out of order."""

    public_key = key("jammed").public_key

    def sign(self, message: bytes) -> bytes:
        raise RuntimeError("jammed", len(message))


@pytest.mark.error("receipt-unknown")
def test_a_number_that_no_receipt_has_is_refused(city: City) -> None:
    with refused(faults.RECEIPT_UNKNOWN):
        city.office.receipt("A" * 16)
