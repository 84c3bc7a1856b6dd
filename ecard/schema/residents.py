"""Tables of residents at their phones: activation codes, enrolments, proofs that were seen, spoken codes, challenges, disclosures."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, LargeBinary, String, Table, UniqueConstraint

from ecard.schema.papers import papers
from ecard.schema.record import METADATA, _both, _one_of

proof_seen = Table(
    "proof_seen",
    METADATA,
    Column("thumbprint", LargeBinary(32), primary_key=True),
    Column("jti", String(22), primary_key=True),
    Column("until", BigInteger, nullable=False),
    Index("proofs_by_age", "until"),
)

attempt = Table(
    "attempt",
    METADATA,
    Column("mark", LargeBinary(16), primary_key=True),
    Column("scope", String(24), nullable=False),
    Column("subject", LargeBinary(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("attempts_of_subject", "scope", "subject", "at"),
    Index("attempts_by_age", "at"),
)

activation = Table(
    "activation",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("card", String(32), ForeignKey("card.ref"), nullable=False),
    Column("grade", String(24), nullable=False),
    Column("evidence", papers(256), nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_person", String(64), nullable=False),
    Column("approved", BigInteger),
    Column("approved_by", String(64)),
    Column("approved_person", String(64)),
    Column("approved_role", String(24)),
    Column("region", String(6), nullable=False),
    Column("locator", String(4)),
    Column("code", LargeBinary(32)),
    Column("expires", BigInteger),
    Column("device", String(32)),
    _one_of("grade", "chip", "provisional"),
    _both("approved", "approved_by"),
    _both("approved", "approved_person"),
    _both("approved", "approved_role"),
    _both("approved", "locator"),
    _both("approved", "code"),
    _both("approved", "expires"),
    CheckConstraint("grade = 'chip' OR approved_person <> asked_person", name="provisional_by_two"),
    Index("activations_by_locator", "locator", "expires"),
    Index("activations_of_card", "card"),
)
_waiting = activation.c.approved.is_(None)
Index("activations_waiting", activation.c.region, activation.c.asked, sqlite_where=_waiting, postgresql_where=_waiting)

enrolment = Table(
    "enrolment",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("activation", String(32), ForeignKey("activation.ref"), nullable=False, unique=True),
    Column("card", String(32), ForeignKey("card.ref"), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("thumbprint", LargeBinary(32), nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index("enrolments_of_card", "card", "begun"),
    Index("enrolments_of_key", "thumbprint"),
)

endorsing = Table(
    "endorsing",
    METADATA,
    Column("enrolment", String(32), ForeignKey("enrolment.ref"), primary_key=True),
    Column("nonce", LargeBinary(32), nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("wanted_by", String(24), nullable=False),
    Column("proof", LargeBinary),
    _one_of("wanted_by", "phone", "desk"),
)

spoken_code = Table(
    "spoken_code",
    METADATA,
    Column("locator", String(9), primary_key=True),
    Column("card", String(32), ForeignKey("card.ref"), nullable=False),
    Column("phone", String(32), ForeignKey("carrier.ref"), nullable=False),
    Column("venue", String(8), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),
    Index("spoken_codes_of_card", "card", "made"),
    Index("spoken_codes_by_age", "expires"),
)

challenge = Table(
    "challenge",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("terminal", String(64), ForeignKey("terminal.ref"), nullable=False),
    Column("item", String(64), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index("challenges_by_age", "expires"),
)

disclosure = Table(
    "disclosure",
    METADATA,
    Column("ref", String(32), primary_key=True),
    Column("terminal", String(64), ForeignKey("terminal.ref"), nullable=False),
    Column("visit", String(64), nullable=False),
    Column("region", String(6), nullable=False),
    Column("venue", String(64), nullable=False),
    Column("item", String(64), nullable=False),
    Column("fields", String(64), nullable=False),
    Column("card", String(32), ForeignKey("card.ref"), nullable=False),
    Column("credential", String(32), ForeignKey("credential.ref"), nullable=False),
    Column("code", LargeBinary(32), nullable=False, unique=True),
    Column("consent", LargeBinary(32)),
    Column("scanned", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("terminal", "visit", name="one_disclosure_a_visit"),
    Index("disclosures_of_card", "card", "at"),
    Index("disclosures_of_item", "item", "region", "card"),
)

region_peer = Table(
    "region_peer",
    METADATA,
    Column("ref", String(64), primary_key=True),
    Column("region", String(6), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("thumbprint", LargeBinary(32), nullable=False, unique=True),
    Column("home", String(6), nullable=False),
    Column("pinned", BigInteger, nullable=False),
    Column("pinned_by", String(64), nullable=False),
    Column("pinned_person", String(64), nullable=False),
    Column("ended", BigInteger),
    Column("ended_by", String(64)),
    _both("ended", "ended_by"),
    CheckConstraint("home <> region", name="peer_of_another_region"),
)
