"""What time asks for. All of it at one moment is read from the record and stored nowhere: asked again it says the same, with the same marks.

What a tick has to do is less: only what has become due since the last one, so that its work does not grow with the record. Two things tell it where to look.
What becomes due by time alone is found through an index from where the last look ended (table `looked`); what becomes due by something that was done, through
a message that the change itself leaves (`watch`, topic LOOK).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ecard import rows, schema
from ecard.lifecycle import LOSSES, Command
from ecard.model import Card, CardRef, CarrierKind, CarrierState, Decision, Due, DueKind
from ecard.outbox import Topic, put
from ecard.policy import DAY
from ecard.renewal import reminder_days, reminder_due

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecard.model import Dossier
    from ecard.policy import Policy
    from ecard.store import Work

ANYWHERE = sa.true()


def due(work: Work, policy: Policy, *, now: int) -> Iterator[Due]:
    """Everything that is due: reminders of renewal, exchanges after a correction, destructions, fare reviews, stand-ins that end soon."""
    yield from _told(policy, _expiring(work, now, upto=now + reminder_days(policy)[0] * DAY), now)
    yield from done_due(work, policy, now=now)


def ending(work: Work, policy: Policy, *, region: str, now: int, limit: int) -> tuple[int, list[Due]]:
    """How many cards of a region end soon and are not being remade, and the reminders of the first of them: in a good year every tenth card there is."""
    card, upto = schema.card.c, now + reminder_days(policy)[0] * DAY
    here = (card.region == region) & ~_remade()
    count = work.connection.execute(sa.select(sa.func.count()).select_from(schema.card).where(_ends(now, upto) & here)).scalar_one()
    return int(count), list(_told(policy, _expiring(work, now, upto=upto, beyond=here, limit=limit), now))


def done_due(work: Work, policy: Policy, *, now: int) -> Iterator[Due]:
    """Of everything that is due all but the reminders of renewal."""
    yield from _exchanges(work, ANYWHERE)
    yield from _destructions(work, ANYWHERE)
    yield from _reviews(work, now, ANYWHERE)
    yield from _stand_ins(work, policy, now)


def newly_due(work: Work, policy: Policy, *, now: int, limit: int) -> Iterator[Due]:
    """What has become due by time since it was last asked, at most `limit` of each kind; what is told here is not told again."""
    for days in reminder_days(policy):
        yield from _newly_expiring(work, policy, days, now=now, limit=limit)
    since = _place(work, "fare-review")[0]
    yield from _reviews(work, now, schema.entitlement.c.review > since)
    _remember(work, "fare-review", now, "")
    yield from _stand_ins(work, policy, now, untold=True)


def at_card(work: Work, card: CardRef) -> Iterator[Due]:
    """What is due at one card by what was done to it."""
    yield from _exchanges(work, schema.correction.c.card == card)
    yield from _destructions(work, schema.carrier.c.card == card)


def watch(work: Work, before: Dossier | None, after: Dossier, *, command: Command, now: int) -> None:
    """Leave a message for the next tick if this change may have made something due.

    That is: a chip that ended or was taken into use, a loss that was lifted, data that were corrected.
    """
    if before is None:
        return
    was = {carrier.ref: carrier.state for carrier in before.carriers}
    turned = {carrier.state for carrier in after.carriers if carrier.kind is CarrierKind.CHIP and was.get(carrier.ref) is not carrier.state}
    lost = {hold.ref for hold in before.holds if hold.kind in LOSSES and hold.lifted is None}
    found = any(hold.ref in lost and hold.lifted is not None for hold in after.holds)
    gone = any(carrier.kind is CarrierKind.CHIP and carrier.state is CarrierState.ENDED for carrier in after.carriers)
    used = CarrierState.ACTIVE in turned and command is not Command.APPLY and _was_corrected(work, after.card.ref)
    if CarrierState.ENDED in turned or (found and gone) or used or command is Command.DECIDE_CORRECTION:
        put(work, Topic.LOOK, f"{after.card.ref}:{after.card.revision}", {"card": after.card.ref}, now=now)


def _was_corrected(work: Work, card: CardRef) -> bool:
    correction = schema.correction.c
    accepted = (correction.card == card) & (correction.decision == Decision.ACCEPTED.value)
    return work.connection.execute(sa.select(correction.ref).where(accepted).limit(1)).first() is not None


def _expiring(work: Work, now: int, *, upto: int, beyond: sa.ColumnElement[bool] = ANYWHERE, limit: int | None = None) -> list[tuple[Card, bool]]:
    """Cards in use that end in this time, in the order of their ends; and whether each is being remade."""
    card = schema.card.c
    asked = sa.select(schema.card, _remade().label("remade")).where(_ends(now, upto) & beyond)
    found = work.connection.execute(asked.order_by(card.expires, card.ref).limit(limit))
    return [(rows.card_of(row), bool(row.remade)) for row in found]


def _ends(now: int, upto: int) -> sa.ColumnElement[bool]:
    card = schema.card.c
    return (card.state == "active") & (card.expires > now) & (card.expires <= upto)


def _remade() -> sa.Exists:
    return sa.exists().where((schema.exchange.c.card == schema.card.c.ref) & schema.exchange.c.closed.is_(None))


def _told(policy: Policy, expiring: list[tuple[Card, bool]], now: int) -> Iterator[Due]:
    for card, remade in expiring:
        if not remade:
            days = reminder_due(policy, card, now)
            yield Due(kind=DueKind.RENEWAL_REMINDER, card=card.ref, mark=f"{card.ref}/{card.expires}/{days}", days=days)


def _newly_expiring(work: Work, policy: Policy, days: int, *, now: int, limit: int) -> Iterator[Due]:
    """The reminder so many days before the end. Whose end is so near that a later reminder holds is told that one.

    No card comes to lie behind the place that was looked up to: its end only ever moves away, and none is taken into use so late.
    """
    what, card = f"renewal-{days}", schema.card.c
    end, ref = _place(work, what)
    beyond = (card.expires >= end) & ((card.expires > end) | (card.ref > ref))
    found = _expiring(work, now, upto=now + days * DAY, beyond=beyond, limit=limit)
    yield from (each for each in _told(policy, found, now) if each.days == days)
    if len(found) == limit:
        _remember(work, what, found[-1][0].expires, found[-1][0].ref)
    else:
        _remember(work, what, now + days * DAY + 1, "")


def _place(work: Work, what: str) -> tuple[int, str]:
    """Up to where this was looked through; the beginning when it never was."""
    found = work.connection.execute(sa.select(schema.looked.c.upto, schema.looked.c.ref).where(schema.looked.c.what == what)).one_or_none()
    return (0, "") if found is None else (found.upto, found.ref)


def _remember(work: Work, what: str, upto: int, ref: str) -> None:
    """Note up to where it was looked through; never backwards."""
    last = _place(work, what)
    if (upto, ref) <= last:
        return
    if last == (0, ""):
        work.connection.execute(sa.insert(schema.looked).values(what=what, upto=upto, ref=ref))
    else:
        work.connection.execute(sa.update(schema.looked).where(schema.looked.c.what == what).values(upto=upto, ref=ref))


def looked_upto(work: Work, what: str) -> int:
    """Up to which time a duty has looked; 0 when it never has."""
    return _place(work, what)[0]


def note_looked(work: Work, what: str, *, upto: int) -> None:
    """Note that everything up to this time was seen to."""
    _remember(work, what, upto, "")


def _exchanges(work: Work, where: sa.ColumnElement[bool]) -> Iterator[Due]:
    correction, chip, card = schema.correction.c, schema.carrier.c, schema.card.c
    remade = sa.exists().where((schema.exchange.c.card == correction.card) & schema.exchange.c.closed.is_(None))
    stale = (correction.decision == Decision.ACCEPTED.value) & (chip.kind == "chip") & (chip.state == "active") & (chip.created <= correction.decided)
    joined = sa.select(correction.ref, correction.card).join_from(schema.correction, schema.carrier, chip.card == correction.card)
    joined = joined.join(schema.card, card.ref == correction.card).where(stale & (card.state == "active") & ~remade & where)
    for row in work.connection.execute(joined.order_by(correction.ref)):
        yield Due(kind=DueKind.EXCHANGE, card=CardRef(row.card), mark=row.ref)


def _destructions(work: Work, where: sa.ColumnElement[bool]) -> Iterator[Due]:
    chip, hold = schema.carrier.c, schema.hold.c
    gone = sa.exists().where(schema.destruction.c.carrier == chip.ref)
    on_it = (hold.card == chip.card) & (hold.kind == "loss") & hold.lifted.is_(None) & (hold.carrier.is_(None) | (hold.carrier == chip.ref))
    in_stock = sa.exists().where((schema.stock_item.c.carrier == chip.ref) & schema.stock_item.c.state.in_(["damaged", "destroyed"]))
    ended = (chip.kind == "chip") & (chip.state == "ended") & chip.key_x.is_not(None)
    wanted = ended & ~gone & ~in_stock & ~sa.exists().where(on_it) & where
    for row in work.connection.execute(sa.select(chip.ref, chip.card).where(wanted).order_by(chip.card, chip.ref)):
        yield Due(kind=DueKind.DESTRUCTION, card=CardRef(row.card), mark=row.ref)


def _reviews(work: Work, now: int, where: sa.ColumnElement[bool]) -> Iterator[Due]:
    fare = schema.entitlement.c
    late = fare.ended.is_(None) & (fare.review <= now) & (fare.expires > now) & where
    joined = sa.select(fare.ref, fare.review, schema.carrier.c.card).join_from(
        schema.entitlement, schema.carrier, schema.carrier.c.ref == fare.carrier
    )
    for row in work.connection.execute(joined.where(late).order_by(fare.review, fare.ref)):
        yield Due(kind=DueKind.FARE_REVIEW, card=CardRef(row.card), mark=f"{row.ref}/{row.review}")


def _stand_ins(work: Work, policy: Policy, now: int, *, untold: bool = False) -> Iterator[Due]:
    """Those that end within days; `untold` are those without a message. A stand-in may be granted for so short a time that it is due at once."""
    phone, told = schema.temporary.c, schema.outbox.c
    soon = (phone.until > now) & (phone.until <= now + policy.remind_last * DAY) & (schema.carrier.c.state == "active")
    mark = phone.carrier + "/" + sa.cast(phone.until, sa.String)
    if untold:
        soon &= ~sa.exists().where((told.topic == Topic.REMINDER.value) & (told.mark == DueKind.TEMPORARY_ENDS.value + "/" + mark))
    joined = sa.select(phone.card, mark.label("mark")).join_from(schema.temporary, schema.carrier, schema.carrier.c.ref == phone.carrier)
    for row in work.connection.execute(joined.where(soon).order_by(phone.until, phone.carrier)):
        yield Due(kind=DueKind.TEMPORARY_ENDS, card=CardRef(row.card), mark=row.mark)
