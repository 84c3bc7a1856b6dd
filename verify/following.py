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
"""A stream that says nothing for so long is dead: the server gives a sign of life more often than every minute."""
WAIT_S = 25
"""Seconds that a long poll waits."""
EVERY_S, TRUST_EVERY_S = 300.0, 3600.0
"""Seconds between rounds where nothing is pushed, and between two looks at trust that nobody asked for."""
TRUST_AGAIN_S = 60.0
"""Seconds until trust is looked at again for the same reason: a head asks for newer documents than are here."""
ACK_EVERY_S, MOST_ACKS = 1200.0, 12
"""Word of the versions that are in force is given at once, so many times; beyond that once in so many seconds."""
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
    """One terminal that stays current. `now` is its clock, `elapsed` a clock of durations, `chance` a number from 0 to 1 that nobody else draws.

    `metered`: its line is paid by the byte. It gets the changes of five minutes in one object, and knows of a loss that much later.
    """

    def __init__(
        self,
        sync: Sync,
        server: Server,
        *,
        now: Callable[[], int],
        elapsed: Callable[[], float],
        chance: Callable[[], float],
        pause: Pause,
        metered: bool = False,
    ) -> None:
        self._sync = sync
        self._server = server
        self._now = now
        self._elapsed = elapsed
        self._chance = chance
        self._pause = pause
        self._metered = metered
        self._failures = 0
        self._trusted = 0.0
        self._acks = _Allowance(elapsed)

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
        """The stream; where there is none, long polls. Returns when a whole round is due, as it is after a stream that broke."""
        store, chains = self._sync.chains()
        has_heard = False
        try:
            for data in self._events(store, chains):
                has_heard = True
                if (data and not self._take(store, data, chains, tell)) or not self._goes_on(store, tell):
                    return
        except SetupError:
            if not has_heard:
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
            if answer.status != 200 or not self._take(store, answer.body, chains, tell) or not self._goes_on(store, tell):
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
        return followed

    def _goes_on(self, store: ChainStore, tell: Callable[[list[Part]], None]) -> bool:
        """Between two objects: say what is in force, look after trust. False when trust is new: then a whole round is due."""
        if self._acks.is_open() and self._sync.acknowledge(store, now=self._now()):
            self._acks.take()
        since = self._elapsed() - self._trusted
        if since < (TRUST_AGAIN_S if self._sync.is_trust_behind(store) else TRUST_EVERY_S):
            return True
        parts, self._trusted = self._sync.trust(now=self._now()), self._elapsed()
        tell(parts)
        return not any(part.outcome == "taken" for part in parts)

    def _events(self, store: ChainStore, chains: list[tuple[str, ListSpace]]) -> Iterator[bytes]:
        """The objects in the server's event stream, and nothing where it only gives a sign of life. Raises `SetupError`: server-*."""
        places = [f"{region}/{space.name.lower()}/{_since(store, region, space)}".rstrip("/") for region, space in chains]
        query = "&".join([*(f"follow={place}" for place in places), "gathered=1" if self._metered else f"beat={self._sync.beat()}"])
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
            yield b""

    def _back_off(self) -> float:
        """Seconds until the next round: at once after a day that went well, else longer each time and never at the same moment as the others."""
        if self._failures == 0:
            return self._chance() * 2
        longest = min(EVERY_S, LONGEST_PAUSE_S * (1 << min(self._failures - 1, 8)))
        return longest * (0.5 + self._chance() / 2)


def _since(store: ChainStore, region: str, space: ListSpace) -> str:
    head = next((head for head in store.heads() if (head.region, head.space) == (region, space) and not head.is_rolled_back), None)
    return "" if head is None else f"{head.epoch}.{head.seq}"


class _Allowance:
    """Some times at once, and then one more every `ACK_EVERY_S`."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._left = float(MOST_ACKS)
        self._at = elapsed()

    def is_open(self) -> bool:
        """Whether there is one left."""
        now = self._elapsed()
        self._left, self._at = min(float(MOST_ACKS), self._left + (now - self._at) / ACK_EVERY_S), now
        return self._left >= 1

    def take(self) -> None:
        """Use one."""
        self._left -= 1
