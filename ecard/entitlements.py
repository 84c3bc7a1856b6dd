"""Fare entitlements: a class, its evidence, when to look again, when it ends, and the one carrier that states it (CQ-7b).

What the class means stands in the transit scenes alone. The fare of a credential comes from here when it is issued, and no credential outlives the
entitlement that it states. A chip states a fare only if that lasts as long as the card, because nobody rewrites a chip in a pocket.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.claims import HOUR, Profile
from codes.credential import FARE_CLASSES
from codes.errors import InputError, StateError
from ecard import faults, lifecycle, schema, withdrawing
from ecard.lifecycle import Command
from ecard.model import CarrierKind, CarrierState, Entitlement, draw_ref
from ecard.shelf import Shelf

if TYPE_CHECKING:
    from ecard.lifecycle import Evidence
    from ecard.model import Actor, CardRef, CarrierRef, Dossier, HolderRef
    from ecard.premises import Premises
    from ecard.store import Work

ENTITLEMENTS = Shelf(schema.entitlement, Entitlement)
STATING = (Profile.GENERAL, Profile.CHIP)
"""Kinds of credential that state a fare; a hospital need not learn of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FareTerms:
    """What is granted: the class, what proves it, when to look again, and when it ends."""

    fare: int
    evidence: str
    review: int
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitled:
    """A card after a step of an entitlement, and the entitlement as it stands."""

    dossier: Dossier
    entitlement: Entitlement


def grant(
    premises: Premises,
    ref: CardRef,
    carrier: CarrierRef,
    terms: FareTerms,
    *,
    actor: Actor,
    shown: frozenset[Evidence],
    expected: int | None,
    now: int,
) -> Entitled:
    """Grant a fare class to the holder, stated by one carrier of this card. The same again: no change."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.GRANT_FARE, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        if not (0 < terms.fare < FARE_CLASSES and terms.evidence.strip() and now < terms.review <= terms.expires):
            raise InputError(faults.FARE_TERMS, fare=terms.fare, review=terms.review, expires=terms.expires)
        known = _standing(work, before.card.holder)
        if known is not None and known.in_force(now):
            if (known.carrier, known.fare, known.evidence, known.expires) != (carrier, terms.fare, terms.evidence, terms.expires):
                raise StateError(faults.FARE_HELD, fare=known.fare, expires=known.expires)
            return Entitled(dossier=before, entitlement=known)
        if known is not None:
            _tell_there(work, known, before, Command.GRANT_FARE, "fare-expired", actor=actor, shown=shown, now=now)
            ENTITLEMENTS.change(work, replace(known, ended=now, ended_by=actor.ref))
        _check_carrier(work, before, carrier, terms.expires)
        granted = Entitlement(
            ref=draw_ref(premises.entropy),
            holder=before.card.holder,
            region=before.card.region,
            fare=terms.fare,
            evidence=terms.evidence,
            carrier=carrier,
            granted=now,
            granted_by=actor.ref,
            review=terms.review,
            expires=terms.expires,
        )
        ENTITLEMENTS.add(work, granted)
        after = work.record(before, before, command=Command.GRANT_FARE, actor=actor, evidence=shown, purpose="fare-granted", at=now)
    return Entitled(dossier=after, entitlement=granted)


def move(
    premises: Premises, ref: CardRef, carrier: CarrierRef, *, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int
) -> Entitled:
    """Let another carrier of this card state the fare. What states it on the one before stops counting. To where it is already: no change."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.MOVE_FARE, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        known = _in_force(work, before, now)
        if known.carrier == carrier:
            return Entitled(dossier=before, entitlement=known)
        _check_carrier(work, before, carrier, known.expires)
        last = work.dossier_of_carrier(known.carrier).carrier(known.carrier)
        if last is not None and last.state is CarrierState.ACTIVE:
            remade = before.chip_in_making
            if last.kind is CarrierKind.PHONE:
                _withdraw(work, known.carrier, now=now)
            elif remade is None or remade.ref != carrier:
                raise StateError(faults.FARE_CARRIER, wrong="chip in use states it")
        _tell_there(work, known, before, Command.MOVE_FARE, "fare-moved-away", actor=actor, shown=shown, now=now)
        moved = ENTITLEMENTS.change(work, replace(known, carrier=carrier))
        after = work.record(before, before, command=Command.MOVE_FARE, actor=actor, evidence=shown, purpose="fare-moved", at=now)
    return Entitled(dossier=after, entitlement=moved)


