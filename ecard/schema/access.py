"""Tables of operators, their sessions and what two of them must agree on."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from ecard.schema.papers import papers
from ecard.schema.record import METADATA

operator_secret = Table(
    "operator_secret",
    METADATA,
    Column("operator", String(64), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("region", String(5), nullable=False),
    Column("password", String(256), nullable=False),
    Column("totp", LargeBinary, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("recovery", LargeBinary, nullable=False),
    Column("enrolled", BigInteger, nullable=False),
    Column("enrolled_by", String(64), nullable=False),
    Column("enrolled_person", String(64), nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("first_used", BigInteger),
)

operator_session = Table(
    "operator_session",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("secret", LargeBinary(32), nullable=False, unique=True),
    Column("operator", String(64), ForeignKey("operator_secret.operator"), nullable=False),
    Column("person", String(64), nullable=False),
    Column("standing", LargeBinary(32), nullable=False),
    Column("device", String(32)),
    Column("begun", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("stepped", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Index("sessions_of_operator", "operator", "ended"),
    Index("sessions_by_age", "begun"),
)

sign_in_try = Table(
    "sign_in_try",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("subject", LargeBinary(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("tries_of_subject", "subject", "at"),
    Index("tries_by_age", "at"),
)

operator_reset = Table(
    "operator_reset",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("operator", String(64), ForeignKey("operator_secret.operator"), nullable=False),
    Column("person", String(64), nullable=False),
    Column("region", String(5), nullable=False),
    Column("evidence", papers(200), nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_person", String(64), nullable=False),
    Column("approved", BigInteger),
    Column("approved_by", String(64)),
    Column("approved_person", String(64)),
    Column("due", BigInteger),
    Column("outcome", String(24)),
    Column("closed", BigInteger),
    Column("closed_by", String(64)),
    CheckConstraint("outcome IN ('done', 'declined', 'needless', 'expired')", name="known_reset_outcome"),
    CheckConstraint("asked_person <> person", name="reset_asked_by_another"),
    CheckConstraint("approved_person <> person AND approved_person <> asked_person", name="reset_approved_by_a_third"),
    CheckConstraint(
        "(approved IS NULL) = (approved_by IS NULL) AND (approved IS NULL) = (approved_person IS NULL) AND (approved IS NULL) = (due IS NULL)",
        name="reset_approved_whole",
    ),
    CheckConstraint("(outcome IS NULL) = (closed IS NULL) AND (outcome IS NULL) = (closed_by IS NULL)", name="reset_closed_whole"),
    CheckConstraint("due >= approved + 86400", name="reset_waits_a_day"),
    CheckConstraint("outcome <> 'done' OR (due IS NOT NULL AND closed >= due)", name="reset_done_when_due"),
    Index("resets_of_operator", "operator", "closed"),
)

proposal = Table(
    "proposal",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("command", String(40), nullable=False),
    Column("region", String(5), nullable=False),
    Column("card", String(32), ForeignKey("card.ref")),
    Column("revision", Integer),
    Column("articles", String(200), nullable=False),
    Column("witness", String(64)),
    Column("sealed", LargeBinary),
    Column("digest", LargeBinary(32), nullable=False),
    Column("proposed", BigInteger, nullable=False),
    Column("proposed_by", String(64), nullable=False),
    Column("proposed_person", String(64), nullable=False),
    Column("proposed_role", String(24), nullable=False),
    Column("device", String(32)),
    Column("expires", BigInteger, nullable=False),
    Column("outcome", String(24)),
    Column("decided", BigInteger),
    Column("decided_by", String(64)),
    Column("decided_person", String(64)),
    CheckConstraint("outcome IN ('approved', 'declined', 'expired')", name="known_proposal_outcome"),
    CheckConstraint("outcome <> 'approved' OR decided_person <> proposed_person", name="approved_by_another_person"),
    CheckConstraint("outcome <> 'approved' OR witness IS NULL OR decided_person = witness", name="approved_by_the_witness"),
    CheckConstraint("outcome <> 'approved' OR decided < expires", name="approved_in_time"),
    CheckConstraint(
        "(outcome IS NULL) = (decided IS NULL) AND (outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_person IS NULL)",
        name="proposal_decided_whole",
    ),
    CheckConstraint("(outcome IS NULL) = (sealed IS NOT NULL)", name="request_kept_until_decided"),
    CheckConstraint("(card IS NULL) = (revision IS NULL)", name="card_with_revision"),
    Index("proposals_open", "region", "outcome", "proposed"),
)
