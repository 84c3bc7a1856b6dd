"""Financial accounts, as far as the record is told."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0034"
down_revision: str | None = "r0033"

_GUARDS = {
    "account_ended_once": "UPDATE ON financial_account WHEN OLD.ended IS NOT NULL OR NEW.card <> OLD.card OR NEW.bank <> OLD.bank OR NEW.activated <> OLD.activated",
    "account_is_kept": "DELETE ON financial_account",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "financial_account",
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("bank", sa.String(length=64), nullable=False),
        sa.Column("activated", sa.BigInteger(), nullable=False),
        sa.Column("activated_by", sa.String(length=64), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(ended IS NULL) = (ended_by IS NULL)", name="ended_with_ended_by"),
        sa.CheckConstraint("ended IS NULL OR ended >= activated", name="ended_after_activated"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.PrimaryKeyConstraint("card"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    op.drop_table("financial_account")
