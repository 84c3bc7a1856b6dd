"""Phones that stand in for a card while it is remade."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0033"
down_revision: str | None = "r0032"

_GUARDS = {
    "temporary_stays_itself": "UPDATE ON temporary WHEN NEW.carrier <> OLD.carrier OR NEW.granted <> OLD.granted",
    "temporary_is_kept": "DELETE ON temporary",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "temporary",
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("granted_by", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until > granted AND until - granted <= 15897600", name="half_a_year_at_most"),
        sa.ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="temporary_phone_of_card"),
        sa.PrimaryKeyConstraint("carrier"),
    )
    op.create_index("temporaries_of_card", "temporary", ["card"], unique=False)
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    op.drop_table("temporary")
