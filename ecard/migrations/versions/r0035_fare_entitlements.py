"""Fare entitlements: one in force for each person, on one carrier."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0035"
down_revision: str | None = "r0034"

_GUARDS = {
    "entitlement_ended_once": "UPDATE ON entitlement WHEN OLD.ended IS NOT NULL OR NEW.holder <> OLD.holder OR NEW.fare <> OLD.fare OR NEW.granted <> OLD.granted OR NEW.expires <> OLD.expires",
    "entitlement_is_kept": "DELETE ON entitlement",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "entitlement",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("fare", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("granted_by", sa.String(length=64), nullable=False),
        sa.Column("review", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("evidence <> ''", name="entitled_on_evidence"),
        sa.CheckConstraint("(ended IS NULL) = (ended_by IS NULL)", name="ended_with_ended_by"),
        sa.CheckConstraint("fare BETWEEN 0 AND 7", name="known_fare"),
        sa.CheckConstraint("granted < review AND review <= expires", name="reviewed_before_it_ends"),
        sa.ForeignKeyConstraint(
            ["carrier"],
            ["carrier.ref"],
        ),
        sa.ForeignKeyConstraint(
            ["holder"],
            ["holder.ref"],
        ),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("entitlements_by_review", "entitlement", ["review"], unique=False)
    op.create_index(
        "one_fare_per_person",
        "entitlement",
        ["holder"],
        unique=True,
        sqlite_where=sa.text("ended IS NULL"),
        postgresql_where=sa.text("ended IS NULL"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    op.drop_table("entitlement")
