"""Operators' secrets and sessions, and what two of them must agree on."""

revision = "r0090"
down_revision: str | None = "r0061"


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Take them away."""
