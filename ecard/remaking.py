"""A card that is remade. Exchange: the number stays and the chip is new. Replacement after loss: everything is new and the old number dies (CQ-12b).

    exchange   opens it and orders a chip       personalise   production makes it       hand_over   old chip ends, new one takes effect
    replace    opens a new card beside the old  personalise   production makes it       activate    old card ends, new one takes effect

Until the last step whatever is not lost works on (HZ-15).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.errors import StateError
from ecard import applying, card_number, corrections, ending, faults, fees, issuing, lifecycle, papers, renewal, temporary
from ecard.lifecycle import Command, Evidence
from ecard.model import (
    Carrier,
    CarrierKind,
    CarrierRef,
    CarrierState,
    Dossier,
    EndReason,
    Exchange,
    ExchangeGround,
    ExchangeOutcome,
    FeeAct,
    HoldKind,
    draw_ref,
)

if TYPE_CHECKING:
    from ecard.model import Actor, CardRef, Charge
    from ecard.premises import Premises
    from ecard.store import Work

_RENEWING = frozenset({ExchangeGround.RENEWAL, ExchangeGround.NEW_GENERATION})
"""Grounds on which a new period of validity begins; on the others the card keeps its end."""
_LOSSES = frozenset({HoldKind.LOSS, HoldKind.PRE_LOSS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """An exchange as it stands; `charge` only where this command opened it."""

    dossier: Dossier
    exchange: Exchange
    charge: Charge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The lost card, and the one that is to replace it; `charge` only where this command opened it."""

    dossier: Dossier
    replacement: Dossier
    charge: Charge | None = None


def exchange(
    premises: Premises, ref: CardRef, *, ground: ExchangeGround, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int
) -> Remade:
    """Open an exchange and order its chip. Again on the same ground: no change."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.EXCHANGE, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        known = ending.open_exchange(work, ref)
        if known is not None:
            if known.ground is not ground:
                raise StateError(faults.EXCHANGE_OPEN, ground=known.ground)
            again = (
                before
                if before.chip_in_making is not None
                else _order_chip(premises, work, before, "ordered-again", actor=actor, shown=shown, now=now)
            )
            return Remade(dossier=again, exchange=known)
        old = _chip_before(before, now=now)
        _check_ground(premises, work, before, ground, since=old.created, shown=shown, now=now)
        after = _order_chip(premises, work, before, f"exchange-{ground}", actor=actor, shown=shown, now=now)
        (new,) = {carrier.ref for carrier in after.carriers} - {carrier.ref for carrier in before.carriers}
        opened = Exchange(
            ref=draw_ref(premises.entropy),
            card=ref,
            ground=ground,
            old_chip=old.ref,
            new_chip=new,
            expires=premises.policy.expiry(now) if ground in _RENEWING else before.card.expires,
            opened=now,
            opened_by=actor.ref,
        )
        ending.EXCHANGES.add(work, opened)
        charge = fees.charge(premises, work, ref, FeeAct.EXCHANGE, actor=actor, now=now)
    return Remade(dossier=after, exchange=opened, charge=charge)


def _order_chip(premises: Premises, work: Work, before: Dossier, purpose: str, *, actor: Actor, shown: frozenset[Evidence], now: int) -> Dossier:
    """The card with one more chip that is to be made; also when the one that was being made for it is gone."""
    new = Carrier(
        ref=CarrierRef(draw_ref(premises.entropy)),
        card=before.card.ref,
        kind=CarrierKind.CHIP,
        state=CarrierState.PENDING,
        card_code=card_number.draw_code(premises.issuer(before.card.region).division, premises.entropy),
        created=now,
    )
    return work.record(before, applying.with_carrier(before, new), command=Command.EXCHANGE, actor=actor, evidence=shown, purpose=purpose, at=now)


def _check_ground(
    premises: Premises, work: Work, dossier: Dossier, ground: ExchangeGround, *, since: int, shown: frozenset[Evidence], now: int
) -> None:
    papers.require(Command.EXCHANGE, papers.FOR_EXCHANGE[ground], shown, article="ZS-16a")
    if ground is ExchangeGround.RENEWAL and now < (opens := renewal.opens(premises.policy, dossier.card)):
        raise StateError(faults.RENEWAL_EARLY, opens=opens)
    if ground not in _RENEWING and now >= dossier.card.expires:
        raise StateError(faults.CARD_EXPIRED, command=Command.EXCHANGE, expired=dossier.card.expires)
    if ground is ExchangeGround.DATA_CHANGE and not corrections.calls_for_chip(work, dossier.card.ref, since=since):
        raise StateError(faults.NOTHING_CHANGED)


def _chip_before(dossier: Dossier, *, now: int) -> Carrier:
    """What the new chip takes the place of: the chip in the holder's hand or, where that is dead (NOTE_DEAD_CHIP), the one that was."""
    dead = [carrier for carrier in dossier.carriers if carrier.kind is CarrierKind.CHIP and carrier.end_reason is EndReason.DESTROYED]
    if dossier.chip is None and dead:
        return max(dead, key=lambda carrier: (carrier.created, carrier.ref))
    return _chip_not_lost(dossier, Command.EXCHANGE, now=now)


