"""Step -1, and the clock of a region: a terminal that cannot know says so before it looks at the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.reasons import Reason
from webapp.pack.case import accepted, because
from webapp.pack.cases.family import one
from webapp.pack.places import DAY, LISTED, PUBLISHED, SC, TOLERANCE, TRUST_ENDS, UNREADY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City

_SPEC = "FORMATS 2 step -1"
_CLOCK = because(Reason.CLOCK_UNTRUSTED, -1)
_STALE = because(Reason.TRUST_STALE, -1)
_NOT_READY = because(Reason.TERMINAL_NOT_READY, -1)
_STRANGE = because(Reason.UNKNOWN_FORMAT, 0)
_JUNK = "https://pay.example/"


def cases(city: City) -> Iterator[Case]:
    """Not set up, out of date, below the floor."""
    yield one("terminal_without_trust", city.draft("unready"), _NOT_READY, spec=_SPEC, comment="Set up, never given trust.", scene=UNREADY)
    yield one("terminal_without_trust_sees_junk", _JUNK, _NOT_READY, spec=_SPEC, comment="Before the code is looked at.", scene=UNREADY)

    last, ended = TRUST_ENDS - 1, TRUST_ENDS
    yield one("trust_in_its_last_second", _JUNK, _STRANGE, spec=_SPEC, comment="Still in date: the text is judged.", at=last)
    yield one("trust_ended_this_second", _JUNK, _STALE, spec=_SPEC, comment="Out of date: nothing is judged.", at=ended)
    for name, at in (("trust_ended", ended), ("trust_ended_a_month_ago", ended + 30 * DAY)):
        yield one(name, city.draft(name, made=at), _STALE, spec=_SPEC, comment="Not even a right code.", at=at)

    lowest = PUBLISHED - TOLERANCE
    floor = "FORMATS 2 Trusted time"
    yield one("clock_at_its_floor", _JUNK, _STRANGE, spec=floor, comment="60 seconds below the signed time are tolerated.", at=lowest)
    yield one("clock_below_its_floor", _JUNK, _CLOCK, spec=floor, comment="61 seconds below.", at=lowest - 1)
    draft = city.draft("clock of last year", made=lowest - 365 * DAY)
    comment = "A dead battery: clock-untrusted, never expired and never from the future."
    yield one("clock_of_last_year", draft, _CLOCK, spec=floor, comment=comment, at=lowest - 365 * DAY)

    regional = LISTED - TOLERANCE
    of_region = because(Reason.CLOCK_UNTRUSTED, 3)
    comment = "60 seconds below the time at which the region signed its lists."
    yield one("clock_at_the_floor_of_a_region", city.draft("at floor", made=regional), accepted(), spec=floor, comment=comment, at=regional)
    draft = city.draft("below floor", made=regional - 1)
    comment = "61 seconds below, found as soon as the region is known; only its own cards are concerned."
    yield one("clock_below_the_floor_of_a_region", draft, of_region, spec=floor, comment=comment, at=regional - 1)
    draft = city.draft("below floor sichuan", issuer=SC, made=regional - 1)
    yield one("clock_below_the_floor_of_the_other_region", draft, of_region, spec=floor, comment="The same for its neighbour.", at=regional - 1)
