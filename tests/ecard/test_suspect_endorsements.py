"""A chip that is found apart while it speaks for a phone: nothing is bound or unbound by its word, and what was found is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.chipproof import ChipPurpose, unbind_challenge
from ecard import faults
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import CarrierStatus, status_of
from ecard.model import CarrierState, HoldKind, seconds
from ecard.phones import Endorsement
from tests.ecard.chips import MirrorChip, mirrored, tap
from tests.ecard.city import READER, City, SoftPhone, refused

if TYPE_CHECKING:
    from ecard.model import Carrier, Dossier

STRANGE = b"\x01" * 8
"""The digest of a script that this record has never sealed."""


def unbind(city: City, card: Dossier, phone: Carrier, chip: MirrorChip) -> Dossier:
    """What a reader does for a holder who taps and enters the PIN."""
    nonce = city.office.nonce(card.card.ref, NoncePurpose.UNBIND, at=city.at)
    assert phone.key is not None
    challenge = unbind_challenge(
        reader_id=READER, nonce=nonce.value, thumbprint=phone.key.thumbprint(), card_number=card.card.number, expires=nonce.expires
    )
    answer = chip.answer(ChipPurpose.UNBIND, challenge)
    endorsement = Endorsement(reader=READER, answer=answer)
    return city.office.unbind_through_chip(card.card.ref, phone.ref, nonce=nonce.value, endorsement=endorsement, actor=city.holder(card), at=city.at)


def is_held_and_on_file(city: City, card: Dossier, chip: MirrorChip) -> bool:
    file, now = city.office.chip(chip.code), city.office.card(card.card.ref)
    assert now.chip is not None
    return [incident.kind.value for incident in file.incidents] == ["apart"] and status_of(now, now.chip, seconds(city.at)) is CarrierStatus.SUSPENDED


def test_no_phone_is_bound_by_a_chip_that_is_found_apart(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    chip.digest = STRANGE
    with refused(faults.CARD_HELD, hold=HoldKind.DRIFT):
        city.bind(card, SoftPhone("p"), chip)
    assert city.office.card(card.card.ref).phones == ()
    assert is_held_and_on_file(city, card, chip)


def test_no_phone_is_unbound_by_a_chip_that_is_found_apart(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    phone = city.bind(card, SoftPhone("p"), chip).phone
    chip.digest = STRANGE
    with refused(faults.CARD_HELD, hold=HoldKind.DRIFT):
        unbind(city, card, phone, chip)
    kept = city.office.card(card.card.ref).carrier(phone.ref)
    assert kept is not None
    assert kept.state is CarrierState.ACTIVE
    assert is_held_and_on_file(city, card, chip)


def test_a_phone_is_unbound_once_by_a_chip_in_step(city: City) -> None:
    card, chip = mirrored(city)
    tap(city, chip)
    phone = city.bind(card, SoftPhone("p"), chip).phone
    gone = unbind(city, card, phone, chip)
    kept = gone.carrier(phone.ref)
    assert kept is not None
    assert kept.state is CarrierState.ENDED
    assert unbind(city, card, phone, chip) == gone
