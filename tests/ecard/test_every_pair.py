"""Every command, and every pair of commands in two sessions, against the reference model, on both databases.

Two commands meet in a scene in which both would change something, if there is one. The second session is ready before the first begins: it has looked at the
card, and holds its nonce and its proof. On PostgreSQL its transaction has begun too and sees the card as it was, until the database tells it to look again.
"""

from __future__ import annotations

from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from ecard.lifecycle import Command
from tests.ecard.city import open_city
from tests.ecard.model_based import wanted
from tests.ecard.moves import MOVES
from tests.ecard.rehearsal import Interrupted, Overtaken, Rehearsal, Saved, branch, opened, play, transaction
from tests.ecard.scenes import PRELUDES, WORLDS, grouped, orders, pairs_of_commands, works
from tests.ecard.stage import STEP, Stage, check, compare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa

    from tests.ecard.model_based import World
    from tests.ecard.stage import Move

PAIRS = pairs_of_commands()
MEETINGS = grouped(PAIRS)


def test_the_model_knows_every_command_of_the_table() -> None:
    unknown = set(Command) - {move.command for move in MOVES}
    assert not unknown, f"write a move for {sorted(unknown)}: what it answers and changes in tests/ecard/model_*.py, how it is given in moves*.py"


def test_every_pair_of_commands_meets_and_every_command_changes_something_where_it_meets() -> None:
    assert len(PAIRS) == len(Command) ** 2
    assert all(works(first, WORLDS[scene]) for scene, first, _ in PAIRS)
    assert {move.command for name in WORLDS for move in MOVES if works(move, WORLDS[name])} == set(Command)


@pytest.fixture
def scene(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stage(where: Path | str, scene: str) -> Iterator[Stage]:
    """The scene, played for real."""
    city = open_city(where)
    played = Stage(city)
    play(played, scene)
    yield played
    city.office.store.close()


def _hands(stage: Stage, meetings: dict[Move, list[Move]]) -> dict[Move, Any]:
    """What each caller of a second command has in hand before anything happens."""
    return {move: move.ready(stage) for move in dict.fromkeys(chain.from_iterable(meetings.values()))}


@pytest.mark.threat("F01")
@pytest.mark.parametrize("scene", PRELUDES, indirect=True)
def test_every_pair_of_commands_in_two_sessions_ends_in_a_serial_order(stage: Stage, where: Path | str, scene: str) -> None:
    meetings = {first: seconds for (name, first), seconds in MEETINGS.items() if name == scene}
    if isinstance(where, str):
        _overtake(stage, where, meetings, WORLDS[scene])
        return
    hands = _hands(stage, meetings)
    stage.city.office.store.close()
    with opened(where) as engine, transaction(engine) as connection:
        rehearsal = stage.session(store=Rehearsal(connection))
        for first, seconds in meetings.items():
            with branch(rehearsal) as begun:
                world = check(begun, WORLDS[scene], first)
                for second in seconds:
                    with branch(begun) as going:
                        check(going, world, second, hands[second], WORLDS[scene])


def _overtake(stage: Stage, where: str, meetings: dict[Move, list[Move]], world: World) -> None:
    hands = _hands(stage, meetings)
    with closing(Saved(where)) as saved, opened(where) as engine:
        for first, seconds in meetings.items():
            with transaction(engine) as earlier:
                with earlier.begin_nested():
                    assert earlier.exec_driver_sql("SELECT revision FROM card WHERE ref = %s", (stage.ref,)).scalar_one() == world.events
                check(stage.session(), world, first)
                with transaction(engine) as later:
                    alone = [
                        second for second in seconds if _unopposed(stage, world, first, second, earlier=earlier, later=later, hand=hands[second])
                    ]
            for second in alone:
                saved.restore()
                _interrupt(stage, world, first, second, engine=engine, hand=hands[second])
            saved.restore()


def _unopposed(stage: Stage, world: World, first: Move, second: Move, *, earlier: sa.Connection, later: sa.Connection, hand: object) -> bool:
    """Whether nothing tells the second session that it was overtaken, although it matters."""
    store = Overtaken(later, earlier)
    one, other = orders(world, first, second)
    _, said, end = one
    with Rehearsal(later).branch():
        going = stage.session(store=store)
        going.city.later(seconds=STEP)
        answer = going.perform(second, hand)
        if store.contended:
            assert answer == said, (first.name, second.name)
            compare(going, end, f"{first}, then {second}")
            return False
    return one != other or answer != said


def _interrupt(stage: Stage, world: World, first: Move, second: Move, *, engine: sa.Engine, hand: object) -> None:
    """The same with all that it takes: both are committed, and it came out as if one had been first."""
    told: list[str] = []
    going = stage.session(store=Interrupted(engine, lambda: told.append(stage.session().perform(first))))
    going.city.later(seconds=STEP)
    answer = going.perform(second, hand)
    if not told:
        told.append(stage.session().perform(first))
    seen = stage.session().seen()
    assert (told[0], answer, seen) in [(one, two, wanted(end)) for one, two, end in orders(world, first, second)], (first.name, second.name)
