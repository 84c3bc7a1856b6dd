"""Tables of a card that is remade or ended, and of what hangs on it for a time."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Table

from ecard.schema.papers import papers
from ecard.schema.record import _REF, _REGION, _WORD, METADATA, _both, _one_of, card

_BY = String(64)
_WORDS = String(200)

_living = card.c.state == "active"
Index("active_cards_by_expiry", card.c.expires, card.c.ref, sqlite_where=_living, postgresql_where=_living)

exchange = Table(
    "exchange",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("card", _REF, ForeignKey("card.ref"), nullable=False),
    Column("ground", _WORD, nullable=False),
    Column("old_chip", _REF, nullable=False),
    Column("new_chip", _REF, nullable=False, unique=True),
    Column("expires", BigInteger, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("opened_by", _BY, nullable=False),
    Column("closed", BigInteger),
    Column("outcome", _WORD),
    ForeignKeyConstraint(["old_chip", "card"], ["carrier.ref", "carrier.card"], name="old_chip_of_card"),
    ForeignKeyConstraint(["new_chip", "card"], ["carrier.ref", "carrier.card"], name="new_chip_of_card"),
    _one_of("ground", "damage", "data-change", "new-generation", "renewal"),
    _one_of("outcome", "handed-over", "overtaken"),
    _both("closed", "outcome"),
    CheckConstraint("old_chip <> new_chip AND expires > opened", name="something_new"),
)
_open = exchange.c.closed.is_(None)
Index("one_open_exchange", exchange.c.card, unique=True, sqlite_where=_open, postgresql_where=_open)
Index("exchanges_of_card", exchange.c.card)

charge = Table(
    "charge",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("card", _REF, ForeignKey("card.ref"), nullable=False),
    Column("act", _WORD, nullable=False),
    Column("fen", Integer, nullable=False),
    Column("basis", _WORDS, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("charged_by", _BY, nullable=False),
    _one_of("act", "first-issue", "exchange", "replacement"),
    CheckConstraint("fen >= 0 AND (act <> 'first-issue' OR fen = 0)", name="first_issue_is_free"),
    CheckConstraint("fen = 0 OR basis <> ''", name="no_fee_without_a_basis"),
    Index("charges_of_card", "card"),
)

cancellation = Table(
    "cancellation",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("card", _REF, ForeignKey("card.ref"), nullable=False),
    Column("ground", _WORD, nullable=False),
    Column("applicant", _WORD, nullable=False),
    Column("evidence", papers(200), nullable=False),
    Column("requested", BigInteger, nullable=False),
    Column("requested_by", _BY, nullable=False),
    Column("requested_person", _BY, nullable=False),
    Column("settled", _WORDS, nullable=False),
    Column("decided", BigInteger),
    Column("decided_by", _BY),
    Column("decided_person", _BY),
    Column("decision", _WORD),
    _one_of("decision", "accepted", "rejected"),
    _both("decided", "decision"),
    _one_of("ground", "death", "declared-dead", "settled-abroad", "entitlement-ended", "moved-away"),
    _one_of("applicant", "holder", "relative"),
    _both("decided", "decided_by"),
    _both("decided", "decided_person"),
    CheckConstraint("ground NOT IN ('death', 'declared-dead') OR applicant = 'relative'", name="the_dead_do_not_apply"),
    CheckConstraint("decided_person IS NULL OR decided_person <> requested_person", name="cancelled_by_another"),
    Index("cancellations_of_card", "card"),
)
_unanswered = cancellation.c.decided.is_(None)
Index("one_open_cancellation", cancellation.c.card, unique=True, sqlite_where=_unanswered, postgresql_where=_unanswered)
Index("cancellations_open", cancellation.c.requested, sqlite_where=_unanswered, postgresql_where=_unanswered)

destruction = Table(
    "destruction",
    METADATA,
    Column("carrier", _REF, primary_key=True),
    Column("card", _REF, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("destroyed_by", _BY, nullable=False),
    Column("destroyed_person", _BY, nullable=False),
    Column("method", _WORD, nullable=False),
    Column("witness", _BY, nullable=False),
    ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="destroyed_chip_of_card"),
    _one_of("method", "chip-punched", "shredded", "incinerated"),
    CheckConstraint("witness <> '' AND witness <> destroyed_person", name="witnessed_by_another"),
    Index("destructions_of_card", "card"),
)

correction = Table(
    "correction",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("card", _REF, ForeignKey("card.ref"), nullable=False),
    Column("holder", _REF, ForeignKey("holder.ref"), nullable=False),
    Column("old", LargeBinary, nullable=False),
    Column("new", LargeBinary, nullable=False),
    Column("evidence", papers(200), nullable=False),
    Column("proposed", BigInteger, nullable=False),
    Column("proposed_by", _BY, nullable=False),
    Column("proposed_person", _BY, nullable=False),
    Column("decided", BigInteger),
    Column("decided_by", _BY),
    Column("decided_person", _BY),
    Column("decision", _WORD),
    _one_of("decision", "accepted", "rejected"),
    _both("decided", "decided_by"),
    _both("decided", "decided_person"),
    _both("decided", "decision"),
    CheckConstraint("evidence <> ''", name="corrected_on_evidence"),
    CheckConstraint("decided_person IS NULL OR decided_person <> proposed_person", name="corrected_by_another"),
)
_undecided = correction.c.decided.is_(None)
Index("one_open_correction", correction.c.holder, unique=True, sqlite_where=_undecided, postgresql_where=_undecided)
Index("corrections_of_card", correction.c.card)

withdrawn = Table(
    "withdrawn",
    METADATA,
    Column("credential", _REF, ForeignKey("credential.ref"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("reason", _WORD, nullable=False),
    _one_of("reason", "data-change", "fare-change"),
)

temporary = Table(
    "temporary",
    METADATA,
    Column("carrier", _REF, primary_key=True),
    Column("card", _REF, nullable=False),
    Column("granted", BigInteger, nullable=False),
    Column("granted_by", _BY, nullable=False),
    Column("until", BigInteger, nullable=False),
    ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="temporary_phone_of_card"),
    CheckConstraint("until > granted AND until - granted <= 15897600", name="half_a_year_at_most"),
    Index("temporaries_of_card", "card"),
    Index("temporaries_by_end", "until"),
)

financial_account = Table(
    "financial_account",
    METADATA,
    Column("card", _REF, ForeignKey("card.ref"), primary_key=True),
    Column("bank", String(64), nullable=False),
    Column("activated", BigInteger, nullable=False),
    Column("activated_by", _BY, nullable=False),
    Column("ended", BigInteger),
    Column("ended_by", _BY),
    _both("ended", "ended_by"),
    CheckConstraint("ended IS NULL OR ended >= activated", name="ended_after_activated"),
)

entitlement = Table(
    "entitlement",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("holder", _REF, ForeignKey("holder.ref"), nullable=False),
    Column("region", _REGION, nullable=False),
    Column("fare", Integer, nullable=False),
    Column("evidence", _WORDS, nullable=False),
    Column("carrier", _REF, ForeignKey("carrier.ref"), nullable=False),
    Column("granted", BigInteger, nullable=False),
    Column("granted_by", _BY, nullable=False),
    Column("review", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("ended_by", _BY),
    _both("ended", "ended_by"),
    CheckConstraint("fare BETWEEN 0 AND 7", name="known_fare"),
    CheckConstraint("evidence <> ''", name="entitled_on_evidence"),
    CheckConstraint("granted < review AND review <= expires", name="reviewed_before_it_ends"),
    Index("entitlements_of_carrier", "carrier"),
    Index("entitlements_of_holder", "holder"),
)
_standing_fare = entitlement.c.ended.is_(None)
Index("entitlements_by_review", entitlement.c.review, sqlite_where=_standing_fare, postgresql_where=_standing_fare)
Index("one_fare_per_person", entitlement.c.holder, unique=True, sqlite_where=_standing_fare, postgresql_where=_standing_fare)

legacy_card = Table(
    "legacy_card",
    METADATA,
    Column("scheme", String(32), primary_key=True),
    Column("number", String(32), primary_key=True),
    Column("card", _REF, ForeignKey("card.ref"), nullable=False),
    Column("registered", BigInteger, nullable=False),
    Column("registered_by", _BY, nullable=False),
    Column("retires", BigInteger, nullable=False),
    CheckConstraint("retires >= registered", name="retires_later"),
    Index("legacy_of_card", "card"),
)

eligibility = Table(
    "eligibility",
    METADATA,
    Column("card", _REF, ForeignKey("card.ref"), primary_key=True),
    Column("category", _WORD, nullable=False),
    Column("evidence", _WORDS, nullable=False),
    Column("at", BigInteger, nullable=False),
    _one_of("category", "registered-resident", "insured", "rural-medical", "entitled-to-services"),
    CheckConstraint("evidence <> ''", name="eligible_on_evidence"),
)
