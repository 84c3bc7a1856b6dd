"""The dearest inputs of up to 64 KiB: time and memory of one whole decision about each."""

from __future__ import annotations

import random
import tracemalloc
from time import perf_counter
from typing import TYPE_CHECKING

from codes import base45
from tests.bench.measure import Figure
from verify import open_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

_LIMIT = 1 << 16
_LONGEST_MS = 50
_LARGEST_MIB = 4


def hostile() -> Iterator[str]:
    """Texts of every kind that has ever been dear to a parser, as scanners would hand them over."""
    longest = 1196 // 3 * 2
    for item in (b"\x81", b"\xa1\x00", b"\xd2", b"\x9b", b"\x80", b"\xa0", b"\x00", b"\x5b\xff", b"\x1b\xff\xff", b"\x60", b"\xbf", b"\xf9\x7e\x00"):
        yield "SC1:" + base45.encode((item * longest)[:longest])
        yield "SC1:" + base45.encode((item * _LIMIT)[:40_000])
    yield "SC1:" + base45.encode(b"\xd2\x84" + b"\x9b" + b"\xff" * 8)
    yield "SC1:" + base45.encode(b"\xd2\x84\x5b" + b"\x7f" + b"\xff" * 7)
    for character in ("A", ":", " ", "\0", "é", "𠮷", "\ud800"):
        yield "SC1:" + character * 1196
        yield "SC1:" + character * _LIMIT
        yield character * _LIMIT
    chance = random.Random(64)
    for _ in range(200):
        yield "SC1:" + base45.encode(chance.randbytes(longest))


def figures(pack: Path, at: datetime) -> Iterator[Figure]:
    """`verify.worst_ms` and `verify.worst_mib`: the worst single decision over all hostile texts."""
    verifier = open_terminal(pack / "terminal" / "metro", read_only=True)
    texts = list(hostile())
    slowest = 0.0
    for text in texts:
        start = perf_counter()
        verifier.verify(text, at=at)
        slowest = max(slowest, perf_counter() - start)
    yield Figure(name="verify.worst_ms", value=slowest * 1e3, unit="ms", floor=_LONGEST_MS, ratio=slowest * 1e3 / _LONGEST_MS)
    largest = 0
    tracemalloc.start()
    for text in texts:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        verifier.verify(text, at=at)
        largest = max(largest, tracemalloc.get_traced_memory()[1] - before)
    tracemalloc.stop()
    yield Figure(name="verify.worst_mib", value=largest / 2**20, unit="MiB", floor=_LARGEST_MIB, ratio=largest / 2**20 / _LARGEST_MIB)
