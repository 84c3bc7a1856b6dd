"""Activation codes, enrolments, proofs that were seen, spoken codes, challenges and disclosures."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0100"
down_revision: str | None = "r0090"

_GUARDS = {
    "activation_never_changes_once_approved": "UPDATE ON activation WHEN OLD.approved IS NOT NULL",
    "activation_keeps_its_card": "UPDATE ON activation WHEN NEW.card <> OLD.card OR NEW.grade <> OLD.grade OR NEW.asked_person <> OLD.asked_person",
    "activation_is_kept": "DELETE ON activation",
    "enrolment_never_changes": "UPDATE ON enrolment",
    "enrolment_is_kept": "DELETE ON enrolment",
    "spoken_code_serves_once": "UPDATE ON spoken_code WHEN OLD.used IS NOT NULL",
    "disclosure_never_changes": "UPDATE ON disclosure",
    "disclosure_is_kept": "DELETE ON disclosure",
    "peer_keeps_its_key": "UPDATE ON region_peer WHEN NEW.ref <> OLD.ref OR NEW.key <> OLD.key OR NEW.region <> OLD.region OR OLD.ended IS NOT NULL",
    "peer_is_kept": "DELETE ON region_peer",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "proof_seen",
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("jti", sa.String(length=22), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("thumbprint", "jti"),
    )
    op.create_index("proofs_by_age", "proof_seen", ["until"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("mark", sa.LargeBinary(length=16), nullable=False),
        sa.Column("scope", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mark"),
    )
    op.create_index("attempts_by_age", "attempt", ["at"], unique=False)
    op.create_index("attempts_of_subject", "attempt", ["scope", "subject", "at"], unique=False)
    op.create_table(
        "activation",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("grade", sa.String(length=24), nullable=False),
        sa.Column("evidence", sa.String(length=256), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_person", sa.String(length=64), nullable=False),
        sa.Column("approved", sa.BigInteger(), nullable=True),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_person", sa.String(length=64), nullable=True),
        sa.Column("approved_role", sa.String(length=24), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("locator", sa.String(length=4), nullable=True),
        sa.Column("code", sa.LargeBinary(length=32), nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(approved IS NULL) = (approved_by IS NULL)", name="approved_with_approved_by"),
        sa.CheckConstraint("(approved IS NULL) = (approved_person IS NULL)", name="approved_with_approved_person"),
        sa.CheckConstraint("(approved IS NULL) = (approved_role IS NULL)", name="approved_with_approved_role"),
        sa.CheckConstraint("(approved IS NULL) = (code IS NULL)", name="approved_with_code"),
        sa.CheckConstraint("(approved IS NULL) = (expires IS NULL)", name="approved_with_expires"),
        sa.CheckConstraint("(approved IS NULL) = (locator IS NULL)", name="approved_with_locator"),
        sa.CheckConstraint("grade IN ('chip', 'provisional')", name="known_grade"),
        sa.CheckConstraint("grade = 'chip' OR approved_person <> asked_person", name="provisional_by_two"),
        sa.ForeignKeyConstraint(["card"], ["card.ref"]),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("activations_by_locator", "activation", ["locator", "expires"], unique=False)
    op.create_index("activations_of_card", "activation", ["card"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("activation", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("begun", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["activation"], ["activation.ref"]),
        sa.ForeignKeyConstraint(["card"], ["card.ref"]),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("activation"),
    )
    op.create_index("enrolments_of_card", "enrolment", ["card", "begun"], unique=False)
    op.create_index("enrolments_of_key", "enrolment", ["thumbprint"], unique=False)
    op.create_table(
        "endorsing",
        sa.Column("enrolment", sa.String(length=32), nullable=False),
        sa.Column("nonce", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("wanted_by", sa.String(length=24), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("wanted_by IN ('phone', 'desk')", name="known_wanted_by"),
        sa.ForeignKeyConstraint(["enrolment"], ["enrolment.ref"]),
        sa.PrimaryKeyConstraint("enrolment"),
    )
    op.create_table(
        "spoken_code",
        sa.Column("locator", sa.String(length=9), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("venue", sa.String(length=8), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["card"], ["card.ref"]),
        sa.ForeignKeyConstraint(["phone"], ["carrier.ref"]),
        sa.PrimaryKeyConstraint("locator"),
    )
    op.create_index("spoken_codes_by_age", "spoken_code", ["expires"], unique=False)
    op.create_index("spoken_codes_of_card", "spoken_code", ["card", "made"], unique=False)
    op.create_table(
        "challenge",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("terminal", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["terminal"], ["terminal.ref"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("challenges_by_age", "challenge", ["expires"], unique=False)
    op.create_table(
        "disclosure",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("terminal", sa.String(length=64), nullable=False),
        sa.Column("visit", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("venue", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.String(length=64), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("credential", sa.String(length=32), nullable=False),
        sa.Column("code", sa.LargeBinary(length=32), nullable=False),
        sa.Column("consent", sa.LargeBinary(length=32), nullable=True),
        sa.Column("scanned", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["terminal"], ["terminal.ref"]),
        sa.ForeignKeyConstraint(["card"], ["card.ref"]),
        sa.ForeignKeyConstraint(["credential"], ["credential.ref"]),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("terminal", "visit", name="one_disclosure_a_visit"),
    )
    op.create_index("disclosures_of_card", "disclosure", ["card", "at"], unique=False)
    op.create_table(
        "region_peer",
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("home", sa.String(length=6), nullable=False),
        sa.Column("pinned", sa.BigInteger(), nullable=False),
        sa.Column("pinned_by", sa.String(length=64), nullable=False),
        sa.Column("pinned_person", sa.String(length=64), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(ended IS NULL) = (ended_by IS NULL)", name="ended_with_ended_by"),
        sa.CheckConstraint("home <> region", name="peer_of_another_region"),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("thumbprint"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Take them away."""
    drop_guards(_GUARDS)
    for table in ("region_peer", "disclosure", "challenge", "spoken_code", "endorsing", "enrolment", "activation", "attempt", "proof_seen"):
        op.drop_table(table)
