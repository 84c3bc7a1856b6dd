"""Groups of items that holders have locked for themselves; known online only."""

import sqlalchemy as sa
from alembic import op

revision = "r0024"
down_revision: str | None = "r0023"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "item_lock",
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("item_group", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("item_group BETWEEN 1 AND 13", name="known_group"),
        sa.ForeignKeyConstraint(["card"], ["card.ref"]),
        sa.PrimaryKeyConstraint("card", "item_group"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("item_lock")
