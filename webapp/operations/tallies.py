"""What one process has counted: for each subject how many in which slice of time. Nothing is forgotten before its window is over, and memory is bounded."""

from __future__ import annotations

import functools
import hashlib
import math
import unicodedata
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from webapp.feeding.admission import party_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.operations.kinds import Kind, Window

SLICES = 8
"""A window is counted in so many slices and the one that has begun: never less than the window, at most an eighth more."""
MOST_CELLS = 65_536
"""Subjects that a process tells apart; whoever comes beyond them shares a cell with others, and so is bounded more tightly, never less."""
_SHARED_CELLS = 256
_LOOKS = 4
"""Cells that are looked at for each subject that is new: so many that what no longer counts goes faster than what is new comes."""


class Slices(NamedTuple):
    """Where an instant lies in a window: the slice that has begun, and the first that still counts."""

    seconds: int
    current: int

    @classmethod
    def at(cls, moment: float, window: Window) -> Slices:
        """The slices of a window at an instant, in seconds since the epoch."""
        return cls(window.seconds, math.floor(moment * SLICES / window.seconds))

    @property
    def first(self) -> int:
        """The first slice that still counts."""
        return self.current - SLICES

    def leaves(self, slice_: int) -> float:
        """When a slice stops to count, in seconds since the epoch."""
        return (slice_ + SLICES + 1) * self.seconds / SLICES


def full(counts: Mapping[int, int], slices: Slices, most: int) -> int | None:
    """None when less than `most` are counted; otherwise the slice that has to leave before there is room for one more."""
    left = sum(count for slice_, count in counts.items() if slice_ >= slices.first)
    if left < most:
        return None
    for slice_ in sorted(slice_ for slice_ in counts if slice_ >= slices.first):
        left -= counts[slice_]
        if left < most:
            return slice_
    return slices.current


def name_of(kind: Kind, subject: str) -> str:
    """What a subject is called here: one name for all spellings of it, from which it cannot be read."""
    return f"{kind}:{_digest(subject)}"


@functools.lru_cache(1024)
def _digest(subject: str) -> str:
    """Whoever calls is asked about several times in one request, and often calls again soon."""
    spelled = unicodedata.normalize("NFKC", party_of(subject.strip())).casefold().strip()
    return hashlib.sha256(spelled.encode()).hexdigest()[:32]


class Cell(NamedTuple):
    """The counts of one subject, one for each window."""

    windows: tuple[Window, ...]
    counts: tuple[Counter[int], ...]

    def trim(self, moment: float) -> bool:
        """Drop what has left its window; whether anything still counts."""
        for window, count in zip(self.windows, self.counts, strict=True):
            first = Slices.at(moment, window).first
            for slice_ in [slice_ for slice_ in count if slice_ < first or not count[slice_]]:
                del count[slice_]
        return any(self.counts)

    def add(self, moment: float, many: int = 1) -> None:
        """Count one more, or with -1 one less."""
        for window, count in zip(self.windows, self.counts, strict=True):
            count[Slices.at(moment, window).current] += many


class Tallies:
    """Cells by subject. Not locked: whoever uses it does that."""

    def __init__(self, *, most_cells: int = MOST_CELLS) -> None:
        self._most = most_cells
        self._cells: OrderedDict[str, Cell] = OrderedDict()
        """Those first that were looked at longest ago."""

    def __len__(self) -> int:
        return len(self._cells)

    def of(self, name: str, moment: float, windows: tuple[Window, ...]) -> Cell:
        """The cell of a subject, trimmed."""
        if name not in self._cells:
            self._look_through(moment)
            if len(self._cells) >= self._most:
                kind, _, digest = name.partition(":")
                name = f"{kind}:shared-{int(digest[:8], 16) % _SHARED_CELLS}"
        cell = self._cells.setdefault(name, Cell(windows, tuple(Counter() for _ in windows)))
        cell.trim(moment)
        return cell

    def _look_through(self, moment: float) -> None:
        """Drop a few in which nothing counts any more. All of them at once would hold everybody up for half a second."""
        for _ in range(min(_LOOKS, len(self._cells))):
            name, cell = self._cells.popitem(last=False)
            if cell.trim(moment):
                self._cells[name] = cell
