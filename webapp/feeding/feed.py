"""The feed of one process: whoever is connected hears what is published as soon as it is."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING

from codes.errors import CardError
from webapp.feeding.hub import Hub
from webapp.feeding.news import ChainName, News
from webapp.feeding.paths import read_index
from webapp.feeding.reader import EVERYTHING, Reader, Wish
from webapp.feeding.watching import Watcher, deltas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from verify.chain_index import ChainIndex
    from webapp.feeding.lines import RedisLine
    from webapp.feeding.news import Version
    from webapp.published import PublishedFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds."""

    look: float = 0.1
    """Between two looks at the folder."""
    look_beside_redis: float = 5.0
    """The same while Redis brings the news: only so that nothing hangs on Redis alone."""
    keep_alive: float = 40.0
    """After so long without a word a stream carries a comment, so that dead connections are noticed on both sides: a terminal waits for two of them."""
    spread: float = 30.0
    """Over which readers come back when a stream has ended (STATUS section 5.7)."""


class Feed:
    """Watches the published folder from the first reader on; nothing happens before, so an application may be made anywhere and forked."""

    def __init__(self, folder: PublishedFolder, *, line: RedisLine | None = None, pace: Pace = Pace()) -> None:
        self._folder = folder
        self._line = line
        self._pace = pace
        self._starting = Lock()
        self._started = False
        self._closing = Event()
        self._indexes: dict[ChainName, tuple[object, ChainIndex | None]] = {}
        self.hub = Hub()
        self._watcher = Watcher(folder, self.hub)

    def start(self) -> None:
        """Begin to watch. Again: nothing."""
        with self._starting:
            if self._started:
                return
            self._started = True
            self._watcher.look()
            Thread(target=self._watch, daemon=True).start()
            if self._line is not None:
                Thread(target=self._listen, args=[self._line], daemon=True).start()

    def close(self) -> None:
        """End every stream and every wait."""
        self._closing.set()
        self.hub.close()

    def wait(self, chain: ChainName, since: Version, *, within: float) -> None:
        """Return when the published head of a chain is later than `since`, at the latest after `within` seconds. Raises `StateError` not-found."""
        self.start()
        end = monotonic() + within
        while True:
            place = self.hub.told
            left = end - monotonic()
            if self._head(chain).version > since or left <= 0:
                return
            latest = self.hub.latest(chain)
            is_ahead = latest is not None and latest.version > since  # Redis was faster than the folder
            heard = self._closing.wait(min(left, self._pace.look)) if is_ahead else self.hub.hear(place, within=left) is None
            if heard:
                return

    def stream(self, positions: Mapping[ChainName, Version | None], wish: Wish = EVERYTHING) -> Iterator[bytes]:
        """The event stream of a reader, who is told first what he has missed since his positions, and then what he wishes of the news.

        It ends when the feed does, or when he is too slow.
        """
        self.start()
        place = self.hub.told
        reader = Reader(wish, positions, self._gatherable if wish.gathered else self._missed)
        yield b"retry: %d\n\n" % (1000 + secrets.randbelow(int(self._pace.spread * 1000)))
        everything = {} if wish.only else dict.fromkeys(ChainName(*found[:2]) for found in self._folder.heads())
        for chain, version in {**everything, **positions}.items():
            yield reader.begin(chain, version)
        said = monotonic()
        while (heard := self.hub.hear(place, within=max(0.0, said + self._pace.keep_alive - monotonic()))) is not None:
            place += len(heard)
            piece = reader.hear(heard)
            if piece or monotonic() >= said + self._pace.keep_alive:
                yield piece or b":\n\n"
                said = monotonic()

    def _missed(self, chain: ChainName, version: Version | None) -> list[News]:
        """What leads from a version to the newest, and the newest itself; nothing of a chain that is not published."""
        try:
            head = self._head(chain)
        except CardError:
            return []
        missed = (
            deltas(self._folder, chain, version, head.version, self._index(chain, head)) if version is not None and version < head.version else []
        )
        return missed if missed and missed[-1].order >= head.order else [*missed, head]

    def _gatherable(self, chain: ChainName, version: Version | None) -> list[News] | None:
        """The same; None while the index, which is written last, does not know of the newest version: then nobody knows yet what is merged into what."""
        with suppress(CardError):
            head = self._head(chain)
            index = self._index(chain, head)
            if version is not None and (index is None or (index.epoch, index.seq) < head.version):
                return None
        return self._missed(chain, version)

    def _head(self, chain: ChainName) -> News:
        return News.read(self._folder.head(*chain).content)

    def _index(self, chain: ChainName, head: News) -> ChainIndex | None:
        """The index, read again only when the head is another one: in a storm of readers coming back it is wanted by each of them."""
        order, index = self._indexes.get(chain, (None, None))
        if order != head.order:
            index = read_index(self._folder, chain)
            self._indexes[chain] = head.order, index
        return index

    def _watch(self) -> None:
        while not self._closing.wait(self._pace.look_beside_redis if self._line is not None and self._line.is_up else self._pace.look):
            self._watcher.look()

    def _listen(self, line: RedisLine) -> None:
        while not self._closing.is_set():
            if not line.listen(self.hub):
                self._closing.wait(1 + secrets.randbelow(1000) / 1000)
        line.close()
