"""Chips that are remade, and what was charged."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0030"
down_revision: str | None = "r0024"

_GUARDS = {
    "exchange_closed_once": "UPDATE ON exchange WHEN OLD.closed IS NOT NULL OR NEW.card <> OLD.card OR NEW.ground <> OLD.ground OR NEW.old_chip <> OLD.old_chip OR NEW.new_chip <> OLD.new_chip OR NEW.opened <> OLD.opened OR NEW.expires <> OLD.expires",
    "exchange_is_kept": "DELETE ON exchange",
    "charge_never_changes": "UPDATE ON charge",
    "charge_is_kept": "DELETE ON charge",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_index(
        "active_cards_by_expiry",
        "card",
        ["expires"],
        unique=False,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "exchange",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("ground", sa.String(length=24), nullable=False),
        sa.Column("old_chip", sa.String(length=32), nullable=False),
        sa.Column("new_chip", sa.String(length=32), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.CheckConstraint("ground IN ('damage', 'data-change', 'new-generation', 'renewal')", name="known_ground"),
        sa.CheckConstraint("outcome IN ('handed-over', 'overtaken')", name="known_outcome"),
        sa.CheckConstraint("(closed IS NULL) = (outcome IS NULL)", name="closed_with_outcome"),
        sa.CheckConstraint("old_chip <> new_chip AND expires > opened", name="something_new"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.ForeignKeyConstraint(["new_chip", "card"], ["carrier.ref", "carrier.card"], name="new_chip_of_card"),
        sa.ForeignKeyConstraint(["old_chip", "card"], ["carrier.ref", "carrier.card"], name="old_chip_of_card"),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("new_chip"),
    )
    op.create_index("exchanges_of_card", "exchange", ["card"], unique=False)
    op.create_index(
        "one_open_exchange", "exchange", ["card"], unique=True, sqlite_where=sa.text("closed IS NULL"), postgresql_where=sa.text("closed IS NULL")
    )
    op.create_table(
        "charge",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("charged_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("act IN ('first-issue', 'exchange', 'replacement')", name="known_act"),
        sa.CheckConstraint("fen = 0 OR basis <> ''", name="no_fee_without_a_basis"),
        sa.CheckConstraint("fen >= 0 AND (act <> 'first-issue' OR fen = 0)", name="first_issue_is_free"),
        sa.ForeignKeyConstraint(
            ["card"],
            ["card.ref"],
        ),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("charges_of_card", "charge", ["card"], unique=False)
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    op.drop_table("charge")
    op.drop_table("exchange")
    op.drop_index("active_cards_by_expiry", "card")
