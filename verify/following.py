"""`ecard-terminal sync --follow`: current within seconds, for as long as it runs (STATUS section 5.7).

The ways, in their order: the event stream; a long poll; a round every five minutes. What is lost on one is made up by the next, because every object is a
file that can be fetched later. Everybody comes back after a pause of his own, so that a server which was away is not overrun by those who waited for it.
"""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from codes.errors import CardError, SetupError
from verify.syncing import MAX_HEAD, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codes.chain import ListSpace
    from verify.chain_store import ChainStore
    from verify.fetching import Server
    from verify.syncing import Sync

SILENCE_S = 90.0
"""A stream that says nothing for so long is dead: the server beats every minute."""
WAIT_S = 25
"""Seconds that a long poll waits."""
EVERY_S, TRUST_EVERY_S = 300.0, 600.0
"""Seconds between rounds where nothing is pushed, and between two looks at trust."""
LONGEST_PAUSE_S = 30.0
_LONGEST_LINE = 1 << 21
_MOST_POLLS = 40
"""Long polls before the stream is tried again."""


class Pause(Protocol):
    """How the follower waits: returns early, and True, when it is told to stop."""

    def __call__(self, seconds: float, /) -> bool:
        """Wait so long at the most; whether to stop."""
        ...


class Follower:
    """One terminal that stays current. `now` is its clock, `elapsed` a clock of durations, `chance` a number from 0 to 1 that nobody else draws."""

    def __init__(
        self, sync: Sync, server: Server, *, now: Callable[[], int], elapsed: Callable[[], float], chance: Callable[[], float], pause: Pause
    ) -> None:
        self._sync = sync
        self._server = server
        self._now = now
        self._elapsed = elapsed
        self._chance = chance
        self._pause = pause
        self._failures = 0
        self._trusted = 0.0

    def run(self, tell: Callable[[list[Part]], None]) -> None:
        """Follow until the pause says to stop; `tell` hears of every round and of every object that was taken. Raises `SetupError` state-* only."""
        while True:
            parts = self._sync.round(now=self._now())
            self._trusted = self._elapsed()
            tell(parts)
            if self._is_well(parts):
                self._failures = 0
                self._listen(tell)
            else:
                self._failures += 1
            if self._pause(self._back_off()):
                return

    def _is_well(self, parts: list[Part]) -> bool:
        return any(part.part.startswith("chain/") and part.error is None for part in parts)

    def _listen(self, tell: Callable[[list[Part]], None]) -> None:
        """The stream, and after it long polls; returns when a whole round is due."""
        store, chains = self._sync.chains()
        try:
            for data in self._events(store, chains):
                if not self._take(store, data, chains, tell) or self._is_due():
                    return
        except SetupError:
            self._poll(store, chains, tell)

    def _poll(self, store: ChainStore, chains: list[tuple[str, ListSpace]], tell: Callable[[list[Part]], None]) -> None:
        for turn in range(_MOST_POLLS):
            region, space = chains[turn % len(chains)]
            since = _since(store, region, space)
            wait, began = WAIT_S if len(chains) == 1 else 5, self._elapsed()
            path = f"/v1/status/{region}/{space.name.lower()}/head?wait={wait}" + (f"&since={since}" if since else "")
            try:
                answer = self._server.get(path, limit=MAX_HEAD, within=WAIT_S * 2)
            except SetupError:
                return
            if answer.status != 200 or not self._take(store, answer.body, chains, tell) or self._is_due():
                return
            # a host of plain files answers at once and holds nobody: who waits is then the terminal
            is_old = _since(store, region, space) == since
            if self._pause(max(0.0, wait - (self._elapsed() - began)) if is_old else 0):
                return

    def _take(self, store: ChainStore, data: bytes, chains: list[tuple[str, ListSpace]], tell: Callable[[list[Part]], None]) -> bool:
        """Take what was pushed; fetch what lies between. False when it was nothing that we can use: then a whole round is due."""
        now = self._now()
        try:
            followed = self._sync.take(store, data, now=now)
        except CardError as error:
            tell([Part(part="chain", outcome="refused", error=error)])
            return False
        if not followed:
            parts = [self._sync.chain(store, region, space, now=now) for region, space in chains]
            tell(parts)
            followed = all(part.error is None for part in parts)
        self._sync.acknowledge(store, now=now)
        return followed

    def _events(self, store: ChainStore, chains: list[tuple[str, ListSpace]]) -> Iterator[bytes]:
        """The objects in the server's event stream. Raises `SetupError`: server-*."""
        places = [f"{region}/{space.name.lower()}/{_since(store, region, space)}".rstrip("/") for region, space in chains]
        query = "&".join(f"follow={place}" for place in places)
        pieces = self._server.stream(f"/v1/status/events?{query}", headers={"Accept": "text/event-stream"}, silence=SILENCE_S)
        rest = b""
        for piece in pieces:
            *whole, rest = (rest + piece).split(b"\n")
            if len(rest) > _LONGEST_LINE or self._pause(0):
                return
            for line in whole:
                if line.startswith(b"data:"):
                    with suppress(binascii.Error):
                        yield base64.b64decode(line.removeprefix(b"data:").strip(), validate=True)

    def _is_due(self) -> bool:
        return self._elapsed() - self._trusted >= TRUST_EVERY_S

    def _back_off(self) -> float:
        """Seconds until the next round: at once after a day that went well, else longer each time and never at the same moment as the others."""
        if self._failures == 0:
            return self._chance() * 2
        longest = min(EVERY_S, LONGEST_PAUSE_S * (1 << min(self._failures - 1, 8)))
        return longest * (0.5 + self._chance() / 2)


def _since(store: ChainStore, region: str, space: ListSpace) -> str:
    head = next((head for head in store.heads() if (head.region, head.space) == (region, space) and not head.is_rolled_back), None)
    return "" if head is None else f"{head.epoch}.{head.seq}"
