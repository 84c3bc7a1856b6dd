"""What was said lately, and who waits to hear more. One lock, one list: a reader is a place in the list, and costs nothing while it waits."""

from __future__ import annotations

from collections import deque
from itertools import islice
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.feeding.news import ChainName, News

KEPT_BYTES = 8 << 20
"""Of events that are kept for readers who have fallen behind."""


class Hub:
    """News in the order in which they came here, each once. Safe for threads and greenlets alike."""

    def __init__(self, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._changed = Condition()
        self._kept: deque[News] = deque()
        self._spare = kept_bytes
        self._told = 0
        self._closed = False
        self._latest: dict[ChainName, News] = {}

    @property
    def told(self) -> int:
        """How many news there have been: the place of a reader who has heard them all."""
        return self._told

    @property
    def closed(self) -> bool:
        """Whether nothing more will be said."""
        return self._closed

    def latest(self, chain: ChainName) -> News | None:
        """The newest of a chain."""
        return self._latest.get(chain)

    def tell(self, news: News) -> bool:
        """Tell everybody who waits; False, and nobody is told, when something as new was told before."""
        with self._changed:
            before = self._latest.get(news.chain)
            if before is not None and before.order >= news.order:
                return False
            self._latest[news.chain] = news
            self._kept.append(news)
            self._told += 1
            self._spare -= len(news.event)
            while self._spare < 0 and len(self._kept) > 1:
                self._spare += len(self._kept.popleft().event)
            self._changed.notify_all()
        return True

    def hear(self, place: int, *, within: float) -> Sequence[News] | None:
        """What was told after `place`, waiting at most `within` seconds for it; empty when nothing came.

        None for a reader who has to go: the hub is closed, or the reader was so slow that some of it is not kept any more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._told > place, within)
            missed = self._told - place
            if self._closed or missed > len(self._kept):
                return None
            return list(islice(self._kept, len(self._kept) - missed, None))

    def close(self) -> None:
        """Send every reader away, now and from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
