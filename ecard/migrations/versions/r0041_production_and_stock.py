"""Production orders, what came back of them, and the register of where every piece of plastic went."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0041"
down_revision: str | None = "r0040"

_GUARDS = {
    "production_order_never_changes": "UPDATE ON production_order",
    "production_order_is_kept": "DELETE ON production_order",
    "stock_item_goes_its_way": "UPDATE ON stock_item WHEN OLD.state IN ('damaged', 'destroyed') OR NEW.state = 'ordered' OR NEW.card <> OLD.card"
    " OR NEW.carrier <> OLD.carrier OR OLD.state = 'ordered' AND NEW.state NOT IN ('made', 'damaged')"
    " OR OLD.state <> 'ordered' AND NEW.state IN ('made', 'damaged')",
    "stock_item_is_kept": "DELETE ON stock_item",
    "stock_entry_never_changes": "UPDATE ON stock_entry",
    "stock_entry_is_kept": "DELETE ON stock_entry",
    "production_return_never_changes": "UPDATE ON production_return",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "production_order",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        sa.Column("point", sa.String(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("placed", sa.BigInteger(), nullable=False),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("placed_person", sa.String(length=64), nullable=False),
        sa.CheckConstraint("count > 0", name="order_has_lines"),
        sa.ForeignKeyConstraint(["point"], ["service_point.ref"]),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_table(
        "stock_item",
        sa.Column("order_ref", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("keep_until", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("line >= 1", name="lines_count_from_one"),
        sa.CheckConstraint("state IN ('ordered', 'made', 'damaged', 'handed', 'uncollected', 'destroyed')", name="known_state_of_stock"),
        sa.CheckConstraint("(state IN ('made', 'uncollected')) = (keep_until IS NOT NULL)", name="stock_is_kept_until"),
        sa.ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="stock_is_a_cards_chip"),
        sa.ForeignKeyConstraint(["order_ref"], ["production_order.ref"]),
        sa.PrimaryKeyConstraint("order_ref", "line"),
        sa.UniqueConstraint("carrier"),
    )
    op.create_index("stock_by_deadline", "stock_item", ["state", "keep_until"], unique=False)
    op.create_index("stock_of_card", "stock_item", ["card"], unique=False)
    op.create_table(
        "stock_entry",
        sa.Column("order_ref", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("handed_to", sa.String(length=24), nullable=True),
        sa.Column("point", sa.String(length=32), nullable=True),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("witness", sa.String(length=64), nullable=True),
        sa.CheckConstraint("seq >= 1", name="entries_count_from_one"),
        sa.CheckConstraint("(state = 'handed') = (handed_to IS NOT NULL)", name="handed_to_somebody"),
        sa.CheckConstraint("state <> 'handed' OR point IS NOT NULL", name="handed_at_a_point"),
        sa.CheckConstraint("state <> 'destroyed' OR (witness IS NOT NULL AND witness <> person)", name="destroyed_before_a_witness"),
        sa.ForeignKeyConstraint(["order_ref", "line"], ["stock_item.order_ref", "stock_item.line"], name="entry_of_stock"),
        sa.ForeignKeyConstraint(["point"], ["service_point.ref"]),
        sa.PrimaryKeyConstraint("order_ref", "line", "seq"),
    )
    op.create_table(
        "production_return",
        sa.Column("order_ref", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.CheckConstraint("made >= 0 AND damaged >= 0", name="returns_count_from_zero"),
        sa.ForeignKeyConstraint(["order_ref"], ["production_order.ref"]),
        sa.PrimaryKeyConstraint("order_ref", "digest"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    op.drop_table("production_return")
    op.drop_table("stock_entry")
    op.drop_table("stock_item")
    op.drop_table("production_order")
