"""A written report of loss, and its withdrawal: which places it stops, since when, and what it does to a report by phone that went before."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.errors import InputError, StateError
from ecard import faults, lifecycle
from ecard.lifecycle import LOSSES, Command, Evidence
from ecard.model import CardState, CarrierKind, CarrierRef, CarrierState, Dossier, Hold, HoldKind, HoldRef, draw_ref
from ecard.policy import ChipLoss

if TYPE_CHECKING:
    from ecard.model import Actor, CardRef, Carrier
    from ecard.premises import Premises
    from ecard.store import Work


class LossOf(enum.StrEnum):
    """What was lost."""

    CARD = "card"
    """Everything of the card: chip and phones, the phones on every card they carry."""
    CHIP = "chip"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What a stop, or the lifting of one, left."""

    dossier: Dossier
    others: tuple[CardRef, ...]
    """Further cards that the same phones carry, and that changed with it."""
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
    """Place a LOSS hold: on the card, on its chip, or on a phone; a lost phone is held on every other card it carries. It takes the place of PRE_LOSS."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.REPORT_LOSS, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        places = reported_places(premises, work, before, of, phone)
        of = meant(premises, of)
        now_at = {before.card.ref: before}
        for seen, carrier in places:
            dossier = now_at.get(seen.card.ref, seen)
            if standing(dossier, carrier, HoldKind.LOSS, origin=ref) is not None:
                continue
            pre_loss = standing(dossier, carrier, HoldKind.PRE_LOSS, origin=ref)
            settled = dossier if pre_loss is None else lift(dossier, pre_loss, actor=actor, now=now)
            held = with_hold(premises, settled, carrier, HoldKind.LOSS, origin=ref, actor=actor, now=now)
            purpose = f"loss-of-{of if dossier.card.ref == ref else LossOf.PHONE}"
            now_at[dossier.card.ref] = work.record(
                dossier, held, command=Command.REPORT_LOSS, actor=actor, evidence=evidence, purpose=purpose, at=now
            )
    after, changed = now_at.pop(ref), tuple(now_at)
    effective = lifecycle.lost_since(after, places[0][1], now)
    return Stopped(dossier=after, others=changed, effective=now if effective is None else effective)


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
    """Lift the LOSS hold that was reported at this card, or at one that has ended since, unless a replacement has been applied for (ZS-18)."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.WITHDRAW_LOSS, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        return withdraw(
            premises, work, before, HoldKind.LOSS, of=of, phone=phone, command=Command.WITHDRAW_LOSS, actor=actor, evidence=evidence, now=now
        )


def withdraw(
    premises: Premises,
    work: Work,
    before: Dossier,
    kind: HoldKind,
    *,
    of: LossOf,
    phone: CarrierRef | None,
    command: Command,
    actor: Actor,
    evidence: frozenset[Evidence],
    now: int,
) -> Stopped:
    """Lift what was reported at this card, or at one that has ended: one kind of hold, wherever the report placed it. Again: no change.

    Raises `StateError`: replacement-open, loss-not-reported, loss-reported-elsewhere, carrier-unknown.
    """
    ref = before.card.ref
    if work.replacement_of(ref) is not None:
        raise StateError(faults.REPLACEMENT_OPEN, article="ZS-18")
    of = meant(premises, of)
    places = lost_places(work, before, of, phone)
    origins = _reported_at(work, before, places[0][1], kind)
    now_at = {ref: before}
    for seen, carrier in places:
        if seen.card.ref != ref and _lost_otherwise(before, seen, carrier, of, now=now):
            continue
        dossier = now_at.get(seen.card.ref, seen)
        holds = [hold for hold in (standing(dossier, carrier, kind, origin=origin) for origin in origins) if hold is not None]
        if not holds:
            continue
        freed = dossier
        for hold in holds:
            freed = lift(freed, hold, actor=actor, now=now)
        purpose = f"found-{of if dossier.card.ref == ref else LossOf.PHONE}"
        now_at[dossier.card.ref] = work.record(dossier, freed, command=command, actor=actor, evidence=evidence, purpose=purpose, at=now)
    after, changed = now_at.pop(ref), tuple(now_at)
    return Stopped(dossier=after, others=changed, effective=now)


