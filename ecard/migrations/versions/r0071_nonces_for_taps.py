"""Nonces for taps and for unbinding through the chip. Those in flight are dropped with the table: they live a minute, and a reader fetches another."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards

revision = "r0071"
down_revision: str | None = "r0070"

_GUARDS = {"nonce_used_once": "UPDATE ON nonce WHEN OLD.used IS NOT NULL"}


def _make(*purposes: str) -> None:
    words = ", ".join(repr(purpose) for purpose in purposes)
    op.drop_table("nonce")
    op.create_table(
        "nonce",
        sa.Column("value", sa.LargeBinary(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(f"purpose IN ({words})", name="known_purpose"),
        sa.ForeignKeyConstraint(["card"], ["card.ref"]),
        sa.PrimaryKeyConstraint("value"),
    )
    op.create_index("nonces_by_expiry", "nonce", ["expires"], unique=False)
    create_guards(_GUARDS)


def upgrade() -> None:
    """Make the table with two more purposes."""
    _make("personalise", "bind", "renew", "act", "tap", "unbind")


def downgrade() -> None:
    """Make it without."""
    _make("personalise", "bind", "renew", "act")
