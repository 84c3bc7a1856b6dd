"""The quick way: what the outbox says has changed is published within a second or two, without reading the province again (STATUS section 5.7).

    while True:
        quick.run(at=clock())          # takes what has changed since, asks for the statuses of those cards, publishes one version
        pause(window)                  # the batching window

Messages are taken, and statuses asked for, by whoever holds the folder: so the newest truth is always published last. A message that cannot be published
stays. What no message tells of, lists that have expired and freezes whose time is over, comes with the tick and with the whole pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.errors import CardError
from ecard import outbox, statuses
from ecard.chaining.edition import touched
from ecard.chaining.noting import note
from ecard.contention import persist
from ecard.model import CardRef, seconds
from ecard.outbox import Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from codes.claims import Region
    from codes.rice import Packed
    from ecard.chaining.publisher import ChainKey, ChainNews, ChainPublisher, RegionChains
    from ecard.outbox import Message
    from ecard.premises import Premises
    from ecard.store import Work

LIMIT = 2000
"""Changes that go into one version; the rest goes into the next."""
PATIENCE = 5.0
"""Seconds that a round waits for another publisher; after that the next round does."""
_LIST = "sl:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did."""

    messages: int
    chains: tuple[ChainNews, ...]
    for_all: tuple[Message, ...]
    """Messages that ask for a whole pass, which is not made here: to be settled by whoever makes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickWay:
    """Publishes what has changed. `regions` says what each region signs by now."""

    premises: Premises
    publisher: ChainPublisher
    regions: Callable[[], Mapping[Region, RegionChains]]

    def run(self, *, at: datetime) -> Round:
        """One round; a heartbeat where nothing has changed for a minute.

        Raises `SetupError`: publisher-busy, publisher-clock-back, publisher-epoch, status-shard, folder-unwritable, store-unavailable; nothing is lost then.
        """
        now = seconds(at)
        with self.publisher.turn(patience=PATIENCE):
            messages = self._taken(now)
            try:
                news = self._publish(messages, now)
            except CardError:
                self._each(messages, outbox.release)
                raise
            mine = [message for message in messages if "card" in message.body or message.mark.startswith(_LIST)]
            self._settle(mine, news, now)
        return Round(messages=len(mine), chains=tuple(news), for_all=tuple(message for message in messages if message not in mine))

    def settle(self, messages: Sequence[Message], *, at: datetime) -> None:
        """Note that a whole pass has been made."""
        self._settle(messages, (), seconds(at))

    def _publish(self, messages: Sequence[Message], now: int) -> Sequence[ChainNews]:
        regions = self.regions()
        cards = {CardRef(str(message.body["card"])) for message in messages if "card" in message.body}
        lists = {message.mark for message in messages if message.mark.startswith(_LIST)}
        wanted: dict[ChainKey, dict[int, Packed]] = {}
        if messages:
            with self.premises.store.reading() as work:
                found = statuses.of_cards(work, cards, lists=lists, now=now)
            wanted = touched(found.values, found.plans, regions, self.publisher.standing(regions))
        return self.publisher.run(wanted, regions, at=now, whole=False)

    def _taken(self, now: int) -> Sequence[Message]:
        with self.premises.store.reading() as work:
            if outbox.Topic.PUBLISH not in outbox.waiting(work, now=now):  # a look costs nobody anything; a transaction that writes would
                return ()

        def take() -> list[Message]:
            with self.premises.store.writing() as work:
                return outbox.take(work, Topic.PUBLISH, now=now, limit=LIMIT)

        return persist(take, entropy=self.premises.entropy)

    def _settle(self, messages: Sequence[Message], news: Sequence[ChainNews], now: int) -> None:
        def settle(work: Work) -> None:
            note(work, news, now=now)
            for message in messages:
                outbox.settle(work, message, now=now)

        if messages or any(chain.is_new for chain in news):
            self._write(settle)

    def _each(self, messages: Sequence[Message], act: Callable[[Work, Message], None]) -> None:
        def every(work: Work) -> None:
            for message in messages:
                act(work, message)

        if messages:
            self._write(every)

    def _write(self, act: Callable[[Work], None]) -> None:
        def write() -> None:
            with self.premises.store.writing() as work:
                act(work)

        persist(write, entropy=self.premises.entropy)
