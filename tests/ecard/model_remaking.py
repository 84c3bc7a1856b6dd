"""The model's chapter of remaking: exchanged, replaced and cancelled cards, corrections, stand-ins, accounts, fares and older cards."""

from __future__ import annotations

from dataclasses import replace

from tests.ecard.model_based import CARD, CHIP, LIVING, LOSS, STAND_IN, A, Answer, Model, World, needs, opened

DAMAGE, CHANGED = "damage", "data-change"
STANDS_IN, STANDS_IN_ALTOGETHER = 60, 181
"""Days; half a year has 181 at least, and the days of these worlds are multiples of forty."""


def exchange(ground: str) -> Model:
    @needs("active", held=True)
    def move(world: World) -> Answer:
        if world.exchange:
            if world.exchange != ground:
                return world, "exchange-open"
            return (world, "ok") if world.making else (world.done(carriers=world.with_chip()), "ok")
        chip = world.chip or world.newest_chip
        if world.lost(world.chip):
            return world, "card-held"
        if ground == CHANGED and chip not in world.stale:
            return world, "nothing-changed"
        return world.done(exchange=ground, carriers=world.with_chip(), stood=None, until=0), "ok"

    return move


@needs("active", held=True)
def hand_over(world: World) -> Answer:
    if world.chip is None or world.lost(world.chip):
        return world, "carrier-unknown" if world.chip is None else "card-held"
    if not world.exchange:
        return world, "ok" if world.exchanged else "exchange-not-open"
    if world.making is None or world.carriers[world.making] != "made":
        return world, "chip-not-personalised"
    gone = dict.fromkeys([world.chip, *([world.standing_in] if world.standing_in else [])], "ended")
    return world.done(carriers={**world.carriers, **gone, world.making: "active"}, exchange="", exchanged=True), "ok"


@needs("active")
def replace_lost(world: World) -> Answer:
    if world.replaced:
        return world, "ok"
    if world.frozen:
        return world, "card-held"
    if LOSS not in world.kinds(CARD) | world.kinds(world.chip):
        return world, "loss-not-reported"
    gone = {world.making: "ended"} if world.making else {}
    return opened(world.done(replaced=True, exchange="", carriers={**world.carriers, **gone}, stood=None, until=0)), "ok"


@needs(*LIVING)
def request_cancel(world: World) -> Answer:
    return (world, "ok") if world.cancelling else (world.done(cancelling=True), "ok")


def decide_cancel(*, accept: bool, same: bool = False) -> Model:
    def move(world: World) -> Answer:
        if world.state == "ended":
            return world, "ok" if world.reason == "cancelled" else "wrong-state"
        if not world.cancelling:
            return world, "cancellation-missing"
        if same:
            return world, "same-person"
        if not accept:
            return world.done(cancelling=False), "ok"
        if world.account == "active":
            return world, "affairs-unsettled"
        after = replace(world.ending("cancelled"), cancelling=False)
        return (replace(after, other="ended", other_events=world.other_events + 1) if world.other in {"ordered", "keyed", "made"} else after), "ok"

    return move


@needs("active", "ended")
def destroy(world: World) -> Answer:
    """Of the card's first chip."""
    if world.carriers[f"{CHIP}-1"] != "ended":
        return world, "not-destructible"
    return (world, "ok") if world.destroyed else (world.done(destroyed=True), "ok")


@needs(*LIVING)
def propose(world: World) -> Answer:
    if world.correcting:
        return world, "correction-open"
    return (world, "correction-empty") if world.corrected else (world.done(correcting=True), "ok")


def decide(*, accept: bool) -> Model:
    @needs(*LIVING)
    def move(world: World) -> Answer:
        if not world.correcting:
            return world, "correction-missing"
        if not accept:
            return world.done(correcting=False), "ok"
        return world.done(correcting=False, corrected=True, stale=frozenset(world.carriers)), "ok"

    return move


@needs("active")
def stand_in(world: World) -> Answer:
    """A loss of the whole card narrows to all that there was."""
    if world.kinds(CARD) - {LOSS}:
        return world, "card-held"
    if not (world.exchange or world.replaced):
        return world, "temporary-undue"
    if world.standing_in:
        return world, "phone-limit"
    until = _stands_in_until(world)
    if until is None:
        return world, "temporary-limit"
    whole = world.standing(CARD, LOSS)
    there = {name for name, state in world.carriers.items() if state != "ended"} if whole else set()
    number = 1 + sum(name.startswith(STAND_IN) for name in world.carriers)
    changes = {
        "held": world.held - whole | {(name, LOSS, None) for name in there},
        "reported": world.reported | {(name, LOSS) for name in there},
        "carriers": {**world.carriers, f"{STAND_IN}-{number}": "active"},
        "stood": world.day if world.stood is None else world.stood,
        "until": until,
    }
    return world.done(**changes), "ok"


@needs("active")
def prolong(world: World) -> Answer:
    if not (world.exchange or world.replaced) or not world.standing_in:
        return world, "temporary-undue"
    until = _stands_in_until(world)
    if until is None:
        return world, "temporary-limit"
    return world.done(until=until), "ok"  # every second counts


def _stands_in_until(world: World) -> int | None:
    longest = STANDS_IN_ALTOGETHER + (world.day if world.stood is None else world.stood)
    return None if world.day >= longest or world.until >= longest else min(world.day + STANDS_IN, longest)


@needs("active", held=True)
def activate_account(world: World) -> Answer:
    if world.account != "none":
        return world, "ok" if world.account == "active" else "account-ended"
    return world.done(account="active"), "ok"


@needs("active", "ended")
def end_account(world: World) -> Answer:
    if world.account != "active":
        return world, "ok" if world.account == "ended" else "account-inactive"
    return world.done(account="ended"), "ok"


@needs(*LIVING)
def grant_fare(world: World) -> Answer:
    if world.fare:
        return world, "ok" if world.fare == A else "fare-held"
    return (world.done(fare=A), "ok") if world.carriers.get(A) == "active" else (world, "fare-carrier")


def move_fare(phone: str) -> Model:
    @needs("active", held=True)
    def move(world: World) -> Answer:
        if not world.fare:
            return world, "fare-missing"
        if world.fare == phone:
            return world, "ok"
        if world.carriers.get(phone) != "active":
            return world, "fare-carrier"
        withdrawn = world.fare == A and world.carriers[A] == "active"
        return world.done(fare=phone, codes=0 if withdrawn else world.codes), "ok"

    return move


@needs("active")
def review_fare(world: World) -> Answer:
    return (world.done(), "ok") if world.fare else (world, "fare-missing")


@needs("active")
def end_fare(world: World) -> Answer:
    return (world.done(fare="", codes=0 if world.fare == A else world.codes), "ok") if world.fare else (world, "fare-missing")


@needs(*LIVING)
def take_over(world: World) -> Answer:
    return (world, "ok") if world.older else (world.done(older=True), "ok")
