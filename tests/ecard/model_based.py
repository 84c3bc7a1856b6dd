"""A small reference model of one person's card at the desk: what every command should answer, and what it should leave behind.

The model knows sets and words, no database and nothing of ours but the names of faults. A move takes a world and gives the next one, with `ok` or the code
of the fault that refuses it. `model_stopping`, `model_remaking`, `model_making` and `model_mirror` are its other chapters; `moves` pairs each move with the
command of the office that must do the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

CARD, CHIP, A, B, C, STAND_IN = "card", "chip", "phone-a", "phone-b", "phone-c", "stand-in"
PRE, LOSS, OWN, ASKED, LOCK, DRIFT = "pre-loss", "loss", "freeze theft", "freeze false-use", "self-lock", "drift"
ISSUED_AT_ONCE, PHONES = 3, 2
WAIT = 40
"""Days that pass when time passes: more than any code or report by phone lives."""
IN_MAKING = ("ordered", "keyed", "made")
"""A chip before its holder has it: to be made, made with its credential still missing, finished."""

Stop = tuple[str, str, int | None]
"""Place, kind, and the day on which it falls away by itself."""


@dataclass(frozen=True)
class World:
    """All that the model remembers: of the card, of the one that is to follow it (`other`), and of the plastic."""

    day: int = 0
    last: int = 0
    told: int = 0
    events: int = 1
    state: str = "pending"
    reason: str = ""
    carriers: Mapping[str, str] = field(default_factory=lambda: {f"{CHIP}-1": "ordered"})
    keyed: frozenset[str] = frozenset()
    held: frozenset[Stop] = frozenset()
    reported: frozenset[tuple[str, str]] = frozenset()
    apart: frozenset[str] = frozenset()
    for_clerk: frozenset[str] = frozenset()
    items: frozenset[int] = frozenset()
    asked: frozenset[int] = frozenset()
    file: str = "none"
    codes: int = 0
    exchange: str = ""
    exchanged: bool = False
    replaced: bool = False
    stood: int | None = None
    until: int = 0
    cancelling: bool = False
    correcting: bool = False
    corrected: bool = False
    stale: frozenset[str] = frozenset()
    destroyed: bool = False
    fare: str = ""
    account: str = "none"
    older: bool = False
    other: str = "none"
    other_events: int = 0
    other_placed: bool = False
    application: str = "none"
    pieces: Mapping[str, tuple[str, int | None]] = field(default_factory=dict)

    @property
    def chip(self) -> str | None:
        """The chip in the holder's hand, or the one being made when there is none."""
        return self.active_chip or self.making

    @property
    def active_chip(self) -> str | None:
        """The chip in the holder's hand."""
        return next((name for name in self._chips if self.carriers[name] == "active"), None)

    @property
    def making(self) -> str | None:
        """The chip that is being made."""
        return next((name for name in self._chips if self.carriers[name] in IN_MAKING), None)

    @property
    def newest_chip(self) -> str:
        """The chip ordered last, ended or not."""
        return f"{CHIP}-{len(self._chips)}"

    @property
    def _chips(self) -> list[str]:
        return [name for name in self.carriers if name.startswith(CHIP)]

    @property
    def standing_in(self) -> str | None:
        """The phone that stands in."""
        return next((name for name, state in self.carriers.items() if name.startswith(STAND_IN) and state == "active"), None)

    @property
    def phones(self) -> int:
        """How many phones are bound."""
        return sum(state == "active" for name, state in self.carriers.items() if not name.startswith(CHIP))

    @property
    def stopped(self) -> bool:
        """Whether anything holds the whole card."""
        return bool(self.kinds(CARD))

    @property
    def frozen(self) -> bool:
        """Whether the card is frozen."""
        return bool(self.kinds(CARD) & {OWN, ASKED})

    @property
    def has_card(self) -> bool:
        """Whether the person has a card that has not ended."""
        return self.state != "ended" or self.other not in {"none", "ended"}

    def kinds(self, place: str | None) -> set[str]:
        """What holds exactly this place today."""
        return {kind for where, kind, until in self.held if where == place and (until is None or self.day < until)}

    def standing(self, place: str | None, kind: str) -> frozenset[Stop]:
        """What of this kind was put on this place and never lifted, in force or not."""
        return frozenset(stop for stop in self.held if stop[:2] == (place, kind))

    def lost(self, place: str | None) -> bool:
        """Whether this place itself is reported lost."""
        return bool(self.kinds(place) & {PRE, LOSS})

    def status(self, place: str) -> str:
        """What a carrier is good for."""
        if self.state == "ended" or self.carriers[place] == "ended":
            return "ended"
        kinds = self.kinds(CARD) | self.kinds(place)
        if kinds & {OWN, ASKED}:
            return "frozen"
        return "suspended" if kinds or self.state == "pending" or self.carriers[place] in IN_MAKING else "valid"

    def done(self, **changes: object) -> World:
        """One event later."""
        return replace(self, **{"events": self.events + 1, "last": self.day, "told": self.day, **changes})  # type: ignore[arg-type]  # because any field may change

    def quietly(self, **changes: object) -> World:
        """The same without an event."""
        return replace(self, **changes)  # type: ignore[arg-type]  # because any field may change

    def place(self, place: str) -> str | None:
        """The carrier that a report of loss means; None where there is none."""
        if place == CARD:
            return CARD
        return self.chip if place == CHIP else place if place in self.carriers else None

    def with_chip(self) -> Mapping[str, str]:
        """The carriers, and one more chip that is to be made."""
        return {**self.carriers, f"{CHIP}-{len(self._chips) + 1}": "ordered"}

    def ending(self, reason: str) -> World:
        """The card ended, and all that hangs on it."""
        return self.done(state="ended", reason=reason, exchange="", carriers=dict.fromkeys(self.carriers, "ended"))


