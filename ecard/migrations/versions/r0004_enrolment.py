"""Registered readers and single-use nonces."""

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision: str | None = "r0003"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "reader",
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("registered", sa.BigInteger(), nullable=False),
        sa.Column("registered_by", sa.String(length=64), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_table(
        "nonce",
        sa.Column("value", sa.LargeBinary(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("purpose IN ('personalise', 'bind', 'renew')", name="known_purpose"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.PrimaryKeyConstraint("value"),
    )
    op.create_index("nonces_by_expiry", "nonce", ["expires"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("nonce")
    op.drop_table("reader")
