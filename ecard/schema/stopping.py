"""Tables of stopping: reminders of reports by phone, freezes asked for by another region, misuse cases, locked groups of items."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from ecard.schema.record import METADATA, _both, _one_of, hold

pre_loss_reminder = Table(
    "pre_loss_reminder",
    METADATA,
    Column("hold", String(32), ForeignKey("hold.ref"), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("told", BigInteger, nullable=False),
    CheckConstraint("day >= 1", name="reminders_count_from_one"),
)
_open_pre_loss = hold.c.lifted.is_(None) & (hold.c.kind == "pre-loss")
Index("open_pre_losses", hold.c.placed, sqlite_where=_open_pre_loss, postgresql_where=_open_pre_loss)

freeze_request = Table(
    "freeze_request",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("card", String(32), ForeignKey("card.ref"), nullable=False),
    Column("region", String(6), nullable=False),
    Column("ground", String(24), nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_person", String(64), nullable=False),
    Column("answer", String(24)),
    Column("answered", BigInteger),
    Column("answered_by", String(64)),
    Column("answered_person", String(64)),
    _one_of("answer", "granted", "declined"),
    _both("answer", "answered"),
    _both("answer", "answered_by"),
    _both("answer", "answered_person"),
    CheckConstraint("until > asked", name="asked_for_a_time"),
    Index("freeze_requests_of_card", "card"),
)
_unanswered = freeze_request.c.answer.is_(None)
Index("freeze_requests_open", freeze_request.c.asked, sqlite_where=_unanswered, postgresql_where=_unanswered)

misuse_case = Table(
    "misuse_case",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("card", String(32), ForeignKey("card.ref"), nullable=False),
    Column("category", String(24), nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("opened_by", String(64), nullable=False),
    Column("opened_person", String(64), nullable=False),
    Column("decision", String(24)),
    Column("decided", BigInteger),
    Column("decided_by", String(64)),
    Column("decided_person", String(64)),
    _one_of("category", "lent", "false-use", "detained", "forged", "fraud", "damaged"),
    _one_of("decision", "unfounded", "warned", "handed-over"),
    _both("decision", "decided"),
    _both("decision", "decided_by"),
    _both("decision", "decided_person"),
    CheckConstraint("decided_person <> opened_person", name="decided_by_another"),
    Index("misuse_cases_of_card", "card"),
)

misuse_evidence = Table(
    "misuse_evidence",
    METADATA,
    Column("case", String(32), ForeignKey("misuse_case.ref"), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("noted", BigInteger, nullable=False),
    Column("noted_by", String(64), nullable=False),
    Column("noted_person", String(64), nullable=False),
    _one_of("kind", "report", "statement", "record", "photograph", "decision"),
)

item_lock = Table(
    "item_lock",
    METADATA,
    Column("card", String(32), ForeignKey("card.ref"), primary_key=True),
    Column("item_group", Integer, primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),
    CheckConstraint("item_group BETWEEN 1 AND 13", name="known_group"),
)
