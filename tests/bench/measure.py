"""How figures are taken: in pairs, turn about, in one process, so that a drifting machine drifts for both."""

from __future__ import annotations

import json
import statistics
import sys
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of `make bench`. `floor` is what the value is held against, measured in the same run; `ratio` is the median of value / floor, pair by pair."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None

    def line(self) -> str:
        """The JSON line."""
        fields = {"name": self.name, "value": self.value, "unit": self.unit, "floor": self.floor, "ratio": self.ratio}
        return json.dumps({name: round(field, 4) if isinstance(field, float) else field for name, field in fields.items()})


def show(*figures: Figure) -> None:
    """Print each figure as soon as it is known."""
    for figure in figures:
        sys.stdout.write(figure.line() + "\n")
        sys.stdout.flush()


def pairs(name: str, *, subject: Callable[[], Callable[[], object]], floor: Callable[[], object], times: int, rounds: int = ROUNDS) -> Figure:
    """Time what `subject` prepares (untimed, anew for each round) against `floor`, each doing `times` things a call; microseconds for one thing."""
    taken: list[tuple[float, float]] = []
    for _ in range(rounds):
        run = subject()
        start = perf_counter()
        floor()
        middle = perf_counter()
        run()
        end = perf_counter()
        taken.append(((end - middle) / times * 1e6, (middle - start) / times * 1e6))
    del taken[0]  # the first pair warms both
    return Figure(
        name=name,
        value=statistics.median(subject_us for subject_us, _ in taken),
        unit="us",
        floor=statistics.median(floor_us for _, floor_us in taken),
        ratio=statistics.median(subject_us / floor_us for subject_us, floor_us in taken),
    )
