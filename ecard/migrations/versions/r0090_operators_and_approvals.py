"""Operators' secrets and sessions, and what two of them must agree on."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0090"
down_revision: str | None = "r0061"

_GUARDS = {
    "operator_stays_one_person": "UPDATE ON operator_secret WHEN NEW.operator <> OLD.operator OR NEW.person <> OLD.person",
    "operator_step_never_goes_back": "UPDATE ON operator_secret WHEN NEW.totp = OLD.totp AND NEW.step < OLD.step",
    "operator_is_kept": "DELETE ON operator_secret",
    "session_ends_once": "UPDATE ON operator_session WHEN OLD.ended IS NOT NULL",
    "session_stays_somebodys": (
        "UPDATE ON operator_session WHEN NEW.ref <> OLD.ref OR NEW.operator <> OLD.operator OR NEW.person <> OLD.person"
        " OR NEW.standing <> OLD.standing OR NEW.begun <> OLD.begun OR NEW.device IS DISTINCT FROM OLD.device"
    ),
    "reset_is_closed_once": "UPDATE ON operator_reset WHEN OLD.closed IS NOT NULL",
    "reset_is_approved_once": (
        "UPDATE ON operator_reset WHEN OLD.approved IS NOT NULL AND (NEW.approved IS DISTINCT FROM OLD.approved"
        " OR NEW.approved_person IS DISTINCT FROM OLD.approved_person OR NEW.due IS DISTINCT FROM OLD.due)"
    ),
    "reset_stays_as_asked": (
        "UPDATE ON operator_reset WHEN NEW.ref <> OLD.ref OR NEW.operator <> OLD.operator OR NEW.person <> OLD.person"
        " OR NEW.asked <> OLD.asked OR NEW.asked_person <> OLD.asked_person OR NEW.evidence <> OLD.evidence"
    ),
    "reset_is_kept": "DELETE ON operator_reset",
    "proposal_is_decided_once": "UPDATE ON proposal WHEN OLD.decided IS NOT NULL",
    "proposal_stays_as_made": (
        "UPDATE ON proposal WHEN NEW.ref <> OLD.ref OR NEW.command <> OLD.command OR NEW.region <> OLD.region OR NEW.digest <> OLD.digest"
        " OR NEW.card IS DISTINCT FROM OLD.card OR NEW.revision IS DISTINCT FROM OLD.revision OR NEW.witness IS DISTINCT FROM OLD.witness"
        " OR NEW.proposed_by <> OLD.proposed_by OR NEW.proposed_person <> OLD.proposed_person OR NEW.proposed_role <> OLD.proposed_role"
        " OR NEW.proposed <> OLD.proposed OR NEW.expires <> OLD.expires OR NEW.articles <> OLD.articles OR NEW.device IS DISTINCT FROM OLD.device"
    ),
    "proposal_is_kept": "DELETE ON proposal",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "operator_secret",
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=5), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=False),
        sa.Column("totp", sa.LargeBinary(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("recovery", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_by", sa.String(length=64), nullable=False),
        sa.Column("enrolled_person", sa.String(length=64), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("first_used", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("operator"),
    )
    op.create_table(
        "operator_session",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("standing", sa.LargeBinary(length=32), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=True),
        sa.Column("begun", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("stepped", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["operator"], ["operator_secret.operator"]),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("secret"),
    )
    op.create_index("sessions_of_operator", "operator_session", ["operator", "ended"], unique=False)
    op.create_index("sessions_by_age", "operator_session", ["begun"], unique=False)
    op.create_table(
        "sign_in_try",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("tries_of_subject", "sign_in_try", ["subject", "at"], unique=False)
    op.create_index("tries_by_age", "sign_in_try", ["at"], unique=False)
    _create_reset()
    _create_proposal()
    create_guards(_GUARDS)


def _create_reset() -> None:
    op.create_table(
        "operator_reset",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=5), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_person", sa.String(length=64), nullable=False),
        sa.Column("approved", sa.BigInteger(), nullable=True),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_person", sa.String(length=64), nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("outcome IN ('done', 'declined', 'needless', 'expired')", name="known_reset_outcome"),
        sa.CheckConstraint("asked_person <> person", name="reset_asked_by_another"),
        sa.CheckConstraint("approved_person <> person AND approved_person <> asked_person", name="reset_approved_by_a_third"),
        sa.CheckConstraint(
            "(approved IS NULL) = (approved_by IS NULL) AND (approved IS NULL) = (approved_person IS NULL) AND (approved IS NULL) = (due IS NULL)",
            name="reset_approved_whole",
        ),
        sa.CheckConstraint("(outcome IS NULL) = (closed IS NULL) AND (outcome IS NULL) = (closed_by IS NULL)", name="reset_closed_whole"),
        sa.CheckConstraint("due >= approved + 86400", name="reset_waits_a_day"),
        sa.CheckConstraint("outcome <> 'done' OR (due IS NOT NULL AND closed >= due)", name="reset_done_when_due"),
        sa.ForeignKeyConstraint(["operator"], ["operator_secret.operator"]),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("resets_of_operator", "operator_reset", ["operator", "closed"], unique=False)


def _create_proposal() -> None:
    op.create_table(
        "proposal",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("command", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=5), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("articles", sa.String(length=200), nullable=False),
        sa.Column("witness", sa.String(length=64), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("proposed", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_person", sa.String(length=64), nullable=False),
        sa.Column("proposed_role", sa.String(length=24), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_person", sa.String(length=64), nullable=True),
        sa.CheckConstraint("outcome IN ('approved', 'declined', 'expired')", name="known_proposal_outcome"),
        sa.CheckConstraint("outcome <> 'approved' OR decided_person <> proposed_person", name="approved_by_another_person"),
        sa.CheckConstraint("outcome <> 'approved' OR witness IS NULL OR decided_person = witness", name="approved_by_the_witness"),
        sa.CheckConstraint("outcome <> 'approved' OR decided < expires", name="approved_in_time"),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided IS NULL) AND (outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_person IS NULL)",
            name="proposal_decided_whole",
        ),
        sa.CheckConstraint("(outcome IS NULL) = (sealed IS NOT NULL)", name="request_kept_until_decided"),
        sa.CheckConstraint("(card IS NULL) = (revision IS NULL)", name="card_with_revision"),
        sa.ForeignKeyConstraint(["card"], ["card.ref"]),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("proposals_open", "proposal", ["region", "outcome", "proposed"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    for table in ("proposal", "operator_reset", "sign_in_try", "operator_session", "operator_secret"):
        op.drop_table(table)
