"""The tables. What the lifecycle refuses, the database refuses a second time: CHECKs here, one-way states and append-only chains as triggers in migrations.

Every row names its region where it has one, so that one store may serve both. Times are whole seconds since 1970 UTC. Column types are those that
SQLite and PostgreSQL both have.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    func,
)
from sqlalchemy import UniqueConstraint as Unique

METADATA = MetaData()

_REF = String(32)
_REGION = String(6)
_WORD = String(24)


def _one_of(column: str, *words: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=f"known_{column}")


def _both(first: str, second: str) -> CheckConstraint:
    return CheckConstraint(f"({first} IS NULL) = ({second} IS NULL)", name=f"{first}_with_{second}")


def _ended_for_a_reason() -> CheckConstraint:
    return CheckConstraint("(state = 'ended') = (end_reason IS NOT NULL)", name="ended_for_a_reason")


holder = Table(
    "holder",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("region", _REGION, nullable=False),
    Column("created", BigInteger, nullable=False),
)

card = Table(
    "card",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("number", String(9), nullable=False, unique=True),
    Column("holder", _REF, ForeignKey("holder.ref"), nullable=False),
    Column("region", _REGION, nullable=False),
    Column("state", _WORD, nullable=False),
    Column("end_reason", _WORD),
    Column("issued", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("chip_seq", Integer, nullable=False),
    Column("replaces", _REF, ForeignKey("card.ref")),
    _one_of("state", "pending", "active", "ended"),
    _ended_for_a_reason(),
    CheckConstraint("issued < expires", name="expires_after_issue"),
    CheckConstraint("revision >= 1 AND chip_seq >= 0 AND chip_seq < revision", name="numbers_move_together"),
    Index("one_active_card", "holder", unique=True, sqlite_where=Column("state") == "active", postgresql_where=Column("state") == "active"),
    Index("one_pending_card", "holder", unique=True, sqlite_where=Column("state") == "pending", postgresql_where=Column("state") == "pending"),
    Index("one_replacement", "replaces", unique=True),
    Index("cards_of_holder", "holder"),
)
_ended_card = card.c.state == "ended"
Index("ended_cards", card.c.holder, sqlite_where=_ended_card, postgresql_where=_ended_card)

carrier = Table(
    "carrier",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("card", _REF, ForeignKey("card.ref"), nullable=False),
    Column("kind", _WORD, nullable=False),
    Column("state", _WORD, nullable=False),
    Column("end_reason", _WORD),
    Column("key_x", LargeBinary(32)),
    Column("key_y_is_odd", Boolean),
    Column("thumbprint", LargeBinary(32)),
    Column("card_code", LargeBinary(16), unique=True),
    Column("counter", BigInteger, nullable=False),
    Column("provisional_until", BigInteger),
    Column("created", BigInteger, nullable=False),
    _one_of("kind", "chip", "phone"),
    _one_of("state", "pending", "active", "ended"),
    _ended_for_a_reason(),
    _both("key_x", "thumbprint"),
    _both("key_x", "key_y_is_odd"),
    CheckConstraint("state <> 'active' OR key_x IS NOT NULL", name="active_has_a_key"),
    CheckConstraint("(kind = 'chip') = (card_code IS NOT NULL)", name="code_is_the_chips"),
    CheckConstraint("kind = 'phone' OR provisional_until IS NULL", name="only_phones_are_provisional"),
    CheckConstraint("kind = 'chip' OR (state <> 'pending' AND counter = 0)", name="phones_are_bound_at_once"),
    Unique("ref", "card", name="carrier_of_card"),
)
_active_chip = (carrier.c.kind == "chip") & (carrier.c.state == "active")
_pending_chip = (carrier.c.kind == "chip") & (carrier.c.state == "pending")
_any_chip = carrier.c.kind == "chip"
_bound_phone = (carrier.c.kind == "phone") & (carrier.c.state != "ended")
Index("one_active_chip", carrier.c.card, unique=True, sqlite_where=_active_chip, postgresql_where=_active_chip)
Index("one_pending_chip", carrier.c.card, unique=True, sqlite_where=_pending_chip, postgresql_where=_pending_chip)
Index("one_chip_per_key", carrier.c.thumbprint, unique=True, sqlite_where=_any_chip, postgresql_where=_any_chip)
Index("one_binding_per_phone", carrier.c.card, carrier.c.thumbprint, unique=True, sqlite_where=_bound_phone, postgresql_where=_bound_phone)
Index("carriers_of_key", carrier.c.thumbprint)
Index("carriers_of_card", carrier.c.card)
Index("pending_chips", carrier.c.created, carrier.c.ref, sqlite_where=_pending_chip, postgresql_where=_pending_chip)
_ended_chip = _any_chip & (carrier.c.state == "ended")
Index("ended_chips", carrier.c.card, sqlite_where=_ended_chip, postgresql_where=_ended_chip)

hold = Table(
    "hold",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("card", _REF, ForeignKey("card.ref"), nullable=False),
    Column("carrier", _REF),
    Column("kind", _WORD, nullable=False),
    Column("origin", _REF, ForeignKey("card.ref"), nullable=False),
    Column("ground", _WORD),
    Column("placed", BigInteger, nullable=False),
    Column("placed_by", String(64), nullable=False),
    Column("placed_person", String(64), nullable=False),
    Column("until", BigInteger),
    Column("due", BigInteger),
    Column("lifted", BigInteger),
    Column("lifted_by", String(64)),
    Column("lifted_person", String(64)),
    ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="hold_on_carrier_of_card"),
    _one_of("kind", "pre-loss", "loss", "freeze", "self-lock", "drift"),
    _both("lifted", "lifted_by"),
    _both("lifted", "lifted_person"),
    CheckConstraint("kind <> 'freeze' OR (ground IS NOT NULL AND until IS NOT NULL AND carrier IS NULL)", name="freeze_has_terms"),
    CheckConstraint("kind <> 'freeze' OR lifted_person IS NULL OR lifted_person <> placed_person", name="freeze_lifted_by_another"),
    CheckConstraint("until IS NULL OR until > placed", name="ends_after_it_begins"),
    CheckConstraint("lifted IS NULL OR lifted >= placed", name="lifted_after_it_begins"),
)
_standing = hold.c.lifted.is_(None) & (hold.c.kind != "freeze")
Index(
    "one_standing_hold",
    hold.c.card,
    func.coalesce(hold.c.carrier, ""),
    hold.c.kind,
    hold.c.origin,
    unique=True,
    sqlite_where=_standing,
    postgresql_where=_standing,
)
Index("holds_of_card", hold.c.card)

reader = Table(
    "reader",
    METADATA,
    Column("ref", String(64), primary_key=True),
    Column("region", _REGION, nullable=False),
    Column("registered", BigInteger, nullable=False),
    Column("registered_by", String(64), nullable=False),
    Column("ended", BigInteger),
)

nonce = Table(
    "nonce",
    METADATA,
    Column("value", LargeBinary(32), primary_key=True),
    Column("card", _REF, ForeignKey("card.ref"), nullable=False),
    Column("purpose", _WORD, nullable=False),
    Column("issued", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),
    _one_of("purpose", "personalise", "bind", "renew", "act", "tap", "unbind"),
    Index("nonces_by_expiry", "expires"),
    Index("nonces_of_card", "card", "purpose"),
)

shard = Table(
    "shard",
    METADATA,
    Column("uri", String(8), primary_key=True),
    Column("region", _REGION, nullable=False),
    Column("number", Integer, nullable=False),
    Column("profile", Integer, nullable=False),
    Column("day", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("open", Boolean, nullable=False),
    CheckConstraint("size > 0 AND size % 4 = 0 AND size <= 1048576", name="whole_bytes"),
    CheckConstraint("profile BETWEEN 1 AND 4", name="known_profile"),
    Unique("region", "number", name="one_shard_per_number"),
    Index("shards_of_day", "region", "profile", "day"),
)

credential = Table(
    "credential",
    METADATA,
    Column("ref", _REF, primary_key=True),
    Column("card", _REF, nullable=False),
    Column("carrier", _REF, nullable=False),
    Column("region", _REGION, nullable=False),
    Column("sub", String(8), nullable=False),
    Column("profile", Integer, nullable=False),
    Column("uri", String(8), ForeignKey("shard.uri"), nullable=False),
    Column("idx", Integer, nullable=False),
    Column("cnf", LargeBinary(32), nullable=False),
    Column("kid", LargeBinary(8), nullable=False),
    Column("iat", BigInteger, nullable=False),
    Column("exp", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", _WORD, nullable=False),
    Column("written", BigInteger, nullable=False),
    Column("ready", BigInteger),
    Column("digest", LargeBinary(32)),
    ForeignKeyConstraint(["carrier", "card"], ["carrier.ref", "carrier.card"], name="credential_of_carrier_of_card"),
    _one_of("state", "intent", "ready"),
    CheckConstraint("(state = 'ready') = (ready IS NOT NULL)", name="ready_at_a_time"),
    _both("ready", "digest"),
    CheckConstraint("iat < exp AND iat <= written AND written < exp", name="lives_now"),
    CheckConstraint("idx >= 0", name="counts_from_zero"),
    Unique("uri", "idx", name="one_credential_per_index"),
    Unique("region", "sub", name="one_credential_per_sub"),
    Index("credentials_of_card", "card"),
    Index("credentials_of_carrier", "carrier", "profile", "exp"),
)
_phones_own = credential.c.profile != 3
Index("one_credential_per_holder_key", credential.c.cnf, unique=True, sqlite_where=_phones_own, postgresql_where=_phones_own)
Index("credentials_by_life", credential.c.uri, credential.c.exp)


def _chain(name: str, subject: str, *columns: Column[Any]) -> Table:
    """A hash-chained, append-only table: one chain per subject, counted from 1 without a gap."""
    return Table(
        name,
        METADATA,
        Column(subject, _REF, ForeignKey(f"{subject}.ref"), primary_key=True),
        Column("seq", Integer, primary_key=True, autoincrement=False),
        Column("at", BigInteger, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("person", String(64), nullable=False),
        Column("role", _WORD, nullable=False),
        Column("purpose", String(64), nullable=False),
        *columns,
        Column("previous", LargeBinary(32), nullable=False),
        Column("hash", LargeBinary(32), nullable=False, unique=True),
        CheckConstraint("seq >= 1", name=f"{name}_counts_from_one"),
    )


card_event = _chain(
    "card_event",
    "card",
    Column("command", _WORD, nullable=False),
    Column("articles", String(200), nullable=False),
    Column("before", LargeBinary(32), nullable=False),
    Column("after", LargeBinary(32), nullable=False),
    Column("form", Integer),
    Column("evidence", Text),
)

Index("events_of_time", card_event.c.at)

vault_access = _chain("vault_access", "holder", Column("fields", String(200), nullable=False))

vault_key = Table(
    "vault_key",
    METADATA,
    Column("holder", _REF, ForeignKey("holder.ref"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("wrapper", String(32), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)

vault_field = Table(
    "vault_field",
    METADATA,
    Column("holder", _REF, ForeignKey("vault_key.holder"), primary_key=True),
    Column("field", _WORD, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

vault_index = Table(
    "vault_index",
    METADATA,
    Column("purpose", _WORD, primary_key=True),
    Column("value", LargeBinary(32), primary_key=True),
    Column("holder", _REF, ForeignKey("holder.ref"), nullable=False),
    Index("index_entries_of_holder", "holder"),
)
