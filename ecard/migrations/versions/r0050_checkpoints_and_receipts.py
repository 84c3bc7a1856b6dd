"""Ends of chains that were signed for, and receipts of what was done."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0050"
down_revision: str | None = "r0041"

_GUARDS = {
    "checkpoint_never_changes": "UPDATE ON checkpoint",
    "checkpoint_is_kept": "DELETE ON checkpoint",
    "checkpoint_head_never_changes": "UPDATE ON checkpoint_head",
    "checkpoint_head_is_kept": "DELETE ON checkpoint_head",
    "receipt_never_changes": "UPDATE ON receipt",
    "receipt_is_kept": "DELETE ON receipt",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "unsealed",
        sa.Column("chain", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("chain IN ('card', 'person')", name="known_chain"),
        sa.PrimaryKeyConstraint("chain", "subject", "seq"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("iat", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number >= 1", name="checkpoints_count_from_one"),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "checkpoint_head",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chain", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("chain IN ('card', 'person')", name="known_chain"),
        sa.ForeignKeyConstraint(["number"], ["checkpoint.number"]),
        sa.PrimaryKeyConstraint("number", "chain", "subject"),
    )
    op.create_index("heads_of_chain", "checkpoint_head", ["chain", "subject", "seq"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["card", "seq"], ["card_event.card", "card_event.seq"], name="receipt_of_event"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("card", "seq", name="one_receipt_per_event"),
    )
    for chain, table, subject in (("card", "card_event", "card"), ("person", "vault_access", "holder")):
        op.execute(f"INSERT INTO unsealed (chain, subject, seq, at) SELECT '{chain}', {subject}, seq, at FROM {table}")
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    for table in ("receipt", "checkpoint_head", "checkpoint", "unsealed"):
        op.drop_table(table)
