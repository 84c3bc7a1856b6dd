"""What lies in a card's file beside the card, its carriers and its holds: exchanges, charges, cancellations, corrections, fares, accounts, cases.

Every event since the second form covers them (`ecard.chain`), so that a row written, changed or taken out by hand is found. They are read as plain rows by
one statement. A table without a row of the card says nothing, so that a new table changes no digest that was made before it.

Not enclosed: credentials, which are renewed without an event and stand in their own checks; the register of plastic and applications, which belong to the
office's own chain (`ecard.officechain`); reminders that were sent.
"""

from __future__ import annotations

import functools
import hashlib
import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes import cbor
from ecard import chain, schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecard.model import CardRef

_CASES = sa.select(schema.misuse_case.c.ref).where(schema.misuse_case.c.card == sa.bindparam("card"))
_CARRIERS = sa.select(schema.carrier.c.ref).where(schema.carrier.c.card == sa.bindparam("card"))
_CREDENTIALS = sa.select(schema.credential.c.ref).where(schema.credential.c.carrier.in_(_CARRIERS))
_BY_CARD = (
    schema.cancellation,
    schema.charge,
    schema.correction,
    schema.destruction,
    schema.eligibility,
    schema.exchange,
    schema.financial_account,
    schema.freeze_request,
    schema.item_lock,
    schema.legacy_card,
    schema.misuse_case,
    schema.temporary,
)
ENCLOSED: Mapping[sa.Table, sa.ColumnElement[bool]] = {
    **{table: table.c.card == sa.bindparam("card") for table in _BY_CARD},
    schema.entitlement: schema.entitlement.c.carrier.in_(_CARRIERS),
    schema.misuse_evidence: schema.misuse_evidence.c["case"].in_(_CASES),
    schema.withdrawn: schema.withdrawn.c.credential.in_(_CREDENTIALS),
}
"""Each table, and which of its rows are a card's."""


def digest_of(connection: sa.Connection, card: CardRef) -> bytes:
    """SHA-256 over the canonical encoding of {table: [digest of each row, in order]}."""
    found: dict[str, list[bytes]] = {}
    for row in connection.execute(_statement(connection.dialect.name), {"card": card}).mappings():
        found.setdefault(row["name"], []).append(_row_digest(schema.METADATA.tables[row["name"]], json.loads(row["content"])))
    tables: dict[int | str, cbor.Value] = {name: [*sorted(digests)] for name, digests in found.items()}
    return hashlib.sha256(cbor.encode(tables)).digest()


def _row_digest(table: sa.Table, values: list[str | int | None]) -> bytes:
    told = zip(table.c, values, strict=True)
    return chain.row_digest({column.name: bytes.fromhex(value) if isinstance(value, str) and _is_bytes(column) else value for column, value in told})


@functools.cache
def _statement(dialect: str) -> sa.CompoundSelect[Any]:
    """All of them at once: the table's name, and the row as a JSON list.

    Its text is kept short, and nothing but the card is a parameter: beyond 4096 characters or 50 parameters psycopg reads a statement anew each time, which
    takes longer than the database does.
    """
    rows = []
    for table, where in ENCLOSED.items():
        name: sa.ColumnElement[str] = sa.literal_column(f"'{table.name}'")
        rows.append(sa.select(name.label("name"), _as_json(table, dialect).label("content")).select_from(table).where(where))
    return sa.union_all(*rows)


def _as_json(table: sa.Table, dialect: str) -> sa.ColumnElement[str]:
    columns: list[tuple[sa.ColumnElement[Any], bool]] = [(sa.column(column.name), _is_bytes(column)) for column in table.c]
    if dialect == "postgresql":
        in_hex: sa.ColumnElement[Any] = sa.literal_column("'hex'")
        return sa.cast(sa.func.json_build_array(*(sa.func.encode(column, in_hex) if is_bytes else column for column, is_bytes in columns)), sa.String)
    return sa.func.json_array(*(sa.func.hex(column) if is_bytes else column for column, is_bytes in columns))


def _is_bytes(column: sa.Column[object]) -> bool:
    return isinstance(column.type, sa.LargeBinary)
