"""Who and what takes part in the walk, and the times at which it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ecard import Actor, Role
from webapp.places import CQ, SC

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecard import CardRef, CarrierRef
    from webapp.demo.city import City
    from webapp.demo.gates import Gate
    from webapp.demo.narrator import Narrator
    from webapp.demo.plastic import Chip
    from webapp.phones.phone import Phone

CLERK = Actor(ref="clerk-0007", person="staff-0007", role=Role.CLERK, region=CQ)
SUPERVISOR = Actor(ref="supervisor-0001", person="staff-0001", role=Role.SUPERVISOR, region=CQ)
SICHUAN = Actor(ref="supervisor-0002", person="staff-0002", role=Role.SUPERVISOR, region=SC)
WORKSHOP = Actor(ref="workshop-0001", person="staff-0100", role=Role.PRODUCTION, region=CQ)
READER = "reader-cq-0001"
"""The registered reader at which chips endorse phones."""
CONNECTED = "metro-2"
"""The one terminal that is connected."""
TERMINAL_CHALLENGE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Timeline:
    """The walk's own time: days that end just before `now`, the one instant at which the clock was read, so that what it leaves behind is current."""

    now: datetime

    @property
    def end(self) -> datetime:
        """The last act. Its passages are forgotten by now (passback 70 s), so that a code made now is accepted where the last one was."""
        return self.ago(minutes=2)

    def ago(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """So long before the end of the walk."""
        return self.now - timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody, once the phone has its credentials and the terminals stand."""

    narrator: Narrator
    times: Timeline
    city: City
    card: CardRef
    chip: Chip
    phone: Phone
    carrier: CarrierRef
    """The phone, as the record calls it."""
    gates: Mapping[str, Gate]

    def keep(self, name: str, text: str) -> None:
        """Leave a code that was shown in the folder, for looking at."""
        self.city.folder.code(name).write_text(text + "\n", "ascii")
