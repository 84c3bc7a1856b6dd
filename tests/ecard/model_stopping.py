"""The model's chapter of stopping: what is lost, frozen, locked and put on file, and what is brought back."""

from __future__ import annotations

from tests.ecard.model_based import ASKED, CARD, LIVING, LOCK, LOSS, OWN, PRE, Answer, B, Model, World, needs

WRITTEN_WITHIN, FROZEN_FOR, ASKED_FOR = 15, 3, 5
"""Days."""


def call(place: str) -> Model:
    @needs(*LIVING)
    def move(world: World) -> Answer:
        where = world.place(place)
        if where is None:
            return world, "carrier-unknown"
        if world.lost(where):
            return world, "ok"
        stop = (where, PRE, world.day + WRITTEN_WITHIN)
        return world.done(held=world.held - world.standing(where, PRE) | {stop}, reported=world.reported | {(where, PRE)}), "ok"

    return move


def write(place: str) -> Model:
    @needs(*LIVING)
    def move(world: World) -> Answer:
        where = world.place(place)
        if where is None:
            return world, "carrier-unknown"
        if world.standing(where, LOSS):
            return world, "ok"
        held = world.held - world.standing(where, PRE) | {(where, LOSS, None)}
        return world.done(held=held, reported=world.reported | {(where, LOSS)}), "ok"

    return move


def take_back(place: str, kind: str, speaker: str | None = None) -> Model:
    @needs(*LIVING)
    def move(world: World) -> Answer:
        where = world.place(place)
        if refusal := unfit(world, speaker):
            return world, refusal
        if kind == LOSS and world.replaced:
            return world, "replacement-open"
        if where is None:
            return world, "carrier-unknown"
        if kind == PRE and world.standing(where, LOSS):
            return world, "pre-loss-written"
        if world.replaced:
            return world, "replacement-open"
        if stops := world.standing(where, kind):
            return world.done(held=world.held - stops), "ok"
        return world, "ok" if (where, kind) in world.reported else "loss-not-reported"

    return move


def unfit(world: World, speaker: str | None) -> str | None:
    """Why this phone cannot speak for its holder."""
    if speaker is None:
        return None
    if world.carriers.get(speaker) != "active":
        return "carrier-unknown"
    return "phone-reported-lost" if world.lost(CARD) or world.lost(speaker) else None


@needs(*LIVING)
def release(world: World) -> Answer:
    """Reports by phone that nobody put in writing end at their deadline."""
    over = {stop for stop in world.held if stop[1] == PRE and stop[2] is not None and stop[2] <= world.day and world.carriers.get(stop[0]) != "ended"}
    return (world.done(held=world.held - over), "ok") if over else (world, "ok")


@needs(*LIVING)
def lapse(world: World) -> Answer:
    """The end of a freeze is written once, unless something else was written since."""
    over = [until for _, kind, until in world.held if kind in {OWN, ASKED} and until is not None and world.last < until <= world.day]
    return (world.done(), "ok") if over else (world, "ok")


def ticked(move: Model) -> Model:
    """What time does is not refused: it finds nothing to do."""

    def run(world: World) -> Answer:
        return move(world)[0], "ok"

    return run


@needs(*LIVING)
def freeze(world: World) -> Answer:
    stop = (CARD, OWN, world.day + FROZEN_FOR)
    return (world, "ok") if stop in world.held else (world.done(held=world.held | {stop}), "ok")


def unfreeze(*, same: bool) -> Model:
    @needs(*LIVING)
    def move(world: World) -> Answer:
        if not world.frozen:
            return world, "not-frozen"
        if same:
            return world, "same-person"
        return world.done(held=frozenset(stop for stop in world.held if stop[1] not in {OWN, ASKED} or (stop[2] or 0) <= world.day)), "ok"

    return move


@needs(*LIVING)
def ask(world: World) -> Answer:
    until = world.day + ASKED_FOR
    return (world, "ok") if until in world.asked else (world.done(asked=world.asked | {until}), "ok")


def answer(*, grant: bool) -> Model:
    @needs(*LIVING)
    def move(world: World) -> Answer:
        if not world.asked:
            return world, "freeze-request-unknown"
        held = world.held | {(CARD, ASKED, world.day + ASKED_FOR)} if grant else world.held
        return world.done(asked=world.asked - {min(world.asked)}, held=held), "ok"

    return move


@needs("active")
def lock(world: World) -> Answer:
    if refusal := unfit(world, B):
        return world, refusal
    return (world, "ok") if LOCK in world.kinds(CARD) else (world.done(held=world.held | {(CARD, LOCK, None)}), "ok")


def unlock(speaker: str | None) -> Model:
    @needs("active")
    def move(world: World) -> Answer:
        if refusal := unfit(world, speaker):
            return world, refusal
        return (world.done(held=world.held - {(CARD, LOCK, None)}), "ok") if LOCK in world.kinds(CARD) else (world, "ok")

    return move


@needs("active")
def lock_items(world: World) -> Answer:
    if refusal := unfit(world, B):
        return world, refusal
    return (world, "ok") if 6 in world.items else (world.done(items=world.items | {6}), "ok")


@needs("active")
def unlock_items(world: World) -> Answer:
    return (world.done(items=world.items - {6}), "ok") if 6 in world.items else (world, "ok")


def unbind(phone: str, speaker: str | None) -> Model:
    @needs("active")
    def move(world: World) -> Answer:
        if refusal := unfit(world, speaker):
            return world, refusal
        if phone not in world.carriers:
            return world, "carrier-unknown"
        return (world, "ok") if world.carriers[phone] == "ended" else (world.done(carriers={**world.carriers, phone: "ended"}), "ok")

    return move


@needs("active", held=True)
def pin(world: World) -> Answer:
    return (world.done(), "ok") if world.chip and world.status(world.chip) == "valid" else (world, "card-held")


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
