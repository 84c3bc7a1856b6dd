"""Looks at the published folder and tells the hub what is new in it: each change as a delta, or the new head where no delta leads to it."""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING

from codes.errors import CardError
from verify.chain_index import MOST_STEPS
from webapp.feeding.news import ChainName, News
from webapp.feeding.paths import read_index, way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from verify.chain_index import ChainIndex
    from webapp.feeding.hub import Hub
    from webapp.feeding.news import Version
    from webapp.published import PublishedFolder

_LOG = logging.getLogger(__name__)


class Watcher:
    """Remembers which heads it has seen; one look costs one `stat` for each chain while nothing changes."""

    def __init__(self, folder: PublishedFolder, hub: Hub) -> None:
        self._folder = folder
        self._hub = hub
        self._seen: dict[ChainName, object] = {}

    def look(self) -> None:
        """Tell the hub whatever has come since the last look. A chain that cannot be read is left for the next one, and the log says so."""
        for region, space, mark in self._folder.heads():
            chain = ChainName(region, space)
            if self._seen.get(chain) == mark:
                continue
            try:
                head = News.read(self._folder.head(*chain).content)
                for news in self._since(chain, head):
                    self._hub.tell(news)
            except CardError as error:
                _LOG.warning("%s: %s", chain, error.code)
            else:
                self._seen[chain] = mark

    def _since(self, chain: ChainName, head: News) -> Iterator[News]:
        """What leads from the newest that the hub has told to this head, and the head, unless the last delta says as much."""
        known = self._hub.latest(chain)
        last = None
        if known is not None and known.version < head.version:
            for last in deltas(self._folder, chain, known.version, head.version):
                yield last
        if last is None or last.order < head.order:
            yield head


def deltas(folder: PublishedFolder, chain: ChainName, start: Version, end: Version, index: ChainIndex | None = None) -> list[News]:
    """The published deltas from one version to another; none when they do not go all the way, or when one is too large to be sent on."""
    index = index or read_index(folder, chain)
    steps = way(index, start, end) if index is not None else None
    found = []
    for first, last in steps if steps is not None else _singly(start, end):
        try:
            found.append(News.read(folder.delta(*chain, str(end.epoch), f"{first}-{last}").content))
        except CardError:
            return []
    return found


def _singly(start: Version, end: Version) -> Sequence[tuple[int, int]]:
    """From one version to another change by change: a publisher replaces its index last, so it may not know yet of the version of its head."""
    if start.epoch != end.epoch or end.seq - start.seq > MOST_STEPS:
        return ()
    return list(pairwise(range(start.seq, end.seq + 1)))
