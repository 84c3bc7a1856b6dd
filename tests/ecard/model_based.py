"""A small reference model of one card at the desk: what every command should answer, and what it should leave behind.

The model knows sets and words, no database and nothing of ours but the names of faults. A move takes a world and gives the next one, with `ok` or the code
of the fault that refuses it. `tests/ecard/moves.py` pairs each with the command of the office that must do the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

CARD, CHIP, A, B, C = "card", "chip", "phone-a", "phone-b", "phone-c"
PRE, LOSS, OWN, ASKED, LOCK = "pre-loss", "loss", "freeze theft", "freeze false-use", "self-lock"
ISSUED_AT_ONCE = 3


@dataclass(frozen=True)
class World:
    """All that the model remembers."""

    held: frozenset[tuple[str, str]] = frozenset()
    reported: frozenset[tuple[str, str]] = frozenset()
    bound: frozenset[str] = frozenset({A, B})
    gone: frozenset[str] = frozenset()
    items: frozenset[int] = frozenset()
    asked: int = 0
    answered: int = 0
    file: str = "none"
    codes: int = 1
    replaced: bool = False
    events: int = 0

    def status(self, place: str) -> str:
        """What the place is good for."""
        kinds = {kind for where, kind in self.held if where in {CARD, place}}
        if place in self.gone:
            return "ended"
        return "frozen" if kinds & {OWN, ASKED} else "suspended" if kinds else "valid"

    @property
    def stopped(self) -> bool:
        """Whether anything holds the whole card."""
        return any(where == CARD for where, _ in self.held)

    def done(self, **changes: object) -> World:
        """One event later."""
        return replace(self, **changes, events=self.events + 1)  # type: ignore[arg-type]  # because any field may change


Answer = tuple[World, str]
Model = Callable[[World], Answer]


def call(place: str) -> Model:
    def move(world: World) -> Answer:
        if world.held & {(place, PRE), (place, LOSS)}:
            return world, "ok"
        return world.done(held=world.held | {(place, PRE)}, reported=world.reported | {(place, PRE)}), "ok"

    return move


def write(place: str) -> Model:
    def move(world: World) -> Answer:
        if (place, LOSS) in world.held:
            return world, "ok"
        return world.done(held=world.held - {(place, PRE)} | {(place, LOSS)}, reported=world.reported | {(place, LOSS)}), "ok"

    return move


def take_back(place: str, kind: str, speaker: str | None = None) -> Model:
    def move(world: World) -> Answer:
        if refusal := unfit(world, speaker):
            return world, refusal
        if kind == PRE and (place, LOSS) in world.held:
            return world, "pre-loss-written"
        if world.replaced:
            return world, "replacement-open"
        if (place, kind) in world.held:
            return world.done(held=world.held - {(place, kind)}), "ok"
        return world, "ok" if (place, kind) in world.reported else "loss-not-reported"

    return move


def unfit(world: World, speaker: str | None) -> str | None:
    """Why this phone cannot speak for its holder."""
    if speaker is None:
        return None
    if speaker in world.gone:
        return "carrier-unknown"
    return "phone-reported-lost" if world.held & {(where, kind) for where in (CARD, speaker) for kind in (PRE, LOSS)} else None


def freeze(world: World) -> Answer:
    return (world, "ok") if (CARD, OWN) in world.held else (world.done(held=world.held | {(CARD, OWN)}), "ok")


def unfreeze(*, same: bool) -> Model:
    def move(world: World) -> Answer:
        frozen = world.held & {(CARD, OWN), (CARD, ASKED)}
        if not frozen:
            return world, "not-frozen"
        return (world, "same-person") if same else (world.done(held=world.held - frozen), "ok")

    return move


def ask(world: World) -> Answer:
    return (world, "ok") if world.asked > world.answered else (world.done(asked=world.asked + 1), "ok")


def answer(*, grant: bool) -> Model:
    def move(world: World) -> Answer:
        if world.asked == world.answered:
            return world, "freeze-request-unknown"
        held = world.held | {(CARD, ASKED)} if grant else world.held
        return world.done(answered=world.answered + 1, held=held), "ok"

    return move


def lock(speaker: str) -> Model:
    def move(world: World) -> Answer:
        if refusal := unfit(world, speaker):
            return world, refusal
        return (world, "ok") if (CARD, LOCK) in world.held else (world.done(held=world.held | {(CARD, LOCK)}), "ok")

    return move


def unlock(speaker: str | None) -> Model:
    def move(world: World) -> Answer:
        if refusal := unfit(world, speaker):
            return world, refusal
        return (world.done(held=world.held - {(CARD, LOCK)}), "ok") if (CARD, LOCK) in world.held else (world, "ok")

    return move


def lock_items(world: World) -> Answer:
    if refusal := unfit(world, B):
        return world, refusal
    return (world, "ok") if 6 in world.items else (world.done(items=world.items | {6}), "ok")


def unlock_items(world: World) -> Answer:
    return (world.done(items=world.items - {6}), "ok") if 6 in world.items else (world, "ok")


def unbind(phone: str, speaker: str | None) -> Model:
    def move(world: World) -> Answer:
        if refusal := unfit(world, speaker):
            return world, refusal
        return (world, "ok") if phone in world.gone else (world.done(gone=world.gone | {phone}, bound=world.bound - {phone}), "ok")

    return move


def bind(world: World) -> Answer:
    if world.stopped:
        return world, "card-held"
    if C in world.bound:
        return world, "ok"
    return (world, "phone-limit") if len(world.bound) > 1 else (world.done(bound=world.bound | {C}), "ok")


def renew(world: World) -> Answer:
    if world.status(A) != "valid":
        return world, "card-held"
    return (world, "renew-too-early") if world.codes == ISSUED_AT_ONCE else (replace(world, codes=world.codes + 1), "ok")


def pin(world: World) -> Answer:
    return (world, "card-held") if world.status(CHIP) != "valid" else (world.done(), "ok")


def activate(world: World) -> Answer:
    return world, "card-held" if world.stopped else "ok"


def open_file(world: World) -> Answer:
    return world.done(file="open"), "ok"


def fill_file(world: World) -> Answer:
    if world.file in {"none", "decided"}:
        return world, "misuse-case-unknown"
    return (world, "ok") if world.file == "filled" else (world.done(file="filled"), "ok")


def decide_file(world: World) -> Answer:
    if world.file in {"none", "decided"}:
        return world, "misuse-case-unknown"
    return (world, "misuse-case-empty") if world.file == "open" else (world.done(file="decided"), "ok")


def replace_lost(world: World) -> Answer:
    if world.replaced:
        return world, "ok"
    if world.held & {(CARD, OWN), (CARD, ASKED)}:
        return world, "card-held"
    return (world.done(replaced=True), "ok") if world.held & {(CARD, LOSS), (CHIP, LOSS)} else (world, "loss-not-reported")


def wanted(world: World) -> dict[str, object]:
    """What the record must show where the model is in this world."""
    places = {CHIP, A, B} | (world.bound | world.gone)
    return {
        "held": set(world.held),
        "statuses": {place: world.status(place) for place in places},
        "items": set(world.items),
        "events": world.events,
        "answers": world.asked - world.answered,
    }
