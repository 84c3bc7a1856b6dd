"""The unit of work: one transaction per command, and what can be done in it (`ecard.work`).

The card's row is changed by compare-and-swap on its revision, and the event that says who did it stands in the same transaction. A command that fails
anywhere leaves nothing.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import SetupError
from ecard import database
from ecard.strokes import Line
from ecard.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Store", "Work"]


class Store:
    """The record's database, open. Close it when done."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._single = database.single_statements(engine)

    @classmethod
    def open(cls, where: Path | str) -> Store:
        """Open a database: a file (SQLite), or a URL (`postgresql://..`). Raises `SetupError`: store-unsafe, store-unavailable, store-behind."""
        engine = database.open_engine(where)
        try:
            database.check_version(engine)
        except SetupError:
            engine.dispose()
            raise
        return cls(engine)

    @classmethod
    def create(cls, where: Path | str) -> Store:
        """Open a database, with its tables brought to this program's version first."""
        engine = database.open_engine(where)
        database.upgrade(engine)
        return cls(engine)

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()
        if self._single is not None:
            self._single.dispose()

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """One transaction that writes: all of it, or nothing.

        Raises `StateError` record-conflict (somebody else was first, or the row is not allowed to exist), `SetupError`: store-unavailable (nothing was
        written), outcome-unknown (the database went away while it committed).
        """
        with self._transaction(reading=False) as work:
            yield work

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """One consistent view of the record; nothing may be written in it."""
        with self._transaction(reading=True) as work:
            yield work

    @contextmanager
    def noting(self) -> Iterator[Work]:
        """A transaction that writes what stands under one unique key, or under the lock of its card, and depends on nothing else that it reads.

        PostgreSQL does not compare it with what others read at the same time: small tables that everybody writes would make them run again and again.
        """
        with self._transaction(reading=False, alone=True) as work:
            yield work

    @property
    def has_strokes(self) -> bool:
        """Whether there is a `line` for them here: on PostgreSQL, and not inside somebody else's transaction."""
        return self._single is not None

    @contextmanager
    def line(self) -> Iterator[Line]:
        """For strokes (`ecard.strokes`), of which each is a transaction by itself: REPEATABLE READ, and no word before or after it. Raises as `writing`."""
        if self._single is None:
            raise RuntimeError(self._engine.dialect.name)
        try:
            connection = self._single.raw_connection()
        except sa.exc.DBAPIError as error:
            raise database.trouble(error) from None
        with closing(connection), closing(connection.cursor()) as cursor:
            yield Line(connection, cursor)

    def answered(self, work: Work, result: object) -> None:
        """Told by a command that issues in two transactions what it will return, inside the second. See `ecard.requests`."""

    @contextmanager
    def _transaction(self, *, reading: bool, alone: bool = False) -> Iterator[Work]:
        level = {"isolation_level": "READ COMMITTED"} if alone and self._engine.dialect.name == "postgresql" else {}
        try:
            with self._engine.connect().execution_options(**{database.READING: reading}, **level) as connection:
                transaction = connection.begin()
                try:
                    work = Work(connection, reading=reading)
                    yield work
                    work.seal()
                except BaseException:
                    transaction.rollback()
                    raise
                try:
                    transaction.commit()
                except sa.exc.DBAPIError as error:
                    connection.invalidate()  # nothing is tried again on a connection that failed to make something durable
                    raise database.trouble(error, committing=not reading) from None
        except sa.exc.DBAPIError as error:
            raise database.trouble(error) from None
