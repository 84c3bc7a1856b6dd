"""Losses reported by phone: when the written report is due, and which reminders have gone out."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0020"
down_revision: str | None = "r0010"

_GUARDS = {
    "pre_loss_has_a_due_date": "INSERT ON hold WHEN (NEW.kind = 'pre-loss') <> (NEW.due IS NOT NULL) OR NEW.due <= NEW.placed",
    "hold_due_stays": "UPDATE ON hold WHEN NEW.due IS DISTINCT FROM OLD.due",
    "pre_loss_reminder_never_changes": "UPDATE ON pre_loss_reminder",
}


def upgrade() -> None:
    """Add the column and create the table."""
    op.add_column("hold", sa.Column("due", sa.BigInteger(), nullable=True))
    op.create_table(
        "pre_loss_reminder",
        sa.Column("hold", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("day >= 1", name="reminders_count_from_one"),
        sa.ForeignKeyConstraint(["hold"], ["hold.ref"]),
        sa.PrimaryKeyConstraint("hold", "day"),
    )
    op.create_index(
        "open_pre_losses",
        "hold",
        ["placed"],
        unique=False,
        sqlite_where=sa.text("lifted IS NULL AND kind = 'pre-loss'"),
        postgresql_where=sa.text("lifted IS NULL AND kind = 'pre-loss'"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop them."""
    drop_guards(_GUARDS)
    op.drop_index("open_pre_losses", "hold")
    op.drop_table("pre_loss_reminder")
    op.drop_column("hold", "due")
