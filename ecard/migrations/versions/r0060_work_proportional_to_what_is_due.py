"""Indexes for every question that a command or a tick asks of a table that grows, and how far ticks have looked."""

import sqlalchemy as sa
from alembic import op

revision = "r0060"
down_revision: str | None = "r0071"

_NEW = {
    "cards_of_holder": ("card", ["holder"], None),
    "ended_cards": ("card", ["holder"], "state = 'ended'"),
    "carriers_of_card": ("carrier", ["card"], None),
    "pending_chips": ("carrier", ["created", "ref"], "kind = 'chip' AND state = 'pending'"),
    "credentials_of_card": ("credential", ["card"], None),
    "ended_chips": ("carrier", ["card"], "kind = 'chip' AND state = 'ended'"),
    "entitlements_of_holder": ("entitlement", ["holder"], None),
    "temporaries_by_end": ("temporary", ["until"], None),
    "applications_without_card": ("application", ["holder"], "card IS NULL"),
}
_CHANGED = {
    "active_cards_by_expiry": ("card", ["expires"], "state = 'active'", ["expires", "ref"], "state = 'active'"),
    "entitlements_by_review": ("entitlement", ["review"], None, ["review"], "ended IS NULL"),
    "outbox_done": ("outbox", ["done"], None, ["topic", "done"], "done IS NOT NULL"),
}
"""Name: table, columns and condition before, columns and condition now."""
_ENDED = """
INSERT INTO outbox (topic, mark, body, written, due, attempts)
SELECT DISTINCT 'look', k.ref || ':' || k.revision, {body}, k.issued, k.issued, 0 FROM card k
WHERE EXISTS (SELECT 1 FROM carrier c WHERE c.card = k.ref AND c.kind = 'chip' AND c.state = 'ended')
   OR EXISTS (SELECT 1 FROM correction o WHERE o.card = k.ref AND o.decision = 'accepted')
"""
_BODY = b'["m"]'


def upgrade() -> None:
    """Create the indexes and the table; the next tick looks once at every card where something may have become due before."""
    op.create_table(
        "looked",
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("what"),
    )
    for name, (table, columns, where) in _NEW.items():
        _index(name, table, columns, where)
    for name, (table, _, _, columns, where) in _CHANGED.items():
        op.drop_index(name, table)
        _index(name, table, columns, where)
    written = f"x'{_BODY.hex()}'" if op.get_bind().dialect.name == "sqlite" else f"'\\x{_BODY.hex()}'::bytea"
    op.execute(_ENDED.format(body=written))


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM outbox WHERE topic = 'look'")
    for name, (table, columns, where, _, _) in _CHANGED.items():
        op.drop_index(name, table)
        _index(name, table, columns, where)
    for name, (table, _, _) in _NEW.items():
        op.drop_index(name, table)
    op.drop_table("looked")


def _index(name: str, table: str, columns: list[str], where: str | None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, columns, unique=False, sqlite_where=condition, postgresql_where=condition)
