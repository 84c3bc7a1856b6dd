"""Scenes in which two commands meet: a prelude of moves for each, and for every pair the first scene in which both would change something."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tests.ecard.model_based import World, wait
from tests.ecard.moves import MOVES, NAMED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecard.lifecycle import Command
    from tests.ecard.stage import Move

PASSES = "forty days pass"
_PASSED = [PASSES] * 3
_HANDED = ["make", "order", "come back made", "hand out"]
_USED = [*_HANDED, "activate", "bind phone-a", "bind phone-b", "renew phone-a"]
_REMADE = [*_USED, "exchange for damage", "make", "order", "come back made", "grant a fare", "activate the account"]
_OPEN = ["ask for a freeze", "open a file", "add to the file", "propose a correction", "ask for cancellation"]
_ENDED = [*_USED, "ask for cancellation", "cancel"]

PRELUDES: Mapping[str, Sequence[str]] = {
    "in use": _USED,
    "remade": [*_REMADE, *_OPEN],
    "standing in": [*_REMADE, *_OPEN, "stand in", "close the account"],
    "stopped": [*_USED, "lock items", "report chip", "call phone-a", "lock", "freeze"],
    "apart": [*_USED, "a chip is apart", "report phone-a", "freeze"],
    "dead": [*_USED, "ask for a freeze", "a chip is dead"],
    "called": [*_USED, "call card", "call chip", "ask for a freeze"],
    "lost": [*_USED, "report phone-a", "report card", "ask for cancellation"],
    "replaced": [*_USED, "report card", "replace", "make the other card", "ask for cancellation", "order"],
    "lapsed": [*_USED, "freeze", "call chip", "grant a fare", "open a file", PASSES],
    "exchanged": [*_REMADE, "hand over", "propose a correction", "correct"],
    "owed": [*_USED, "exchange for damage", "make", "order"],
    "one phone": [*_HANDED, "activate", "bind phone-a", "renew phone-a"],
    "new": [],
    "handed": [*_HANDED, "ask for cancellation", "propose a correction", "ask for a freeze"],
    "waiting": ["make", "order", "come back made", "report chip", *_PASSED],
    "uncollected": ["make", "order", "come back made", *_PASSED, "store", *_PASSED, *_PASSED],
    "destroyed": ["make", "order", "come back made", *_PASSED, "store", *_PASSED, *_PASSED, "destroy"],
    "ended": _ENDED,
    "applied": [*_ENDED, "take in"],
    "following": [*_ENDED, "take in", "approve", "make the other card"],
}


def _world(prelude: Sequence[str]) -> World:
    world = World()
    for name in prelude:
        before = world
        world, said = wait(world) if name == PASSES else NAMED[name].model(world)
        if said != "ok" or world == before:
            raise ValueError(prelude, name, said)
    return world


WORLDS = {name: _world(prelude) for name, prelude in PRELUDES.items()}


def works(move: Move, world: World) -> bool:
    """Whether a move changes this world."""
    return move.model(world)[0] != world


def meet(first: Move, second: Move) -> str:
    """Where two moves meet: the first scene in which each alone would change something, or else the first in which the first would."""
    both = (name for name, world in WORLDS.items() if works(first, world) and works(second, world))
    return next(both, None) or next((name for name, world in WORLDS.items() if works(first, world)), "in use")


def _by_command() -> Mapping[Command, list[Move]]:
    found: dict[Command, list[Move]] = defaultdict(list)
    for move in MOVES:
        found[move.command].append(move)
    return found


BY_COMMAND = _by_command()


def pairs_of_commands() -> list[tuple[str, Move, Move]]:
    """Scene and moves for every ordered pair of commands: moves that both change the scene, if the table has such."""

    def best(first: Command, second: Command) -> tuple[str, Move, Move]:
        options = [(one, two) for one in BY_COMMAND[first] for two in BY_COMMAND[second]]
        for name, world in WORLDS.items():
            for one, two in options:
                if works(one, world) and works(two, world):
                    return name, one, two
        return next((meet(one, two), one, two) for one, two in options if any(works(one, world) for world in WORLDS.values()))

    return [best(first, second) for first in BY_COMMAND for second in BY_COMMAND]


def grouped(pairs: Sequence[tuple[str, Move, Move]]) -> dict[tuple[str, Move], list[Move]]:
    """The second moves by scene and first move."""
    groups: dict[tuple[str, Move], list[Move]] = defaultdict(list)
    for scene, first, second in pairs:
        groups[scene, first].append(second)
    return groups


def orders(world: World, first: Move, second: Move) -> list[tuple[str, str, World]]:
    """What each is told, and the world in the end, in both serial orders; both were ready before."""
    one, two = first.since(world), second.since(world)
    after_first, said = one(world)
    end, then = two(after_first)
    after_second, said_second = two(world)
    other_end, then_first = one(after_second)
    return [(said, then, end), (then_first, said_second, other_end)]
