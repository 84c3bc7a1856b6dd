"""Events say what was shown, and cover what is enclosed in a card's file; those that were written before stay as they are, and valid."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0051"
down_revision: str | None = "r0050"

_GUARDS = {
    "card_event_says_all": "INSERT ON card_event WHEN (NEW.form IS NULL) <> (NEW.evidence IS NULL) OR NEW.form <> 2",
}
_INDEXES = {
    "cancellations_of_card": ("cancellation", ["card"]),
    "destructions_of_card": ("destruction", ["card"]),
    "entitlements_of_carrier": ("entitlement", ["carrier"]),
}


def upgrade() -> None:
    """Add the columns, and the ways to what is enclosed."""
    op.add_column("card_event", sa.Column("form", sa.Integer(), nullable=True))
    op.add_column("card_event", sa.Column("evidence", sa.Text(), nullable=True))
    for name, (table, columns) in _INDEXES.items():
        op.create_index(name, table, columns, unique=False)
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop them."""
    drop_guards(_GUARDS)
    for name, (table, _) in _INDEXES.items():
        op.drop_index(name, table_name=table)
    op.drop_column("card_event", "evidence")
    op.drop_column("card_event", "form")
