"""Which published deltas lead from a version to a later one, by the index of a chain. The index is advice; each delta proves itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from codes.errors import CardError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.feeding.news import ChainName, Version
    from webapp.published import PublishedFolder

MOST_STEPS = 64
"""Deltas that are sent into one stream to make up for what was missed; whoever needs more fetches them, or a snapshot, from the caches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainIndex:
    """The deltas of one epoch: from each version, how far they go."""

    epoch: int
    seq: int
    deltas: Mapping[int, Sequence[int]]

    @classmethod
    def read(cls, folder: PublishedFolder, chain: ChainName) -> Self | None:
        """The index as it is published; None when there is none that can be read."""
        try:
            page = json.loads(folder.index(*chain).content)
            deltas: dict[int, list[int]] = {}
            for start, end in page["deltas"]:
                if start < end:
                    deltas.setdefault(start, []).append(end)
            return cls(epoch=page["epoch"], seq=page["seq"], deltas=deltas)
        except (CardError, ValueError, KeyError, TypeError):
            return None

    def way(self, start: Version, end: Version) -> Sequence[tuple[int, int]] | None:
        """The fewest deltas from one version to another; None when there is no way, or none of at most `MOST_STEPS`.

        Merged deltas lie inside one another, so the longest step is always the right one.
        """
        steps: list[tuple[int, int]] = []
        seq = start.seq
        while seq != end.seq and len(steps) < MOST_STEPS:
            further = [to for to in self.deltas.get(seq, ()) if to <= end.seq]
            if not further:
                return None
            steps.append((seq, max(further)))
            seq = max(further)
        return steps if seq == end.seq and start.epoch == end.epoch == self.epoch else None
