"""Indexes by which a card's nonces and a chip's incidents are found."""

from alembic import op

revision = "r0061"
down_revision: str | None = "r0080"


def upgrade() -> None:
    """Create the indexes."""
    op.create_index("nonces_of_card", "nonce", ["card", "purpose"], unique=False)
    op.create_index("incidents_of_chip", "chip_incident", ["carrier"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("incidents_of_chip", "chip_incident")
    op.drop_index("nonces_of_card", "nonce")
