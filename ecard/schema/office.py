"""The table of the office's own acts."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, String, Table

from ecard.schema.record import METADATA

office_act = Table(
    "office_act",
    METADATA,
    Column("desk", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("role", String(24), nullable=False),
    Column("act", String(24), nullable=False),
    Column("about", String(128), nullable=False),
    Column("left", LargeBinary(32), nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    CheckConstraint("seq >= 1", name="office_act_counts_from_one"),
    Index("acts_about", "about", "seq"),
)
