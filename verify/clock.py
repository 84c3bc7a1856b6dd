"""How far back a terminal's clock may honestly stand: the floor of signed times it has seen (FORMATS section 2, "Trusted time").

A terminal can be set to any time by whoever holds it, and a dead battery sets it to the year 2000. What has been signed and verified gives a lower
bound. No code and no credential ever moves it: a phone could then stop every gate. A region's status lists move that region's floor only; the overall
floor moves with the repository's timestamp, and a new root may set it anew.

Why a jump is bounded, and from where. Whoever steals the online timestamp key can sign any time. Without a bound one file would stop a terminal for
ever; with one, a single import costs at most 31 days of `clock-untrusted`, and a new root (3 of 5, offline) ends it at once. The bound counts from the
later of floor and clock: from the clock, so that a terminal that lay on a shelf for a year with a good clock is up to date after one import; from the
floor, so that a terminal whose clock died does not fall back, and creeps forward by 31 days with each honest import until somebody sets its clock. A
bound below the clock would be useless (a slow clock is what the floor must find), and none at all above it would be the thief's.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from codes.errors import SetupError
from verify import faults

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TOLERANCE = 60
"""Seconds that a clock may stand below the floor: publisher and terminal never agree to the second."""
LATEST = 253_402_300_799
"""The last second of the year 9999: what calendars of programs can name. A floor beyond it could not even be reported."""
LONGEST_JUMP = 31 * 86400
"""Seconds that one import may move the floor beyond the later of floor and clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFloor:
    """The latest signed times a terminal has seen, in seconds since 1970 UTC: over all, and from each region's status lists."""

    overall: int
    regions: Mapping[str, int] = field(default_factory=dict)

    def behind(self, now: int) -> int:
        """Seconds by which `now` lies below the overall floor; 0 within the tolerance."""
        return self.overall - now if now < self.overall - TOLERANCE else 0

    def check(self, now: int) -> None:
        """Return if `now` can be the time. Raises `SetupError` clock-below-floor."""
        if behind := self.behind(now):
            raise SetupError(faults.CLOCK_BELOW_FLOOR, behind_s=behind)

    def check_region(self, region: str, now: int) -> None:
        """Return if `now` can be the time for judging what `region` signed. Raises `SetupError` clock-below-floor."""
        floor = self.regions.get(region, 0)
        if now < floor - TOLERANCE:
            raise SetupError(faults.CLOCK_BELOW_FLOOR, behind_s=floor - now, region=region)

    def with_timestamp(self, issued: int, *, now: int) -> ClockFloor:
        """The floor after a verified timestamp signed at `issued`, imported when the clock said `now`. Never lower, never beyond one bounded jump."""
        return replace(self, overall=max(self.overall, min(issued, max(self.overall, now) + LONGEST_JUMP)))

    def reset_to(self, value: int) -> ClockFloor:
        """The floor that a new root demands, higher or lower. Regions keep theirs: those stand and fall with their status keys."""
        return replace(self, overall=value)


def seconds_of(at: datetime) -> int:
    """The whole second of `at` since 1970 UTC. `ValueError` for a time without its zone: it would be taken for the machine's own, hours away."""
    if at.utcoffset() is None:
        msg = "the time of a decision must be aware: datetime.now(UTC), not datetime.now()"
        raise ValueError(msg)
    return int(at.timestamp())
