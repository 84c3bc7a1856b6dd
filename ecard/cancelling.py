"""The end of a card: asked for on a ground with proof, affairs settled, decided by a second person, and the plastic destroyed (CQ-13, ZS-20)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.errors import InputError, StateError
from ecard import ending, faults, finance, lifecycle, papers, schema
from ecard.lifecycle import Command
from ecard.model import (
    Affair,
    Applicant,
    CancelGround,
    Cancellation,
    CardState,
    CarrierKind,
    CarrierState,
    Decision,
    Destruction,
    DestructionMethod,
    EndReason,
    draw_ref,
)
from ecard.shelf import Shelf, words

if TYPE_CHECKING:
    from collections.abc import Collection

    from ecard.lifecycle import Evidence
    from ecard.model import Actor, CardRef, CarrierRef, Dossier
    from ecard.premises import Premises
    from ecard.store import Work

CANCELLATIONS = Shelf(
    schema.cancellation, Cancellation, {"ground": CancelGround, "applicant": Applicant, "evidence": words, "settled": words, "decision": Decision}
)
DESTRUCTIONS = Shelf(schema.destruction, Destruction, {"method": DestructionMethod})
_BY_RELATIVES = frozenset({CancelGround.DEATH, CancelGround.DECLARED_DEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """A card after a step towards its end, and the cancellation as it stands."""

    dossier: Dossier
    cancellation: Cancellation


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """A card, and the record of the chip that was destroyed."""

    dossier: Dossier
    destruction: Destruction


def request(
    premises: Premises,
    ref: CardRef,
    *,
    ground: CancelGround,
    applicant: Applicant,
    actor: Actor,
    shown: frozenset[Evidence],
    expected: int | None,
    now: int,
) -> Cancelled:
    """Enter who asks, on what ground, with what proof. The same again: no change."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.REQUEST_CANCEL, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        if ground in _BY_RELATIVES and applicant is not Applicant.RELATIVE:
            raise InputError(faults.CANCELLATION_APPLICANT, ground=ground)
        papers.require(Command.REQUEST_CANCEL, papers.FOR_CANCELLATION[ground] | papers.FOR_APPLICANT[applicant], shown)
        known = _open(work, ref)
        if known is not None:
            if (known.ground, known.applicant) != (ground, applicant):
                raise StateError(faults.CANCELLATION_OPEN, ground=known.ground)
            return Cancelled(dossier=before, cancellation=known)
        opened = Cancellation(
            ref=draw_ref(premises.entropy),
            card=ref,
            ground=ground,
            applicant=applicant,
            evidence=tuple(sorted(shown)),
            requested=now,
            requested_by=actor.ref,
            requested_person=actor.person,
        )
        CANCELLATIONS.add(work, opened)
        after = work.record(before, before, command=Command.REQUEST_CANCEL, actor=actor, evidence=shown, purpose=f"cancel-{ground}", at=now)
    return Cancelled(dossier=after, cancellation=opened)


def decide(
    premises: Premises,
    ref: CardRef,
    decision: Decision,
    *,
    settled: Collection[Affair],
    actor: Actor,
    shown: frozenset[Evidence],
    expected: int | None,
    now: int,
) -> Cancelled:
    """Cancel for ever, or turn the request down. Class A: never by the person who entered it. Cancelled again: no change."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        rule = lifecycle.permit(Command.CANCEL, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        if before.card.state is CardState.ENDED:
            return Cancelled(dossier=before, cancellation=_accepted(work, before))
        known = _open(work, ref)
        if known is None:
            raise StateError(faults.CANCELLATION_MISSING)
        lifecycle.check_second_person(rule, actor, {known.requested_person})
        said = replace(known, decided=now, decided_by=actor.ref, decided_person=actor.person, decision=decision)
        if decision is Decision.REJECTED:
            CANCELLATIONS.change(work, said)
            after = work.record(before, before, command=Command.CANCEL, actor=actor, evidence=shown, purpose="cancellation-rejected", at=now)
            return Cancelled(dossier=after, cancellation=said)
        _check_settled(work, before, settled)
        said = replace(said, settled=tuple(sorted(settled)))
        CANCELLATIONS.change(work, said)
        after = ending.end_card(work, before, EndReason.CANCELLED, command=Command.CANCEL, actor=actor, evidence=shown, now=now)
        for other in work.cards_of(before.card.holder):  # the one being replaced, or the one that was to replace this
            ending.end_card(work, work.dossier(other), EndReason.CANCELLED, command=Command.CANCEL, actor=actor, evidence=shown, now=now)
    return Cancelled(dossier=after, cancellation=said)


def _open(work: Work, ref: CardRef) -> Cancellation | None:
    return CANCELLATIONS.one(work, (schema.cancellation.c.card == ref) & schema.cancellation.c.decided.is_(None))


def _accepted(work: Work, dossier: Dossier) -> Cancellation:
    """The cancellation of an ended card, which may have been decided at the other card of the person."""
    of_person = schema.cancellation.c.card.in_(
        schema.card.select().with_only_columns(schema.card.c.ref).where(schema.card.c.holder == dossier.card.holder)
    )
    accepted = of_person & (schema.cancellation.c.decision == Decision.ACCEPTED.value)
    found = CANCELLATIONS.all(work, accepted)
    if dossier.card.end_reason is not EndReason.CANCELLED or not found:
        raise StateError(faults.WRONG_STATE, command=Command.CANCEL, state=dossier.card.state, article="CQ-13b")
    return max(found, key=lambda each: each.decided or 0)


def _check_settled(work: Work, dossier: Dossier, settled: Collection[Affair]) -> None:
    """Return if every affair is settled. The financial account is taken at the bank's word, not at the desk's."""
    unsettled = set(Affair) - set(settled)
    for card in work.cards_of(dossier.card.holder):
        account = finance.account(work, card)
        if account is not None and account.ended is None:
            unsettled.add(Affair.FINANCIAL_ACCOUNT)
    if unsettled:
        raise StateError(faults.AFFAIRS_UNSETTLED, unsettled=", ".join(sorted(unsettled)))


def destroy(
    premises: Premises, ref: CardRef, chip: CarrierRef, *, method: DestructionMethod, witness: str, actor: Actor, expected: int | None, now: int
) -> Destroyed:
    """Record that an ended chip card was destroyed, and who saw it. Class A: the witness is another person. Again: no change."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        rule = lifecycle.permit(Command.DESTROY, before, region=before.card.region, actor=actor, evidence=(), now=now)
        found = before.carrier(chip)
        if found is None or found.kind is not CarrierKind.CHIP or found.state is not CarrierState.ENDED:
            raise StateError(faults.NOT_DESTRUCTIBLE)
        known = DESTRUCTIONS.one(work, schema.destruction.c.carrier == chip)
        if known is not None:
            return Destroyed(dossier=before, destruction=known)
        papers.require_witness(witness)
        lifecycle.check_second_person(rule, actor, {witness})
        destruction = Destruction(
            carrier=chip, card=ref, at=now, destroyed_by=actor.ref, destroyed_person=actor.person, method=method, witness=witness
        )
        DESTRUCTIONS.add(work, destruction)
        after = work.record(before, before, command=Command.DESTROY, actor=actor, evidence=(), purpose=f"destroyed-{method}", at=now)
    return Destroyed(dossier=after, destruction=destruction)
