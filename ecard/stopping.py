"""Stopping a card or a carrier for now, and lifting that again: loss and freeze."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.errors import InputError, StateError
from ecard import faults, lifecycle
from ecard.lifecycle import Command, Evidence
from ecard.model import CarrierKind, CarrierRef, CarrierState, Dossier, Hold, HoldKind, HoldRef, draw_ref

if TYPE_CHECKING:
    from ecard.model import Actor, CardRef, FreezeGround
    from ecard.premises import Premises
    from ecard.store import Work


class LossOf(enum.StrEnum):
    """What was lost."""

    CARD = "card"
    """Everything of the card: chip and phones."""
    CHIP = "chip"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What a stop, or the lifting of one, left. `effective` is when the record knew (ZS-17c)."""

    dossier: Dossier
    others: tuple[CardRef, ...]
    """Further cards that the same phone carries, and that changed with it."""
    effective: int


def report_loss(
    premises: Premises,
    ref: CardRef,
    *,
    of: LossOf,
    phone: CarrierRef | None,
    actor: Actor,
    evidence: frozenset[Evidence],
    expected: int | None,
    now: int,
) -> Stopped:
    """Place a LOSS hold: on the card, on its chip, or on a phone, and then on every other card that this phone carries."""
    with premises.store.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.REPORT_LOSS, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        after = before
        changed: list[CardRef] = []
        for dossier, carrier in _lost(work, before, of, phone):
            if _standing(dossier, carrier, origin=ref) is not None:
                continue
            hold = Hold(
                ref=HoldRef(draw_ref(premises.entropy)),
                card=dossier.card.ref,
                carrier=carrier,
                kind=HoldKind.LOSS,
                origin=ref,
                placed=now,
                placed_by=actor.ref,
                placed_person=actor.person,
            )
            held = replace(dossier, holds=(*dossier.holds, hold))
            held = work.record(dossier, held, command=Command.REPORT_LOSS, actor=actor, purpose=f"loss-of-{of}", at=now)
            if dossier.card.ref == ref:
                after = held
            else:
                changed.append(held.card.ref)
    return Stopped(dossier=after, others=tuple(changed), effective=now)


def withdraw_loss(
    premises: Premises,
    ref: CardRef,
    *,
    of: LossOf,
    phone: CarrierRef | None,
    actor: Actor,
    evidence: frozenset[Evidence],
    expected: int | None,
    now: int,
) -> Stopped:
    """Lift the LOSS hold that was reported at this card, unless a replacement has been applied for (ZS-18)."""
    with premises.store.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.WITHDRAW_LOSS, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        if work.replacement_of(ref) is not None:
            raise StateError(faults.REPLACEMENT_OPEN, article="ZS-18")
        lost = _lost(work, before, of, phone)
        _check_was_reported(before, lost[0][1])
        after = before
        changed: list[CardRef] = []
        for dossier, carrier in lost:
            hold = _standing(dossier, carrier, origin=ref)
            if hold is None:
                continue
            freed = _lift(dossier, hold, actor=actor, now=now)
            freed = work.record(dossier, freed, command=Command.WITHDRAW_LOSS, actor=actor, purpose=f"found-{of}", at=now)
            if dossier.card.ref == ref:
                after = freed
            else:
                changed.append(freed.card.ref)
    return Stopped(dossier=after, others=tuple(changed), effective=now)


def _lost(work: Work, dossier: Dossier, of: LossOf, phone: CarrierRef | None) -> list[tuple[Dossier, CarrierRef | None]]:
    """Where the hold stands: the card's own place first, then the same phone on other cards."""
    if (of is LossOf.PHONE) != (phone is not None):
        raise InputError(faults.CARRIER_UNKNOWN, of=of)
    if of is LossOf.CARD:
        return [(dossier, None)]
    if phone is None:
        if dossier.chip is None:
            raise StateError(faults.CARRIER_UNKNOWN, of=of)
        return [(dossier, dossier.chip.ref)]
    found = dossier.carrier(phone)
    if found is None or found.kind is not CarrierKind.PHONE or found.key is None:
        raise StateError(faults.CARRIER_UNKNOWN, of=of)
    places: list[tuple[Dossier, CarrierRef | None]] = [(dossier, phone)]
    for other in work.dossiers_with_key(found.key.thumbprint()):
        if other.card.ref != dossier.card.ref:
            places += [(other, carrier.ref) for carrier in other.carriers if carrier.key == found.key and carrier.state is not CarrierState.ENDED]
    return places


