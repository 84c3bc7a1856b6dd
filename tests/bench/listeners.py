"""Thousands of listeners in one process of their own: `python -m tests.bench.listeners HOST PORT COUNT EVENTS`.

Says "ready" once every listener has had its first event, and at the end, for each event after it, when each listener had it: seconds of the machine's
monotonic clock, which all processes share.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from time import monotonic

_BATCH = 100
"""Connections that are opened at a time."""


class Listener(asyncio.Protocol):
    """One terminal's connection, as far as receipt goes."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._rest = b""
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"GET /v1/status/events HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        now = monotonic()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"id: "):
                if self.first.done():
                    self._heard.note(line[4:].decode(), now)
                else:
                    self.first.set_result(None)

    def connection_lost(self, _why: Exception | None) -> None:
        self._heard.lost += 1


class Heard:
    """What all of them have heard."""

    def __init__(self, expected: int) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.lost = 0
        self._missing = expected
        self.done = asyncio.get_running_loop().create_future()

    def note(self, event: str, now: float) -> None:
        """One listener has had one event."""
        self.times[event].append(now)
        self._missing -= 1
        if not self._missing:
            self.done.set_result(None)


async def listen(host: str, port: int, count: int, events: int) -> Heard:
    """Connect `count` listeners and let each of them hear `events` events."""
    loop, heard = asyncio.get_running_loop(), Heard(count * events)
    for start in range(0, count, _BATCH):
        opened = await asyncio.gather(
            *(loop.create_connection(lambda: Listener(heard), host, port) for _ in range(start, min(start + _BATCH, count)))
        )
        await asyncio.gather(*(listener.first for _, listener in opened))
    print("ready", flush=True)
    await heard.done
    return heard


if __name__ == "__main__":
    _, where, port, count, events = sys.argv
    result = asyncio.run(listen(where, int(port), int(count), int(events)))
    print(json.dumps({"lost": result.lost, "times": result.times}), flush=True)
