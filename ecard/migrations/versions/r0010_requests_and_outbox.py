"""Answered requests, and messages that leave with the change they tell of."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0010"
down_revision: str | None = "r0007"

_GUARDS = {
    "request_answered_once": "UPDATE ON request WHEN OLD.answered IS NOT NULL OR NEW.command <> OLD.command OR NEW.digest <> OLD.digest",
    "outbox_stays_itself": "UPDATE ON outbox WHEN OLD.done IS NOT NULL OR NEW.body <> OLD.body OR NEW.written <> OLD.written"
    " OR NEW.attempts < OLD.attempts",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "request",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("command", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("begun", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(answered IS NULL) = (answer IS NULL)", name="answered_with_answer"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("requests_by_age", "request", ["begun"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("topic", sa.String(length=24), nullable=False),
        sa.Column("mark", sa.String(length=128), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("taken_until", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("attempts >= 0", name="attempts_count_from_zero"),
        sa.CheckConstraint("done IS NULL OR taken_until IS NULL", name="done_is_not_taken"),
        sa.PrimaryKeyConstraint("topic", "mark"),
    )
    op.create_index(
        "outbox_waiting", "outbox", ["topic", "due"], unique=False, sqlite_where=sa.text("done IS NULL"), postgresql_where=sa.text("done IS NULL")
    )
    op.create_index("outbox_done", "outbox", ["done"], unique=False)
    standing = sa.text("lifted IS NULL AND kind = 'freeze'")
    op.create_index("freezes_by_end", "hold", ["until"], unique=False, sqlite_where=standing, postgresql_where=standing)
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    op.drop_index("freezes_by_end", "hold")
    op.drop_table("outbox")
    op.drop_table("request")
