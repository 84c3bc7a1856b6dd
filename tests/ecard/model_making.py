"""The model's chapter of making: applications in two steps, orders and what comes back, and every piece of plastic from the desk to a hand or the shredder."""

from __future__ import annotations

from dataclasses import replace

from tests.ecard.model_based import IN_MAKING, LIVING, Answer, World, needs, opened

COLLECTED_WITHIN, KEPT_FOR = 90, 180
"""Days."""


def entitled(world: World) -> str | None:
    """Why the person may not have another card."""
    return "person-has-card" if world.has_card else "person-differs" if world.corrected else None


def apply(world: World) -> Answer:
    refusal = entitled(world)
    return (world, refusal) if refusal else (opened(world), "ok")


def take_in(world: World) -> Answer:
    if refusal := entitled(world):
        return world, refusal
    return (world, "application-open") if world.application == "checked" else (replace(world, application="checked"), "ok")


def approve(world: World) -> Answer:
    """Whoever got a card meanwhile is refused, and that is an answer, not an error."""
    if world.application == "none":
        return world, "application-unknown"
    if world.application != "checked":
        return world, "ok" if world.application == "approved" else "application-decided"
    return (replace(world, application="refused"), "ok") if world.has_card else (opened(world, application="approved"), "ok")


def refuse(world: World) -> Answer:
    if world.application == "none":
        return world, "application-unknown"
    if world.application == "approved":
        return world, "application-decided"
    return replace(world, application="refused"), "ok"


def place_order(world: World) -> Answer:
    """Every chip that is to be made and that nobody has ordered, of the other card too."""
    waiting = {name: ("ordered", None) for name in world.carriers if world.carriers[name] in IN_MAKING and name not in world.pieces}
    others = world.other in IN_MAKING and not world.other_placed
    if not waiting and not others:
        return world, "order-empty"
    return replace(world, pieces={**world.pieces, **waiting}, other_placed=world.other_placed or others), "ok"


def _number(chip: str) -> int:
    return int(chip.rpartition("-")[2])


def _expected(world: World) -> str | None:
    """The newest piece that the card maker still owes."""
    return max((name for name, (state, _) in world.pieces.items() if state == "ordered"), default=None, key=_number)


def return_made(world: World) -> Answer:
    """A chip without a key was not made, and stays open."""
    name = _expected(world)
    if name is None:
        return world, "ok" if world.pieces else "order-unknown"
    if name not in world.keyed:
        return world, "ok"
    return replace(world, pieces={**world.pieces, name: ("made", world.day + COLLECTED_WITHIN)}), "ok"


def return_damaged(world: World) -> Answer:
    """A chip in somebody's hand was not spoilt in the workshop; one that has ended is not made again."""
    name = _expected(world)
    if name is None:
        return world, "ok" if world.pieces else "order-unknown"
    if world.carriers[name] == "active":
        return world, "ok"
    pieces = {**world.pieces, name: ("damaged", None)}
    if world.carriers[name] == "ended":
        return replace(world, pieces=pieces), "ok"
    return world.done(pieces=pieces, carriers={**world.with_chip(), name: "ended"}), "ok"


def _newest(world: World) -> str | None:
    """The piece ordered last that is not gone."""
    return max((name for name, (state, _) in world.pieces.items() if state not in {"damaged", "destroyed"}), default=None, key=_number)


@needs(*LIVING)
def hand_out(world: World) -> Answer:
    name = _newest(world)
    if name is None:
        return world, "not-in-stock"
    if world.pieces[name][0] == "handed":
        return world, "ok"
    if world.pieces[name][0] == "ordered" or world.carriers[name] == "ended":
        return world, "not-in-stock"
    return world.done(pieces={**world.pieces, name: ("handed", None)}), "ok"


@needs(*LIVING)
def store(world: World) -> Answer:
    name = _newest(world)
    state, keep = world.pieces[name] if name else ("none", None)
    if name is None or state == "uncollected":
        return world, "ok" if name else "not-in-stock"
    if world.carriers[name] == "active" or state == "ordered" or (state == "handed" and world.carriers[name] not in IN_MAKING):
        return world, "not-in-stock"
    if state == "made" and world.day < (keep or 0):
        return world, "stock-kept-still"
    return world.done(pieces={**world.pieces, name: ("uncollected", world.day + KEPT_FOR)}), "ok"


def destroy_stock(world: World) -> Answer:
    name = _newest(world)
    state, keep = world.pieces[name] if name else ("none", None)
    if name is None or state not in ({"made", "uncollected"} if world.state == "ended" else {"uncollected"}) or world.carriers[name] == "active":
        return world, "not-in-stock"
    if world.state != "ended" and world.day < (keep or 0):
        return world, "stock-kept-still"
    return world.done(pieces={**world.pieces, name: ("destroyed", None)}, carriers={**world.carriers, name: "ended"}), "ok"


@needs(*LIVING)
def remake(world: World) -> Answer:
    if world.chip is None and world.state == "active" and not world.exchange:
        return world, "exchange-not-open"
    return (world, "ok") if world.chip else (world.done(carriers=world.with_chip()), "ok")
