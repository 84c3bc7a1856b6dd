"""The database: opened so that what was acknowledged survives a power cut, or not opened at all.

SQLite: a file. Every connection runs with journal_mode=WAL, synchronous=FULL, foreign keys and secure_delete, reads each setting back and refuses to work
without it. A transaction that writes takes the write lock at its first statement, so two writers follow one another instead of failing in the middle; it does
not begin when the disk is nearly full (`ecard.headroom`).

PostgreSQL: a URL. Every connection checks fsync, full_page_writes and synchronous_commit. A transaction that writes is SERIALIZABLE: whatever two sessions
do, it comes out as if one had been first, or one of them is told to run again (`ecard.contention`). Locks and statements have time limits. What writes looks
into tables by their indexes, however small they are: whoever reads a table as a whole is in the way of everybody who writes into it.
"""

from __future__ import annotations

import os
import select
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from codes.errors import CardError, SetupError, StateError
from ecard import faults, headroom
from ecard.contention import Contended

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

    class Line(DBAPIConnection, Protocol):
        """A connection over a socket, as the driver makes it."""

        Error: type[Exception]

        def fileno(self) -> int:
            """The socket."""
            ...


READING = "ecard_reading"
"""Execution option of a connection that will only read."""
BUSY_TIMEOUT_MS = 10_000
FOLD_TIMEOUT_MS = 1_000
"""How long folding waits for readers."""
STATEMENT_TIMEOUT_MS = 60_000
QUIET = 1.0
"""Seconds for which a server that has answered is taken to be there, unless its line says otherwise."""
FRESH = 0.05
"""Seconds for which not even its line is looked at."""
MEMORY = ":memory:"

_SQLITE: tuple[tuple[str, str, str | int], ...] = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("secure_delete", "ON", 1),
)
_POSTGRES = (("fsync", {"on"}), ("full_page_writes", {"on"}), ("synchronous_commit", {"on", "remote_apply"}))
_HEARD = "ecard_heard"
_MIGRATIONS = Path(__file__).parent / "migrations"
_CONTENDED = {"40001", "40P01", "55P03", "23505"}
"""Serialization failure, deadlock, lock timeout; and a unique key that somebody else took a moment ago, which the second look will see."""


def single_statements(engine: sa.Engine) -> sa.Engine | None:
    """An engine on the same PostgreSQL in which every statement is a transaction by itself; None on SQLite, where that would spare nothing."""
    if engine.dialect.name != "postgresql":
        return None
    return _postgres(engine.url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, pool_size=8, max_overflow=0, pool_use_lifo=True)


def open_engine(where: Path | str) -> sa.Engine:
    """An engine on a database file, which need not exist yet, or on the PostgreSQL of a URL. Raises `SetupError`: store-unsafe, store-unavailable."""
    engine = _sqlite(where) if isinstance(where, Path) else _postgres(where)
    try:
        _connect(engine, where)
    except sa.exc.DBAPIError as error:
        raise SetupError(faults.STORE_UNAVAILABLE, problem=type(error.orig).__name__) from None
    return engine


def _connect(engine: sa.Engine, where: Path | str) -> None:
    """Make the first connection; on a full disk the reserve is given up for it."""
    try:
        engine.connect().close()
    except sa.exc.DBAPIError:
        if not (isinstance(where, Path) and headroom.give_up(where)):
            raise
        engine.connect().close()


def fold(engine: sa.Engine) -> bool:
    """Write SQLite's log back into the record and empty it, so that what was erased stands in no file any more; False when a reader stood in the way.

    On PostgreSQL there is nothing to do by hand: the server recycles its log, and vacuums. Raises `SetupError` store-unavailable.
    """
    if engine.dialect.name != "sqlite":
        return True
    try:
        with closing(engine.raw_connection()) as connection:  # in no transaction: inside one it could not be done
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={FOLD_TIMEOUT_MS}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, *_ = cursor.fetchall()[0]
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    except sqlite3.Error as error:
        raise SetupError(faults.STORE_UNAVAILABLE, problem=type(error).__name__) from None
    return not busy


