"""Terminals, what they report, what people must look at, and which status versions they have confirmed."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0080"
down_revision: str | None = "r0060"

_GUARDS = {
    "terminal_keeps_its_key": "UPDATE ON terminal WHEN NEW.ref <> OLD.ref OR NEW.key <> OLD.key OR NEW.region <> OLD.region OR OLD.ended IS NOT NULL",
    "terminal_is_kept": "DELETE ON terminal",
    "journal_never_goes_back": "UPDATE ON terminal_journal WHEN NEW.seq < OLD.seq OR NEW.dropped < OLD.dropped",
    "journal_event_never_changes": "UPDATE ON journal_event",
    "finding_is_decided_once": "UPDATE ON journal_finding WHEN OLD.decided IS NOT NULL",
    "finding_is_kept": "DELETE ON journal_finding",
    "ack_never_goes_back": "UPDATE ON terminal_ack WHEN NEW.epoch < OLD.epoch OR (NEW.epoch = OLD.epoch AND NEW.seq < OLD.seq)",
    "edition_never_changes": "UPDATE ON status_edition",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "status_edition",
        sa.Column("region", sa.String(length=5), nullable=False),
        sa.Column("space", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("iat", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "space", "epoch", "seq"),
    )
    op.create_index("editions_by_time", "status_edition", ["region", "space", "iat"], unique=False)
    op.create_table(
        "terminal",
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=5), nullable=False),
        sa.Column("venue", sa.String(length=64), nullable=False),
        sa.Column("scenes", sa.String(length=512), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("latitude", sa.Integer(), nullable=True),
        sa.Column("longitude", sa.Integer(), nullable=True),
        sa.Column("registered", sa.BigInteger(), nullable=False),
        sa.Column("registered_by", sa.String(length=64), nullable=False),
        sa.Column("registered_person", sa.String(length=64), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(ended IS NULL) = (ended_by IS NULL)", name="ended_with_ended_by"),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="latitude_with_longitude"),
        sa.CheckConstraint("latitude BETWEEN -90000000 AND 90000000 AND longitude BETWEEN -180000000 AND 180000000", name="place_on_earth"),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("thumbprint"),
    )
    op.create_index("terminals_of_region", "terminal", ["region"], unique=False)
    op.create_table(
        "terminal_ack",
        sa.Column("terminal", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=5), nullable=False),
        sa.Column("space", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["terminal"],
            ["terminal.ref"],
        ),
        sa.PrimaryKeyConstraint("terminal", "region", "space"),
    )
    op.create_table(
        "terminal_journal",
        sa.Column("terminal", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.LargeBinary(length=32), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("seq >= 0 AND dropped >= 0", name="journal_counts_from_zero"),
        sa.ForeignKeyConstraint(
            ["terminal"],
            ["terminal.ref"],
        ),
        sa.PrimaryKeyConstraint("terminal"),
    )
    op.create_table(
        "journal_finding",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("terminal", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("other_terminal", sa.String(length=64), nullable=True),
        sa.Column("other_seq", sa.BigInteger(), nullable=True),
        sa.Column("card", sa.String(length=32), nullable=True),
        sa.Column("measured", sa.BigInteger(), nullable=True),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=24), nullable=True),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_person", sa.String(length=64), nullable=True),
        sa.CheckConstraint("decision IN ('explained', 'case-opened', 'terminal-checked')", name="known_decision"),
        sa.CheckConstraint(
            "kind IN ('fabricated', 'double-use', 'impossible-journey', 'against-newer-list', 'outside-window', 'forked', 'not-written', 'clock-ahead', 'other-scene')",
            name="known_kind",
        ),
        sa.CheckConstraint("(decision IS NULL) = (decided IS NULL)", name="decision_with_decided"),
        sa.CheckConstraint("(decision IS NULL) = (decided_by IS NULL)", name="decision_with_decided_by"),
        sa.CheckConstraint("(decision IS NULL) = (decided_person IS NULL)", name="decision_with_decided_person"),
        sa.CheckConstraint("(other_terminal IS NULL) = (other_seq IS NULL)", name="other_terminal_with_other_seq"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.ForeignKeyConstraint(
            ["other_terminal"],
            ["terminal.ref"],
        ),
        sa.ForeignKeyConstraint(
            ["terminal"],
            ["terminal.ref"],
        ),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("kind", "terminal", "seq", "other_terminal", "other_seq", name="found_once"),
    )
    op.create_index("findings_open", "journal_finding", ["decided", "found"], unique=False)
    op.create_table(
        "journal_event",
        sa.Column("terminal", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("scene", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("released", sa.BigInteger(), nullable=True),
        sa.Column("credential", sa.String(length=32), nullable=True),
        sa.Column("card", sa.String(length=32), nullable=True),
        sa.Column("made", sa.BigInteger(), nullable=True),
        sa.Column("as_of", sa.BigInteger(), nullable=True),
        sa.Column("head", sa.BigInteger(), nullable=True),
        sa.Column("proof", sa.LargeBinary(length=32), nullable=True),
        sa.CheckConstraint("(credential IS NULL) = (card IS NULL)", name="credential_with_card"),
        sa.CheckConstraint("(number IS NULL) <> (released IS NULL)", name="verdict_or_release"),
        sa.CheckConstraint("seq >= 1", name="journal_counts_from_one"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.ForeignKeyConstraint(
            ["credential"],
            ["credential.ref"],
        ),
        sa.ForeignKeyConstraint(
            ["terminal"],
            ["terminal.ref"],
        ),
        sa.PrimaryKeyConstraint("terminal", "seq"),
    )
    op.create_index("events_by_age", "journal_event", ["received"], unique=False)
    op.create_index("events_of_card", "journal_event", ["card", "at"], unique=False)
    op.create_index("events_of_credential", "journal_event", ["credential", "made"], unique=False)
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    for table in ("journal_event", "journal_finding", "terminal_journal", "terminal_ack", "terminal", "status_edition"):
        op.drop_table(table)
