"""Tables of the mirror between the record and its chips: what each chip is to be told, what it has proved, and where the two were found apart."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Table

from ecard.schema.record import METADATA, _both, _one_of


def _of_chip(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name=f"{name}_of_chip_of_card")


def _known_state(column: str = "state") -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN 0 AND 3", name=f"known_{column}_of_chip")


chip_target = Table(
    "chip_target",
    METADATA,
    Column("carrier", String(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("card", String(32), nullable=False),
    Column("state", Integer, nullable=False),
    Column("reason", String(24), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    _of_chip("target"),
    _known_state(),
    _one_of("reason", "changed", "found-apart"),
    CheckConstraint("seq BETWEEN 1 AND 4294967295", name="targets_count_from_one"),
    Index("targets_of_card", "card"),
)

chip_note = Table(
    "chip_note",
    METADATA,
    Column("carrier", String(32), primary_key=True),
    Column("card", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("pin_blocked", Boolean),
    Column("seen", BigInteger, nullable=False),
    Column("reader", String(64), nullable=False),
    Column("evidence", LargeBinary(32), nullable=False),
    _of_chip("note"),
    _known_state(),
    CheckConstraint("seq >= 0 AND counter >= 0", name="notes_count_from_zero"),
)

chip_evidence = Table(
    "chip_evidence",
    METADATA,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("carrier", String(32), nullable=False),
    Column("card", String(32), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("counter", BigInteger),
    Column("question", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reader", String(64), nullable=False),
    _of_chip("evidence"),
    _known_state(),
    _one_of("kind", "status", "bind", "presence", "unbind", "receipt", "condition"),
    CheckConstraint("(kind IN ('receipt', 'condition')) = (counter IS NULL)", name="signatures_are_counted"),
    Index("evidence_by_counter", "carrier", "counter"),
)

chip_incident = Table(
    "chip_incident",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("carrier", String(32), nullable=False),
    Column("card", String(32), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("counter", BigInteger),
    Column("record_seq", BigInteger, nullable=False),
    Column("record_state", Integer, nullable=False),
    Column("for_clerk", Boolean, nullable=False),
    Column("evidence", LargeBinary(32), nullable=False),
    Column("settled", BigInteger),
    Column("settled_by", String(64)),
    Column("settled_person", String(64)),
    _of_chip("incident"),
    _known_state(),
    _known_state("record_state"),
    _one_of("kind", "record-behind", "apart", "counter-twice", "counter-back", "chip-cancelled"),
    _both("settled", "settled_by"),
    _both("settled", "settled_person"),
    Index("incidents_of_card", "card"),
    Index("incidents_of_chip", "carrier"),
)
_unsettled = chip_incident.c.settled.is_(None)
Index("incidents_open", chip_incident.c.at, sqlite_where=_unsettled, postgresql_where=_unsettled)
