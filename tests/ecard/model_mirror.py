"""The model's chapter of the mirror: chips that are found apart from the record, that come back to it, or that are dead; and chips given up in making."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ecard.model_based import DRIFT, LIVING, Answer, Model, World, needs

if TYPE_CHECKING:
    from collections.abc import Callable


def shown(world: World) -> str | None:
    """The chip in use or, where there is none, the last that was made."""
    return world.active_chip or next((name for name in reversed(list(world.carriers)) if name in world.keyed), None)


def shows_itself(move: Callable[[World, str], World], chip: str | None = None) -> Model:
    """A move that begins with what a chip proves; `chip` where its caller has had it at hand for a while."""

    def run(world: World) -> Answer:
        name = chip or shown(world)
        if name is None:
            return world, "chip-not-personalised" if world.making else "chip-unknown"
        return move(world, name).quietly(told=world.day), "ok"

    return run


def apart(world: World, chip: str) -> World:
    """The chip says that it was told what nobody told it: it is held, once, if it is not at its end anyway."""
    after = world.quietly(apart=world.apart | {chip})
    if world.carriers[chip] == "ended" or world.standing(chip, DRIFT):
        return after
    return after.done(held=world.held | {(chip, DRIFT, None)})


def _in_step(world: World, chip: str) -> World:
    """The chip says what it was told last. What a clerk must see waits for the clerk."""
    if chip not in world.apart - world.for_clerk:
        return world
    drift = world.standing(chip, DRIFT)
    after = world.quietly(apart=world.apart - {chip})
    return after.done(held=world.held - drift) if drift and world.state != "ended" else after


def in_step(world: World, chip: str) -> World:
    return _in_step(world, chip)


def dead(world: World, chip: str) -> World:
    """The chip says that it has ended for ever, and the record follows where it did not know."""
    if world.carriers[chip] == "ended":
        return _in_step(world, chip)
    return world.done(carriers={**world.carriers, chip: "ended"}, apart=world.apart | {chip}, for_clerk=world.for_clerk | {chip})


@needs(*LIVING)
def reconcile(world: World) -> Answer:
    """An event for every chip whose hold is lifted."""
    if not world.apart:
        return world, "chip-not-apart"
    held = {stop for stop in world.held if stop[1] == DRIFT and stop[0] in world.apart}
    after = world.quietly(apart=frozenset(), for_clerk=frozenset())
    return (after.done(held=world.held - held, events=world.events + len(held)) if held else after), "ok"


@needs(*LIVING)
def void(world: World) -> Answer:
    """Plastic that the card maker still owes is damaged."""
    chip = world.making
    if chip is None:
        return world, "chip-not-in-making"
    state = world.pieces.get(chip, ("none", None))[0]
    pieces = {**world.pieces, chip: ("damaged", None)} if state == "ordered" else world.pieces
    return world.done(carriers={**world.with_chip(), chip: "ended"}, pieces=pieces), "ok"
