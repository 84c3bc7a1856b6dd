"""A written report of loss, and its withdrawal: which places it stops, since when, and what it does to a report by phone that went before."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.errors import InputError, StateError
from ecard import faults, lifecycle
from ecard.lifecycle import Command, Evidence
from ecard.model import CarrierKind, CarrierRef, CarrierState, Dossier, Hold, HoldKind, HoldRef, draw_ref
from ecard.policy import ChipLoss

if TYPE_CHECKING:
    from ecard.model import Actor, CardRef
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
    """What a stop, or the lifting of one, left."""

    dossier: Dossier
    others: tuple[CardRef, ...]
    """Further cards that the same phone carries, and that changed with it."""
    effective: int
    """Since when the record has kept the place stopped, without a gap: from the report by phone on if there was one (ZS-17c). Of a lifting: when."""
    due: int | None = None
    """Of a report by phone: by when the written one must follow."""
    receipt: bytes | None = None
    """The signed receipt of when this was done."""


Place = tuple[Dossier, CarrierRef | None]
"""Where a hold stands: a card, and one carrier of it, or None for the whole card."""


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
    """Place a LOSS hold: on the card, on its chip, or on a phone, and then on every other card that this phone carries. It takes the place of PRE_LOSS."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.REPORT_LOSS, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        of = meant(premises, of)
        places = lost_places(work, before, of, phone)
        after, changed = before, []
        for dossier, carrier in places:
            if standing(dossier, carrier, HoldKind.LOSS, origin=ref) is not None:
                continue
            pre_loss = standing(dossier, carrier, HoldKind.PRE_LOSS, origin=ref)
            settled = dossier if pre_loss is None else lift(dossier, pre_loss, actor=actor, now=now)
            held = with_hold(premises, settled, carrier, HoldKind.LOSS, origin=ref, actor=actor, now=now)
            held = work.record(dossier, held, command=Command.REPORT_LOSS, actor=actor, purpose=f"loss-of-{of}", at=now)
            if dossier.card.ref == ref:
                after = held
            else:
                changed.append(held.card.ref)
    effective = lifecycle.lost_since(after, places[0][1], now)
    return Stopped(dossier=after, others=tuple(changed), effective=now if effective is None else effective)


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
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.WITHDRAW_LOSS, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        return withdraw(premises, work, before, HoldKind.LOSS, of=of, phone=phone, command=Command.WITHDRAW_LOSS, actor=actor, now=now)


def withdraw(
    premises: Premises, work: Work, before: Dossier, kind: HoldKind, *, of: LossOf, phone: CarrierRef | None, command: Command, actor: Actor, now: int
) -> Stopped:
    """Lift what was reported at this card: one kind of hold, wherever the report placed it. Again: no change.

    Raises `StateError`: replacement-open, loss-not-reported, loss-reported-elsewhere, carrier-unknown.
    """
    ref = before.card.ref
    if work.replacement_of(ref) is not None:
        raise StateError(faults.REPLACEMENT_OPEN, article="ZS-18")
    of = meant(premises, of)
    places = lost_places(work, before, of, phone)
    _check_was_reported(before, places[0][1], kind)
    after, changed = before, []
    for dossier, carrier in places:
        hold = standing(dossier, carrier, kind, origin=ref)
        if hold is None:
            continue
        freed = work.record(dossier, lift(dossier, hold, actor=actor, now=now), command=command, actor=actor, purpose=f"found-{of}", at=now)
        if dossier.card.ref == ref:
            after = freed
        else:
            changed.append(freed.card.ref)
    return Stopped(dossier=after, others=tuple(changed), effective=now)


def meant(premises: Premises, of: LossOf) -> LossOf:
    """What a report of this loss stops. Where policy says so, a lost chip stops the whole card."""
    return LossOf.CARD if of is LossOf.CHIP and premises.policy.chip_loss is ChipLoss.STOPS_PHONES else of


def lost_places(work: Work, dossier: Dossier, of: LossOf, phone: CarrierRef | None) -> list[Place]:
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
    places: list[Place] = [(dossier, phone)]
    for other in work.dossiers_with_key(found.key.thumbprint()):
        if other.card.ref != dossier.card.ref:
            places += [(other, carrier.ref) for carrier in other.carriers if carrier.key == found.key and carrier.state is not CarrierState.ENDED]
    return places


def standing(dossier: Dossier, carrier: CarrierRef | None, kind: HoldKind, *, origin: CardRef) -> Hold | None:
    """The hold of this kind on this place that was reported at `origin` and not lifted."""
    holds = (hold for hold in dossier.holds if hold.kind is kind and hold.carrier == carrier and hold.lifted is None)
    return next((hold for hold in holds if hold.origin == origin), None)


def _check_was_reported(dossier: Dossier, carrier: CarrierRef | None, kind: HoldKind) -> None:
    """Withdrawing what stands, or what was withdrawn already, is right; what was never reported, or elsewhere, is not."""
    reports = [hold for hold in dossier.holds if hold.kind is kind and hold.carrier == carrier]
    if any(hold.origin == dossier.card.ref for hold in reports):
        return
    if any(hold.lifted is None for hold in reports):
        raise StateError(faults.LOSS_REPORTED_ELSEWHERE, article="ZS-18")
    raise StateError(faults.LOSS_NOT_REPORTED, article="ZS-18")


def with_hold(
    premises: Premises,
    dossier: Dossier,
    carrier: CarrierRef | None,
    kind: HoldKind,
    *,
    origin: CardRef,
    actor: Actor,
    now: int,
    until: int | None = None,
    due: int | None = None,
) -> Dossier:
    """The dossier with one more hold."""
    hold = Hold(
        ref=HoldRef(draw_ref(premises.entropy)),
        card=dossier.card.ref,
        carrier=carrier,
        kind=kind,
        origin=origin,
        placed=now,
        placed_by=actor.ref,
        placed_person=actor.person,
        until=until,
        due=due,
    )
    return replace(dossier, holds=(*dossier.holds, hold))


def lift(dossier: Dossier, hold: Hold, *, actor: Actor, now: int) -> Dossier:
    """The dossier with this hold lifted."""
    lifted = replace(hold, lifted=now, lifted_by=actor.ref, lifted_person=actor.person)
    return replace(dossier, holds=tuple(lifted if other.ref == hold.ref else other for other in dossier.holds))
