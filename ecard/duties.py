"""The duties that come from the chapters of the record: what `ecard tick` runs, put together in one readable list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecard import due, outbox
from ecard.access.tidying import Tidying
from ecard.contention import persist
from ecard.model import CardRef, DueKind, seconds
from ecard.outbox import Topic
from ecard.preloss import LossesByPhone
from ecard.residents.tidying import ResidentsTidying
from ecard.tick import LIMIT, Delivery, Forgetting, LapsedFreezes, Publishing
from ecard.tickets.answering import LateTickets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from ecard.channels import Channel
    from ecard.model import Due
    from ecard.premises import Premises
    from ecard.store import Work
    from ecard.tick import Duty

TO_HOLDERS = {DueKind.RENEWAL_REMINDER, DueKind.TEMPORARY_ENDS}
"""What holders are told of; the rest is work for a desk."""


@dataclass(frozen=True, slots=True)
class Dues:
    """Writes a message for everything that has become due by the record, once for each mark: reminders to holders, tasks to desks (HZ-13)."""

    name: str = "dues"

    def run(self, premises: Premises, *, at: datetime) -> int:
        """See `Duty.run`."""
        now = seconds(at)

        def write() -> int:
            with premises.store.writing() as work:
                written = sum(_tell(work, found, now=now) for found in due.newly_due(work, premises.policy, now=now, limit=LIMIT))
                for message in outbox.take(work, Topic.LOOK, now=now, limit=LIMIT):
                    card = CardRef(message.mark.partition(":")[0])
                    written += sum(_tell(work, found, now=now) for found in due.at_card(work, card))
                    outbox.settle(work, message, now=now)
            return written

        return persist(write, entropy=premises.entropy)


def _tell(work: Work, found: Due, *, now: int) -> bool:
    topic = Topic.REMINDER if found.kind in TO_HOLDERS else Topic.TASK
    body: outbox.Body = {"what": found.kind.value, "card": found.card, "days": found.days}
    return outbox.put(work, topic, f"{found.kind.value}/{found.mark}", body, now=now)


def all_duties(publish: Callable[[datetime], object], *, every: int, channels: Mapping[Topic, Channel], last: Sequence[Duty] = ()) -> list[Duty]:
    """Every duty, in the order in which one makes work for the next: record, then publishing, then messages, then `last` (the auditor, retention).

    `publish` brings the published folder to the record's truth; `every` is how often it runs though nothing changed, in seconds.
    """
    deliveries = [Delivery(topic, channel) for topic, channel in sorted(channels.items())]
    return [
        LapsedFreezes(),
        LossesByPhone(),
        Dues(),
        LateTickets(),
        Publishing(publish, every=every),
        *deliveries,
        *last,
        Tidying(),
        ResidentsTidying(),
        Forgetting(),
    ]
