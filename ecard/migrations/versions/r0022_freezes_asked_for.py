"""Freezes that another region asks for, and how they were answered."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0022"
down_revision: str | None = "r0021"

_GUARDS = {
    "freeze_request_answered_once": "UPDATE ON freeze_request WHEN OLD.answer IS NOT NULL OR NEW.card <> OLD.card OR NEW.ground <> OLD.ground"
    " OR NEW.until <> OLD.until OR NEW.region <> OLD.region OR NEW.asked <> OLD.asked OR NEW.asked_person <> OLD.asked_person",
    "freeze_request_is_kept": "DELETE ON freeze_request",
}


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "freeze_request",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("ground", sa.String(length=24), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_person", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=24), nullable=True),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("answered_person", sa.String(length=64), nullable=True),
        sa.CheckConstraint("answer IN ('granted', 'declined')", name="known_answer"),
        sa.CheckConstraint("(answer IS NULL) = (answered IS NULL)", name="answer_with_answered"),
        sa.CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name="answer_with_answered_by"),
        sa.CheckConstraint("(answer IS NULL) = (answered_person IS NULL)", name="answer_with_answered_person"),
        sa.CheckConstraint("until > asked", name="asked_for_a_time"),
        sa.ForeignKeyConstraint(["card"], ["card.ref"]),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("freeze_requests_of_card", "freeze_request", ["card"], unique=False)
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the table."""
    drop_guards(_GUARDS)
    op.drop_table("freeze_request")
