"""What is counted, and how often it may happen: one line for each kind of request, with the windows that bound it.

A kind whose line says `GUARDS` stands between an attacker and a guess. It is never the only thing that does: tries of a password, a code or a spoken number
are counted in the record as well, in the transaction of the try. The others keep one party from taking what belongs to everybody.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUTE, HOUR, DAY = 60, 3600, 86400


class Window(NamedTuple):
    """At most so many within so many seconds, whichever seconds these are."""

    most: int
    seconds: int


class Kind(enum.StrEnum):
    """Kinds of requests, by what the subject is counted for."""

    SIGN_IN = "sign-in"
    """An operator's sign-in, by address; by account the record counts."""
    ACTIVATION = "activation"
    """An activation code that was tried, by address."""
    ENROLMENT = "enrolment"
    """A phone that begins, by its key."""
    PROOF = "proof"
    """A proof that failed, by key or address."""
    SPOKEN = "spoken"
    """A spoken number that was asked for, by phone."""
    SPOKEN_CHECK = "spoken-check"
    """A spoken number that was tried, by terminal."""
    RENEWAL = "renewal"
    ACT = "act"
    """Locks, withdrawals, phones let go: by key."""
    REPORT = "report"
    """Losses, by key. Generous: a report repeated is no harm, a report refused is."""
    LOOK = "look"
    """Card, timeline, receipts: by key."""
    RESOLUTION = "resolution"
    TERMINAL = "terminal"
    OFFICE = "office"
    REGION = "region"
    TICKET = "ticket"
    """A complaint or a question that was sent in, by address."""
    TICKET_LOOK = "ticket-look"
    """A secret word of a ticket that was wrong, by address."""
    SHARING = "sharing"
    """A key of a grant that was wrong, by address."""
    ANYBODY = "anybody"
    """Everybody, by address. A carrier puts thousands of phones behind one, so this only bounds what one address takes from all others."""


GUARDS = frozenset({Kind.SIGN_IN, Kind.ACTIVATION, Kind.ENROLMENT, Kind.PROOF, Kind.SPOKEN, Kind.SPOKEN_CHECK, Kind.TICKET_LOOK, Kind.SHARING})
WINDOWS: Mapping[Kind, tuple[Window, ...]] = {
    Kind.SIGN_IN: (Window(10, 5 * MINUTE), Window(60, DAY)),
    Kind.ACTIVATION: (Window(20, HOUR), Window(60, DAY)),
    Kind.ENROLMENT: (Window(10, HOUR),),
    Kind.PROOF: (Window(300, MINUTE),),
    Kind.SPOKEN: (Window(10, 5 * MINUTE),),
    Kind.SPOKEN_CHECK: (Window(60, 5 * MINUTE), Window(400, DAY)),
    Kind.RENEWAL: (Window(60, MINUTE),),
    Kind.ACT: (Window(120, MINUTE),),
    Kind.REPORT: (Window(30, MINUTE),),
    Kind.LOOK: (Window(120, MINUTE),),
    Kind.RESOLUTION: (Window(600, MINUTE),),
    Kind.TERMINAL: (Window(600, MINUTE),),
    Kind.OFFICE: (Window(600, MINUTE),),
    Kind.REGION: (Window(3000, MINUTE),),
    Kind.TICKET: (Window(10, HOUR), Window(40, DAY)),
    Kind.TICKET_LOOK: (Window(10, 5 * MINUTE), Window(60, DAY)),
    Kind.SHARING: (Window(20, MINUTE), Window(200, DAY)),
    Kind.ANYBODY: (Window(6000, MINUTE),),
}
