"""Service points, and applications that wait for a second person, one by one or in batches."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0040"
down_revision: str | None = "r0036"

_GUARDS = {
    "service_point_stays_itself": "UPDATE ON service_point WHEN OLD.ended IS NOT NULL OR NEW.region <> OLD.region OR NEW.ref <> OLD.ref",
    "service_point_is_kept": "DELETE ON service_point",
    "batch_never_changes": "UPDATE ON batch",
    "application_decided_once": "UPDATE ON application WHEN OLD.state <> 'checked' OR NEW.holder <> OLD.holder"
    " OR NEW.taken_person <> OLD.taken_person",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "service_point",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("registered", sa.BigInteger(), nullable=False),
        sa.Column("registered_by", sa.String(length=64), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(ended IS NULL) = (ended_by IS NULL)", name="point_ended_by_somebody"),
        sa.CheckConstraint("kind IN ('centre', 'township', 'village', 'bank', 'joint')", name="known_kind_of_point"),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_table(
        "batch",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("point", sa.String(length=32), nullable=False),
        sa.Column("employer", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=False),
        sa.Column("taken_person", sa.String(length=64), nullable=False),
        sa.CheckConstraint("size > 0", name="batch_has_rows"),
        sa.ForeignKeyConstraint(["point"], ["service_point.ref"]),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "application",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("point", sa.String(length=32), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("holder", sa.String(length=32), nullable=True),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=True),
        sa.Column("field", sa.String(length=24), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=False),
        sa.Column("taken_person", sa.String(length=64), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_person", sa.String(length=64), nullable=True),
        sa.Column("card", sa.String(length=32), nullable=True),
        sa.CheckConstraint("state IN ('checked', 'approved', 'refused')", name="known_state_of_application"),
        sa.CheckConstraint("(batch IS NULL) = (line IS NULL)", name="line_of_a_batch"),
        sa.CheckConstraint("(state = 'checked') = (decided IS NULL)", name="decided_at_a_time"),
        sa.CheckConstraint(
            "(decided IS NULL) = (decided_by IS NULL) AND (decided IS NULL) = (decided_person IS NULL)", name="decided_by_somebody"
        ),
        sa.CheckConstraint("(state = 'approved') = (card IS NOT NULL)", name="approved_with_a_card"),
        sa.CheckConstraint("(state = 'refused') = (code IS NOT NULL)", name="refused_for_a_reason"),
        sa.CheckConstraint("state = 'refused' OR holder IS NOT NULL", name="application_of_somebody"),
        sa.CheckConstraint("state <> 'approved' OR decided_person <> taken_person", name="approved_by_another"),
        sa.ForeignKeyConstraint(["batch"], ["batch.ref"]),
        sa.ForeignKeyConstraint(["card"], ["card.ref"]),
        sa.ForeignKeyConstraint(["holder"], ["holder.ref"]),
        sa.ForeignKeyConstraint(["point"], ["service_point.ref"]),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("batch", "line", name="one_application_per_row"),
        sa.UniqueConstraint("card"),
    )
    op.create_index(
        "one_open_application",
        "application",
        ["holder"],
        unique=True,
        sqlite_where=sa.text("state = 'checked'"),
        postgresql_where=sa.text("state = 'checked'"),
    )
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the tables."""
    drop_guards(_GUARDS)
    op.drop_table("application")
    op.drop_table("batch")
    op.drop_table("service_point")
