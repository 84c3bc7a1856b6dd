"""A card that ends, and all that hangs on it with it. There is no way back from here (CQ-13b, ZS-19)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codes.errors import StateError
from ecard import faults, lifecycle, schema
from ecard.lifecycle import Command
from ecard.model import CardState, CarrierState, EndReason, Exchange, ExchangeGround, ExchangeOutcome, HoldKind
from ecard.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Collection

    from ecard.lifecycle import Evidence
    from ecard.model import Actor, CardRef, Carrier, Dossier
    from ecard.store import Work

EXCHANGES = Shelf(schema.exchange, Exchange, {"ground": ExchangeGround, "outcome": ExchangeOutcome})


def open_exchange(work: Work, card: CardRef) -> Exchange | None:
    """The exchange of a card that has not come to its end."""
    return EXCHANGES.one(work, (schema.exchange.c.card == card) & schema.exchange.c.closed.is_(None))


def handed_over(work: Work, card: CardRef) -> Exchange | None:
    """The last exchange of a card whose chip was handed over."""
    done = EXCHANGES.all(work, (schema.exchange.c.card == card) & (schema.exchange.c.outcome == ExchangeOutcome.HANDED_OVER.value))
    return max(done, key=lambda exchange: exchange.opened, default=None)


def close_exchange(work: Work, card: CardRef, outcome: ExchangeOutcome, *, now: int) -> None:
    """Close the open exchange of a card, if there is one."""
    found = open_exchange(work, card)
    if found is not None:
        EXCHANGES.change(work, replace(found, closed=now, outcome=outcome))


def end_card(work: Work, before: Dossier, reason: EndReason, *, command: Command, actor: Actor, evidence: Collection[Evidence], now: int) -> Dossier:
    """End a card with every carrier it has, and what was being remade for it."""
    close_exchange(work, before.card.ref, ExchangeOutcome.OVERTAKEN, now=now)
    carriers = tuple(ended(carrier, reason) for carrier in before.carriers)
    after = replace(before, card=replace(before.card, state=CardState.ENDED, end_reason=reason), carriers=carriers)
    return work.record(before, after, command=command, actor=actor, evidence=evidence, purpose=f"ended-{reason}", at=now)


def ended(carrier: Carrier, reason: EndReason) -> Carrier:
    """The carrier, ended; one that has ended before keeps its own reason."""
    return carrier if carrier.state is CarrierState.ENDED else replace(carrier, state=CarrierState.ENDED, end_reason=reason)


def retire_replaced(work: Work, ref: CardRef, *, actor: Actor, evidence: Collection[Evidence], now: int) -> None:
    """End the card whose replacement is being activated: its number is dead for ever (ZS-19). Raises `StateError` card-held: nobody escapes a freeze."""
    old = work.dossier(ref)
    if HoldKind.FREEZE in lifecycle.holds_in_force(old, now)[None]:
        raise StateError(faults.CARD_HELD, command=Command.REPLACE, hold=HoldKind.FREEZE, article="CQ-20b")
    end_card(work, old, EndReason.REPLACED, command=Command.REPLACE, actor=actor, evidence=evidence, now=now)
