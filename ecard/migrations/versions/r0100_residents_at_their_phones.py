"""Activation codes, enrolments, proofs that were seen, spoken codes and disclosures."""

revision = "r0100"
down_revision: str | None = "r0090"


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Take them away."""
