"""The record at two sizes in one cluster, command by command, turn about: what is slower with more cards shows as a ratio, whatever else the machine does."""

from __future__ import annotations

import statistics
import tempfile
from collections import defaultdict
from pathlib import Path
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING

from tests.bench.measure import Figure
from tests.bench.record.daily import Desk
from tests.bench.record.loading import TUNED, load, make_caster
from tests.ecard import postgres
from webapp.office.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = 10_000
WARMING = 5
"""Rounds that nobody counts."""
BETWEEN_TICKS = 5
"""Rounds after which both tick."""

Pairs = dict[str, list[tuple[float, float]]]
"""Of each command or duty, the seconds it took on the large and on the small record."""


def figures(cards: int, *, rounds: int) -> Iterator[Figure]:
    """`record.*`: a record of `cards` cards (value) against one of ten thousand (floor)."""
    caster = make_caster()
    with tempfile.TemporaryDirectory() as folder:
        cluster = postgres.start(parent=Path(tempfile.gettempdir()), tuned=TUNED)
        try:
            loaded = [load(cluster, size, caster) for size in (cards, SMALL)]
            for each in loaded:
                yield Figure(name=f"record.bytes_per_card.{each.cards}", value=each.bytes / each.cards, unit="B")
            desks = [Desk(cluster.url(each.name), each.cards, caster, Path(folder)) for each in loaded]
            yield from compared(desks[0], desks[1], rounds=rounds)
            for desk in desks:
                desk.close()
        finally:
            cluster.stop()


def compared(large: Desk, small: Desk, *, rounds: int) -> Iterator[Figure]:
    """Every figure of two desks."""
    for desk in (large, small):
        desk.settle()
    commands: Pairs = defaultdict(list)
    duties: Pairs = defaultdict(list)
    chance = Random(rounds)
    with Progress("命令 / commands") as progress:
        for number in range(WARMING + rounds):
            if number == WARMING:
                commands.clear()
                duties.clear()
            _round(large, small, chance, commands, turned=bool(number & 1))
            if number % BETWEEN_TICKS == 0:
                _tick(large, small, duties)
            progress(number + 1, WARMING + rounds)
    yield from _say("record", commands)
    yield from _say("tick", duties)


def _round(large: Desk, small: Desk, chance: Random, into: Pairs, *, turned: bool) -> None:
    draw = chance.getrandbits(48)
    both = [large.day(draw), small.day(draw)]
    for (name, first), (_, second) in zip(*both, strict=True):
        taken = {}
        for at, act in sorted({0: first, 1: second}.items(), reverse=turned):
            start = perf_counter()
            act()
            taken[at] = perf_counter() - start
        into[name].append((taken[0], taken[1]))


def _tick(large: Desk, small: Desk, into: Pairs) -> None:
    for first, second in zip(large.duties, small.duties, strict=True):
        into[first.name].append((large.duty(first)[0], small.duty(second)[0]))


def _say(what: str, measured: Pairs) -> Iterator[Figure]:
    for name, pairs in measured.items():
        values, floors = ([pair[at] * 1e3 for pair in pairs] for at in (0, 1))
        ratio = statistics.median(value / floor for value, floor in pairs)
        yield Figure(name=f"{what}.{name}.median", value=statistics.median(values), unit="ms", floor=statistics.median(floors), ratio=ratio)
        late, late_floor = _p99(values), _p99(floors)
        yield Figure(name=f"{what}.{name}.p99", value=late, unit="ms", floor=late_floor, ratio=late / late_floor)
    large, small = (sum(pair[at] for pairs in measured.values() for pair in pairs) for at in (0, 1))
    count = sum(map(len, measured.values()))
    if what == "record":
        yield Figure(name="record.commands_per_s", value=count / large, unit="1/s", floor=count / small, ratio=small / large)
    ratio = statistics.median(value / floor for pairs in measured.values() for value, floor in pairs)
    yield Figure(name=f"{what}.median_ratio", value=ratio, unit="large / small", floor=1.2, ratio=ratio / 1.2)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]
