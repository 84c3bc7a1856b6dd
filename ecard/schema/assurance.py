"""Tables of assurance: what the ends of the chains were when somebody signed for them, and what was acknowledged to whom."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from ecard.schema.record import METADATA

_CHAIN = "chain IN ('card', 'person', 'office')"

unsealed = Table(
    "unsealed",
    METADATA,
    Column("chain", String(8), primary_key=True),
    Column("subject", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    CheckConstraint(_CHAIN, name="known_chain"),
)

checkpoint = Table(
    "checkpoint",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("iat", BigInteger, nullable=False),
    Column("token", LargeBinary, nullable=False),
    CheckConstraint("number >= 1", name="checkpoints_count_from_one"),
)

checkpoint_head = Table(
    "checkpoint_head",
    METADATA,
    Column("number", Integer, ForeignKey("checkpoint.number"), primary_key=True, autoincrement=False),
    Column("chain", String(8), primary_key=True),
    Column("subject", String(32), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    CheckConstraint(_CHAIN, name="known_chain"),
    Index("heads_of_chain", "chain", "subject", "seq"),
)

receipt = Table(
    "receipt",
    METADATA,
    Column("number", String(16), primary_key=True),
    Column("card", String(32), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("token", LargeBinary, nullable=False),
    ForeignKeyConstraint(["card", "seq"], ["card_event.card", "card_event.seq"], name="receipt_of_event"),
    UniqueConstraint("card", "seq", name="one_receipt_per_event"),
)
