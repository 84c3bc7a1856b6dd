"""A PIN set anew or unblocked at a counter, live and on record; and a phone unbound through the chip."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codes.chipproof import unbind_challenge
from codes.errors import StateError
from codes.pinscripts import PinScript
from codes.scripts import NONCE_BYTES
from ecard import enrolment, faults, lifecycle, locking
from ecard.applying import check_counters
from ecard.chips import noting, proofs
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import CarrierStatus, Command
from ecard.model import CarrierKind, CarrierState, ChipFile, EndReason, HoldKind, ProofKind

if TYPE_CHECKING:
    from ecard.lifecycle import Evidence
    from ecard.model import Actor, CardRef, CarrierRef, Dossier
    from ecard.phones import Endorsement
    from ecard.premises import Premises
    from ecard.store import Work

COUNTER_ACTS = frozenset({Command.RESET_PIN, Command.UNBLOCK_PIN})


def seal(
    premises: Premises, ref: CardRef, command: Command, *, challenge: bytes, pin: str | None, actor: Actor, shown: frozenset[Evidence], now: int
) -> bytes:
    """The script for a chip that is there, after papers were checked. Put on record as it is made: nobody sets a PIN anew without a trace.

    `ValueError` for another command, or a PIN where none belongs.
    """
    if command not in COUNTER_ACTS or (pin is None) != (command is Command.UNBLOCK_PIN):
        raise ValueError(command)
    dossier = locking.note_pin_act(premises, ref, command, actor=actor, evidence=shown, expected=None, now=now)
    if dossier.chip is None:
        raise StateError(faults.CHIP_NOT_PERSONALISED)
    code = proofs.identity_of(dossier.chip)
    script = PinScript(nonce=premises.entropy(NONCE_BYTES), pin=pin)
    return script.seal(proofs.keys_of(premises, dossier.card.region, code), card_id=code, challenge=challenge)


def confirm(premises: Premises, ref: CardRef, *, script: bytes, answer: bytes, reader: str, now: int) -> ChipFile:
    """Take the chip's word that it obeyed: its condition, for this script's nonce."""
    nonce = script[5 : 5 + NONCE_BYTES]
    with premises.writing() as work:
        dossier = work.dossier(ref)
        chip = dossier.chip
        if chip is None:
            raise StateError(faults.CHIP_NOT_PERSONALISED)
        claim = proofs.condition(premises, dossier.card.region, chip, nonce=nonce, answer=answer)
        dossier = noting.note(premises, work, dossier, chip, claim, reader=reader, asked=now, now=now)
        return noting.file_of(work, dossier, dossier.carrier(chip.ref) or chip)


def unbind(
    premises: Premises, ref: CardRef, phone: CarrierRef, *, nonce: bytes, endorsement: Endorsement, actor: Actor, expected: int | None, now: int
) -> Dossier:
    """End a phone on this card at its holder's wish, which the chip and its PIN prove at a registered reader. Again: no change."""
    with premises.writing() as work:
        after = _unbound(premises, work, ref, phone, nonce=nonce, endorsement=endorsement, actor=actor, expected=expected, now=now)
    if after is None:
        raise StateError(faults.CARD_HELD, command=Command.UNBIND_PHONE, hold=HoldKind.DRIFT, article="ZS-17a")
    return after


def _unbound(
    premises: Premises,
    work: Work,
    ref: CardRef,
    phone: CarrierRef,
    *,
    nonce: bytes,
    endorsement: Endorsement,
    actor: Actor,
    expected: int | None,
    now: int,
) -> Dossier | None:
    """The card without the phone; None where its chip was found apart and held, which has to be kept although the phone stays."""
    before = work.dossier(ref, expected=expected)
    lifecycle.permit(Command.UNBIND_PHONE, before, region=before.card.region, actor=actor, evidence=(), now=now)
    bound, chip = before.carrier(phone), before.chip
    if bound is None or bound.kind is not CarrierKind.PHONE or bound.key is None:
        raise StateError(faults.CARRIER_UNKNOWN)
    if chip is None or lifecycle.status_of(before, chip, now) is not CarrierStatus.VALID:
        raise StateError(faults.CARD_HELD, command=Command.UNBIND_PHONE, article="ZS-17a")
    taken = enrolment.take_nonce(work, nonce, ref, NoncePurpose.UNBIND, now=now)
    enrolment.check_reader(work, endorsement.reader)
    challenge = unbind_challenge(
        reader_id=endorsement.reader,
        nonce=nonce,
        thumbprint=bound.key.thumbprint(),
        card_number=before.card.number,
        expires=taken.expires,
    )
    report = proofs.reported(chip, ProofKind.UNBIND, challenge=challenge, answer=endorsement.answer)
    check_counters(work, report, chip)
    claim = proofs.claimed(report, ProofKind.UNBIND, challenge=challenge, answer=endorsement.answer)
    noted = noting.note(premises, work, before, chip, claim, reader=endorsement.reader, asked=taken.expires - premises.policy.nonce_life, now=now)
    if noted != before:
        return None
    if bound.state is CarrierState.ENDED:
        return before
    gone = replace(bound, state=CarrierState.ENDED, end_reason=EndReason.UNBOUND)
    after = replace(before, carriers=tuple(gone if carrier.ref == phone else carrier for carrier in before.carriers))
    return work.record(before, after, command=Command.UNBIND_PHONE, actor=actor, evidence=(), purpose="unbound-through-chip", at=now)
