"""Terminals and what they report, as frozen objects."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codes.chain import ListSpace
    from codes.claims import Region
    from codes.keys import CoseKey
    from ecard.model.record import CardRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a terminal stands, in millionths of a degree."""

    latitude: int
    longitude: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A registered terminal."""

    ref: str
    region: Region
    venue: str
    """Name of the place: a station, a library. Never a person's."""
    scenes: tuple[str, ...]
    key: CoseKey
    place: Place | None
    registered: int
    registered_by: str
    registered_person: str
    ended: int | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalState:
    """How far a terminal's journal has arrived."""

    seq: int
    link: bytes
    dropped: int
    """Verdicts that it gave and could not write."""
    seen: int
    """When it last reported anything, seconds since 1970 UTC."""


class FindingKind(enum.StrEnum):
    """What a person must look at. None of these stops a card by itself."""

    FABRICATED = "fabricated"
    """The proof of an acceptance does not verify, or its credential was never issued."""
    DOUBLE_USE = "double-use"
    """One code was accepted twice."""
    IMPOSSIBLE_JOURNEY = "impossible-journey"
    """One card was accepted at two places between which nobody travels so fast."""
    AGAINST_NEWER_LIST = "against-newer-list"
    """A card was accepted although the terminal's own list had it stopped."""
    OUTSIDE_WINDOW = "outside-window"
    """A code was accepted far from the time at which it was made, or after its credential's end."""
    FORKED = "forked"
    """The terminal signed another story than the one it had sent before."""
    NOT_WRITTEN = "not-written"
    """The terminal gave verdicts that it could not write down."""
    CLOCK_AHEAD = "clock-ahead"
    """The terminal's clock is ahead of ours."""
    OTHER_SCENE = "other-scene"
    """The terminal judged for a scene that it is not registered for."""


class FindingDecision(enum.StrEnum):
    """What a person made of a finding."""

    EXPLAINED = "explained"
    CASE_OPENED = "case-opened"
    TERMINAL_CHECKED = "terminal-checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFinding:
    """One thing to look at. `measured` is seconds, metres per second or a count, as its kind says."""

    ref: str
    kind: FindingKind
    terminal: str
    seq: int
    other_terminal: str | None
    other_seq: int | None
    card: CardRef | None
    measured: int | None
    found: int
    decision: FindingDecision | None = None
    decided: int | None = None
    decided_by: str | None = None
    decided_person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalTaken:
    """What became of an upload."""

    terminal: str
    seq: int
    """Everything up to here is written here, and may be removed there."""
    taken: int
    findings: tuple[JournalFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """How many terminals of one scene know of something by now."""

    region: Region
    scene: str
    confirmed: int
    registered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LossClock:
    """Since when a card is stopped, in which version the world was told, and who has confirmed that version."""

    effective: int
    versions: tuple[tuple[Region, ListSpace, int, int, int], ...]
    """Region, space, epoch, seq and signing time of the first version that has it; empty until it is published."""
    confirmed: tuple[Confirmed, ...]
