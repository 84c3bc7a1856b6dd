"""The spoken fallback, when no camera works: a number that finds, and a number that proves, both read aloud (RFC 6238; threat A08).

    locator   9 digits, drawn at random, for one request
    secret    32 bytes, drawn for one request; sealed under the person's own key; the phone makes 8 digits of it with HMAC-SHA-256, a new number every 30 s
    venue     the number that stands at the counter: the pair serves there and nowhere else

Checked online only. One try tests one secret, the one that the locator finds; five wrong tries end it; the first right one uses it up. What was wrong is not
said.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyotp
import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, lifecycle, schema
from ecard.lifecycle import CarrierStatus
from ecard.model import Actor, CardRef, CardState, CarrierRef, Role
from ecard.residents import limits
from ecard.residents.limits import Limit

if TYPE_CHECKING:
    from ecard.model import Carrier, Dossier, Terminal
    from ecard.premises import Premises
    from ecard.rows import SqlRow
    from ecard.store import Work

PURPOSE = "spoken-code"
STEP, DIGITS, LIFE = 30, 8, 300
SECRET_BYTES = 32
PER_CARD = Limit("spoken-card", 5, 600)
PER_TERMINAL = Limit("spoken-terminal", 30, 300)
_TRIES = Limit("spoken-code", 5, LIFE + STEP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A pair as its phone is given it."""

    locator: str
    secret: bytes
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a terminal learns of a pair that was right."""

    region: str
    masked_name: str
    tail: str
    status: CarrierStatus
    expired: bool


def venue_number(terminal: Terminal) -> str:
    """The number of a terminal's venue: the same at all its counters, and no secret."""
    told = hashlib.sha256(f"ecard venue\n{terminal.region}\n{terminal.venue}".encode()).digest()
    return f"{int.from_bytes(told[:8]) % 10**DIGITS:0{DIGITS}}"


def begin(premises: Premises, work: Work, dossier: Dossier, phone: Carrier, venue: str, *, now: int) -> Spoken:
    """Draw a pair for this venue. Raises `StateError`: spoken-limit, card-held, phone-provisional."""
    try:
        limits.check(premises, work, PER_CARD, dossier.card.ref, now=now)
    except StateError as error:
        raise StateError(faults.SPOKEN_LIMIT, **error.facts) from None
    status = lifecycle.status_of(dossier, phone, now)
    if status is not CarrierStatus.VALID:
        raise StateError(faults.CARD_HELD, phone=status, article="ZS-17a")
    if phone.provisional_until is not None:
        raise StateError(faults.PHONE_PROVISIONAL, until=phone.provisional_until)
    limits.note(premises, work, PER_CARD, dossier.card.ref, now=now)
    table = schema.spoken_code
    work.connection.execute(sa.delete(table).where(table.c.expires <= now - STEP))
    secret = premises.entropy(SECRET_BYTES)
    locator = _draw(premises, work)
    sealed = premises.vault.seal(work, dossier.card.holder, base64.b32encode(secret).decode(), place=_place(locator))
    row = {"locator": locator, "card": dossier.card.ref, "phone": phone.ref, "venue": venue, "secret": sealed, "made": now, "expires": now + LIFE}
    work.connection.execute(sa.insert(table).values(row))
    return Spoken(locator=locator, secret=secret, expires=now + LIFE)


def hear(premises: Premises, work: Work, terminal: Terminal, locator: str, code: str, *, now: int) -> Heard | None:
    """Who spoke this pair at this terminal's venue; None for every pair that is not right, whatever is wrong with it. Raises `StateError` tried-too-often."""
    limits.check(premises, work, PER_TERMINAL, terminal.ref, now=now)
    table = schema.spoken_code
    row = work.connection.execute(sa.select(table).where(table.c.locator == locator)).one_or_none()
    if row is None or not _right(premises, work, row, terminal, code, now=now):
        limits.note(premises, work, PER_TERMINAL, terminal.ref, now=now)
        if row is not None:
            limits.note(premises, work, _TRIES, _try_of(row), now=now)
        return None
    work.connection.execute(sa.update(table).where(table.c.locator == locator).values(used=now))
    dossier = work.dossier(CardRef(row.card))
    carrier = dossier.carrier(CarrierRef(row.phone))
    actor = Actor(ref=terminal.ref, person=terminal.ref, role=Role.SERVICE, region=terminal.region)
    person = premises.vault.read(work, dossier.card.holder, purpose=PURPOSE, actor=actor, at=now)
    status = CarrierStatus.ENDED if carrier is None else lifecycle.status_of(dossier, carrier, now)
    expired = now >= dossier.card.expires or dossier.card.state is not CardState.ACTIVE
    return Heard(region=dossier.card.region, masked_name=person.name.masked, tail=person.identity.tail, status=status, expired=expired)


def number(secret: bytes, at: int) -> str:
    """The eight digits of a secret at a time, as the phone shows them."""
    return pyotp.TOTP(base64.b32encode(secret).decode(), digits=DIGITS, digest=hashlib.sha256, interval=STEP).at(datetime.fromtimestamp(at, UTC))


def _right(premises: Premises, work: Work, row: SqlRow, terminal: Terminal, code: str, *, now: int) -> bool:
    """Whether the number is this step's or, since it has to be typed, that of the step before."""
    try:
        limits.check(premises, work, _TRIES, _try_of(row), now=now)
    except StateError:
        return False
    if row.used is not None or now >= row.expires or row.venue != venue_number(terminal):
        return False
    holder = work.dossier(CardRef(row.card)).card.holder
    secret = base64.b32decode(premises.vault.unseal(work, holder, row.secret, place=_place(row.locator)))
    steps = [at for at in (now, now - STEP) if at >= row.made - STEP]
    return any(hmac.compare_digest(number(secret, at).encode(), code.encode()) for at in steps)


def _try_of(row: SqlRow) -> str:
    return f"{row.locator} {row.made}"


def _place(locator: str) -> str:
    return f"spoken_code|secret|{locator}"


def _draw(premises: Premises, work: Work) -> str:
    """A locator that finds nothing yet."""
    table = schema.spoken_code
    while True:
        locator = f"{int.from_bytes(premises.entropy(8)) % 10**9:09}"
        if work.connection.execute(sa.select(table.c.locator).where(table.c.locator == locator)).first() is None:
            return locator
