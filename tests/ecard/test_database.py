from __future__ import annotations

import os
import sqlite3
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from ecard import database, faults, schema
from ecard.store import Store
from tests.ecard.city import City, refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("setting", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)])
def test_every_connection_is_durable_and_checks_references(tmp_path: Path, setting: str, value: object) -> None:
    engine = database.open_engine(tmp_path / "record.db")
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {setting}").scalar() == value
        engine.dispose()


@pytest.mark.error("store-unsafe")
def test_a_database_in_memory_is_no_record(tmp_path: Path) -> None:
    with refused(faults.STORE_UNSAFE, setting="journal_mode", found="memory"):
        database.open_engine(tmp_path.relative_to(tmp_path) / ":memory:")


@pytest.mark.error("store-unavailable")
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    path.write_bytes(b"something else entirely" * 100)
    with refused(faults.STORE_UNAVAILABLE):
        Store.create(path)
    assert path.read_bytes() == b"something else entirely" * 100
    with refused(faults.STORE_UNAVAILABLE):
        Store.create(tmp_path / "no such folder" / "record.db")


def test_a_file_whose_pages_are_damaged_is_refused_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    Store.create(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes([255]) * (len(whole) - 4096))
    with refused(faults.STORE_UNAVAILABLE, problem="DatabaseError"):
        Store.open(path)


def test_a_disk_that_is_full_while_the_tables_are_made_is_said_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    engine = database.open_engine(path)

    def nearly_full(connection: sqlite3.Connection, *_rest: object) -> None:
        connection.execute("PRAGMA max_page_count=3")

    engine.dispose()
    sa.event.listen(engine, "connect", nearly_full)
    with refused(faults.DISK_FULL, problem="OperationalError"):
        database.upgrade(engine)
    engine.dispose()


def test_the_file_of_a_record_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    before = os.umask(0)
    try:
        store = Store.create(path)
    finally:
        os.umask(before)
    with store.writing():
        assert {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == dict.fromkeys(
            ("record.db", "record.db-wal", "record.db-shm"), 0o600
        )
    store.close()
    path.chmod(0o640)
    Store.open(path).close()
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.error("store-behind")
def test_a_store_of_another_version_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    with refused(faults.STORE_BEHIND, found=None):
        Store.open(path)
    Store.create(path).close()
    Store.open(path).close()
    with sqlite3.connect(path) as hand:
        hand.execute("UPDATE alembic_version SET version_num = 'r0001'")
    hand.close()
    with refused(faults.STORE_BEHIND, found="r0001"):
        Store.open(path)


def test_a_database_that_somebody_else_holds_is_unavailable_and_nothing_is_written(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 20)
    impatient = Store.open(city.path)
    hog = sqlite3.connect(city.path, isolation_level=None)
    hog.execute("BEGIN IMMEDIATE")
    with refused(faults.STORE_UNAVAILABLE, problem="OperationalError"), impatient.writing():
        pass
    hog.rollback()
    hog.close()
    impatient.close()


def test_the_migrations_make_the_tables_that_the_program_knows(tmp_path: Path) -> None:
    engine = database.open_engine(tmp_path / "record.db")
    database.upgrade(engine)
    database.upgrade(engine)
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the expression index cannot be reflected; the next test looks at it
        assert compare_metadata(MigrationContext.configure(connection), schema.METADATA) == []
    engine.dispose()


def shape(engine: sa.Engine) -> dict[str, Any]:
    """Checks and indexes of every table, as the database itself tells them."""
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        look = sa.inspect(connection)
        checks = {table: sorted((check["name"], check["sqltext"]) for check in look.get_check_constraints(table)) for table in schema.METADATA.tables}
        indexes = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").scalars()
        return {**checks, "indexes": sorted(sql.replace(" \n", " ").replace("!=", "<>").replace('"', "") for sql in indexes)}


def test_the_migrations_make_the_checks_that_the_program_knows(tmp_path: Path) -> None:
    migrated = database.open_engine(tmp_path / "migrated.db")
    database.upgrade(migrated)
    known = database.open_engine(tmp_path / "known.db")
    with known.begin() as connection:
        schema.METADATA.create_all(connection)
    assert shape(migrated) == shape(known)
    migrated.dispose()
    known.dispose()


def test_the_migrations_can_be_taken_back_to_nothing(tmp_path: Path) -> None:
    engine = database.open_engine(tmp_path / "record.db")
    database.upgrade(engine)
    with engine.begin() as connection:
        command.downgrade(database.config(connection), "base")
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()