def _standing(dossier: Dossier, carrier: CarrierRef | None, *, origin: CardRef) -> Hold | None:
    """The LOSS hold on this place that was reported at `origin` and not lifted."""
    holds = (hold for hold in dossier.holds if hold.kind is HoldKind.LOSS and hold.carrier == carrier and hold.lifted is None)
    return next((hold for hold in holds if hold.origin == origin), None)


def _check_was_reported(dossier: Dossier, carrier: CarrierRef | None) -> None:
    """Withdrawing what stands, or what was withdrawn already, is right; what was never reported, or elsewhere, is not."""
    reports = [hold for hold in dossier.holds if hold.kind is HoldKind.LOSS and hold.carrier == carrier]
    if any(hold.origin == dossier.card.ref for hold in reports):
        return
    if any(hold.lifted is None for hold in reports):
        raise StateError(faults.LOSS_REPORTED_ELSEWHERE, article="ZS-18")
    raise StateError(faults.LOSS_NOT_REPORTED, article="ZS-18")


def _lift(dossier: Dossier, hold: Hold, *, actor: Actor, now: int) -> Dossier:
    lifted = replace(hold, lifted=now, lifted_by=actor.ref, lifted_person=actor.person)
    return replace(dossier, holds=tuple(lifted if other.ref == hold.ref else other for other in dossier.holds))


def freeze(
    premises: Premises, ref: CardRef, *, ground: FreezeGround, until: int, actor: Actor, evidence: frozenset[Evidence], expected: int | None, now: int
) -> Stopped:
    """Freeze a whole card for a time on false claim, false use or theft (CQ-20b)."""
    with premises.store.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.FREEZE, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        if not now < until <= now + premises.policy.freeze_longest:
            raise InputError(faults.FREEZE_TERMS, seconds=until - now, longest=premises.policy.freeze_longest, article="CQ-20b")
        if any(hold.ground is ground and hold.until == until and hold.in_force(now) for hold in before.holds):
            return Stopped(dossier=before, others=(), effective=now)
        hold = Hold(
            ref=HoldRef(draw_ref(premises.entropy)),
            card=ref,
            carrier=None,
            kind=HoldKind.FREEZE,
            origin=ref,
            ground=ground,
            placed=now,
            placed_by=actor.ref,
            placed_person=actor.person,
            until=until,
        )
        after = replace(before, holds=(*before.holds, hold))
        after = work.record(before, after, command=Command.FREEZE, actor=actor, purpose=f"freeze-{ground}", at=now)
    return Stopped(dossier=after, others=(), effective=now)


def unfreeze(premises: Premises, ref: CardRef, *, actor: Actor, evidence: frozenset[Evidence], expected: int | None, now: int) -> Stopped:
    """Lift every freeze in force after review. Class A: never by a person who placed one of them."""
    with premises.store.writing() as work:
        before = work.dossier(ref, expected=expected)
        rule = lifecycle.permit(Command.UNFREEZE, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        frozen = [hold for hold in before.holds if hold.kind is HoldKind.FREEZE and hold.in_force(now)]
        if not frozen:
            raise StateError(faults.NOT_FROZEN)
        lifecycle.check_second_person(rule, actor, {hold.placed_person for hold in frozen})
        after = before
        for hold in frozen:
            after = _lift(after, hold, actor=actor, now=now)
        after = work.record(before, after, command=Command.UNFREEZE, actor=actor, purpose="reviewed", at=now)
    return Stopped(dossier=after, others=(), effective=now)
