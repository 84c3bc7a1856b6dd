"""Whether time tells what an answer does not: somebody else's card against nobody's, asked for by a phone (threat F06).

Two samples of answers, in a random order from pair to pair, and the probability that one clock gave both (Kolmogorov and Smirnov). Below 0.01 there is something to hear.
"""

from __future__ import annotations

import io
import math
import secrets
import tempfile
from bisect import bisect_right
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from tests.bench.measure import Figure
from tests.webapp.officehouse import Shell, an_office
from tests.webapp.residenthouse import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.webapp.residenthouse import Hall

SAMPLES = 2000
_LEAST = 0.01
_NOBODYS = "0" * 32
_A_MINUTE = 40
"""Pairs after which the clock is put on, so that no limit answers instead."""
_PLACES = ("timeline", "receipts")


class _Heard:
    """Catches what commands say."""

    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()

    def readouterr(self) -> tuple[str, str]:
        said = self.out.getvalue(), self.err.getvalue()
        for stream in (self.out, self.err):
            stream.seek(0)
            stream.truncate()
        return said


def figures() -> Iterator[Figure]:
    """`time_tells.timeline` and `time_tells.receipts`: the probability, held against 0.01."""
    with ExitStack() as stack:
        home, heard = stack.enter_context(tempfile.TemporaryDirectory()), _Heard()
        stack.enter_context(redirect_stdout(heard.out))
        stack.enter_context(redirect_stderr(heard.err))
        hall = stack.enter_context(opened(Shell(an_office(Path(home) / "office"), heard)))
        found = [_figure(f"time_tells.{place}", *_samples(hall, place)) for place in _PLACES]
    yield from found


def _samples(hall: Hall, place: str) -> tuple[Sequence[float], Sequence[float]]:
    for name in ("chip.img", "pin.txt"):
        (hall.shell.home / name).unlink(missing_ok=True)
    theirs = hall.shell.active(1 + 2 * _PLACES.index(place))
    for name in ("chip.img", "pin.txt"):
        (hall.shell.home / name).unlink()
    phone = hall.phone(hall.shell.active(2 + 2 * _PLACES.index(place)))
    taken: tuple[list[float], list[float]] = ([], [])
    for pair in range(SAMPLES):
        if pair % _A_MINUTE == 0:
            hall.clock.on(minutes=2)
            phone.ask("GET", f"/v1/cards/{_NOBODYS}/{place}")  # with what nonce is fresh now
        for which in (0, 1) if secrets.randbits(1) else (1, 0):
            begun = perf_counter()
            answer = phone.ask("GET", f"/v1/cards/{(theirs, _NOBODYS)[which]}/{place}")
            taken[which].append(perf_counter() - begun)
            if answer.status != 404:
                raise RuntimeError(answer.code)
    return taken


def _figure(name: str, one: Sequence[float], other: Sequence[float]) -> Figure:
    found = probability(one, other)
    return Figure(name=name, value=found, unit="p", floor=_LEAST, ratio=found / _LEAST)


def probability(one: Sequence[float], other: Sequence[float]) -> float:
    """That two samples of one distribution lie as far apart as these, or farther: the asymptotic form for large samples."""
    first, second = sorted(one), sorted(other)
    apart = max(abs(bisect_right(first, at) / len(first) - bisect_right(second, at) / len(second)) for at in first + second)
    many = math.sqrt(len(first) * len(second) / (len(first) + len(second)))
    reach = (many + 0.12 + 0.11 / many) * apart
    return min(1.0, max(0.0, 2 * sum((-1) ** (term - 1) * math.exp(-2 * (term * reach) ** 2) for term in range(1, 101)))) if reach > 0.2 else 1.0
