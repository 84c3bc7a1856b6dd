"""What a publisher says there is to fetch of a chain: advice, unsigned. Whatever it names proves itself, and what it hides can only make us late."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from codes.chain import MAX_EPOCH, MAX_SEQ
from codes.errors import SetupError
from verify import faults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_INDEX = 1 << 20
MOST_STEPS = 64
"""Deltas on one way; beyond that a snapshot is sooner there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainIndex:
    """The objects of one epoch."""

    epoch: int
    seq: int
    snapshots: Sequence[int]
    deltas: Mapping[int, Sequence[int]]
    """From each version, how far its deltas lead."""

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read an index. Raises `SetupError` server-answer."""
        try:
            page = json.loads(content)
            epoch, seq, snapshots, spans = page["epoch"], page["seq"], page["snapshots"], page["deltas"]
            numbers = [epoch, seq, *snapshots, *(number for span in spans for number in span)]
            deltas: dict[int, list[int]] = {}
            for start, end in spans:
                deltas.setdefault(start, []).append(end)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise SetupError(faults.SERVER_ANSWER, wrong="index") from None
        if not all(type(number) is int and 0 <= number <= MAX_SEQ for number in numbers) or epoch > MAX_EPOCH:
            raise SetupError(faults.SERVER_ANSWER, wrong="index")
        return cls(epoch=epoch, seq=seq, snapshots=sorted(snapshots), deltas=deltas)

    def way(self, start: int, end: int | None = None) -> list[tuple[int, int]] | None:
        """The fewest deltas from version `start` to `end`, the newest where nobody says; None when there is no way, or none of at most `MOST_STEPS`.

        Merged deltas lie inside one another, so the longest step is always the right one.
        """
        goal = self.seq if end is None else end
        steps: list[tuple[int, int]] = []
        while start < goal and len(steps) < MOST_STEPS:
            further = max((to for to in self.deltas.get(start, ()) if start < to <= goal), default=None)
            if further is None:
                return None
            steps.append((start, further))
            start = further
        return steps if start >= goal else None

    def snapshot(self) -> int | None:
        """The newest snapshot."""
        return self.snapshots[-1] if self.snapshots else None
