"""What holders switch off and on themselves: the whole card, groups of items, a phone; and what is done to the card's PIN."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import InputError, StateError
from ecard import faults, holderacts, lifecycle, schema
from ecard.lifecycle import CarrierStatus, Command
from ecard.model import CarrierKind, CarrierState, EndReason, HoldKind, ItemGroup, Role
from ecard.stopping import lift, standing, with_hold

if TYPE_CHECKING:
    from ecard.holderacts import PhoneProof
    from ecard.lifecycle import Evidence
    from ecard.model import Actor, CardRef, CarrierRef, Dossier
    from ecard.premises import Premises
    from ecard.store import Work

WHOLE_CARD = "card"
PIN_ACTS = frozenset({Command.CHANGE_PIN, Command.RESET_PIN, Command.UNBLOCK_PIN})


def lock(premises: Premises, ref: CardRef, *, actor: Actor, proof: PhoneProof | None, expected: int | None, now: int) -> Dossier:
    """Place a SELF_LOCK hold on the whole card."""
    with premises.writing() as work:
        before = _permitted(premises, work, ref, Command.LOCK, WHOLE_CARD, actor=actor, evidence=frozenset(), proof=proof, expected=expected, now=now)
        if standing(before, None, HoldKind.SELF_LOCK, origin=ref) is not None:
            return before
        after = with_hold(premises, before, None, HoldKind.SELF_LOCK, origin=ref, actor=actor, now=now)
        return work.record(before, after, command=Command.LOCK, actor=actor, evidence=(), purpose="whole-card", at=now)


def unlock(
    premises: Premises, ref: CardRef, *, actor: Actor, evidence: frozenset[Evidence], proof: PhoneProof | None, expected: int | None, now: int
) -> Dossier:
    """Lift the SELF_LOCK hold: by the holder's proof, or for the holder in person at a counter."""
    with premises.writing() as work:
        before = _permitted(premises, work, ref, Command.UNLOCK, WHOLE_CARD, actor=actor, evidence=evidence, proof=proof, expected=expected, now=now)
        hold = standing(before, None, HoldKind.SELF_LOCK, origin=ref)
        if hold is None:
            return before
        return work.record(
            before, lift(before, hold, actor=actor, now=now), command=Command.UNLOCK, actor=actor, evidence=evidence, purpose="whole-card", at=now
        )


def groups_target(groups: frozenset[ItemGroup]) -> str:
    """How a proof names groups of items: `items-1-6`."""
    return "-".join(["items", *map(str, sorted(map(int, groups)))])


def lock_items(
    premises: Premises, ref: CardRef, groups: frozenset[ItemGroup], *, actor: Actor, proof: PhoneProof | None, expected: int | None, now: int
) -> frozenset[ItemGroup]:
    """Lock groups of items. Only whoever resolves a code online asks for them; the status list never tells."""
    with premises.writing() as work:
        before = _permitted_items(
            premises, work, ref, groups, Command.LOCK, actor=actor, evidence=frozenset(), proof=proof, expected=expected, now=now
        )
        locked = locked_items(work, ref)
        for group in sorted(groups - locked):
            work.connection.execute(sa.insert(schema.item_lock).values(card=ref, item_group=int(group), since=now))
        if groups - locked:
            work.record(before, before, command=Command.LOCK, actor=actor, evidence=(), purpose=groups_target(groups), at=now)
        return locked | groups


def unlock_items(
    premises: Premises,
    ref: CardRef,
    groups: frozenset[ItemGroup],
    *,
    actor: Actor,
    evidence: frozenset[Evidence],
    proof: PhoneProof | None,
    expected: int | None,
    now: int,
) -> frozenset[ItemGroup]:
    """Open groups of items again."""
    with premises.writing() as work:
        before = _permitted_items(
            premises, work, ref, groups, Command.UNLOCK, actor=actor, evidence=evidence, proof=proof, expected=expected, now=now
        )
        locked = locked_items(work, ref)
        if groups & locked:
            rows = (schema.item_lock.c.card == ref) & schema.item_lock.c.item_group.in_([int(group) for group in groups])
            work.connection.execute(sa.delete(schema.item_lock).where(rows))
            work.record(before, before, command=Command.UNLOCK, actor=actor, evidence=evidence, purpose=groups_target(groups), at=now)
        return locked - groups


def locked_items(work: Work, ref: CardRef) -> frozenset[ItemGroup]:
    """The groups of items that a holder has locked."""
    found = work.connection.execute(sa.select(schema.item_lock.c.item_group).where(schema.item_lock.c.card == ref)).scalars()
    return frozenset(ItemGroup(group) for group in found)


def unbind(
    premises: Premises,
    ref: CardRef,
    phone: CarrierRef,
    *,
    actor: Actor,
    evidence: frozenset[Evidence],
    proof: PhoneProof | None,
    expected: int | None,
    now: int,
) -> Dossier:
    """End a phone on this card, and with it every credential it has of this card. Its key never comes back."""
    with premises.writing() as work:
        before = _permitted(premises, work, ref, Command.UNBIND_PHONE, phone, actor=actor, evidence=evidence, proof=proof, expected=expected, now=now)
        bound = before.carrier(phone)
        if bound is None or bound.kind is not CarrierKind.PHONE:
            raise StateError(faults.CARRIER_UNKNOWN)
        if bound.state is CarrierState.ENDED:
            return before
        ended = replace(bound, state=CarrierState.ENDED, end_reason=EndReason.UNBOUND)
        after = replace(before, carriers=tuple(ended if carrier.ref == phone else carrier for carrier in before.carriers))
        return work.record(before, after, command=Command.UNBIND_PHONE, actor=actor, evidence=evidence, purpose="unbound", at=now)


def note_pin_act(
    premises: Premises, ref: CardRef, command: Command, *, actor: Actor, evidence: frozenset[Evidence], expected: int | None, now: int
) -> Dossier:
    """Put on record what is done to the PIN of a chip that works. The PIN itself is the chip's and never comes here. `ValueError` for another command."""
    if command not in PIN_ACTS:
        raise ValueError(command)
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        rule = lifecycle.permit(command, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        chip = before.chip
        if chip is None or lifecycle.status_of(before, chip, now) is not CarrierStatus.VALID:
            raise StateError(faults.CARD_HELD, command=command, article=rule.articles[0])
        return work.record(before, before, command=command, actor=actor, evidence=evidence, purpose="pin", at=now)


def _permitted(
    premises: Premises,
    work: Work,
    ref: CardRef,
    command: Command,
    target: str,
    *,
    actor: Actor,
    evidence: frozenset[Evidence],
    proof: PhoneProof | None,
    expected: int | None,
    now: int,
) -> Dossier:
    """The card as it stands, once the table and, for a holder, the phone's proof allow the act."""
    before = work.dossier(ref, expected=expected)
    lifecycle.permit(command, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
    if actor.role is Role.HOLDER:
        holderacts.check(premises, work, before, proof, command=command, target=target, now=now)
    return before


def _permitted_items(
    premises: Premises,
    work: Work,
    ref: CardRef,
    groups: frozenset[ItemGroup],
    command: Command,
    *,
    actor: Actor,
    evidence: frozenset[Evidence],
    proof: PhoneProof | None,
    expected: int | None,
    now: int,
) -> Dossier:
    if not groups:
        raise InputError(faults.ITEM_GROUPS)
    return _permitted(premises, work, ref, command, groups_target(groups), actor=actor, evidence=evidence, proof=proof, expected=expected, now=now)
