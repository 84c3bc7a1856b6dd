"""An index by which the cards are found that were shown for an item: what a recipient of shared states asks each time."""

from alembic import op

revision = "r0140"
down_revision: str | None = "r0120"


def upgrade() -> None:
    """Create the index."""
    op.create_index("disclosures_of_item", "disclosure", ["item", "region", "card"], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_index("disclosures_of_item", "disclosure")
