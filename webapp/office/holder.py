"""The holder behind a command: `--as holder`, with a phone in a folder whose enrolment key proves that its holder wants this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import StateError
from codes.keyproof import KeyProof, ProofPurpose
from ecard import NoncePurpose
from ecard import faults as record
from ecard.holderacts import PhoneProof, act_binding
from ecard.model import Actor, Role
from webapp.phones.phone import Phone

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ecard import CardOffice, Dossier
    from ecard.lifecycle import Command
    from ecard.model import Carrier

HOLDER = "holder"
"""What `--as` says for the holder."""


def actor_of(dossier: Dossier) -> Actor:
    """The holder of this card."""
    return Actor(ref=HOLDER, person=dossier.card.holder, role=Role.HOLDER)


def carrier_of(dossier: Dossier, phone: Phone) -> Carrier:
    """The phone as the card knows it. Raises `StateError` carrier-unknown."""
    key = phone.enrolment.public_key
    found = next((carrier for carrier in dossier.phones if carrier.key == key), None)
    if found is None:
        raise StateError(record.CARRIER_UNKNOWN)
    return found


def check_session(dossier: Dossier, folder: Path) -> None:
    """Return if the phone in this folder is one of the card's, lost or not: whoever reports a loss need not have what was lost.

    Raises `SetupError` phone-unreadable, `StateError` carrier-unknown.
    """
    carrier_of(dossier, Phone(folder))


def prove(desk: CardOffice, dossier: Dossier, folder: Path, command: Command, target: str, *, at: datetime) -> PhoneProof:
    """The phone's word for one act. Raises `SetupError` phone-unreadable, `StateError` carrier-unknown."""
    phone = Phone(folder)
    carrier = carrier_of(dossier, phone)
    card = dossier.card
    nonce = desk.nonce(card.ref, NoncePurpose.ACT, at=at).value
    binding = act_binding(nonce, command, card.ref, target)
    proof = KeyProof.make(phone.enrolment, region=card.region, purpose=ProofPurpose.ENROLMENT, nonce=binding, iat=int(at.timestamp()))
    return PhoneProof(phone=carrier.ref, nonce=nonce, proof=proof)
