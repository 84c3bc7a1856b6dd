"""Holders and cards: one active card per person."""

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision: str | None = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "holder",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_table(
        "card",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=9), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("end_reason", sa.String(length=24), nullable=True),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("chip_seq", sa.Integer(), nullable=False),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.CheckConstraint("(state = 'ended') = (end_reason IS NOT NULL)", name="ended_for_a_reason"),
        sa.CheckConstraint("state IN ('pending', 'active', 'ended')", name="known_state"),
        sa.CheckConstraint("issued < expires", name="expires_after_issue"),
        sa.CheckConstraint("revision >= 1 AND chip_seq >= 0 AND chip_seq < revision", name="numbers_move_together"),
        sa.ForeignKeyConstraint(
            ["holder"],
            ["holder.ref"],
        ),
        sa.ForeignKeyConstraint(
            ["replaces"],
            ["card.ref"],
        ),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "one_active_card", "card", ["holder"], unique=True, sqlite_where=sa.text("state = 'active'"), postgresql_where=sa.text("state = 'active'")
    )
    op.create_index(
        "one_pending_card", "card", ["holder"], unique=True, sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'")
    )
    op.create_index("one_replacement", "card", ["replaces"], unique=True)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("card")
    op.drop_table("holder")
