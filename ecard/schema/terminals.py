"""Tables of the terminals: who they are, what they reported, what a person must look at, and which status each of them has confirmed."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from ecard.schema.record import METADATA, _both, _one_of

terminal = Table(
    "terminal",
    METADATA,
    Column("ref", String(64), primary_key=True),
    Column("region", String(5), nullable=False),
    Column("venue", String(64), nullable=False),
    Column("scenes", String(512), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("thumbprint", LargeBinary(32), nullable=False, unique=True),
    Column("latitude", Integer),
    Column("longitude", Integer),
    Column("registered", BigInteger, nullable=False),
    Column("registered_by", String(64), nullable=False),
    Column("registered_person", String(64), nullable=False),
    Column("ended", BigInteger),
    Column("ended_by", String(64)),
    _both("latitude", "longitude"),
    _both("ended", "ended_by"),
    CheckConstraint("latitude BETWEEN -90000000 AND 90000000 AND longitude BETWEEN -180000000 AND 180000000", name="place_on_earth"),
    Index("terminals_of_region", "region"),
)

terminal_journal = Table(
    "terminal_journal",
    METADATA,
    Column("terminal", String(64), ForeignKey("terminal.ref"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("link", LargeBinary(32), nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    CheckConstraint("seq >= 0 AND dropped >= 0", name="journal_counts_from_zero"),
)

journal_event = Table(
    "journal_event",
    METADATA,
    Column("terminal", String(64), ForeignKey("terminal.ref"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("scene", String(64), nullable=False),
    Column("number", Integer),
    Column("released", BigInteger),
    Column("credential", String(32), ForeignKey("credential.ref")),
    Column("card", String(32), ForeignKey("card.ref")),
    Column("made", BigInteger),
    Column("as_of", BigInteger),
    Column("head", BigInteger),
    Column("proof", LargeBinary(32)),
    CheckConstraint("seq >= 1", name="journal_counts_from_one"),
    CheckConstraint("(number IS NULL) <> (released IS NULL)", name="verdict_or_release"),
    _both("credential", "card"),
    Index("events_of_card", "card", "at"),
    Index("events_of_credential", "credential", "made"),
    Index("events_by_age", "received"),
)

journal_finding = Table(
    "journal_finding",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("terminal", String(64), ForeignKey("terminal.ref"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("other_terminal", String(64), ForeignKey("terminal.ref")),
    Column("other_seq", BigInteger),
    Column("card", String(32), ForeignKey("card.ref")),
    Column("measured", BigInteger),
    Column("found", BigInteger, nullable=False),
    Column("decision", String(24)),
    Column("decided", BigInteger),
    Column("decided_by", String(64)),
    Column("decided_person", String(64)),
    _one_of(
        "kind",
        "fabricated",
        "double-use",
        "impossible-journey",
        "against-newer-list",
        "outside-window",
        "forked",
        "not-written",
        "clock-ahead",
        "other-scene",
    ),
    _one_of("decision", "explained", "case-opened", "terminal-checked"),
    _both("other_terminal", "other_seq"),
    _both("decision", "decided"),
    _both("decision", "decided_by"),
    _both("decision", "decided_person"),
    UniqueConstraint("kind", "terminal", "seq", "other_terminal", "other_seq", name="found_once"),
    Index("findings_open", "decided", "found"),
)

terminal_ack = Table(
    "terminal_ack",
    METADATA,
    Column("terminal", String(64), ForeignKey("terminal.ref"), primary_key=True),
    Column("region", String(5), primary_key=True),
    Column("space", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

status_edition = Table(
    "status_edition",
    METADATA,
    Column("region", String(5), primary_key=True),
    Column("space", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("iat", BigInteger, nullable=False),
    Column("published", BigInteger, nullable=False),
    Index("editions_by_time", "region", "space", "iat"),
)
