"""What time does at the desk: proposals that nobody decided are closed and their requests destroyed, old tries and sessions are forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecard.access import limits, proposals, sessions
from ecard.contention import persist
from ecard.model import seconds
from ecard.tick import LIMIT

if TYPE_CHECKING:
    from datetime import datetime

    from ecard.premises import Premises

TRIES = 20_000
"""What one run forgets of tries at most: whoever floods writes many."""
SESSIONS_KEPT = 30 * 24 * 3600
"""Seconds for which a session that is over can still be looked at."""


@dataclass(frozen=True, slots=True)
class Tidying:
    """The duty that does it."""

    name: str = "access"

    def run(self, premises: Premises, *, at: datetime) -> int:
        """See `ecard.tick.Duty.run`."""
        now = seconds(at)

        def tidy() -> int:
            with premises.store.writing() as work:
                done = proposals.expire(work, at=now, limit=LIMIT)
                done += limits.forget(work, before=now - limits.KEPT, limit=TRIES)
                return done + sessions.forget(work, before=now - SESSIONS_KEPT, limit=LIMIT)

        return persist(tidy, entropy=premises.entropy)
