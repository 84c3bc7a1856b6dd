"""The shape of a record: how many rows each table has, and how much stands in each column. Two states of one day look alike only if nothing lies between."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ecard import schema
from ecard.store import Store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    import sqlalchemy as sa

    from ecard.store import Work

TOLD_APART = ("state", "command", "kind", "topic", "decision", "outcome")
"""Columns whose values are counted one by one."""
NOT_COUNTED = frozenset({"vault_access", "unsealed"})
"""Who looked is written also when the look led to nothing; the chains themselves are walked by the record's own checks."""


def _queries() -> list[str]:
    found = []
    for table in schema.METADATA.sorted_tables:
        if table.name in NOT_COUNTED:
            continue
        filled = ", ".join(f'count("{column.name}")' for column in table.columns)
        found.append(f'SELECT count(*), {filled} FROM "{table.name}"')
        found += [f'SELECT "{name}", count(*) FROM "{table.name}" GROUP BY 1 ORDER BY 1' for name in TOLD_APART if name in table.columns]
    return found


QUERIES = _queries()


def shape_of(connection: sqlite3.Connection) -> str:
    """A short name of the shape of an open record."""
    rows = [connection.execute(query).fetchall() for query in QUERIES]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def contents_of(connection: sqlite3.Connection) -> bytes:
    """A digest over every value of every row of an open record."""
    digest = hashlib.sha256()
    for table in schema.METADATA.sorted_tables:
        for row in connection.execute(f'SELECT * FROM "{table.name}" ORDER BY rowid'):
            digest.update(repr(row).encode())
        digest.update(table.name.encode())
    return digest.digest()


class Watched(Store):
    """A store that notes the shape of the record after every transaction that wrote."""

    def __init__(self, engine: sa.Engine, shapes: list[str]) -> None:
        super().__init__(engine)
        self.shapes = shapes
        self.look()

    def look(self) -> None:
        with self._engine.connect().execution_options(ecard_reading=True) as connection:
            shape = shape_of(connection.connection.driver_connection)  # type: ignore[arg-type] # because it is SQLite's own
        if shape not in self.shapes[-1:]:
            self.shapes.append(shape)

    @contextmanager
    def _transaction(self, *, reading: bool, alone: bool = False) -> Iterator[Work]:
        with super()._transaction(reading=reading, alone=alone) as work:
            yield work
        if not reading:
            self.look()
