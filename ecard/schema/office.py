"""The tables of the office's own acts, and of the steps by which the list of items comes about."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, String, Table

from ecard.schema.record import METADATA

item_step = Table(
    "item_step",
    METADATA,
    Column("item", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("step", String(24), nullable=False),
    Column("body", String(64), nullable=False),
    Column("document", String(100), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("content", LargeBinary),
    CheckConstraint("seq >= 1", name="item_steps_count_from_one"),
    CheckConstraint("(seq = 1) = (content IS NOT NULL)", name="drafted_with_its_content"),
)

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
