"""What time asks for at one moment, read from the record and stored nowhere. Asked again it says the same, with the same marks, so that it is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ecard import rows, schema
from ecard.model import Card, CardRef, Decision, Due, DueKind
from ecard.policy import DAY
from ecard.renewal import reminder_days, reminder_due

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecard.policy import Policy
    from ecard.store import Work


def due(work: Work, policy: Policy, *, now: int) -> Iterator[Due]:
    """Everything that is due: reminders of renewal, exchanges after a correction, destructions, fare reviews, stand-ins that end soon."""
    yield from _renewals(work, policy, now)
    yield from _exchanges(work)
    yield from _destructions(work)
    yield from _reviews(work, now)
    yield from _stand_ins(work, policy, now)


def _renewals(work: Work, policy: Policy, now: int) -> Iterator[Due]:
    card = schema.card.c
    soon = (card.state == "active") & (card.expires > now) & (card.expires <= now + reminder_days(policy)[0] * DAY)
    remade = sa.exists().where((schema.exchange.c.card == card.ref) & schema.exchange.c.closed.is_(None))
    for row in work.connection.execute(sa.select(schema.card).where(soon & ~remade).order_by(card.expires, card.ref)):
        found: Card = rows.card_of(row)
        days = reminder_due(policy, found, now)
        yield Due(kind=DueKind.RENEWAL_REMINDER, card=found.ref, mark=f"{found.ref}/{found.expires}/{days}", days=days)


def _exchanges(work: Work) -> Iterator[Due]:
    correction, chip, card = schema.correction.c, schema.carrier.c, schema.card.c
    remade = sa.exists().where((schema.exchange.c.card == correction.card) & schema.exchange.c.closed.is_(None))
    stale = (correction.decision == Decision.ACCEPTED.value) & (chip.kind == "chip") & (chip.state == "active") & (chip.created <= correction.decided)
    joined = sa.select(correction.ref, correction.card).join_from(schema.correction, schema.carrier, chip.card == correction.card)
    joined = joined.join(schema.card, card.ref == correction.card).where(stale & (card.state == "active") & ~remade)
    for row in work.connection.execute(joined.order_by(correction.ref)):
        yield Due(kind=DueKind.EXCHANGE, card=CardRef(row.card), mark=row.ref)


def _destructions(work: Work) -> Iterator[Due]:
    chip, hold = schema.carrier.c, schema.hold.c
    gone = sa.exists().where(schema.destruction.c.carrier == chip.ref)
    on_it = (hold.card == chip.card) & (hold.kind == "loss") & hold.lifted.is_(None) & (hold.carrier.is_(None) | (hold.carrier == chip.ref))
    in_stock = sa.exists().where((schema.stock_item.c.carrier == chip.ref) & schema.stock_item.c.state.in_(["damaged", "destroyed"]))
    ended = (chip.kind == "chip") & (chip.state == "ended") & chip.key_x.is_not(None)
    wanted = ended & ~gone & ~in_stock & ~sa.exists().where(on_it)
    for row in work.connection.execute(sa.select(chip.ref, chip.card).where(wanted).order_by(chip.ref)):
        yield Due(kind=DueKind.DESTRUCTION, card=CardRef(row.card), mark=row.ref)


def _reviews(work: Work, now: int) -> Iterator[Due]:
    fare = schema.entitlement.c
    late = fare.ended.is_(None) & (fare.review <= now) & (fare.expires > now)
    joined = sa.select(fare.ref, fare.review, schema.carrier.c.card).join_from(
        schema.entitlement, schema.carrier, schema.carrier.c.ref == fare.carrier
    )
    for row in work.connection.execute(joined.where(late).order_by(fare.review, fare.ref)):
        yield Due(kind=DueKind.FARE_REVIEW, card=CardRef(row.card), mark=f"{row.ref}/{row.review}")


def _stand_ins(work: Work, policy: Policy, now: int) -> Iterator[Due]:
    phone = schema.temporary.c
    soon = (phone.until > now) & (phone.until <= now + policy.remind_last * DAY) & (schema.carrier.c.state == "active")
    joined = sa.select(phone.carrier, phone.card, phone.until).join_from(schema.temporary, schema.carrier, schema.carrier.c.ref == phone.carrier)
    for row in work.connection.execute(joined.where(soon).order_by(phone.until, phone.carrier)):
        yield Due(kind=DueKind.TEMPORARY_ENDS, card=CardRef(row.card), mark=f"{row.carrier}/{row.until}")
