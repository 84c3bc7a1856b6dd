"""The record's side of a tap: a fresh challenge, what the chip answered, the script for it, and its receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import InputError, StateError
from codes.scripts import NONCE_BYTES
from ecard import enrolment, faults, lifecycle, schema
from ecard.chips import apartness, noting, proofs, scripting, targets
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import Command, Evidence
from ecard.model import CarrierRef, ChipFile, ProofKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecard.chips.proofs import Claim
    from ecard.chips.scripting import Sealed
    from ecard.enrolment import Nonce
    from ecard.model import Actor, CardRef, Carrier, Dossier
    from ecard.premises import Premises
    from ecard.store import Work

    ClaimsOf = Callable[[Premises, Dossier, Carrier], list[Claim]]


def chip_with(work: Work, code: bytes) -> tuple[Dossier, Carrier]:
    """The chip with this identification code. Raises `InputError` chip-unknown."""
    ref = work.connection.execute(sa.select(schema.carrier.c.ref).where(schema.carrier.c.card_code == code)).scalar_one_or_none()
    dossier = None if ref is None else work.dossier_of_carrier(CarrierRef(ref))
    chip = None if dossier is None or ref is None else dossier.carrier(CarrierRef(ref))
    if dossier is None or chip is None:
        raise InputError(faults.CHIP_UNKNOWN)
    return dossier, chip


def begin(premises: Premises, code: bytes, *, now: int) -> Nonce:
    """A challenge for this chip, good once and for a minute."""
    with premises.writing() as work:
        dossier, chip = chip_with(work, code)
        proofs.identity_of(chip)
        return enrolment.issue_nonce(premises, work, dossier.card.ref, NoncePurpose.TAP, now=now)


def note_status(premises: Premises, code: bytes, *, challenge: bytes, answer: bytes, condition: bytes | None, reader: str, now: int) -> ChipFile:
    """Take what a chip answered to a challenge of ours: its signature, and how it stands when that was asked for too."""
    with premises.writing() as work:
        dossier, chip = chip_with(work, code)
        taken = enrolment.take_nonce(work, challenge, dossier.card.ref, NoncePurpose.TAP, now=now)
        claim = proofs.signed(chip, ProofKind.STATUS, challenge=challenge, answer=answer)
        claims = [claim]
        if condition is not None:
            claims.append(proofs.condition(premises, dossier.card.region, chip, nonce=challenge[:NONCE_BYTES], answer=condition))
        asked = taken.expires - premises.policy.nonce_life
        return _note_all(premises, work, dossier, chip, claims, reader=reader, asked=asked, now=now)


def note_carried(premises: Premises, code: bytes, claims_of: ClaimsOf, *, reader: str, now: int) -> ChipFile:
    """Take what was asked of a chip by a terminal, and carried here later."""
    with premises.writing() as work:
        dossier, chip = chip_with(work, code)
        return _note_all(premises, work, dossier, chip, claims_of(premises, dossier, chip), reader=reader, asked=None, now=now)


def _note_all(
    premises: Premises, work: Work, dossier: Dossier, chip: Carrier, claims: list[Claim], *, reader: str, asked: int | None, now: int
) -> ChipFile:
    for claim in claims:
        dossier = noting.note(premises, work, dossier, chip, claim, reader=reader, asked=asked, now=now)
        chip = dossier.carrier(chip.ref) or chip
    return noting.file_of(work, dossier, chip)


def script_for(premises: Premises, code: bytes, *, challenge: bytes | None) -> Sealed:
    """The script of the version in force, sealed for this chip."""
    with premises.store.reading() as work:
        dossier, chip = chip_with(work, code)
        return scripting.seal(premises, work, dossier, chip, challenge=challenge)


def note_receipt(premises: Premises, code: bytes, *, script: bytes, answer: bytes, reader: str, now: int) -> ChipFile:
    """Take the chip's receipt of a script."""
    return note_carried(
        premises,
        code,
        lambda office, dossier, chip: [proofs.receipt(office, dossier.card.region, chip, script=script, answer=answer)],
        reader=reader,
        now=now,
    )


def reconcile(premises: Premises, ref: CardRef, *, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int) -> Dossier:
    """A clerk has looked: what is open about the card's chips is settled and their holds are lifted."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.RECONCILE, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        incidents = targets.open_incidents(work, ref)
        if not incidents:
            raise StateError(faults.CHIP_NOT_APART)
        after = before
        for carrier in sorted({incident.carrier for incident in incidents}):
            chip = before.carrier(carrier)
            mine = [incident for incident in incidents if incident.carrier == carrier]
            if chip is not None:
                after = apartness.settle(work, after, chip, mine, actor=actor, evidence=shown, now=now)
        targets.follow(work, after, now=now)
        return after
