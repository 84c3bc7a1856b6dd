"""The first page: what waits today, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard.lookups import READERS
from ecard.tickets.taking import TAKERS
from ecard.worklist import TaskKind, piles
from webapp.console.permissions import OVERSEERS
from webapp.console.queue import waiting
from webapp.console.staff import resets_waiting

if TYPE_CHECKING:
    from flask import Blueprint, Response

    from webapp.console.frame import Frame

SHOWN = 6
_FIGURES = (TaskKind.PRE_LOSS, TaskKind.FREEZE, TaskKind.DRIFT, TaskKind.FINDING)


def add(pages: Blueprint, frame: Frame) -> None:
    """Put it on `pages`."""

    @pages.get("/")
    def home() -> Response:
        seen = frame.visit()
        with seen.desk.store.reading() as work:
            found = piles(work, seen.desk.policy, region=seen.operator.region, now=seen.now, limit=SHOWN)
        proposals = waiting(seen) if seen.may(*READERS) else []
        counts = {kind: found[kind].count if kind in found else 0 for kind in _FIGURES}
        late = len(seen.desk.late_tickets(seen.at, region=seen.operator.region)) if seen.may(*TAKERS, *OVERSEERS) else 0
        resets = len(resets_waiting(seen))
        return frame.page(seen, "home.html", piles=found, counts=counts, shown=SHOWN, proposals=proposals, resets=resets, late=late)
