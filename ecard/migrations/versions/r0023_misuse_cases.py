"""Case files of misuse: opened by one person, filled with evidence, decided by another."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0023"
down_revision: str | None = "r0022"

_GUARDS = {
    "misuse_case_decided_once": "UPDATE ON misuse_case WHEN OLD.decision IS NOT NULL OR NEW.card <> OLD.card OR NEW.category <> OLD.category"
    " OR NEW.opened <> OLD.opened OR NEW.opened_person <> OLD.opened_person",
    "misuse_case_is_kept": "DELETE ON misuse_case",
    "misuse_evidence_never_changes": "UPDATE ON misuse_evidence",
    "misuse_evidence_is_kept": "DELETE ON misuse_evidence",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "misuse_case",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("category", sa.String(length=24), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_person", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=24), nullable=True),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_person", sa.String(length=64), nullable=True),
        sa.CheckConstraint("category IN ('lent', 'false-use', 'detained', 'forged', 'fraud', 'damaged')", name="known_category"),
        sa.CheckConstraint("decision IN ('unfounded', 'warned', 'handed-over')", name="known_decision"),
        sa.CheckConstraint("(decision IS NULL) = (decided IS NULL)", name="decision_with_decided"),
        sa.CheckConstraint("(decision IS NULL) = (decided_by IS NULL)", name="decision_with_decided_by"),
        sa.CheckConstraint("(decision IS NULL) = (decided_person IS NULL)", name="decision_with_decided_person"),
        sa.CheckConstraint("decided_person <> opened_person", name="decided_by_another"),
        sa.ForeignKeyConstraint(["card"], ["card.ref"]),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("misuse_cases_of_card", "misuse_case", ["card"], unique=False)
    op.create_table(
        "misuse_evidence",
        sa.Column("case", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("noted", sa.BigInteger(), nullable=False),
        sa.Column("noted_by", sa.String(length=64), nullable=False),
        sa.Column("noted_person", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('report', 'statement', 'record', 'photograph', 'decision')", name="known_kind"),
        sa.ForeignKeyConstraint(["case"], ["misuse_case.ref"]),
        sa.PrimaryKeyConstraint("case", "digest"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    op.drop_table("misuse_evidence")
    op.drop_table("misuse_case")
