"""Two sessions at the same moment, each with a connection of its own: every pair of commands whose order matters.

Neither is held back: both are let go when both stand before their first transaction. It must come out as if one had been first, in what both were told and in
all that the record shows.
"""

from __future__ import annotations

import os
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ecard.store import Store, Work
from tests.ecard.city import open_city
from tests.ecard.model_based import wanted
from tests.ecard.moves import NAMED
from tests.ecard.rehearsal import Rehearsal, Saved, branch, opened, play, transaction
from tests.ecard.scenes import WORLDS, orders, pairs_of_commands, works
from tests.ecard.stage import STEP, Stage, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import sqlalchemy as sa

    from tests.ecard.model_based import World
    from tests.ecard.stage import Move

LONGEST = 60
"""Seconds after which a session that has not come back is a defect."""


def _matters(scene: str, first: Move, second: Move) -> bool:
    one, other = orders(WORLDS[scene], first, second)
    return {first.name, second.name} not in ONE_AFTER_ANOTHER and (first is second or one != other)


IN_A_FILE = 3
"""A file has one lock for everybody, whatever they do: every third meeting says as much as all of them."""
ONE_AFTER_ANOTHER = ({"stand in", "stand in longer"}, {"stand in longer"}, {"bind phone-a"}, {"make"})
"""Longer is longer by a second at least, and one chip does not answer two readers."""
MEETINGS = sorted(
    {
        (scene, *sorted((first.name, second.name))): (scene, first, second)
        for scene, first, second in pairs_of_commands()
        if _matters(scene, first, second)
    }.values(),
    key=str,
)
OVERTAKEN = "issue-overtaken"
ISSUING = ("renew phone-a", "make", "make the other card")


class Together(Store):
    """A store whose first transaction waits until the other session stands before its own."""

    def __init__(self, engine: sa.Engine, gate: threading.Barrier) -> None:
        super().__init__(engine)
        self._gate: threading.Barrier | None = gate

    @contextmanager
    def _transaction(self, *, reading: bool, alone: bool = False) -> Iterator[Work]:
        if not reading and self._gate is not None:
            gate, self._gate = self._gate, None
            gate.wait(LONGEST)
        with super()._transaction(reading=reading, alone=alone) as work:
            yield work


@pytest.mark.threat("F01")
@pytest.mark.threat("I08")
@pytest.mark.parametrize("scene", sorted({scene for scene, _, _ in MEETINGS}))
def test_two_commands_at_once_come_out_as_if_one_had_been_first(where: Path | str, scene: str) -> None:
    city = open_city(where)
    stage = Stage(city)
    play(stage, scene)
    meetings = [(first, second) for name, first, second in MEETINGS if name == scene][:: 1 if isinstance(where, str) else IN_A_FILE]
    firsts = {first: first.ready(stage) for first, _ in meetings}
    seconds = {second: second.ready(stage) for _, second in meetings}
    stage.city.later(seconds=STEP)
    city.office.store.close()
    with closing(Saved(where)) as saved, opened(where) as one_engine, opened(where) as other_engine:
        for first, second in meetings:
            told = _at_once(stage, (one_engine, first, firsts[first]), (other_engine, second, seconds[second]))
            with transaction(one_engine) as connection:
                seen = stage.session(store=Rehearsal(connection)).seen()
            ends = [*orders(WORLDS[scene], first, second), *_overtaken_ends(WORLDS[scene], first, second)]
            outcomes = [([one, two], wanted(end)) for one, two, end in ends]
            assert (told, seen) in outcomes, (first.name, second.name)
            one_engine.dispose()  # a file can be put back only when nobody has it open
            other_engine.dispose()
            saved.restore()


def _overtaken_ends(world: World, first: Move, second: Move) -> list[tuple[str, str, World]]:
    """A command that issues has two transactions; what happens between them is not undone, and nothing leaves."""
    ends = []
    for issuing, other, swapped in ((first, second, False), (second, first, True)):
        if issuing.name in ISSUING:
            between, said = other.since(world)(written(issuing, world))
            ends.append((said, OVERTAKEN, between) if swapped else (OVERTAKEN, said, between))
    return ends


def written(issuing: Move, world: World) -> World:
    """The world after the first half of a command that issues: a phone's renewal leaves nothing that the model speaks of, a chip has its key."""
    if issuing.name == "renew phone-a":
        return world
    after, _ = issuing.model(world)
    chip = world.making
    if issuing.name == "make" and chip and world.carriers[chip] != "made":
        return after.quietly(carriers={**after.carriers, chip: "keyed"})
    return after.quietly(other="keyed") if issuing.name != "make" and world.other == "ordered" else after


def _at_once(stage: Stage, *given: tuple[sa.Engine, Move, Any]) -> list[str]:
    gate = threading.Barrier(len(given))
    told = [""] * len(given)

    def session(number: int, engine: sa.Engine, move: Move, hand: Any) -> None:
        told[number] = stage.session(store=Together(engine, gate), entropy=os.urandom).give(move, lambda _: hand)[0]

    threads = [threading.Thread(target=session, args=(number, *each)) for number, each in enumerate(given)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)
    return told


class Between(Rehearsal):
    """A store in which something happens between the two transactions of a command that issues: after the rows are written, before the credentials leave."""

    def __init__(self, connection: sa.Connection, meanwhile: Callable[[], object]) -> None:
        super().__init__(connection)
        self._meanwhile = meanwhile
        self._written = 0

    @contextmanager
    def _transaction(self, *, reading: bool, alone: bool = False) -> Iterator[Work]:
        if not reading:
            self._written += 1
            if self._written == 2:
                self._meanwhile()
        with super()._transaction(reading=reading, alone=alone) as work:
            yield work


@pytest.mark.threat("F01")
@pytest.mark.threat("D07")
@pytest.mark.parametrize(("scene", "issuing"), [("in use", "renew phone-a"), ("handed", "make"), ("owed", "make")])
def test_no_credential_leaves_after_anything_has_happened_to_its_card(where: Path | str, scene: str, issuing: str) -> None:
    """Whatever is done between writing and signing is done; what was to be issued then stays here."""
    city = open_city(where)
    played = Stage(city)
    play(played, scene)
    city.office.store.close()
    move, world = NAMED[issuing], WORLDS[scene]
    with opened(where) as engine, transaction(engine) as connection:
        stage = played.session(store=Rehearsal(connection))
        hand = move.ready(stage)
        for other in NAMED.values():
            if not works(other, written(move, world)) or other.name in ISSUING:
                continue
            with branch(stage) as going:
                _overtaken(going, move, hand, other, world)


def _overtaken(stage: Stage, move: Move, hand: Any, other: Move, world: World) -> None:
    """The model does the first half of the command, the other one, and the second half if the card has not changed."""
    first_half = written(move, world)
    then, said = other.model(first_half)
    told: list[str] = []
    store = stage.city.office.store
    assert isinstance(store, Rehearsal)
    issuer = stage.session(store=Between(store.connection, lambda: told.append(stage.session().perform(other))))
    answer = issuer.perform(move, hand)
    assert told == [said], (move.name, other.name)
    undisturbed = then.events == first_half.events
    assert answer == ("ok" if undisturbed else OVERTAKEN), (move.name, other.name)
    end = then
    if undisturbed and move.name == "renew phone-a":
        end, _ = move.model(then)
    elif undisturbed and world.making is not None:
        end = then.quietly(carriers={**then.carriers, world.making: "made"})
    compare(stage, end, f"{move}, {other}")
