"""Credentials, written before they are signed, and the status lists they stand in."""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision: str | None = "r0002"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "shard",
        sa.Column("uri", sa.String(length=8), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.CheckConstraint("profile BETWEEN 1 AND 4", name="known_profile"),
        sa.CheckConstraint("size > 0 AND size % 4 = 0 AND size <= 1048576", name="whole_bytes"),
        sa.PrimaryKeyConstraint("uri"),
        sa.UniqueConstraint("region", "number", name="one_shard_per_number"),
    )
    op.create_index("shards_of_day", "shard", ["region", "profile", "day"], unique=False)
    op.create_table(
        "credential",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("sub", sa.String(length=8), nullable=False),
        sa.Column("profile", sa.Integer(), nullable=False),
        sa.Column("uri", sa.String(length=8), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("cnf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kid", sa.LargeBinary(length=8), nullable=False),
        sa.Column("iat", sa.BigInteger(), nullable=False),
        sa.Column("exp", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("ready", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.CheckConstraint("(state = 'ready') = (ready IS NOT NULL)", name="ready_at_a_time"),
        sa.CheckConstraint("state IN ('intent', 'ready')", name="known_state"),
        sa.CheckConstraint("(ready IS NULL) = (digest IS NULL)", name="ready_with_digest"),
        sa.CheckConstraint("iat < exp AND iat <= written AND written < exp", name="lives_now"),
        sa.CheckConstraint("idx >= 0", name="counts_from_zero"),
        sa.ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="credential_of_carrier_of_card"),
        sa.ForeignKeyConstraint(
            ["uri"],
            ["shard.uri"],
        ),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("region", "sub", name="one_credential_per_sub"),
        sa.UniqueConstraint("uri", "idx", name="one_credential_per_index"),
    )
    op.create_index("credentials_by_life", "credential", ["uri", "exp"], unique=False)
    op.create_index("credentials_of_carrier", "credential", ["carrier", "profile", "exp"], unique=False)
    op.create_index(
        "one_credential_per_holder_key",
        "credential",
        ["cnf"],
        unique=True,
        sqlite_where=sa.text("profile != 3"),
        postgresql_where=sa.text("profile != 3"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("credential")
    op.drop_table("shard")
