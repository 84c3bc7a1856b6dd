"""Corrections of a person's data, and single credentials that no longer count."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0032"
down_revision: str | None = "r0031"

_GUARDS = {
    "correction_decided_once": "UPDATE ON correction WHEN OLD.decided IS NOT NULL OR NEW.holder <> OLD.holder OR NEW.card <> OLD.card OR NEW.old <> OLD.old OR NEW.new <> OLD.new OR NEW.evidence <> OLD.evidence OR NEW.proposed_person <> OLD.proposed_person",
    "correction_is_kept": "DELETE ON correction",
    "withdrawn_never_changes": "UPDATE ON withdrawn",
    "withdrawn_is_kept": "DELETE ON withdrawn",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "correction",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("old", sa.LargeBinary(), nullable=False),
        sa.Column("new", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("proposed", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_person", sa.String(length=64), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_person", sa.String(length=64), nullable=True),
        sa.Column("decision", sa.String(length=24), nullable=True),
        sa.CheckConstraint("decision IN ('accepted', 'rejected')", name="known_decision"),
        sa.CheckConstraint("evidence <> ''", name="corrected_on_evidence"),
        sa.CheckConstraint("(decided IS NULL) = (decided_by IS NULL)", name="decided_with_decided_by"),
        sa.CheckConstraint("(decided IS NULL) = (decided_person IS NULL)", name="decided_with_decided_person"),
        sa.CheckConstraint("(decided IS NULL) = (decision IS NULL)", name="decided_with_decision"),
        sa.CheckConstraint("decided_person IS NULL OR decided_person <> proposed_person", name="corrected_by_another"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.ForeignKeyConstraint(
            ["holder"],
            ["holder.ref"],
        ),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("corrections_of_card", "correction", ["card"], unique=False)
    op.create_index(
        "one_open_correction",
        "correction",
        ["holder"],
        unique=True,
        sqlite_where=sa.text("decided IS NULL"),
        postgresql_where=sa.text("decided IS NULL"),
    )
    op.create_table(
        "withdrawn",
        sa.Column("credential", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.CheckConstraint("reason IN ('data-change', 'fare-change')", name="known_reason"),
        sa.ForeignKeyConstraint(
            ["credential"],
            ["credential.ref"],
        ),
        sa.PrimaryKeyConstraint("credential"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    op.drop_table("withdrawn")
    op.drop_table("correction")