def _chip_not_lost(dossier: Dossier, command: Command, *, now: int) -> Carrier:
    """The chip in the holder's hand. What is lost is not exchanged, it is replaced (CQ-12b)."""
    chip = dossier.chip
    if chip is None:
        raise StateError(faults.CARRIER_UNKNOWN)
    if lost := lifecycle.holds_in_force(dossier, now).get(chip.ref, set()) & _LOSSES:
        raise StateError(faults.CARD_HELD, command=command, hold=min(lost), article="CQ-12b")
    return chip


def hand_over(premises: Premises, ref: CardRef, *, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int) -> Remade:
    """Take the old chip back and let the new one take effect, at once. Again: no change."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.HAND_OVER, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        chip = _chip_not_lost(before, Command.HAND_OVER, now=now)
        known = ending.open_exchange(work, ref)
        if known is None:
            done = ending.handed_over(work, ref)
            if done is None:
                raise StateError(faults.EXCHANGE_NOT_OPEN)
            return Remade(dossier=before, exchange=done)
        new = before.chip_in_making
        if new is None or not issuing.has_ready(work, new.ref):
            raise StateError(faults.CHIP_NOT_PERSONALISED, article="CQ-11a")
        after = replace(before, card=replace(before.card, expires=known.expires))
        for stand_in in temporary.standing(work, before):
            after = applying.with_carrier(after, ending.ended(stand_in, EndReason.EXCHANGED))
        after = applying.with_carrier(after, ending.ended(chip, EndReason.EXCHANGED))
        after = applying.with_carrier(after, replace(new, state=CarrierState.ACTIVE))
        after = work.record(before, after, command=Command.HAND_OVER, actor=actor, evidence=shown, purpose="new-chip", at=now)
        ending.EXCHANGES.change(work, closed := replace(known, closed=now, outcome=ExchangeOutcome.HANDED_OVER))
    return Remade(dossier=after, exchange=closed)


def replace_lost(premises: Premises, ref: CardRef, *, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int) -> Replaced:
    """Open a new card for one whose loss was reported in writing. Again: no change."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.REPLACE, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        known = work.replacement_of(ref)
        if known is not None:
            return Replaced(dossier=before, replacement=work.dossier(known))
        holds = lifecycle.holds_in_force(before, now)
        if HoldKind.FREEZE in holds[None]:
            raise StateError(faults.CARD_HELD, command=Command.REPLACE, hold=HoldKind.FREEZE, article="CQ-20b")
        chip = before.chip
        if HoldKind.LOSS not in holds[None] | (set() if chip is None else holds.get(chip.ref, set())):
            raise StateError(faults.LOSS_NOT_REPORTED, article="ZS-19")
        ending.close_exchange(work, ref, ExchangeOutcome.OVERTAKEN, now=now)
        waiting = before.chip_in_making
        after = before if waiting is None else applying.with_carrier(before, ending.ended(waiting, EndReason.REPLACED))
        after = work.record(before, after, command=Command.REPLACE, actor=actor, evidence=shown, purpose="replacement-opened", at=now)
        opened = applying.open_card(
            premises,
            work,
            before.card.holder,
            before.card.region,
            command=Command.REPLACE,
            purpose="new-number",
            replaces=ref,
            actor=actor,
            evidence=shown,
            now=now,
        )
    return Replaced(dossier=after, replacement=opened.dossier, charge=opened.charge)
