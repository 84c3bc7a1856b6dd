"""Freezing a whole card for a time (CQ-20b): with a ground and an end, asked for by the other region if it must be (CQ-20c), lifted by a second person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import InputError, StateError
from ecard import faults, lifecycle, schema
from ecard.lifecycle import Command, Evidence
from ecard.model import FreezeAnswer, FreezeGround, FreezeRequest, FreezeRequestRef, Hold, HoldKind, HoldRef, draw_ref
from ecard.stopping import Stopped, lift

if TYPE_CHECKING:
    from ecard.model import Actor, CardRef
    from ecard.premises import Premises
    from ecard.store import Work


def freeze(
    premises: Premises,
    ref: CardRef,
    *,
    ground: FreezeGround,
    until: int,
    request: FreezeRequestRef | None,
    actor: Actor,
    evidence: frozenset[Evidence],
    expected: int | None,
    now: int,
) -> Stopped:
    """Freeze a whole card for a time on false claim, false use or theft; `request` is the other region's that this grants."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.FREEZE, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        _check_terms(premises, until, now)
        if request is not None:
            _answer(work, ref, request, FreezeAnswer.GRANTED, actor=actor, now=now)
        elif any(hold.ground is ground and hold.until == until and hold.in_force(now) for hold in before.holds):
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
        after = work.record(before, after, command=Command.FREEZE, actor=actor, evidence=evidence, purpose=f"freeze-{ground}", at=now)
    return Stopped(dossier=after, others=(), effective=now)


def unfreeze(premises: Premises, ref: CardRef, *, actor: Actor, evidence: frozenset[Evidence], expected: int | None, now: int) -> Stopped:
    """Lift every freeze in force after review. Class A: never by a person who placed one of them."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        rule = lifecycle.permit(Command.UNFREEZE, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        frozen = [hold for hold in before.holds if hold.kind is HoldKind.FREEZE and hold.in_force(now)]
        if not frozen:
            raise StateError(faults.NOT_FROZEN)
        lifecycle.check_second_person(rule, actor, {hold.placed_person for hold in frozen})
        after = before
        for hold in frozen:
            after = lift(after, hold, actor=actor, now=now)
        after = work.record(before, after, command=Command.UNFREEZE, actor=actor, evidence=evidence, purpose="reviewed", at=now)
    return Stopped(dossier=after, others=(), effective=now)


def request_freeze(
    premises: Premises, ref: CardRef, *, ground: FreezeGround, until: int, actor: Actor, evidence: frozenset[Evidence], now: int
) -> FreezeRequest:
    """Ask the card's own region to freeze it. The request itself stops nothing: no region stops another's cards."""
    with premises.writing() as work:
        before = work.dossier(ref)
        lifecycle.permit(Command.REQUEST_FREEZE, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        if actor.region is None or actor.region == before.card.region:
            raise StateError(faults.NOT_PERMITTED, command=Command.REQUEST_FREEZE, region=before.card.region, article="CQ-20c")
        _check_terms(premises, until, now)
        same = [
            asked for asked in requests(work, ref) if (asked.region, asked.ground, asked.until, asked.answer) == (actor.region, ground, until, None)
        ]
        if same:
            return same[0]
        request = FreezeRequest(
            ref=FreezeRequestRef(draw_ref(premises.entropy)),
            card=ref,
            region=actor.region,
            ground=ground,
            until=until,
            asked=now,
            asked_by=actor.ref,
            asked_person=actor.person,
        )
        values = {"region": request.region, "ground": ground.value, "until": until, "asked": now, "asked_by": actor.ref, "asked_person": actor.person}
        work.connection.execute(sa.insert(schema.freeze_request).values(ref=request.ref, card=ref, **values))
        work.record(before, before, command=Command.REQUEST_FREEZE, actor=actor, evidence=evidence, purpose=f"freeze-{ground}", at=now)
    return request


def decline_freeze(premises: Premises, ref: CardRef, request: FreezeRequestRef, *, actor: Actor, evidence: frozenset[Evidence], now: int) -> None:
    """Answer another region's request with no."""
    with premises.writing() as work:
        before = work.dossier(ref)
        lifecycle.permit(Command.DECLINE_FREEZE, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        _answer(work, ref, request, FreezeAnswer.DECLINED, actor=actor, now=now)
        work.record(before, before, command=Command.DECLINE_FREEZE, actor=actor, evidence=evidence, purpose="declined", at=now)


def requests(work: Work, ref: CardRef) -> tuple[FreezeRequest, ...]:
    """Every request of another region to freeze this card, oldest first."""
    table = schema.freeze_request
    found = work.connection.execute(sa.select(table).where(table.c.card == ref).order_by(table.c.asked, table.c.ref))
    return tuple(
        FreezeRequest(
            ref=FreezeRequestRef(row.ref),
            card=ref,
            region=row.region,
            ground=FreezeGround(row.ground),
            until=row.until,
            asked=row.asked,
            asked_by=row.asked_by,
            asked_person=row.asked_person,
            answer=None if row.answer is None else FreezeAnswer(row.answer),
            answered=row.answered,
            answered_by=row.answered_by,
            answered_person=row.answered_person,
        )
        for row in found
    )


def _check_terms(premises: Premises, until: int, now: int) -> None:
    if not now < until <= now + premises.policy.freeze_longest:
        raise InputError(faults.FREEZE_TERMS, seconds=until - now, longest=premises.policy.freeze_longest, article="CQ-20b")


def _answer(work: Work, ref: CardRef, request: FreezeRequestRef, answer: FreezeAnswer, *, actor: Actor, now: int) -> None:
    table = schema.freeze_request
    waiting = (table.c.ref == request) & (table.c.card == ref) & table.c.answer.is_(None)
    said = {"answer": answer.value, "answered": now, "answered_by": actor.ref, "answered_person": actor.person}
    if work.connection.execute(sa.update(table).where(waiting).values(said)).rowcount != 1:
        raise StateError(faults.FREEZE_REQUEST_UNKNOWN, article="CQ-20c")
