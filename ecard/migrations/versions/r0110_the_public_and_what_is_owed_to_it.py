"""Tickets of the public, papers of staff, venues with what stands there, and grants of data with their uses."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0110"
down_revision: str | None = "r0100"

_GUARDS = {
    "ticket_stays_itself": (
        "UPDATE ON ticket WHEN NEW.number <> OLD.number OR NEW.region <> OLD.region OR NEW.category <> OLD.category OR NEW.channel <> OLD.channel"
        " OR NEW.word <> OLD.word OR NEW.opened <> OLD.opened OR NEW.due <> OLD.due"
    ),
    "ticket_text_never_changes": "UPDATE ON ticket WHEN NEW.said IS NOT NULL AND NEW.said <> OLD.said",
    "ticket_is_answered_once": (
        "UPDATE ON ticket WHEN OLD.answered IS NOT NULL AND (NEW.answered IS DISTINCT FROM OLD.answered OR NEW.outcome IS DISTINCT FROM OLD.outcome"
        " OR NEW.answered_person IS DISTINCT FROM OLD.answered_person OR (NEW.answer IS NOT NULL AND NEW.answer <> OLD.answer))"
    ),
    "ticket_is_kept": "DELETE ON ticket",
    "staff_paper_only_ends": (
        "UPDATE ON staff_paper WHEN OLD.ended IS NOT NULL OR NEW.operator <> OLD.operator OR NEW.person <> OLD.person OR NEW.kind <> OLD.kind"
        " OR NEW.signed <> OLD.signed OR NEW.until IS DISTINCT FROM OLD.until OR NEW.document <> OLD.document"
    ),
    "staff_paper_is_kept": "DELETE ON staff_paper",
    "venue_stays_itself": "UPDATE ON venue WHEN NEW.ref <> OLD.ref OR NEW.region <> OLD.region OR OLD.ended IS NOT NULL",
    "venue_is_kept": "DELETE ON venue",
    "grant_stays_itself": (
        "UPDATE ON sharing_grant WHEN NEW.recipient <> OLD.recipient OR NEW.item <> OLD.item OR NEW.purpose <> OLD.purpose OR NEW.basis <> OLD.basis"
        " OR NEW.fields <> OLD.fields OR NEW.until <> OLD.until OR NEW.agreement <> OLD.agreement OR NEW.asked_person <> OLD.asked_person"
    ),
    "grant_is_approved_once": (
        "UPDATE ON sharing_grant WHEN OLD.approved IS NOT NULL AND (NEW.approved IS DISTINCT FROM OLD.approved OR NEW.key IS DISTINCT FROM OLD.key)"
    ),
    "grant_never_comes_back": ("UPDATE ON sharing_grant WHEN OLD.ended IS NOT NULL AND NEW.ended IS DISTINCT FROM OLD.ended"),
    "grant_is_kept": "DELETE ON sharing_grant",
    "use_never_changes": "UPDATE ON sharing_use",
    "use_is_kept": "DELETE ON sharing_use",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "ticket",
        sa.Column("number", sa.String(length=10), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("word", sa.LargeBinary(length=32), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_person", sa.String(length=64), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("answered_person", sa.String(length=64), nullable=True),
        sa.Column("forgotten", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("category IN ('refused', 'kept', 'forged', 'leaked', 'delayed', 'overlap', 'abuse', 'comment')", name="known_category"),
        sa.CheckConstraint("channel IN ('venue', 'platform', '12345', '12333')", name="known_channel"),
        sa.CheckConstraint("outcome IN ('upheld', 'partly', 'unfounded', 'answered', 'handed-over')", name="known_outcome"),
        sa.CheckConstraint("(answer IS NOT NULL) = (answered IS NOT NULL AND forgotten IS NULL)", name="closed_with_an_answer"),
        sa.CheckConstraint("(answered IS NULL) = (answered_by IS NULL)", name="answered_with_answered_by"),
        sa.CheckConstraint("(answered IS NULL) = (answered_person IS NULL)", name="answered_with_answered_person"),
        sa.CheckConstraint("(answered IS NULL) = (outcome IS NULL)", name="answered_with_outcome"),
        sa.CheckConstraint("(said IS NULL) = (forgotten IS NOT NULL)", name="kept_until_forgotten"),
        sa.CheckConstraint("due > opened", name="due_after_it_was_opened"),
        sa.CheckConstraint("forgotten IS NULL OR answered IS NOT NULL", name="forgotten_when_answered"),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("tickets_of_category", "ticket", ["category", "opened"], unique=False)
    op.create_index("tickets_open", "ticket", ["answered", "due"], unique=False)
    op.create_table(
        "venue",
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("scanners", sa.Integer(), nullable=False),
        sa.Column("access", sa.String(length=256), nullable=False),
        sa.Column("looked", sa.BigInteger(), nullable=False),
        sa.Column("looked_by", sa.String(length=64), nullable=False),
        sa.Column("looked_person", sa.String(length=64), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(ended IS NULL) = (ended_by IS NULL)", name="ended_with_ended_by"),
        sa.CheckConstraint("readers >= 0 AND scanners >= 0", name="counted_equipment"),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("venues_of_region", "venue", ["region", "ended"], unique=False)
    op.create_table(
        "staff_paper",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("venue", sa.String(length=64), nullable=True),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column("signed", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("noted", sa.BigInteger(), nullable=False),
        sa.Column("noted_by", sa.String(length=64), nullable=False),
        sa.Column("noted_person", sa.String(length=64), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(kind = 'training') = (until IS NOT NULL)", name="training_runs_out"),
        sa.CheckConstraint("kind IN ('undertaking', 'training')", name="known_kind"),
        sa.CheckConstraint("(ended IS NULL) = (ended_by IS NULL)", name="ended_with_ended_by"),
        sa.CheckConstraint("noted_person <> person", name="noted_by_another_person"),
        sa.CheckConstraint("signed <= noted AND (until IS NULL OR until > signed)", name="signed_before_noted"),
        sa.ForeignKeyConstraint(
            ["venue"],
            ["venue.ref"],
        ),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("papers_of_operator", "staff_paper", ["operator", "kind"], unique=False)
    op.create_index("papers_of_venue", "staff_paper", ["venue", "kind"], unique=False)
    op.create_table(
        "venue_terminal",
        sa.Column("terminal", sa.String(length=64), nullable=False),
        sa.Column("venue", sa.String(length=64), nullable=False),
        sa.Column("items", sa.String(length=512), nullable=False),
        sa.Column("noted", sa.BigInteger(), nullable=False),
        sa.Column("noted_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["terminal"],
            ["terminal.ref"],
        ),
        sa.ForeignKeyConstraint(
            ["venue"],
            ["venue.ref"],
        ),
        sa.PrimaryKeyConstraint("terminal"),
    )
    op.create_index("terminals_of_venue", "venue_terminal", ["venue"], unique=False)
    op.create_table(
        "sharing_grant",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("basis", sa.String(length=100), nullable=False),
        sa.Column("fields", sa.String(length=64), nullable=False),
        sa.Column("agreement", sa.String(length=100), nullable=False),
        sa.Column("agreed", sa.BigInteger(), nullable=False),
        sa.Column("onward", sa.Integer(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_person", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("approval", sa.String(length=100), nullable=True),
        sa.Column("approved", sa.BigInteger(), nullable=True),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_person", sa.String(length=64), nullable=True),
        sa.Column("key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("deleted", sa.BigInteger(), nullable=True),
        sa.Column("deletion", sa.String(length=100), nullable=True),
        sa.Column("deletion_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("deleted_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("purpose IN ('statutory-duty', 'one-card-work')", name="known_purpose"),
        sa.CheckConstraint("(approved IS NULL) = (approval IS NULL)", name="approved_with_approval"),
        sa.CheckConstraint("(approved IS NULL) = (approved_by IS NULL)", name="approved_with_approved_by"),
        sa.CheckConstraint("(approved IS NULL) = (approved_person IS NULL)", name="approved_with_approved_person"),
        sa.CheckConstraint("(approved IS NULL) = (key IS NULL)", name="approved_with_key"),
        sa.CheckConstraint("(deleted IS NULL) = (deleted_by IS NULL)", name="deleted_with_deleted_by"),
        sa.CheckConstraint("(deleted IS NULL) = (deletion IS NULL)", name="deleted_with_deletion"),
        sa.CheckConstraint("(deleted IS NULL) = (deletion_digest IS NULL)", name="deleted_with_deletion_digest"),
        sa.CheckConstraint("(ended IS NULL) = (ended_by IS NULL)", name="ended_with_ended_by"),
        sa.CheckConstraint("approved_person <> asked_person", name="granted_by_two"),
        sa.CheckConstraint("onward = 0", name="to_no_third_party"),
        sa.CheckConstraint("until > asked AND agreed <= asked", name="granted_for_a_time"),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("grants_of_recipient", "sharing_grant", ["recipient"], unique=False)
    op.create_table(
        "sharing_use",
        sa.Column("sharing_grant", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.CheckConstraint("seq >= 1 AND events >= 0", name="uses_count_from_one"),
        sa.ForeignKeyConstraint(
            ["sharing_grant"],
            ["sharing_grant.ref"],
        ),
        sa.PrimaryKeyConstraint("sharing_grant", "seq"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    for table in ("sharing_use", "sharing_grant", "venue_terminal", "staff_paper", "venue", "ticket"):
        op.drop_table(table)
