"""Names and numbers, sealed; lookup by keyed index."""

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision: str | None = "r0005"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "vault_key",
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wrapper", sa.String(length=32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"],
            ["holder.ref"],
        ),
        sa.PrimaryKeyConstraint("holder"),
    )
    op.create_table(
        "vault_field",
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=24), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"],
            ["vault_key.holder"],
        ),
        sa.PrimaryKeyConstraint("holder", "field"),
    )
    op.create_table(
        "vault_index",
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("value", sa.LargeBinary(length=32), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"],
            ["holder.ref"],
        ),
        sa.PrimaryKeyConstraint("purpose", "value"),
    )
    op.create_index("index_entries_of_holder", "vault_index", ["holder"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("vault_index")
    op.drop_table("vault_field")
    op.drop_table("vault_key")