Answer = tuple[World, str]
Model = Callable[[World], Answer]


def needs(*states: str, held: bool = False) -> Callable[[Model], Model]:
    """A move that the table allows in these states only, and, if `held`, only while nothing holds the whole card."""

    def around(move: Model) -> Model:
        @functools.wraps(move)
        def checked(world: World) -> Answer:
            if world.state not in states:
                return world, "wrong-state"
            return (world, "card-held") if held and world.stopped else move(world)

        return checked

    return around


LIVING = ("pending", "active")


def wait(world: World) -> Answer:
    """Forty days pass: codes expire, freezes and reports by phone lapse."""
    return replace(world, day=world.day + WAIT, codes=0), "ok"


def opened(world: World, **changes: object) -> World:
    """One more card for the person."""
    return replace(world, **{"other": "ordered", "other_events": 1, "other_placed": False, **changes})  # type: ignore[arg-type]  # because any field may change


@needs(*LIVING)
def personalise(world: World) -> Answer:
    if world.making is None:
        return world, "carrier-unknown" if world.state == "pending" else "wrong-state"
    chip = world.making
    made = world.done(carriers={**world.carriers, chip: "made"}, keyed=world.keyed | {chip})
    if chip in world.apart:  # it has shown that it is in step
        made = made.done(held=made.held - made.standing(chip, DRIFT), apart=made.apart - {chip})
    return made, "ok"


def personalise_this(chip: str | None) -> Model:
    """The same for the chip that somebody has at hand: another one's proof does not fit."""

    def move(world: World) -> Answer:
        another = world.state in LIVING and world.making not in {None, chip}
        return (world, "chip-proof") if another else personalise(world)

    return move


def personalise_other(world: World) -> Answer:
    if world.other not in IN_MAKING:
        return world, "card-unknown" if world.other == "none" else "wrong-state"
    return replace(world, other="made", other_events=world.other_events + 1), "ok"


@needs(*LIVING, held=True)
def activate(world: World) -> Answer:
    if world.state == "active":
        return world, "ok"
    if world.chip is None or world.carriers[world.chip] != "made":
        return world, "chip-not-personalised"
    return world.done(state="active", carriers={**world.carriers, world.chip: "active"}), "ok"


def activate_other(world: World) -> Answer:
    """Whatever it replaces ends with it."""
    if world.other in {"none", "ended"}:
        return world, "card-unknown" if world.other == "none" else "wrong-state"
    if world.other == "active":
        return world, "ok"
    if world.other != "made":
        return world, "chip-not-personalised"
    replacing = world.state != "ended"
    if replacing and world.frozen:
        return world, "card-held"
    before = world.ending("replaced") if replacing else world
    return replace(before, other="active", other_events=world.other_events + 1), "ok"


def bind(phone: str, *, endorsed: bool) -> Model:
    @needs("active", held=True)
    def move(world: World) -> Answer:
        known = world.carriers.get(phone)
        if known == "ended":
            return world, "key-in-use"
        if world.lost(phone):
            return world, "card-held"
        if known is None and world.phones >= PHONES:
            return world, "phone-limit"
        if endorsed and world.chip not in world.keyed:
            return world, "chip-not-personalised"
        if endorsed and world.status(str(world.chip)) != "valid":
            return world, "card-held"
        if endorsed and world.quietly(day=world.told).status(str(world.chip)) != "valid":
            return world, "chip-refused"  # the chip still says so: nobody has told it that its time is over
        return (world, "ok") if known and not endorsed else (world.done(carriers={**world.carriers, phone: "active"}), "ok")

    return move


def renew(world: World) -> Answer:
    if A not in world.carriers:
        return world, "carrier-unknown"
    if world.state != "active":
        return world, "wrong-state"
    if world.status(A) != "valid":
        return world, "card-held"
    return (world, "renew-too-early") if world.codes == ISSUED_AT_ONCE else (replace(world, codes=world.codes + 1), "ok")


def wanted(world: World) -> dict[str, object]:
    """What the record must show where the model is in this world."""
    return {
        "revision": world.events,
        "state": world.state,
        "held": {(place, kind, until) for place, kind, until in world.held if until is None or world.day < until},
        "statuses": {place: world.status(place) for place in world.carriers},
        "apart": len(world.apart),
        "items": set(world.items),
        "asked": len(world.asked),
        "codes": world.codes,
        "exchange": world.exchange or None,
        "cancelling": int(world.cancelling),
        "correcting": int(world.correcting),
        "destroyed": int(world.destroyed),
        "fare": world.fare or None,
        "account": world.account,
        "older": int(world.older),
        "other": {"none": "none", "active": "active", "ended": "ended"}.get(world.other, "pending"),
        "other_revision": world.other_events,
        "application": world.application,
        "pieces": dict(world.pieces),
    }
