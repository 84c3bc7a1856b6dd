"""A phone that stands in for the card while its chip is remade (HZ-15; limits after the practice that REGULATIONS names).

It is bound at a counter, without the chip: general credentials only, for 60 days and half a year in all at most, without financial function and
within the card's region. What a terminal cannot see, the gates here refuse when an item is resolved online.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.errors import InputError, StateError
from codes.keyproof import KeyProof, ProofPurpose
from ecard import ending, enrolment, faults, lifecycle, schema
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import Command
from ecard.model import Carrier, CarrierKind, CarrierRef, CarrierState, Dossier, HoldKind, HoldRef, Temporary, draw_ref
from ecard.months import months_on
from ecard.shelf import Shelf

if TYPE_CHECKING:
    from ecard.lifecycle import Evidence
    from ecard.model import Actor, CardRef
    from ecard.premises import Premises
    from ecard.store import Work

TEMPORARIES = Shelf(schema.temporary, Temporary)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """The phone that stands in, and until when."""

    dossier: Dossier
    phone: Carrier
    until: int


def grant(
    premises: Premises, ref: CardRef, *, nonce: bytes, proof: bytes, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int
) -> StandIn:
    """Bind a phone that stands in. A loss of the whole card narrows to what was lost: every carrier there was stays stopped."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.GRANT_TEMPORARY, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        if others := lifecycle.holds_in_force(before, now)[None] - {HoldKind.LOSS}:
            raise StateError(faults.CARD_HELD, command=Command.GRANT_TEMPORARY, hold=min(others), article="HZ-15")
        since = _remade_since(work, ref)
        if any(True for _ in standing(work, before)):
            raise StateError(faults.PHONE_LIMIT, phones=1, limit=1)
        until = _until(premises, work, ref, since, now=now)
        enrolment.take_nonce(work, nonce, ref, NoncePurpose.BIND, now=now)
        key = KeyProof.check(proof, region=before.card.region, purpose=ProofPurpose.ENROLMENT, nonce=nonce).key
        if work.dossiers_with_key(key.thumbprint()):
            raise InputError(faults.KEY_IN_USE, key="enrolment")
        phone = Carrier(
            ref=CarrierRef(draw_ref(premises.entropy)),
            card=ref,
            kind=CarrierKind.PHONE,
            state=CarrierState.ACTIVE,
            key=key,
            provisional_until=until,
            created=now,
        )
        after = _narrowed(premises, before, actor=actor, now=now)
        after = replace(after, carriers=(*after.carriers, phone))
        after = work.record(before, after, command=Command.GRANT_TEMPORARY, actor=actor, evidence=shown, purpose="stand-in", at=now)
        TEMPORARIES.add(work, Temporary(carrier=phone.ref, card=ref, granted=now, granted_by=actor.ref, until=until))
    return StandIn(dossier=after, phone=phone, until=until)


def prolong(premises: Premises, ref: CardRef, *, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int) -> StandIn:
    """Let the phone that stands in stand in longer, while the card is still not there."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.PROLONG_TEMPORARY, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        since = _remade_since(work, ref)
        phone = next(iter(standing(work, before)), None)
        if phone is None:
            raise StateError(faults.TEMPORARY_UNDUE)
        until = _until(premises, work, ref, since, now=now)
        if phone.provisional_until is not None and until <= phone.provisional_until:
            return StandIn(dossier=before, phone=phone, until=phone.provisional_until)
        longer = replace(phone, provisional_until=until)
        carriers = tuple(longer if carrier.ref == phone.ref else carrier for carrier in before.carriers)
        after = replace(before, carriers=carriers)
        after = work.record(before, after, command=Command.PROLONG_TEMPORARY, actor=actor, evidence=shown, purpose="stand-in-prolonged", at=now)
        noted = TEMPORARIES.all(work, schema.temporary.c.carrier == phone.ref)[0]
        TEMPORARIES.change(work, replace(noted, until=until))
    return StandIn(dossier=after, phone=longer, until=until)


def standing(work: Work, dossier: Dossier) -> list[Carrier]:
    """The phones of a card that stand in and have not ended; one at most."""
    refs = {each.carrier for each in TEMPORARIES.all(work, schema.temporary.c.card == dossier.card.ref)}
    return [phone for phone in dossier.phones if phone.ref in refs]


def stands_in(work: Work, carrier: CarrierRef) -> bool:
    """Whether a carrier is one that stands in."""
    return TEMPORARIES.one(work, schema.temporary.c.carrier == carrier) is not None


def check_place(work: Work, carrier: CarrierRef, *, region: str) -> None:
    """Return if a carrier may be used in this region. Raises `StateError`: carrier-unknown, temporary-use."""
    home = work.dossier_of_carrier(carrier).card.region
    if region != home and stands_in(work, carrier):
        raise StateError(faults.TEMPORARY_USE, use="other-region", region=region)


def _remade_since(work: Work, ref: CardRef) -> int:
    exchange, replacement = ending.open_exchange(work, ref), work.replacement_of(ref)
    if exchange is not None:
        return exchange.opened
    if replacement is not None:
        return work.dossier(replacement).card.issued
    raise StateError(faults.TEMPORARY_UNDUE)


def _until(premises: Premises, work: Work, ref: CardRef, since: int, *, now: int) -> int:
    earlier = TEMPORARIES.all(work, (schema.temporary.c.card == ref) & (schema.temporary.c.granted >= since))
    first = min((each.granted for each in earlier), default=now)
    longest = months_on(first, premises.policy.temporary_months)
    if now >= longest or any(each.until >= longest for each in earlier):
        raise StateError(faults.TEMPORARY_LIMIT, limit=longest)
    return min(now + premises.policy.temporary, longest)


def _narrowed(premises: Premises, dossier: Dossier, *, actor: Actor, now: int) -> Dossier:
    """The dossier with each loss of the whole card made a loss of every carrier that it has."""
    whole = [hold for hold in dossier.holds if hold.kind is HoldKind.LOSS and hold.carrier is None and hold.in_force(now)]
    holds = list(dossier.holds)
    for loss in whole:
        holds[holds.index(loss)] = replace(loss, lifted=now, lifted_by=actor.ref, lifted_person=actor.person)
        held = {hold.carrier for hold in holds if hold.kind is HoldKind.LOSS and hold.origin == loss.origin and hold.lifted is None}
        free = [carrier.ref for carrier in dossier.carriers if carrier.ref not in held and carrier.state is not CarrierState.ENDED]
        holds += [replace(loss, ref=HoldRef(draw_ref(premises.entropy)), carrier=carrier) for carrier in free]
    return replace(dossier, holds=tuple(holds))
