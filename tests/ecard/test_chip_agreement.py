"""Card and code together: after quiet the record, the published status of code and chip, and the chip itself say one thing (invariant I4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.chipproof import ChipState
from codes.claims import Profile
from ecard import faults, schema
from ecard.enrolment import NoncePurpose
from ecard.holderacts import PhoneProof, act_binding
from ecard.lifecycle import RULES, Command
from ecard.locking import WHOLE_CARD
from ecard.outbox import Topic
from ecard.stopping import LossOf
from tests.ecard.chips import MirrorChip, look, mirrored, tap
from tests.ecard.city import CLERK, READER, SUPERVISOR, City, SoftPhone, place, refused
from tests.ecard.desk import papers

if TYPE_CHECKING:
    from ecard.model import Dossier

WORDS = {ChipState.ACTIVE: "VALID", ChipState.SUSPENDED: "SUSPENDED", ChipState.FROZEN: "FROZEN", ChipState.CANCELLED: "INVALID"}


def said(city: City, card: Dossier, chip: MirrorChip, code: str) -> set[str]:
    """What code, list and chip say, once the chip has been tapped."""
    tap(city, chip)
    row = next(row for row in city.office.credentials(card.card.ref) if row.profile is Profile.CHIP)
    statuses = city.statuses()
    return {statuses[code], statuses[f"{row.status.uri}/{row.status.idx}"], WORDS[chip.state]}


@pytest.mark.article("CQ-16")
@pytest.mark.threat("E05")
def test_whatever_happens_to_the_whole_card_code_list_and_chip_end_with_one_word(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    code = place(city.renew(bound.phone, phone, Profile.GENERAL)[0])
    assert said(city, card, chip, code) == {"VALID"}
    city.office.report_loss(card.card.ref, of=LossOf.CARD, **papers(city, Command.REPORT_LOSS))
    assert said(city, card, chip, code) == {"SUSPENDED"}
    city.office.withdraw_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.WITHDRAW_LOSS].evidence, at=city.at)
    assert said(city, card, chip, code) == {"VALID"}
    city.office.lock(card.card.ref, actor=city.holder(card), proof=_proof(city, card, phone), at=city.at)
    assert said(city, card, chip, code) == {"SUSPENDED"}


def _proof(city: City, card: Dossier, phone: SoftPhone) -> PhoneProof:
    nonce = city.office.nonce(card.card.ref, NoncePurpose.ACT, at=city.at).value
    carrier = city.office.card(card.card.ref).phones[0]
    return PhoneProof(phone=carrier.ref, nonce=nonce, proof=phone.proof(act_binding(nonce, Command.LOCK, card.card.ref, WHOLE_CARD)))


def test_the_holders_other_phones_are_told_when_one_more_is_bound(city: City) -> None:
    card, chip = mirrored(city)
    city.bind(card, SoftPhone("a"), chip)
    city.bind(card, SoftPhone("b"), chip)
    city.bind(card, SoftPhone("b"), chip)
    with city.office.store.reading() as work:
        marks = work.connection.execute(sa.select(schema.outbox.c.mark).where(schema.outbox.c.topic == Topic.PUSH.value)).scalars().all()
    assert len([mark for mark in marks if mark.endswith(":phone-bound")]) == 1


@pytest.mark.threat("E06")
@pytest.mark.error("chip-refused")
def test_a_chip_that_was_put_back_endorses_no_phone(city: City) -> None:
    card, chip = mirrored(city)
    old = chip.as_it_is()
    tap(city, chip)
    look(city, chip)
    city.office.register_reader(READER, actor=SUPERVISOR, at=city.at)
    with refused(faults.CHIP_REFUSED):
        city.bind(card, SoftPhone("p"), old)