def meant(premises: Premises, of: LossOf) -> LossOf:
    """What a report of this loss stops. Where policy says so, a lost chip stops the whole card."""
    return LossOf.CARD if of is LossOf.CHIP and premises.policy.chip_loss is ChipLoss.STOPS_PHONES else of


def reported_places(premises: Premises, work: Work, dossier: Dossier, of: LossOf, phone: CarrierRef | None) -> list[Place]:
    """Where a report places its hold. A chip's loss that policy takes for the whole card's says nothing about phones on other people's cards."""
    places = lost_places(work, dossier, meant(premises, of), phone, unbound=False)
    return places[:1] if of is LossOf.CHIP else places


def lost_places(work: Work, dossier: Dossier, of: LossOf, phone: CarrierRef | None, *, unbound: bool = True) -> list[Place]:
    """Where the hold stands: the card's own place first, then the same phones on other cards; of a whole card, also those that it has no more."""
    if (of is LossOf.PHONE) != (phone is not None):
        raise InputError(faults.CARRIER_UNKNOWN, of=of)
    if of is LossOf.CARD:
        phones = [carrier for carrier in dossier.carriers if carrier.kind is CarrierKind.PHONE] if unbound else dossier.phones
        return [(dossier, None), *(place for lost in phones for place in _elsewhere(work, dossier, lost))]
    if phone is None:
        if dossier.chip is None:
            raise StateError(faults.CARRIER_UNKNOWN, of=of)
        return [(dossier, dossier.chip.ref)]
    found = dossier.carrier(phone)
    if found is None or found.kind is not CarrierKind.PHONE or found.key is None:
        raise StateError(faults.CARRIER_UNKNOWN, of=of)
    return [(dossier, phone), *_elsewhere(work, dossier, found)]


def _elsewhere(work: Work, dossier: Dossier, phone: Carrier) -> list[Place]:
    """The same phone on other cards."""
    if phone.key is None:
        return []
    others = (other for other in work.dossiers_with_key(phone.key.thumbprint()) if other.card.ref != dossier.card.ref)
    return [
        (other, carrier.ref) for other in others for carrier in other.carriers if carrier.key == phone.key and carrier.state is not CarrierState.ENDED
    ]


def _lost_otherwise(before: Dossier, other: Dossier, carrier: CarrierRef | None, of: LossOf, *, now: int) -> bool:
    """Whether another report at this card still says that this phone is lost: one of the whole card, or one of the phone itself."""
    there = None if carrier is None else other.carrier(carrier)
    own = next((phone.ref for phone in before.carriers if there is not None and phone.key == there.key), None)
    cause = own if of is LossOf.CARD else None
    return any(hold.kind in LOSSES and hold.carrier == cause and hold.origin == before.card.ref and hold.in_force(now) for hold in before.holds)


def standing(dossier: Dossier, carrier: CarrierRef | None, kind: HoldKind, *, origin: CardRef) -> Hold | None:
    """The hold of this kind on this place that was reported at `origin` and not lifted."""
    holds = (hold for hold in dossier.holds if hold.kind is kind and hold.carrier == carrier and hold.lifted is None)
    return next((hold for hold in holds if hold.origin == origin), None)


def _reported_at(work: Work, dossier: Dossier, carrier: CarrierRef | None, kind: HoldKind) -> list[CardRef]:
    """The cards whose reports are withdrawn here: this one, and those that have ended, where nobody can withdraw any more.

    Withdrawing what stands, or what was withdrawn already, is right; what was never reported, or elsewhere, is not.
    """
    here = dossier.card.ref
    reports = [hold for hold in dossier.holds if hold.kind is kind and hold.carrier == carrier]
    origins = {hold.origin for hold in reports}
    if ours := [origin for origin in sorted(origins) if origin == here or work.dossier(origin).card.state is CardState.ENDED]:
        return ours
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
