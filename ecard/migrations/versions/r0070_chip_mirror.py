"""What chips are to be, what they have proved, and where they were found apart; with a first target for every chip that is in use already."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0070"
down_revision: str | None = "r0054"

_GUARDS = {
    "chip_target_never_changes": "UPDATE ON chip_target",
    "chip_target_is_kept": "DELETE ON chip_target",
    "chip_note_never_falls": "UPDATE ON chip_note WHEN NEW.seq < OLD.seq OR NEW.counter < OLD.counter OR NEW.seen < OLD.seen"
    " OR NEW.carrier <> OLD.carrier OR NEW.seq = OLD.seq AND OLD.state = 3 AND NEW.state <> 3",
    "chip_note_is_kept": "DELETE ON chip_note",
    "chip_evidence_never_changes": "UPDATE ON chip_evidence",
    "chip_evidence_is_kept": "DELETE ON chip_evidence",
    "chip_incident_settled_once": "UPDATE ON chip_incident WHEN OLD.settled IS NOT NULL OR NEW.carrier <> OLD.carrier OR NEW.kind <> OLD.kind"
    " OR NEW.at <> OLD.at OR NEW.seq <> OLD.seq OR NEW.state <> OLD.state OR NEW.evidence <> OLD.evidence",
    "chip_incident_is_kept": "DELETE ON chip_incident",
}
_FIRST_TARGETS = """
INSERT INTO chip_target (carrier, seq, card, state, reason, revision, at)
SELECT c.ref, CASE WHEN k.chip_seq > 0 THEN k.chip_seq ELSE 1 END, c.card,
  CASE WHEN k.state = 'ended' OR c.state = 'ended' THEN 3
    WHEN EXISTS (SELECT 1 FROM hold h WHERE h.card = c.card AND h.lifted IS NULL AND h.kind = 'freeze' AND (h.until IS NULL OR h.until > e.at)) THEN 2
    WHEN EXISTS (SELECT 1 FROM hold h WHERE h.card = c.card AND h.lifted IS NULL AND h.kind <> 'freeze' AND (h.carrier IS NULL OR h.carrier = c.ref)) THEN 1
    ELSE 0 END,
  'changed', k.revision, e.at
FROM carrier c JOIN card k ON k.ref = c.card JOIN card_event e ON e.card = k.ref AND e.seq = k.revision
WHERE c.kind = 'chip' AND c.key_x IS NOT NULL AND c.state <> 'pending'
"""


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "chip_target",
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("reason IN ('changed', 'found-apart')", name="known_reason"),
        sa.CheckConstraint("state BETWEEN 0 AND 3", name="known_state_of_chip"),
        sa.CheckConstraint("seq BETWEEN 1 AND 4294967295", name="targets_count_from_one"),
        sa.ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="target_of_chip_of_card"),
        sa.PrimaryKeyConstraint("carrier", "seq"),
    )
    op.create_index("targets_of_card", "chip_target", ["card"], unique=False)
    op.create_table(
        "chip_note",
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("pin_blocked", sa.Boolean(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("state BETWEEN 0 AND 3", name="known_state_of_chip"),
        sa.CheckConstraint("seq >= 0 AND counter >= 0", name="notes_count_from_zero"),
        sa.ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="note_of_chip_of_card"),
        sa.PrimaryKeyConstraint("carrier"),
    )
    op.create_table(
        "chip_evidence",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=True),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('status', 'bind', 'presence', 'unbind', 'receipt', 'condition')", name="known_kind"),
        sa.CheckConstraint("state BETWEEN 0 AND 3", name="known_state_of_chip"),
        sa.CheckConstraint("(kind IN ('receipt', 'condition')) = (counter IS NULL)", name="signatures_are_counted"),
        sa.ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="evidence_of_chip_of_card"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("evidence_by_counter", "chip_evidence", ["carrier", "counter"], unique=False)
    op.create_table(
        "chip_incident",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=True),
        sa.Column("record_seq", sa.BigInteger(), nullable=False),
        sa.Column("record_state", sa.Integer(), nullable=False),
        sa.Column("for_clerk", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(length=32), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.Column("settled_person", sa.String(length=64), nullable=True),
        sa.CheckConstraint("kind IN ('record-behind', 'apart', 'counter-twice', 'counter-back', 'chip-cancelled')", name="known_kind"),
        sa.CheckConstraint("state BETWEEN 0 AND 3", name="known_state_of_chip"),
        sa.CheckConstraint("record_state BETWEEN 0 AND 3", name="known_record_state_of_chip"),
        sa.CheckConstraint("(settled IS NULL) = (settled_by IS NULL)", name="settled_with_settled_by"),
        sa.CheckConstraint("(settled IS NULL) = (settled_person IS NULL)", name="settled_with_settled_person"),
        sa.ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="incident_of_chip_of_card"),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("incidents_of_card", "chip_incident", ["card"], unique=False)
    op.execute(_FIRST_TARGETS)
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    for table in ("chip_incident", "chip_evidence", "chip_note", "chip_target"):
        op.drop_table(table)