def _sqlite(path: Path) -> sa.Engine:
    _make_private(path)
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), hide_parameters=True)
    sa.event.listen(engine, "connect", _settle_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """Make the file, if it is not there, so that nobody but its owner reads it; SQLite gives the files beside it the same rights."""
    if str(path) == MEMORY:
        return
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise SetupError(faults.STORE_UNAVAILABLE, problem=type(error).__name__) from None


def _settle_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver starts no transaction of its own: _begin_sqlite does
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        for name, value, settled in _SQLITE:
            cursor.execute(f"PRAGMA {name}={value}")
            cursor.execute(f"PRAGMA {name}")
            found = cursor.fetchone()
            if found is None or found[0] != settled:
                raise SetupError(faults.STORE_UNSAFE, setting=name, wanted=value, found=str(found and found[0]))
    finally:
        cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(READING):
        connection.exec_driver_sql("BEGIN")
        return
    path = connection.engine.url.database
    if path is not None and path != MEMORY:
        headroom.demand(Path(path))
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres(url: str | sa.URL, **more: Any) -> sa.Engine:
    limits = f"-c lock_timeout={BUSY_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=60000"
    limits += " -c default_transaction_isolation=repeatable\\ read"  # of single statements; every other transaction says its own
    options = f"{limits} -c enable_seqscan=off -c jit=off"  # a plan that must read a whole table looks so dear then that it would be compiled: 0.1 s each time
    try:
        parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    except sa.exc.ArgumentError:
        raise SetupError(faults.STORE_UNAVAILABLE, problem="not a database URL") from None
    engine = sa.create_engine(parsed, hide_parameters=True, connect_args={"options": options}, **{"isolation_level": "SERIALIZABLE", **more})
    sa.event.listen(engine, "connect", _settle_postgres)
    sa.event.listen(engine, "checkin", _note_heard)
    sa.event.listen(engine, "checkout", _check_line)
    sa.event.listen(engine, "begin", _begin_postgres)
    return engine


def _settle_postgres(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    try:
        for name, settled in _POSTGRES:
            cursor.execute(f"SHOW {name}")
            found = cursor.fetchone()
            if found is None or found[0] not in settled:
                raise SetupError(faults.STORE_UNSAFE, setting=name, wanted="on", found=str(found and found[0]))
    finally:
        cursor.close()
    connection.rollback()


def _note_heard(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info[_HEARD] = time.monotonic()


def _check_line(connection: Line, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """Ask the server whether it is still there, if nothing was heard of it for a while, or if something came while nothing was asked: that is how it says goodbye.

    Asked each time, it would be asked as often as it is given something to do.
    """
    heard = entry.info.get(_HEARD)
    if heard is None:
        return  # made a moment ago
    silent = time.monotonic() - heard
    if silent < FRESH or (silent < QUIET and not _has_come(connection)):
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        connection.rollback()
    except connection.Error:
        raise sa.exc.InvalidatePoolError from None


def _has_come(connection: Line) -> bool:
    looks = select.poll()
    looks.register(connection.fileno(), select.POLLIN)
    return bool(looks.poll(0))


def _begin_postgres(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(READING):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL enable_seqscan = on")


def trouble(error: sa.exc.DBAPIError, *, committing: bool = False) -> CardError:
    """What a driver's error means to a command. It never shows values."""
    if getattr(error.orig, "sqlstate", None) in _CONTENDED:
        return Contended()
    if isinstance(error, sa.exc.IntegrityError):
        return StateError(faults.CONFLICT)
    if committing:
        fault = faults.OUTCOME_UNKNOWN
    else:
        full = {getattr(error.orig, "sqlite_errorname", None), getattr(error.orig, "sqlstate", None)} & {"SQLITE_FULL", "53100"}
        fault = faults.DISK_FULL if full else faults.STORE_UNAVAILABLE
    return SetupError(fault, problem=type(error.orig).__name__)


def stroke_trouble(error: psycopg.Error, *, reading: bool) -> CardError:
    """The same of a statement that was a transaction by itself: where the server did not say no, it may have done it before it went away."""
    state = error.sqlstate
    kind = sa.exc.IntegrityError if state is not None and state.startswith("23") else sa.exc.DBAPIError
    return trouble(kind(None, None, error), committing=not (reading or state is not None))


def upgrade(engine: sa.Engine) -> None:
    """Bring the tables to the version of this program. Safe to run again. Raises `SetupError` store-unavailable."""
    try:
        with engine.connect() as connection, connection.begin():
            command.upgrade(config(connection), "heads")
    except sa.exc.DBAPIError as error:
        raise trouble(error) from None


def check_version(engine: sa.Engine) -> None:
    """Return if the tables have the version of this program. Raises `SetupError`: store-behind, store-unavailable."""
    try:
        with engine.connect().execution_options(**{READING: True}) as connection:
            found = MigrationContext.configure(connection).get_current_heads()
            wanted = ScriptDirectory.from_config(config(connection)).get_heads()
    except sa.exc.DBAPIError as error:
        raise trouble(error) from None
    if sorted(found) != sorted(wanted):
        raise SetupError(faults.STORE_BEHIND, found=", ".join(sorted(found)) or None, wanted=", ".join(sorted(wanted)))


def config(connection: sa.Connection) -> Config:
    """Alembic's settings for one open connection."""
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings
