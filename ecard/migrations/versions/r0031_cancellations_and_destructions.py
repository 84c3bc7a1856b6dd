"""Cancellations, and cards that were destroyed."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0031"
down_revision: str | None = "r0030"

_GUARDS = {
    "cancellation_decided_once": "UPDATE ON cancellation WHEN OLD.decided IS NOT NULL OR NEW.card <> OLD.card OR NEW.ground <> OLD.ground OR NEW.applicant <> OLD.applicant OR NEW.evidence <> OLD.evidence OR NEW.requested_person <> OLD.requested_person",
    "cancellation_is_kept": "DELETE ON cancellation",
    "destruction_never_changes": "UPDATE ON destruction",
    "destruction_is_kept": "DELETE ON destruction",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "cancellation",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("ground", sa.String(length=24), nullable=False),
        sa.Column("applicant", sa.String(length=24), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("requested", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("requested_person", sa.String(length=64), nullable=False),
        sa.Column("settled", sa.String(length=200), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_person", sa.String(length=64), nullable=True),
        sa.Column("decision", sa.String(length=24), nullable=True),
        sa.CheckConstraint("applicant IN ('holder', 'relative')", name="known_applicant"),
        sa.CheckConstraint("decision IN ('accepted', 'rejected')", name="known_decision"),
        sa.CheckConstraint("ground IN ('death', 'declared-dead', 'settled-abroad', 'entitlement-ended', 'moved-away')", name="known_ground"),
        sa.CheckConstraint("ground NOT IN ('death', 'declared-dead') OR applicant = 'relative'", name="the_dead_do_not_apply"),
        sa.CheckConstraint("(decided IS NULL) = (decided_by IS NULL)", name="decided_with_decided_by"),
        sa.CheckConstraint("(decided IS NULL) = (decided_person IS NULL)", name="decided_with_decided_person"),
        sa.CheckConstraint("(decided IS NULL) = (decision IS NULL)", name="decided_with_decision"),
        sa.CheckConstraint("decided_person IS NULL OR decided_person <> requested_person", name="cancelled_by_another"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index(
        "one_open_cancellation",
        "cancellation",
        ["card"],
        unique=True,
        sqlite_where=sa.text("decided IS NULL"),
        postgresql_where=sa.text("decided IS NULL"),
    )
    op.create_table(
        "destruction",
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("destroyed_by", sa.String(length=64), nullable=False),
        sa.Column("destroyed_person", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("witness", sa.String(length=64), nullable=False),
        sa.CheckConstraint("method IN ('chip-punched', 'shredded', 'incinerated')", name="known_method"),
        sa.CheckConstraint("witness <> '' AND witness <> destroyed_person", name="witnessed_by_another"),
        sa.ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="destroyed_chip_of_card"),
        sa.PrimaryKeyConstraint("carrier"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    op.drop_table("destruction")
    op.drop_table("cancellation")
