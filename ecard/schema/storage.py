"""Tables of the store's own bookkeeping: requests that were answered, and what is still to be told to somebody.

Neither holds a person: an answer is sealed under the key that its client chose, a message names references only.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, String, Table

from ecard.schema.record import METADATA, hold

request = Table(
    "request",
    METADATA,
    Column("key", LargeBinary(32), primary_key=True),
    Column("command", String(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("answered", BigInteger),
    Column("answer", LargeBinary),
    CheckConstraint("(answered IS NULL) = (answer IS NULL)", name="answered_with_answer"),
    Index("requests_by_age", "begun"),
)

looked = Table(
    "looked",
    METADATA,
    Column("what", String(24), primary_key=True),
    Column("upto", BigInteger, nullable=False),
    Column("ref", String(32), nullable=False),
)
"""Up to where a duty of `tick` has looked through what time brings."""

outbox = Table(
    "outbox",
    METADATA,
    Column("topic", String(24), primary_key=True),
    Column("mark", String(128), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("written", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("taken_until", BigInteger),
    Column("done", BigInteger),
    CheckConstraint("attempts >= 0", name="attempts_count_from_zero"),
    CheckConstraint("done IS NULL OR taken_until IS NULL", name="done_is_not_taken"),
)
_waiting = outbox.c.done.is_(None)
Index("outbox_waiting", outbox.c.topic, outbox.c.due, sqlite_where=_waiting, postgresql_where=_waiting)
_delivered = outbox.c.done.is_not(None)
Index("outbox_done", outbox.c.topic, outbox.c.done, sqlite_where=_delivered, postgresql_where=_delivered)

_standing_freeze = hold.c.lifted.is_(None) & (hold.c.kind == "freeze")
Index("freezes_by_end", hold.c.until, sqlite_where=_standing_freeze, postgresql_where=_standing_freeze)
