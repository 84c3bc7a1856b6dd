"""Every step of an item's way onto the list of items; the list of any day follows from them."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0054"
down_revision: str | None = "r0053"

_GUARDS = {"item_step_never_changes": "UPDATE ON item_step", "item_step_is_kept": "DELETE ON item_step"}


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "item_step",
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("body", sa.String(length=64), nullable=False),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("seq >= 1", name="item_steps_count_from_one"),
        sa.CheckConstraint("(seq = 1) = (content IS NOT NULL)", name="drafted_with_its_content"),
        sa.PrimaryKeyConstraint("item", "seq"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the table."""
    drop_guards(_GUARDS)
    op.drop_table("item_step")
