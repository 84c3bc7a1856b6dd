"""How PostgreSQL means to answer what the office asks: every statement explained as it goes by, in a record where no table is small."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from tests.ecard.postgres import Cluster

LASTING = {"alembic_version", "batch", "checkpoint", "looked", "production_order", "production_return", "reader", "service_point", "shard"}
"""Tables that do not grow with cards: offices, days, orders."""
QUEUES = {"unsealed"}
"""Tables that are emptied all the time."""
MANY = 20_000
"""Rows that every other table has at least, so that reading all of them is never right."""
_SCANS = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
_KINDS = {
    "character varying": "left(md5(n || '{0}'), {1})",
    "bytea": "sha256((n || '{0}')::bytea)",
    "boolean": "n % 2 = 0",
    "bigint": "n + 4000000000",  # as a time, one that nobody has reached
}
_COLUMNS = "SELECT column_name, data_type, character_maximum_length FROM information_schema.columns WHERE table_name = '{0}'"


def pad(cluster: Cluster, database: str) -> None:
    """Fill every table that grows and is small with rows that mean nothing and concern nobody, and tell the planner. The record is none any more."""
    tables = [
        row[0] for row in cluster.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace", database)
    ]
    rules = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace"
    for table, name in cluster.execute(rules, database):
        cluster.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"', database)
    for table in set(tables) - LASTING - QUEUES:
        if cluster.execute(f"SELECT count(*) FROM {table}", database)[0][0] < MANY:
            columns = cluster.execute(_COLUMNS.format(table), database)
            values = ", ".join(_KINDS.get(kind, "n").format(name, length or 64) for name, kind, length in columns)
            names = ", ".join(f'"{name}"' for name, _, _ in columns)
            cluster.execute(
                f"SET session_replication_role = replica; INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, {MANY}) n", database
            )
    cluster.execute("ANALYZE", database)


@dataclass
class Explained:
    """What was asked, and what is wrong with how it is answered: by statement, what is read from end to end."""

    statements: set[str] = field(default_factory=set)
    faults: dict[str, set[str]] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)
    listens: bool = True

    def listen(self, engine: sa.Engine) -> None:
        """Explain everything that goes through this engine from now on."""
        with engine.connect() as connection:
            self.partial = set(connection.exec_driver_sql("SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL").scalars())
        event.listen(engine, "before_cursor_execute", self._explain)

    def told(self) -> str:
        """Every statement that reads something from end to end, below what it reads."""
        return "\n\n".join(f"from end to end: {', '.join(sorted(found))}\n{statement}" for statement, found in self.faults.items())

    def _explain(self, connection: sa.Connection, _: object, statement: str, values: Any, __: object, many: bool) -> None:
        if (
            not self.listens
            or statement in self.statements
            or not statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE"))
            or "pg_" in statement
        ):
            return
        self.statements.add(statement)
        cursor = connection.connection.cursor()
        cursor.execute("EXPLAIN (FORMAT JSON) " + statement, values[0] if many else values)
        ((plan,),) = (json.loads(found) if isinstance(found, str) else found for (found,) in cursor.fetchall())
        cursor.close()
        if found := set(_read(plan["Plan"], self.partial, limited=False)):
            self.faults[statement] = found


def _read(node: dict[str, Any], partial: set[str], *, limited: bool) -> Iterator[str]:
    """Tables and indexes that a plan reads from end to end; reading until enough was found is another thing, and so is an index of a few rows."""
    kind, table, index = node["Node Type"], node.get("Relation Name", ""), node.get("Index Name", "")
    if kind == "Seq Scan" and table not in LASTING | QUEUES:
        yield table
    if kind in _SCANS and "Index Cond" not in node and index not in partial and table not in LASTING | QUEUES and not limited:
        yield index
    for inner in node.get("Plans", ()):
        yield from _read(inner, partial, limited=limited or kind == "Limit")
