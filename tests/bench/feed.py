"""How soon thousands of connected terminals have what was published: gunicorn with gevent, one process, beside as many listeners on the same machine."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tests.bench.measure import Figure
from tests.webapp.chainhouse import ROOT, Chain, production

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.webapp.chainhouse import Server

CROWDS = (1000, 3000)
EVENTS = 40
_APART_S = 0.5
"""Between two changes: longer than one takes to reach everybody."""
_SETTLED_S = 5.0
"""After which everybody has heard the last."""
_AIM_S = 2.0
"""What is aimed at with 3,000 connected, from the report to the refusal; this is one part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """A service with everybody connected."""

    server: Server
    collect: Callable[[], Mapping[str, Sequence[float]]]
    """When each listener first had each version. Ends the listening."""


@contextmanager
def crowd(count: int, **environ: str) -> Iterator[Crowd]:
    """A service with these settings, and `count` listeners connected to it."""
    with tempfile.TemporaryDirectory() as folder:
        everybody = str(count + 100)
        server = production(Path(folder) / "log", ECARD_STREAMS=everybody, ECARD_STREAMS_PER_ADDRESS=everybody, **environ)
        words = [sys.executable, "-m", "tests.bench.listeners", server.host, str(server.port), str(count)]
        listeners = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert listeners.stdin is not None
        assert listeners.stdout is not None
        told, out = listeners.stdin, listeners.stdout

        def collect() -> Mapping[str, Sequence[float]]:
            sleep(_SETTLED_S)
            told.close()
            page = json.loads(out.readline())
            assert page["lost"] == 0, page["lost"]
            return {version: had for version, had in page["times"].items() if len(had) == count}  # what some had before all were ready does not count

        try:
            assert out.readline() == "ready\n"
            yield Crowd(server=server, collect=collect)
        finally:
            listeners.kill()
            listeners.wait()
            told.close()
            out.close()
            server.end()


def figures() -> Iterator[Figure]:
    """`feed.receipt_ms.<connected>.p50`, `.p95` and `.p99`: from the moment a change lies in the published folder until a terminal has its bytes."""
    for count in CROWDS:
        with tempfile.TemporaryDirectory() as folder:
            chain = Chain(Path(folder))
            chain.beat()
            published: dict[str, float] = {}
            with crowd(count, ECARD_PUBLISHED=str(chain.root)) as connected:
                for _ in range(EVENTS):
                    sleep(_APART_S)
                    chain.change()
                    published[f"{chain.name}/{chain.version}"] = monotonic()
                heard = connected.collect()
        taken = [(at - published[event]) * 1e3 for event, times in heard.items() for at in times]
        cuts = statistics.quantiles(taken, n=100)
        for name, value in (("p50", cuts[49]), ("p95", cuts[94]), ("p99", cuts[98])):
            yield Figure(name=f"feed.receipt_ms.{count}.{name}", value=value, unit="ms", floor=_AIM_S * 1e3, ratio=value / (_AIM_S * 1e3))


if __name__ == "__main__":
    from tests.bench.measure import show

    show(*figures())
