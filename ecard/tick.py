"""What time demands: run it as often as you like, from cron, by hand, by two processes at once.

    tick(office, [LapsedFreezes(), Publishing(publish, every=3600), Delivery(Topic.REMINDER, channel), Forgetting()], at=at)

A duty finds by itself what is due and does it in transactions of its own; what has been done is not found again. Nobody plans anything: a tick that did not
come leaves its work to the next. A duty that fails is reported and stops no other. Chapters bring their own duties; the list is the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from codes.errors import CardError
from ecard import due, lifecycle, outbox, requests, schema
from ecard.contention import persist
from ecard.lifecycle import Command
from ecard.model import Actor, CardRef, HoldKind, Role, seconds
from ecard.outbox import Topic, Waiting
from ecard.policy import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from ecard.channels import Channel
    from ecard.premises import Premises
    from ecard.store import Work

LIMIT = 500
"""What a duty does in one tick at most; the rest is the next tick's."""


class Duty(Protocol):
    """Something that has to be done when its time has come."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    def run(self, premises: Premises, *, at: datetime) -> int:
        """Do what is due at `at`; how many things were done. Safe to run twice and by two processes at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TickReport:
    """What one tick did. `done` counts by duty, `failed` names the fault, `waiting` is what is still to be delivered."""

    done: Mapping[str, int]
    failed: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[Topic, Waiting] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """For `--json`."""
        waiting = {topic.value: {"count": late.count, "age": late.age} for topic, late in self.waiting.items()}
        return {"done": dict(self.done), "failed": dict(self.failed), "waiting": waiting}


def tick(premises: Premises, duties: Sequence[Duty], *, at: datetime) -> TickReport:
    """Let every duty do what is due. Raises `SetupError` store-unavailable when not even the store answers."""
    done: dict[str, int] = {}
    failed: dict[str, str] = {}
    for duty in duties:
        try:
            done[duty.name] = duty.run(premises, at=at)
        except CardError as error:
            failed[duty.name] = error.code
    with premises.store.reading() as work:
        return TickReport(done=done, failed=failed, waiting=outbox.waiting(work, now=seconds(at)))


@dataclass(frozen=True, slots=True)
class LapsedFreezes:
    """Writes the end of every freeze whose time is over, so that chip and publisher hear of it at once (CQ-20b)."""

    name: str = "lapsed-freezes"

    def run(self, premises: Premises, *, at: datetime) -> int:
        """See `Duty.run`."""
        now = seconds(at)
        with premises.store.reading() as work:
            since = due.looked_upto(work, self.name)
            over = list(work.connection.execute(_over(now).where(schema.hold.c.until > since - DAY).limit(LIMIT)).scalars())
        done = sum(persist(lambda card=card: self._lapse(premises, CardRef(card), now), entropy=premises.entropy) for card in over)  # type: ignore[misc] # because mypy gives a lambda's default no type
        if len(over) < LIMIT and now - since >= DAY:
            persist(lambda: self._look_no_further_back(premises, now), entropy=premises.entropy)
        return done

    def _look_no_further_back(self, premises: Premises, now: int) -> None:
        """Freezes that ended more than a day before `now` have been seen to; the day is for transactions that were on their way."""
        with premises.store.writing() as work:
            due.note_looked(work, self.name, upto=now)

    def _lapse(self, premises: Premises, ref: CardRef, now: int) -> bool:
        with premises.writing() as work:
            dossier = work.dossier(ref)
            if work.connection.execute(_over(now).where(schema.card.c.ref == ref)).first() is None:
                return False
            actor = service(dossier.card.region)
            lifecycle.permit(Command.LAPSE, dossier, region=dossier.card.region, actor=actor, evidence=(), now=now)
            work.record(dossier, dossier, command=Command.LAPSE, actor=actor, evidence=(), purpose="freeze-ended", at=now)
        return True


def service(region: str) -> Actor:
    """The service itself, acting because a time has come."""
    return Actor(ref="tick", person="tick", role=Role.SERVICE, region=region)


def _over(now: int) -> sa.Select[tuple[str]]:
    """Living cards with a freeze that ended after the card's last event."""
    last = (schema.card_event.c.card == schema.card.c.ref) & (schema.card_event.c.seq == schema.card.c.revision)
    ended = (schema.hold.c.kind == HoldKind.FREEZE.value) & schema.hold.c.lifted.is_(None) & (schema.hold.c.until <= now)
    silent = ended & (schema.card_event.c.at < schema.hold.c.until) & (schema.card.c.state != "ended")
    joined = sa.select(schema.card.c.ref).join_from(schema.hold, schema.card, schema.hold.c.card == schema.card.c.ref)
    return joined.join(schema.card_event, last).where(silent).distinct().order_by(schema.card.c.ref)


@dataclass(frozen=True, slots=True)
class Publishing:
    """Publishes when something changed, and once in every interval when nothing did: lists must not grow old."""

    publish: Callable[[datetime], object]
    """Brings the published folder to the record's truth; idempotent."""
    every: int
    """Seconds."""
    name: str = "publishing"

    def run(self, premises: Premises, *, at: datetime) -> int:
        """See `Duty.run`. Raises whatever publishing raises; everything stays to be published then."""
        now = seconds(at)

        def changed() -> list[outbox.Message]:
            with premises.store.writing() as work:
                outbox.put(work, Topic.PUBLISH, f"every-{self.every}:{now // self.every}", {}, now=now)
                return outbox.take(work, Topic.PUBLISH, now=now, limit=LIMIT)

        messages = persist(changed, entropy=premises.entropy)
        if messages:
            try:
                self.publish(at)
            except CardError:
                _each(premises, messages, lambda work, message: outbox.postpone(work, message, now=now))
                raise
            _each(premises, messages, lambda work, message: outbox.settle(work, message, now=now))
        return len(messages)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivers the messages of one topic through one channel."""

    topic: Topic
    channel: Channel

    @property
    def name(self) -> str:
        """What the report calls it."""
        return f"deliver-{self.topic}"

    def run(self, premises: Premises, *, at: datetime) -> int:
        """See `Duty.run`. A message that fails waits and holds up no other; the first failure is raised at the end."""
        now = seconds(at)

        def waiting() -> list[outbox.Message]:
            with premises.store.writing() as work:
                return outbox.take(work, self.topic, now=now, limit=LIMIT)

        delivered, failure = 0, None
        for message in persist(waiting, entropy=premises.entropy):
            try:
                self.channel.deliver(message, at=at)
            except CardError as error:
                failure = failure or error
                _each(premises, [message], lambda work, message: outbox.postpone(work, message, now=now))
            else:
                _each(premises, [message], lambda work, message: outbox.settle(work, message, now=now))
                delivered += 1
        if failure is not None:
            raise failure
        return delivered


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Clears away answered requests and delivered messages that nobody will ask for any more."""

    name: str = "forgetting"

    def run(self, premises: Premises, *, at: datetime) -> int:
        """See `Duty.run`."""

        def clear() -> int:
            with premises.store.writing() as work:
                before = seconds(at) - outbox.REMEMBERED
                return outbox.forget(work, before=before, limit=LIMIT) + requests.forget(work, before=before, limit=LIMIT)

        return persist(clear, entropy=premises.entropy)


def _each(premises: Premises, messages: Sequence[outbox.Message], note: Callable[[Work, outbox.Message], None]) -> None:
    def write() -> None:
        with premises.store.writing() as work:
            for message in messages:
                note(work, message)

    persist(write, entropy=premises.entropy)
