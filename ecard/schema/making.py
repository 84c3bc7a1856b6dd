"""Tables of cards made in numbers: service points, batches, applications, production, and the register of every piece of plastic."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Table
from sqlalchemy import UniqueConstraint as Unique

from ecard.schema.papers import papers
from ecard.schema.record import METADATA

_REF = String(32)
_REGION = String(6)
_WORD = String(24)
_WHO = String(64)

service_point = Table(
    "service_point",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("region", _REGION, nullable=False),
    Column("name", String(80), nullable=False),
    Column("kind", _WORD, nullable=False),
    Column("registered", BigInteger, nullable=False),
    Column("registered_by", _WHO, nullable=False),
    Column("ended", BigInteger),
    Column("ended_by", _WHO),
    CheckConstraint("kind IN ('centre', 'township', 'village', 'bank', 'joint')", name="known_kind_of_point"),
    CheckConstraint("(ended IS NULL) = (ended_by IS NULL)", name="point_ended_by_somebody"),
)

batch = Table(
    "batch",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("region", _REGION, nullable=False),
    Column("point", _REF, ForeignKey("service_point.ref"), nullable=False),
    Column("employer", _WHO, nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("taken_by", _WHO, nullable=False),
    Column("taken_person", _WHO, nullable=False),
    CheckConstraint("size > 0", name="batch_has_rows"),
)

application = Table(
    "application",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("region", _REGION, nullable=False),
    Column("point", _REF, ForeignKey("service_point.ref"), nullable=False),
    Column("batch", _REF, ForeignKey("batch.ref")),
    Column("line", Integer),
    Column("holder", _REF, ForeignKey("holder.ref")),
    Column("evidence", papers(200), nullable=False),
    Column("category", _WORD),
    Column("state", _WORD, nullable=False),
    Column("code", String(48)),
    Column("field", _WORD),
    Column("taken", BigInteger, nullable=False),
    Column("taken_by", _WHO, nullable=False),
    Column("taken_person", _WHO, nullable=False),
    Column("decided", BigInteger),
    Column("decided_by", _WHO),
    Column("decided_person", _WHO),
    Column("card", _REF, ForeignKey("card.ref"), unique=True),
    CheckConstraint("state IN ('checked', 'approved', 'refused')", name="known_state_of_application"),
    CheckConstraint("(batch IS NULL) = (line IS NULL)", name="line_of_a_batch"),
    CheckConstraint("(state = 'checked') = (decided IS NULL)", name="decided_at_a_time"),
    CheckConstraint("(decided IS NULL) = (decided_by IS NULL) AND (decided IS NULL) = (decided_person IS NULL)", name="decided_by_somebody"),
    CheckConstraint("(state = 'approved') = (card IS NOT NULL)", name="approved_with_a_card"),
    CheckConstraint("(state = 'refused') = (code IS NOT NULL)", name="refused_for_a_reason"),
    CheckConstraint("state = 'refused' OR holder IS NOT NULL", name="application_of_somebody"),
    CheckConstraint("state <> 'approved' OR decided_person <> taken_person", name="approved_by_another"),
    Unique("batch", "line", name="one_application_per_row"),
    Index("applications_of_region", "region", "taken"),
)
_waiting = application.c.state == "checked"
Index("one_open_application", application.c.holder, unique=True, sqlite_where=_waiting, postgresql_where=_waiting)
_without_card = application.c.card.is_(None)
Index("applications_without_card", application.c.holder, sqlite_where=_without_card, postgresql_where=_without_card)

production_order = Table(
    "production_order",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("region", _REGION, nullable=False),
    Column("maker", _WHO, nullable=False),
    Column("point", _REF, ForeignKey("service_point.ref"), nullable=False),
    Column("count", Integer, nullable=False),
    Column("placed", BigInteger, nullable=False),
    Column("placed_by", _WHO, nullable=False),
    Column("placed_person", _WHO, nullable=False),
    CheckConstraint("count > 0", name="order_has_lines"),
)

stock_item = Table(
    "stock_item",
    METADATA,
    Column("order_ref", _REF, ForeignKey("production_order.ref"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("card", _REF, nullable=False),
    Column("carrier", _REF, nullable=False, unique=True),
    Column("state", _WORD, nullable=False),
    Column("keep_until", BigInteger),
    ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="stock_is_a_cards_chip"),
    CheckConstraint("line >= 1", name="lines_count_from_one"),
    CheckConstraint("state IN ('ordered', 'made', 'damaged', 'handed', 'uncollected', 'destroyed')", name="known_state_of_stock"),
    CheckConstraint("(state IN ('made', 'uncollected')) = (keep_until IS NOT NULL)", name="stock_is_kept_until"),
    Index("stock_of_card", "card"),
    Index("stock_by_deadline", "state", "keep_until"),
)
_kept = stock_item.c.keep_until.is_not(None)
Index("stock_kept", stock_item.c.keep_until, sqlite_where=_kept, postgresql_where=_kept)

stock_entry = Table(
    "stock_entry",
    METADATA,
    Column("order_ref", _REF, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("state", _WORD, nullable=False),
    Column("handed_to", _WORD),
    Column("point", _REF, ForeignKey("service_point.ref")),
    Column("evidence", papers(200), nullable=False),
    Column("reason", String(64)),
    Column("at", BigInteger, nullable=False),
    Column("actor", _WHO, nullable=False),
    Column("person", _WHO, nullable=False),
    Column("witness", _WHO),
    ForeignKeyConstraint(["order_ref", "line"], ["stock_item.order_ref", "stock_item.line"], name="entry_of_stock"),
    CheckConstraint("seq >= 1", name="entries_count_from_one"),
    CheckConstraint("(state = 'handed') = (handed_to IS NOT NULL)", name="handed_to_somebody"),
    CheckConstraint("state <> 'handed' OR point IS NOT NULL", name="handed_at_a_point"),
    CheckConstraint("state <> 'destroyed' OR (witness IS NOT NULL AND witness <> person)", name="destroyed_before_a_witness"),
)

production_return = Table(
    "production_return",
    METADATA,
    Column("order_ref", _REF, ForeignKey("production_order.ref"), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("made", Integer, nullable=False),
    Column("damaged", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", _WHO, nullable=False),
    Column("person", _WHO, nullable=False),
    CheckConstraint("made >= 0 AND damaged >= 0", name="returns_count_from_zero"),
)
