"""Looking at one entry again: does its proof verify, was its credential ours, did the terminal know better?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.chipproof import ChipPurpose, ChipReport
from codes.credential import Credential
from codes.errors import InputError
from codes.journal import ChipShown
from codes.presentation import Presentation
from ecard import lifecycle, rows, schema
from ecard.model import CardRef, Dossier, FindingKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codes.journal import Entry
    from ecard.model import Hold
    from ecard.premises import Premises
    from ecard.rows import SqlRow
    from ecard.store import Work

LONGEST_WINDOW = 300
"""Seconds between making and accepting a code beyond which no signed scene rule can have meant it: max_age, past and a terminal's clock in sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What an entry is about, once its proof has been checked again."""

    credential: str | None = None
    card: CardRef | None = None
    made: int | None = None
    """When the code was made, by the phone's word; None for a chip."""
    odd: Sequence[tuple[FindingKind, int | None]] = ()


def examine(premises: Premises, work: Work, entry: Entry) -> Examined:
    """Check an entry. Nothing in it is believed but what verifies: a terminal can lie about anything that it does not have to prove."""
    made_up: list[tuple[FindingKind, int | None]] = (
        [(FindingKind.FABRICATED, None)] if entry.number == 0 else []
    )  # a forgery that was refused is no lie
    if entry.shown is None:
        return Examined(odd=made_up)
    try:
        credential, made = _proved(entry.shown)
    except InputError:
        return Examined(odd=made_up)
    says = credential.says
    if says.iss not in premises.issuers:
        return Examined(made=made)  # the other region's record knows it
    row = _row(work, says.iss, says.sub)
    if row is None or row.digest is None or bytes(row.digest) != hashlib.sha256(credential.raw).digest():
        return Examined(made=made, odd=made_up)
    odd: list[tuple[FindingKind, int | None]] = []
    if entry.number == 0:
        apart = 0 if made is None else abs(entry.at - made)
        if apart > LONGEST_WINDOW or not says.iat <= entry.at < says.exp:
            odd.append((FindingKind.OUTSIDE_WINDOW, apart))
        known = [at for at in (entry.head, entry.as_of) if at is not None]  # one list may be older than the newest
        if known and (since := _stopped_since(work, row, at=min(known))) is not None:
            odd.append((FindingKind.AGAINST_NEWER_LIST, entry.at - since))
    return Examined(credential=row.ref, card=CardRef(row.card), made=made, odd=odd)


def _proved(shown: bytes | ChipShown) -> tuple[Credential, int | None]:
    """The credential whose holder really signed. Raises `InputError` when somebody made this up."""
    if isinstance(shown, ChipShown):
        credential = Credential.from_bytes(shown.credential)
        ChipReport.check(shown.answer, key=credential.says.holder.load(), purpose=ChipPurpose.PRESENCE, challenge=shown.challenge)
        return credential, None
    code = Presentation.from_bytes(shown)
    code.check(code.credential.says.holder.load())
    return code.credential, code.iat


def _row(work: Work, region: str, sub: str) -> SqlRow | None:
    table = schema.credential
    return work.connection.execute(sa.select(table).where((table.c.region == region) & (table.c.sub == sub))).one_or_none()


def _stopped_since(work: Work, credential: SqlRow, *, at: int) -> int | None:
    """Since when this credential's carrier had been stopped at `at`, if it was: by a hold of then, or by what is still so because nothing happened since."""
    dossier = _as_it_lies(work, credential.card)
    placed = [hold.placed for hold in dossier.holds if hold.carrier in {None, credential.carrier} and _held(hold, at)]
    if placed:
        return min(placed)
    table = schema.card_event
    newest = sa.select(table.c.at).where((table.c.card == dossier.card.ref) & (table.c.seq == dossier.card.revision))
    last: int = work.connection.execute(newest).scalar_one()
    carrier = next(carrier for carrier in dossier.carriers if carrier.ref == credential.carrier)
    is_stopped = lifecycle.status_of(dossier, carrier, at) is not lifecycle.CarrierStatus.VALID
    return last if last <= at and is_stopped else None


def _held(hold: Hold, at: int) -> bool:
    return hold.placed <= at and (hold.lifted is None or at < hold.lifted) and (hold.until is None or at < hold.until)


def _as_it_lies(work: Work, card: str) -> Dossier:
    """A card without locking it: a journal never makes a counter wait."""
    row = work.connection.execute(sa.select(schema.card).where(schema.card.c.ref == card)).one()
    carriers = work.connection.execute(sa.select(schema.carrier).where(schema.carrier.c.card == card).order_by(schema.carrier.c.ref))
    holds = work.connection.execute(sa.select(schema.hold).where(schema.hold.c.card == card).order_by(schema.hold.c.ref))
    return Dossier(card=rows.card_of(row), carriers=tuple(map(rows.carrier_of, carriers)), holds=tuple(map(rows.hold_of, holds)))
