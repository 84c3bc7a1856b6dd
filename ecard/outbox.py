"""What must leave the record because something changed: written with the change, in its transaction, or not at all.

A message has a topic and a mark; the two together are there once, so that a change tells of itself once however often it is retried. Whoever delivers
takes a message for a while (a lease), delivers it outside of any transaction and then notes that it is done. A deliverer that dies leaves a lease that runs
out: delivery is at least once, and every channel makes the second time the same as the first, by the message's id.

Bodies name references, numbers and states; never a person.
"""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ecard import answers, lifecycle, schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecard.model import Dossier
    from ecard.store import Work

LEASE = 120
"""Seconds that a deliverer may take."""
FIRST_DELAY, LONGEST_DELAY = 60, 6 * 3600
"""After a failure, seconds until the next attempt: doubled each time."""
REMEMBERED = 7 * 24 * 3600
"""Seconds that a delivered message stays, so that it is not written again."""
REMINDED = 400 * 24 * 3600
"""The same for what is written again at every tick for as long as it is due."""
Body = dict[str, str | int | None]


class Topic(enum.StrEnum):
    """Who a message is for."""

    PUBLISH = "publish"
    """The publisher: statuses have changed, or a list has begun."""
    CHIP_SCRIPT = "chip-script"
    """The chip: it should take another state."""
    PUSH = "push"
    """The holder's phones: look again."""
    REMINDER = "reminder"
    """The holder, through a channel."""
    TASK = "task"
    """The desk: something is to be done by people."""
    LOOK = "look"
    """The next tick: something was done to a card that may have made something due there."""


DELIVERED = (Topic.CHIP_SCRIPT, Topic.PUSH, Topic.REMINDER, Topic.TASK)
"""What leaves through a channel; the rest is for duties of our own."""
_LASTING = {Topic.REMINDER, Topic.TASK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, taken for delivery."""

    topic: Topic
    mark: str
    body: Body
    written: int
    attempts: int

    @property
    def id(self) -> str:
        """The same at every attempt: what a channel knows it by."""
        return hashlib.sha256(f"{self.topic}\n{self.mark}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What has not been delivered of one topic: how many, and for how many seconds the oldest has been due."""

    count: int
    age: int


def put(work: Work, topic: Topic, mark: str, body: Body, *, now: int, due: int | None = None) -> bool:
    """Write a message, to be delivered from `due` on; whether it was not there yet."""
    if work.connection.execute(sa.select(schema.outbox.c.mark).where(_is(topic, mark))).first() is not None:
        return False
    row = {"topic": topic.value, "mark": mark, "body": answers.encode(body), "written": now, "due": now if due is None else due, "attempts": 0}
    work.connection.execute(sa.insert(schema.outbox).values(row))
    return True


def announce(work: Work, before: Dossier | None, after: Dossier, *, since: int, now: int) -> None:
    """Write what a change of a card makes necessary: publishing, a script for the chip, a sign to the phones. `since` is the time of the change before."""
    card = after.card
    was = {} if before is None else {carrier.ref: lifecycle.status_of(before, carrier, since) for carrier in before.carriers}
    turned = [carrier for carrier in after.carriers if was.get(carrier.ref) is not lifecycle.status_of(after, carrier, now)]
    if turned and before is not None:
        put(work, Topic.PUBLISH, f"{card.ref}:{card.revision}", {"card": card.ref, "revision": card.revision}, now=now)
    if before is not None and card.chip_seq != before.card.chip_seq:
        target = lifecycle.chip_target(after, now)
        body: Body = {
            "card": card.ref,
            "chip": None if after.chip is None else after.chip.ref,
            "seq": card.chip_seq,
            "state": None if target is None else int(target),
        }
        put(work, Topic.CHIP_SCRIPT, f"{card.ref}:{card.chip_seq}", body, now=now)
    if before is not None and any(carrier.ref in {phone.ref for phone in (*before.phones, *after.phones)} for carrier in turned):
        put(work, Topic.PUSH, f"{card.ref}:{card.revision}", {"card": card.ref, "revision": card.revision}, now=now)


def take(work: Work, topic: Topic, *, now: int, limit: int) -> list[Message]:
    """Messages that are due and that nobody else has taken, oldest first; they are the caller's until the lease runs out."""
    free = schema.outbox.c.taken_until.is_(None) | (schema.outbox.c.taken_until <= now)
    due = (schema.outbox.c.topic == topic.value) & schema.outbox.c.done.is_(None) & (schema.outbox.c.due <= now) & free
    order = (schema.outbox.c.due, schema.outbox.c.mark)
    found = work.connection.execute(sa.select(schema.outbox).where(due).order_by(*order).limit(limit).with_for_update(skip_locked=True)).all()
    taken = []
    for row in found:
        claim = sa.update(schema.outbox).where(_is(topic, row.mark), due).values(taken_until=now + LEASE)
        if work.connection.execute(claim).rowcount == 1:
            body: Body = answers.decode(row.body)
            taken.append(Message(topic=topic, mark=row.mark, body=body, written=row.written, attempts=row.attempts))
    return taken


def settle(work: Work, message: Message, *, now: int) -> None:
    """Note that a message was delivered. Again: no change."""
    where = _is(message.topic, message.mark) & schema.outbox.c.done.is_(None)
    work.connection.execute(sa.update(schema.outbox).where(where).values(done=now, taken_until=None))


def release(work: Work, message: Message) -> None:
    """Give a message back untried: whoever comes next may take it at once."""
    where = _is(message.topic, message.mark) & schema.outbox.c.done.is_(None)
    work.connection.execute(sa.update(schema.outbox).where(where).values(taken_until=None))


def postpone(work: Work, message: Message, *, now: int) -> None:
    """Note that a message could not be delivered, and try it again later."""
    where = _is(message.topic, message.mark) & schema.outbox.c.done.is_(None)
    delay = min(FIRST_DELAY << min(message.attempts, 16), LONGEST_DELAY)
    work.connection.execute(sa.update(schema.outbox).where(where).values(attempts=schema.outbox.c.attempts + 1, due=now + delay, taken_until=None))


def waiting(work: Work, *, now: int) -> Mapping[Topic, Waiting]:
    """Every topic with messages that are due and not delivered. An age that grows is an alarm (threat I12)."""
    undone = schema.outbox.c.done.is_(None) & (schema.outbox.c.due <= now)
    query = sa.select(schema.outbox.c.topic, sa.func.count(), sa.func.min(schema.outbox.c.written)).where(undone).group_by(schema.outbox.c.topic)
    return {Topic(topic): Waiting(count=count, age=now - oldest) for topic, count, oldest in work.connection.execute(query)}


def forget(work: Work, *, before: int, limit: int) -> int:
    """Delete messages delivered before a time, at most `limit`; how many. Reminders stay for a year longer: what is told once must not be told again."""
    forgotten = 0
    for topic in Topic:
        until = before + REMEMBERED - REMINDED if topic in _LASTING else before
        over = (schema.outbox.c.topic == topic.value) & (schema.outbox.c.done < until)
        marks = work.connection.execute(sa.select(schema.outbox.c.mark).where(over).limit(limit - forgotten)).scalars().all()
        for mark in marks:
            work.connection.execute(sa.delete(schema.outbox).where(_is(topic, mark)))
        forgotten += len(marks)
    return forgotten


def _is(topic: Topic, mark: str) -> sa.ColumnElement[bool]:
    return (schema.outbox.c.topic == topic.value) & (schema.outbox.c.mark == mark)
