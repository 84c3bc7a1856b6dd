"""Thousands of listeners in one process of their own: `python -m tests.bench.listeners HOST PORT COUNT`.

Says "ready" once every listener has had its first event, and when its input ends, for each version told after that, when each listener first had it:
seconds of the machine's monotonic clock, which all processes share.
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
        self._had: set[str] = set()
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"GET /v1/status/events HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        now = monotonic()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"id: "):
                event = line[4:].decode()
                if self._heard.ready and event not in self._had:
                    self._heard.times[event].append(now)
                self._had.add(event)
                if not self.first.done():
                    self.first.set_result(None)

    def connection_lost(self, _why: Exception | None) -> None:
        self._heard.lost += 1


class Heard:
    """What all of them have heard since they were ready."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.ready = False
        self.lost = 0


async def listen(host: str, port: int, count: int) -> Heard:
    """Connect `count` listeners, and let them hear until the input ends."""
    loop, heard = asyncio.get_running_loop(), Heard()
    for start in range(0, count, _BATCH):
        opened = await asyncio.gather(
            *(loop.create_connection(lambda: Listener(heard), host, port) for _ in range(start, min(start + _BATCH, count)))
        )
        await asyncio.gather(*(listener.first for _, listener in opened))
    heard.ready = True
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    return heard


if __name__ == "__main__":
    _, where, door, number = sys.argv
    result = asyncio.run(listen(where, int(door), int(number)))
    print(json.dumps({"lost": result.lost, "times": result.times}), flush=True)
