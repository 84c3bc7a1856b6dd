"""What holders do themselves, proved by a phone's enrolment key: the phone uses that key only after the holder's password, so the proof stands for both.

The proof is for one act: what stands in it as nonce binds a nonce to the command, the card and what the command is about.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes import cbor
from codes.errors import InputError, StateError
from codes.keyproof import KeyProof, ProofPurpose
from ecard import enrolment, faults
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import LOSSES
from ecard.model import CarrierKind, CarrierState

if TYPE_CHECKING:
    from ecard.lifecycle import Command
    from ecard.model import CardRef, CarrierRef, Dossier
    from ecard.premises import Premises
    from ecard.stopping import LossOf
    from ecard.store import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneProof:
    """A phone's word that its holder wants this: its key proof over `act_binding`."""

    phone: CarrierRef
    nonce: bytes
    """The phone's own: see `enrolment.OF_PHONES`."""
    proof: bytes


def act_binding(nonce: bytes, command: Command, card: CardRef, target: str) -> bytes:
    """What stands as nonce in the proof of an act: SHA-256 of CBOR ["ecard-act", 1, nonce, command, card, target]."""
    return hashlib.sha256(cbor.encode(["ecard-act", 1, nonce, command.value, card, target])).digest()


def target_of(of: LossOf, phone: CarrierRef | None) -> str:
    """How a proof names what was lost: `card`, `chip`, or the phone's reference."""
    return of.value if phone is None else phone


def check(premises: Premises, work: Work, dossier: Dossier, proof: PhoneProof | None, *, command: Command, target: str, now: int) -> None:
    """Return if a phone of this card proves the act, and may: endorsed by the chip, and not reported lost itself or with the whole card.

    A phone without endorsement may speak for itself only. Raises `InputError`: nonce-unusable, key-proof, key-in-use; `StateError`:
    phone-proof-missing, carrier-unknown, phone-reported-lost, phone-provisional.
    """
    if proof is None:
        raise StateError(faults.PROOF_MISSING, command=command)
    phone = dossier.carrier(proof.phone)
    if phone is None or phone.kind is not CarrierKind.PHONE or phone.key is None or phone.state is not CarrierState.ACTIVE:
        raise StateError(faults.CARRIER_UNKNOWN)
    if any(hold.kind in LOSSES and hold.carrier in {None, phone.ref} and hold.in_force(now) for hold in dossier.holds):
        raise StateError(faults.PHONE_REPORTED, command=command, article="ZS-17b")
    if phone.provisional_until is not None and phone.ref != target:
        raise StateError(faults.PHONE_PROVISIONAL, until=phone.provisional_until)
    enrolment.use_up(premises, work, proof.nonce, dossier.card.ref, NoncePurpose.ACT, now=now)
    binding = act_binding(proof.nonce, command, dossier.card.ref, target)
    if KeyProof.check(proof.proof, region=dossier.card.region, purpose=ProofPurpose.ENROLMENT, nonce=binding).key != phone.key:
        raise InputError(faults.KEY_IN_USE, key="enrolment")
