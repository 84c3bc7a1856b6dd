"""Stages on which commands are tried and undone, and stores in which one session has begun before another is done."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ecard import database, schema
from ecard.store import Store, Work
from tests.ecard.city import open_city
from tests.ecard.model_based import WAIT
from tests.ecard.moves import NAMED
from tests.ecard.scenes import PASSES, PRELUDES, WORLDS
from tests.ecard.stage import Stage, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Rehearsal(Store):
    """A store whose transactions are savepoints of one that is never committed."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    @contextmanager
    def _transaction(self, *, reading: bool, alone: bool = False) -> Iterator[Work]:  # noqa: ARG002 - because it is the store's own signature
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


class Overtaken(Rehearsal):
    """The store of a session that began before another one was done: its first transaction still sees the record as it was, `earlier`."""

    def __init__(self, connection: sa.Connection, earlier: sa.Connection) -> None:
        super().__init__(connection)
        self.earlier = earlier
        self.begun = False
        self.contended = False

    @contextmanager
    def _transaction(self, *, reading: bool, alone: bool = False) -> Iterator[Work]:
        if reading or self.begun:
            with super()._transaction(reading=reading, alone=alone) as work:
                yield work
            return
        self.begun = True
        here = self.earlier.begin_nested()
        try:
            yield Work(self.earlier)
        except sa.exc.DBAPIError as error:
            self.contended = True
            raise database.trouble(error) from None
        finally:
            here.rollback()


class Interrupted(Store):
    """The store of a session in whose first transaction, once it has looked at the record, something else happens from beginning to end."""

    def __init__(self, engine: sa.Engine, meanwhile: Callable[[], object]) -> None:
        super().__init__(engine)
        self._meanwhile: Callable[[], object] | None = meanwhile

    @contextmanager
    def _transaction(self, *, reading: bool, alone: bool = False) -> Iterator[Work]:
        with super()._transaction(reading=reading, alone=alone) as work:
            if not reading and self._meanwhile is not None:
                work.connection.execute(sa.select(sa.func.count()).select_from(schema.card))
                meanwhile, self._meanwhile = self._meanwhile, None
                meanwhile()
            yield work


@contextmanager
def rehearsing(where: Path | str) -> Iterator[Stage]:
    """A stage in a fresh record, in a transaction that is rolled back at the end."""
    city = open_city(where)
    stage = Stage(city)
    city.office.store.close()
    with opened(where) as engine, transaction(engine) as connection:
        yield stage.session(store=Rehearsal(connection))


@contextmanager
def opened(where: Path | str) -> Iterator[sa.Engine]:
    """An engine for a while. What it has once compiled it need not compile again."""
    engine = database.open_engine(where)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that is rolled back at the end."""
    with engine.connect() as connection:
        begun = connection.begin()
        yield connection
        begun.rollback()


@contextmanager
def branch(stage: Stage) -> Iterator[Stage]:
    """The stage as it is, to try something on."""
    store = stage.city.office.store
    assert isinstance(store, Rehearsal)
    with store.branch():
        yield stage.session()


def play(stage: Stage, scene: str) -> None:
    """Bring a fresh stage to a scene; it must come out as the model says."""
    for name in PRELUDES[scene]:
        if name == PASSES:
            stage.city.later(days=WAIT)
        else:
            assert stage.perform(NAMED[name]) == "ok", name
    compare(stage, WORLDS[scene], scene)


class Saved:
    """A record as it is now, kept beside itself, so that it can be put back however often it is changed."""

    def __init__(self, where: Path | str) -> None:
        self.where = where
        if isinstance(where, str):
            self._engine = database.open_engine(where)
            names = list(schema.METADATA.tables)
            copies = "".join(f"CREATE TABLE saved.{name} AS TABLE public.{name};" for name in names)
            self._run(f"CREATE SCHEMA saved; {copies}")
            each = "".join(f"DELETE FROM public.{name}; INSERT INTO public.{name} SELECT * FROM saved.{name};" for name in names)
            self._back = f"SET LOCAL session_replication_role = replica; {each}"
        else:
            with opened(where):  # what lies in the log is brought into the file when the last one closes it
                pass
            self._copy = where.with_suffix(".saved")
            shutil.copyfile(where, self._copy)

    def _run(self, statements: str) -> None:
        with self._engine.begin() as connection:
            connection.exec_driver_sql(statements)

    def restore(self) -> None:
        """Nobody may have the record open in a transaction; a file nobody at all."""
        if isinstance(self.where, str):
            self._run(self._back)
            return
        for end in ("-wal", "-shm"):
            self.where.with_name(self.where.name + end).unlink(missing_ok=True)
        shutil.copyfile(self._copy, self.where)

    def close(self) -> None:
        if isinstance(self.where, str):
            self._engine.dispose()
