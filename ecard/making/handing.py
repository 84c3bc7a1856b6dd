"""From the stock of a service point into somebody's hand, back again when nobody came, and to the shredder at the end: an entry for every step.

A card is handed to its holder, to a proxy with both documents, or to the agent of the employer that applied for it. It takes effect only when its holder
activates it, so what a proxy or employer holds back is good for nothing, and shows as overdue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, schema
from ecard.lifecycle import Command, Evidence, check_second_person, permit
from ecard.making import production, register
from ecard.model import CardState, CarrierState, HandedTo, StockItem, StockState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecard.model import Actor, CardRef, Dossier, PointRef, StockEntry
    from ecard.premises import Premises
    from ecard.store import Work

PAPERS: Mapping[HandedTo, frozenset[Evidence]] = {
    HandedTo.SELF: frozenset({Evidence.IDENTITY_DOCUMENT, Evidence.IN_PERSON}),
    HandedTo.PROXY: frozenset({Evidence.IDENTITY_DOCUMENT, Evidence.PROXY_DOCUMENT}),
    HandedTo.EMPLOYER: frozenset({Evidence.IDENTITY_DOCUMENT, Evidence.PROXY_DOCUMENT, Evidence.EMPLOYER_LETTER}),
}
"""What whoever takes a card must show: a proxy the holder's document and their own, an employer's agent a letter besides."""
_ARTICLE = "CQ-25(3)-(5)"
"""Nobody holds cards back."""
_AT_THE_DESK = frozenset({StockState.MADE, StockState.UNCOLLECTED})


def hand_out(
    premises: Premises,
    card: CardRef,
    *,
    to: HandedTo,
    point: PointRef,
    actor: Actor,
    evidence: frozenset[Evidence],
    employer: str | None,
    now: int,
) -> StockItem:
    """Hand a finished card out and enter it in the register. Again to the same: no change."""
    with premises.writing() as work:
        before = work.dossier(card)
        permit(Command.HAND_OUT, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        if missing := PAPERS[to] - evidence:
            raise StateError(faults.EVIDENCE_MISSING, command=Command.HAND_OUT, missing=", ".join(sorted(missing)), article=_ARTICLE)
        register.require_point(work, point, region=before.card.region)
        item = register.newest_item(work, card)
        if item.state is StockState.HANDED and register.entries_of(work, item)[-1].to is to:
            return item
        if item.state not in _AT_THE_DESK or register.order(work, item.order).point != point:
            raise StateError(faults.NOT_IN_STOCK, state=item.state)
        if _chip_state(before, item) is CarrierState.ENDED:
            raise StateError(faults.NOT_IN_STOCK, chip=CarrierState.ENDED)
        if to is HandedTo.EMPLOYER and (employer is None or _employer(work, card) != employer):
            raise StateError(faults.NOT_EMPLOYERS, article=_ARTICLE)
        papers = tuple(sorted(evidence))
        handed = register.move(work, item, StockState.HANDED, actor=actor, at=now, to=to, point=point, evidence=papers)
        work.record(before, before, command=Command.HAND_OUT, actor=actor, evidence=evidence, purpose=f"hand-out-to-{to}", at=now)
        return handed


def _employer(work: Work, card: CardRef) -> str | None:
    """The employer in whose batch a card was applied for."""
    joined = sa.select(schema.batch.c.employer).join(schema.application, schema.application.c.batch == schema.batch.c.ref)
    return work.connection.execute(joined.where(schema.application.c.card == card)).scalar_one_or_none()


def store_uncollected(premises: Premises, card: CardRef, *, actor: Actor, now: int) -> StockItem:
    """Enter a card that nobody collected in time, or that a proxy or employer brought back. Again: no change."""
    with premises.writing() as work:
        before = work.dossier(card)
        permit(Command.STORE_UNCOLLECTED, before, region=before.card.region, actor=actor, evidence=(), now=now)
        item = register.newest_item(work, card)
        if item.state is StockState.UNCOLLECTED:
            return item
        chip = _chip_state(before, item)
        if item.state is StockState.MADE and chip is not CarrierState.ACTIVE:
            _check_deadline(item, now)
            reason = "not-collected"
        elif item.state is StockState.HANDED and chip is CarrierState.PENDING:
            reason = "brought-back"
        else:
            raise StateError(faults.NOT_IN_STOCK, state=item.state)
        keep_until = now + premises.policy.keep_uncollected
        stored = register.move(work, item, StockState.UNCOLLECTED, actor=actor, at=now, keep_until=keep_until, reason=reason)
        work.record(before, before, command=Command.STORE_UNCOLLECTED, actor=actor, evidence=(), purpose=reason, at=now)
        return stored


def destroy(premises: Premises, card: CardRef, *, how: str, witness: Actor, actor: Actor, evidence: frozenset[Evidence], now: int) -> StockItem:
    """Destroy an uncollected card once its time has passed, before a second person: when, how, who, and who saw it. The chip is dead for ever.

    What still waits for a card that has ended is destroyed at once (CQ-13c).
    """
    with premises.writing() as work:
        before = work.dossier(card)
        rule = permit(Command.DESTROY_STOCK, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        check_second_person(rule, actor, {witness.person})
        item = register.newest_item(work, card)
        card_ended = before.card.state is CardState.ENDED
        if item.state not in (_AT_THE_DESK if card_ended else {StockState.UNCOLLECTED}):
            raise StateError(faults.NOT_IN_STOCK, state=item.state)
        if _chip_state(before, item) is CarrierState.ACTIVE:  # somebody uses it: whatever lies here, it is not this card
            raise StateError(faults.NOT_IN_STOCK, chip=CarrierState.ACTIVE)
        if not card_ended:
            _check_deadline(item, now)
        papers = tuple(sorted(evidence))
        gone = register.move(work, item, StockState.DESTROYED, actor=actor, at=now, evidence=papers, reason=how, witness=witness.person)
        work.record(
            before, production.ended(before, item), command=Command.DESTROY_STOCK, actor=actor, evidence=evidence, purpose="destroyed", at=now
        )
        return gone


def _chip_state(dossier: Dossier, item: StockItem) -> CarrierState | None:
    chip = dossier.carrier(item.carrier)
    return None if chip is None else chip.state


def _check_deadline(item: StockItem, now: int) -> None:
    if item.keep_until is None or now < item.keep_until:
        raise StateError(faults.KEPT_STILL, keep_until=item.keep_until)


def movements(premises: Premises, card: CardRef) -> tuple[StockEntry, ...]:
    """The register's entries about every piece of plastic that a card had, oldest first."""
    with premises.store.reading() as work:
        rows = work.connection.execute(sa.select(schema.stock_item).where(schema.stock_item.c.card == card)).all()
        entries = [entry for row in rows for entry in register.entries_of(work, register.item_of(row))]
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.order, entry.line, entry.seq)))


def overdue(premises: Premises, *, region: str, now: int) -> tuple[StockItem, ...]:
    """Cards at the desks of a region whose deadline has passed: to be stored, destroyed, or asked about."""
    stock = schema.stock_item
    late = sa.select(stock).join(schema.production_order, schema.production_order.c.ref == stock.c.order_ref)
    late = late.where(schema.production_order.c.region == region, stock.c.keep_until <= now).order_by(
        stock.c.keep_until, stock.c.order_ref, stock.c.line
    )
    with premises.store.reading() as work:
        return tuple(map(register.item_of, work.connection.execute(late)))