def review(premises: Premises, ref: CardRef, *, again: int, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int) -> Entitled:
    """Note that the entitlement still holds, and when to look again."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.REVIEW_FARE, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        known = _in_force(work, before, now)
        if not now < again <= known.expires:
            raise InputError(faults.FARE_TERMS, review=again, expires=known.expires)
        _tell_there(work, known, before, Command.REVIEW_FARE, "fare-reviewed", actor=actor, shown=shown, now=now)
        seen = ENTITLEMENTS.change(work, replace(known, review=again))
        after = work.record(before, before, command=Command.REVIEW_FARE, actor=actor, evidence=shown, purpose="fare-reviewed", at=now)
    return Entitled(dossier=after, entitlement=seen)


def end(premises: Premises, ref: CardRef, *, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int) -> Entitled:
    """End an entitlement before its time. Whatever states it stops counting, a chip too: that one is then exchanged."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.END_FARE, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        known = _in_force(work, before, now)
        _tell_there(work, known, before, Command.END_FARE, "fare-ended", actor=actor, shown=shown, now=now)
        ended = ENTITLEMENTS.change(work, replace(known, ended=now, ended_by=actor.ref))
        _withdraw(work, known.carrier, now=now)
        after = work.record(before, before, command=Command.END_FARE, actor=actor, evidence=shown, purpose="fare-ended", at=now)
    return Entitled(dossier=after, entitlement=ended)


def stated_by(work: Work, carrier: CarrierRef, profile: Profile, *, now: int) -> Entitlement | None:
    """The entitlement that a credential of this kind for this carrier states, if it is issued now."""
    if profile not in STATING:
        return None
    found = ENTITLEMENTS.one(work, (schema.entitlement.c.carrier == carrier) & schema.entitlement.c.ended.is_(None))
    return found if found is not None and found.in_force(now) and found.expires // HOUR * HOUR > now else None


def of_holder(work: Work, holder: HolderRef) -> list[Entitlement]:
    """Every entitlement that a person has had, oldest first."""
    return sorted(ENTITLEMENTS.all(work, schema.entitlement.c.holder == holder), key=lambda each: (each.granted, each.ref))


def _standing(work: Work, holder: HolderRef) -> Entitlement | None:
    return ENTITLEMENTS.one(work, (schema.entitlement.c.holder == holder) & schema.entitlement.c.ended.is_(None))


def _in_force(work: Work, dossier: Dossier, now: int) -> Entitlement:
    known = _standing(work, dossier.card.holder)
    if known is None or not known.in_force(now):
        raise StateError(faults.FARE_MISSING)
    return known


def _tell_there(
    work: Work, known: Entitlement, here: Dossier, command: Command, purpose: str, *, actor: Actor, shown: frozenset[Evidence], now: int
) -> None:
    """Put it on the record of the card that states the fare so far, where that is an earlier one of the holder's."""
    there = work.dossier_of_carrier(known.carrier)
    if there.card.ref != here.card.ref:
        work.record(there, there, command=command, actor=actor, evidence=shown, purpose=purpose, at=now)


def _check_carrier(work: Work, dossier: Dossier, ref: CarrierRef, expires: int) -> None:
    """Return if this carrier can state a fare until `expires`: a bound phone, or a chip that is still being made and that the fare outlives."""
    carrier = dossier.carrier(ref)
    if carrier is None or carrier.state is CarrierState.ENDED:
        raise InputError(faults.FARE_CARRIER, wrong="not a living carrier of this card")
    if carrier.kind is CarrierKind.CHIP:
        written = work.connection.execute(schema.credential.select().where(schema.credential.c.carrier == ref)).first()
        if written is not None or expires < dossier.card.expires:
            raise StateError(faults.FARE_CARRIER, wrong="chip that cannot state it", expires=expires)


def _withdraw(work: Work, carrier: CarrierRef, *, now: int) -> None:
    states = (schema.credential.c.carrier == carrier) & schema.credential.c.profile.in_([int(profile) for profile in STATING])
    withdrawing.withdraw(work, states, reason="fare-change", now=now)
