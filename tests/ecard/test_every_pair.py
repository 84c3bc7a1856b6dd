"""Every command, and every pair of commands in either order, against the reference model.

All of it happens inside one transaction that is never committed: a command's own transaction is a savepoint, and after each pair the record is rolled back.
"""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecard import database
from ecard.store import Store, Work
from tests.ecard.city import open_city
from tests.ecard.model_based import World, wanted
from tests.ecard.moves import MOVES, Move, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa


class Rehearsal(Store):
    """A store whose transactions are savepoints of one that is never committed."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    @contextmanager
    def _transaction(self, *, reading: bool) -> Iterator[Work]:
        with self.connection.begin_nested():
            yield Work(self.connection, reading=reading)

    @contextmanager
    def branch(self) -> Iterator[None]:
        """What is done inside is undone at the end."""
        here = self.connection.begin_nested()
        try:
            yield
        finally:
            here.rollback()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    path: Path = tmp_path_factory.mktemp("pairs") / "record.db"
    city = open_city(path)
    stage = Stage(city)
    city.office.store.close()
    engine = database.open_engine(path)
    with engine.connect() as connection, connection.begin() as transaction:
        city.office = replace(city.office, store=Rehearsal(connection))
        yield stage
        transaction.rollback()
    engine.dispose()


@contextmanager
def branch(stage: Stage) -> Iterator[Stage]:
    """The stage as it is, to try something on."""
    store = stage.city.office.store
    assert isinstance(store, Rehearsal)
    with store.branch():
        yield copy.copy(stage)


def check(stage: Stage, world: World, move: Move) -> World:
    """Give the command in the office and in the model; both must answer the same and leave the same."""
    after, said = move.model(world)
    assert stage.perform(move) == said, move.name
    assert stage.seen() == wanted(after), move.name
    return after


@pytest.mark.threat("F01")
@pytest.mark.parametrize("first", MOVES, ids=str)
def test_every_pair_of_commands_ends_where_the_model_ends_in_either_order(stage: Stage, first: Move) -> None:
    with branch(stage) as begun:
        world = check(begun, World(), first)
        for second in MOVES:
            with branch(begun) as going:
                check(going, world, second)


@pytest.mark.threat("F01")
@pytest.mark.parametrize("first", MOVES, ids=str)
def test_of_two_sessions_that_saw_the_same_card_the_second_does_nothing_once_the_first_has_changed_it(stage: Stage, first: Move) -> None:
    seen = stage.now.card.revision
    with branch(stage) as begun:
        world = check(begun, World(), first)
        for second in (move for move in MOVES if move.looks):
            with branch(begun) as going:
                after, said = second.model(world)
                overtaken = world.events > 0
                assert going.perform(second, seen) == ("stale-revision" if overtaken else said), second.name
                assert going.seen() == wanted(world if overtaken else after), second.name


@given(moves=st.lists(st.sampled_from(MOVES), min_size=3, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_long_day_at_the_desk_ends_where_the_model_ends(stage: Stage, moves: list[Move]) -> None:
    with branch(stage) as going:
        world = World()
        for move in moves:
            world = check(going, world, move)
