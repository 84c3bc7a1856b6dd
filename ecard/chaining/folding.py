"""Deltas merged at fixed boundaries of publishing time: 5 minutes, 1 hour, 6 hours, 1 day, 7 days.

The windows lie inside one another, so what a terminal fetches after an absence is a few merged deltas: of the days, of the hours of today, of the
minutes of this hour. A window with one delta keeps that one.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from codes.chain_delta import StatusDelta
from codes.errors import CardError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codes.keys import Signer

WINDOWS = (300, 3600, 6 * 3600, 86400, 7 * 86400)
"""Seconds. A week begins on a Thursday, as the count of seconds did."""


def fold(trail: Sequence[StatusDelta], signer: Signer, *, at: int) -> tuple[tuple[StatusDelta, ...], tuple[StatusDelta, ...]]:
    """The trail with every window that was over at `at` in one delta, and the merged deltas that are new.

    What does not fit into one delta is left as it is: whoever is that far behind is better off with a snapshot.
    """
    fresh: list[StatusDelta] = []
    for window in WINDOWS:
        folded: list[StatusDelta] = []
        for nth, group in groupby(trail, key=lambda delta: delta.head.iat // window):
            deltas = list(group)
            if len(deltas) > 1 and nth < at // window:
                try:
                    deltas = [StatusDelta.merge(deltas, signer)]
                    fresh += deltas
                except CardError:
                    pass
            folded += deltas
        trail = folded
    return tuple(trail), tuple(fresh)
