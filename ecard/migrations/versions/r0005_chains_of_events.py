"""Hash-chained, append-only events of cards and readings of the vault."""

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision: str | None = "r0004"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "card_event",
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("command", sa.String(length=24), nullable=False),
        sa.Column("articles", sa.String(length=200), nullable=False),
        sa.Column("before", sa.LargeBinary(length=32), nullable=False),
        sa.Column("after", sa.LargeBinary(length=32), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("seq >= 1", name="card_event_counts_from_one"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.PrimaryKeyConstraint("card", "seq"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "vault_access",
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.String(length=200), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("seq >= 1", name="vault_access_counts_from_one"),
        sa.ForeignKeyConstraint(
            ["holder"],
            ["holder.ref"],
        ),
        sa.PrimaryKeyConstraint("holder", "seq"),
        sa.UniqueConstraint("hash"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("vault_access")
    op.drop_table("card_event")
