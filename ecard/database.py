"""The database file: opened so that what was acknowledged survives a power cut, or not opened at all.

Every connection runs with journal_mode=WAL, synchronous=FULL, foreign keys and secure_delete, reads each setting back and refuses to work without it.
A transaction that writes takes the write lock at its first statement, so two writers follow one another instead of failing in the middle.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from codes.errors import SetupError
from ecard import faults

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

READING = "ecard_reading"
"""Execution option of a connection that will only read."""
BUSY_TIMEOUT_MS = 10_000

_SETTINGS = (("journal_mode", "WAL", "wal"), ("synchronous", "FULL", 2), ("foreign_keys", "ON", 1), ("secure_delete", "ON", 1))
_MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(path: Path) -> sa.Engine:
    """An engine on the database file at `path`, which need not exist yet. Raises `SetupError`: store-unsafe, store-unavailable."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), hide_parameters=True)
    sa.event.listen(engine, "connect", _settle)
    sa.event.listen(engine, "begin", _begin)
    try:
        with engine.connect():
            pass
    except sa.exc.DBAPIError as error:
        raise SetupError(faults.STORE_UNAVAILABLE, problem=type(error.orig).__name__) from None
    return engine


def _settle(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver starts no transaction of its own: _begin does
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        for name, value, settled in _SETTINGS:
            cursor.execute(f"PRAGMA {name}={value}")
            cursor.execute(f"PRAGMA {name}")
            found = cursor.fetchone()
            if found is None or found[0] != settled:
                raise SetupError(faults.STORE_UNSAFE, setting=name, wanted=value, found=str(found and found[0]))
    finally:
        cursor.close()


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READING) else "BEGIN IMMEDIATE")


def upgrade(engine: sa.Engine) -> None:
    """Bring the tables to the version of this program. Safe to run again."""
    with engine.connect() as connection, connection.begin():
        command.upgrade(_config(connection), "head")


def check_version(engine: sa.Engine) -> None:
    """Return if the tables have the version of this program. Raises `SetupError` store-behind."""
    with engine.connect().execution_options(**{READING: True}) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        wanted = ScriptDirectory.from_config(_config(connection)).get_current_head()
    if found != wanted:
        raise SetupError(faults.STORE_BEHIND, found=found, wanted=wanted)


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
