"""Carriers of a card, and holds on card or carrier."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision: str | None = "r0001"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "carrier",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("end_reason", sa.String(length=24), nullable=True),
        sa.Column("key_x", sa.LargeBinary(length=32), nullable=True),
        sa.Column("key_y_is_odd", sa.Boolean(), nullable=True),
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=True),
        sa.Column("card_code", sa.LargeBinary(length=16), nullable=True),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("provisional_until", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(kind = 'chip') = (card_code IS NOT NULL)", name="code_is_the_chips"),
        sa.CheckConstraint("(state = 'ended') = (end_reason IS NOT NULL)", name="ended_for_a_reason"),
        sa.CheckConstraint("kind = 'chip' OR (state <> 'pending' AND counter = 0)", name="phones_are_bound_at_once"),
        sa.CheckConstraint("kind = 'phone' OR provisional_until IS NULL", name="only_phones_are_provisional"),
        sa.CheckConstraint("kind IN ('chip', 'phone')", name="known_kind"),
        sa.CheckConstraint("state <> 'active' OR key_x IS NOT NULL", name="active_has_a_key"),
        sa.CheckConstraint("state IN ('pending', 'active', 'ended')", name="known_state"),
        sa.CheckConstraint("(key_x IS NULL) = (key_y_is_odd IS NULL)", name="key_x_with_key_y_is_odd"),
        sa.CheckConstraint("(key_x IS NULL) = (thumbprint IS NULL)", name="key_x_with_thumbprint"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("card_code"),
        sa.UniqueConstraint("ref", "card", name="carrier_of_card"),
    )
    op.create_index("carriers_of_key", "carrier", ["thumbprint"], unique=False)
    op.create_index(
        "one_active_chip",
        "carrier",
        ["card"],
        unique=True,
        sqlite_where=sa.text("kind = 'chip' AND state = 'active'"),
        postgresql_where=sa.text("kind = 'chip' AND state = 'active'"),
    )
    op.create_index(
        "one_binding_per_phone",
        "carrier",
        ["card", "thumbprint"],
        unique=True,
        sqlite_where=sa.text("kind = 'phone' AND state != 'ended'"),
        postgresql_where=sa.text("kind = 'phone' AND state != 'ended'"),
    )
    op.create_index(
        "one_chip_per_key", "carrier", ["thumbprint"], unique=True, sqlite_where=sa.text("kind = 'chip'"), postgresql_where=sa.text("kind = 'chip'")
    )
    op.create_index(
        "one_pending_chip",
        "carrier",
        ["card"],
        unique=True,
        sqlite_where=sa.text("kind = 'chip' AND state = 'pending'"),
        postgresql_where=sa.text("kind = 'chip' AND state = 'pending'"),
    )
    op.create_table(
        "hold",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("carrier", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("ground", sa.String(length=24), nullable=True),
        sa.Column("placed", sa.BigInteger(), nullable=False),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("placed_person", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("lifted", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.Column("lifted_person", sa.String(length=64), nullable=True),
        sa.CheckConstraint("kind <> 'freeze' OR (ground IS NOT NULL AND until IS NOT NULL AND carrier IS NULL)", name="freeze_has_terms"),
        sa.CheckConstraint("kind <> 'freeze' OR lifted_person IS NULL OR lifted_person <> placed_person", name="freeze_lifted_by_another"),
        sa.CheckConstraint("kind IN ('pre-loss', 'loss', 'freeze', 'self-lock', 'drift')", name="known_kind"),
        sa.CheckConstraint("(lifted IS NULL) = (lifted_by IS NULL)", name="lifted_with_lifted_by"),
        sa.CheckConstraint("(lifted IS NULL) = (lifted_person IS NULL)", name="lifted_with_lifted_person"),
        sa.CheckConstraint("lifted IS NULL OR lifted >= placed", name="lifted_after_it_begins"),
        sa.CheckConstraint("until IS NULL OR until > placed", name="ends_after_it_begins"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="hold_on_carrier_of_card"),
        sa.ForeignKeyConstraint(
            ["origin"],
            ["card.ref"],
        ),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("holds_of_card", "hold", ["card"], unique=False)
    op.create_index(
        "one_standing_hold",
        "hold",
        ["card", sa.text("coalesce(carrier, '')"), "kind", "origin"],
        unique=True,
        sqlite_where=sa.text("lifted IS NULL AND kind <> 'freeze'"),
        postgresql_where=sa.text("lifted IS NULL AND kind <> 'freeze'"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("hold")
    op.drop_table("carrier")
