"""Older cards that are taken over, and as what somebody was given the card."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0036"
down_revision: str | None = "r0035"

_GUARDS = {
    "legacy_never_changes": "UPDATE ON legacy_card",
    "legacy_is_kept": "DELETE ON legacy_card",
    "eligibility_never_changes": "UPDATE ON eligibility",
    "eligibility_is_kept": "DELETE ON eligibility",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "legacy_card",
        sa.Column("scheme", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("registered", sa.BigInteger(), nullable=False),
        sa.Column("registered_by", sa.String(length=64), nullable=False),
        sa.Column("retires", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("retires >= registered", name="retires_later"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.PrimaryKeyConstraint("scheme", "number"),
    )
    op.create_index("legacy_of_card", "legacy_card", ["card"], unique=False)
    op.create_table(
        "eligibility",
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("category", sa.String(length=24), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("category IN ('registered-resident', 'insured', 'rural-medical', 'entitled-to-services')", name="known_category"),
        sa.CheckConstraint("evidence <> ''", name="eligible_on_evidence"),
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
    op.drop_table("eligibility")
    op.drop_table("legacy_card")
