"""An application says why the person may have the card, so that a card opened from a batch says it, too."""

import sqlalchemy as sa
from alembic import op

revision = "r0053"
down_revision: str | None = "r0052"


def upgrade() -> None:
    """Add the column."""
    op.add_column("application", sa.Column("category", sa.String(length=24), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("application", "category")
