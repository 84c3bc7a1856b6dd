"""Enrolment of a phone: a fresh key redeems a code, is shown as a fingerprint on both screens, and is bound; by the chip's word, or for a while without it.

What an enrolment has come to is never stored: it is read from the card, where the key is a phone's or is not.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes import cbor
from codes.errors import InputError, StateError
from codes.keyproof import KeyProof, ProofPurpose
from codes.keys import CoseKey
from ecard import enrolment, faults, lifecycle, officechain, phones, schema
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import Command
from ecard.model import Actor, CardRef, CarrierRef, CarrierState, Role, draw_ref
from ecard.residents import activating, limits
from ecard.residents.activating import Grade

if TYPE_CHECKING:
    from ecard.enrolment import Nonce
    from ecard.model import Dossier
    from ecard.premises import Premises
    from ecard.rows import SqlRow
    from ecard.store import Work

PENDING_LIFE = 24 * 3600
"""How long a key waits for the chip."""
_BY_PHONE, _BY_DESK = "phone", "desk"
"""Who waits for a proof: the phone that has just redeemed its code, or a desk with the chip in its reader."""


class EnrolmentState(enum.StrEnum):
    """What an enrolment has come to."""

    PENDING = "pending"
    PROVISIONAL = "provisional"
    ACTIVE = "active"
    ENDED = "ended"
    """The key was unbound again, or nobody endorsed it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """An enrolment as its phone and the desk see it."""

    ref: str
    card: CardRef
    region: str
    masked_name: str
    fingerprint: str
    state: EnrolmentState
    phone: CarrierRef | None
    provisional_until: int | None
    expires: int
    nonce: bytes | None = None
    """What the phone is to prove its key over now; None while nothing is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsing:
    """What a desk needs to let the chip endorse a waiting key."""

    enrolment: str
    key: CoseKey
    fingerprint: str
    nonce: bytes
    expires: int


def fingerprint(key: CoseKey) -> str:
    """How a key is shown on both screens: 4F2A 91C3."""
    told = key.thumbprint()[:4].hex().upper()
    return f"{told[:4]} {told[4:]}"


def redeem(premises: Premises, code: str, key: CoseKey, *, now: int) -> Enrolment | None:
    """Begin an enrolment; None where the code is not one that serves now. The same key may redeem its code again, and is given another nonce."""
    limit, subject = activating.PER_KEY, key.thumbprint().hex()
    with premises.writing() as work:
        limits.check(premises, work, limit, subject, now=now)
        found = activating.find(premises, work, code, now=now)
        begun = None if found is None else _begin(premises, work, found, key, now=now)
        if begun is None:
            limits.note(premises, work, limit, subject, now=now)
            return None
        nonce = enrolment.issue_nonce(premises, work, CardRef(begun.card), NoncePurpose.BIND, now=now)
        _want(work, begun.ref, nonce, _BY_PHONE)
        return _told(premises, work, begun, nonce=nonce.value, named=True, now=now)


def look(premises: Premises, work: Work, ref: str, key: CoseKey, *, now: int) -> Enrolment:
    """An enrolment of this key, with the nonce that a desk waits for. Raises `StateError` nothing-of-yours."""
    row = _own(work, ref, key)
    wanted = _wanted(work, ref, now=now)
    return _told(premises, work, row, nonce=None if wanted is None else bytes(wanted.nonce), now=now)


def prove(premises: Premises, ref: str, key: CoseKey, proof: bytes, *, now: int) -> Enrolment:
    """The phone's proof of its enrolment key: for the desk that waits for it, or to become provisional at once where the code says so.

    Raises as `phones.bind`; `InputError` nonce-unusable; `StateError` nothing-of-yours.
    """
    with premises.store.reading() as work:
        row = _own(work, ref, key)
        wanted, grade = _wanted(work, ref, now=now), activating_of(work, row)
        region = work.dossier(CardRef(row.card)).card.region
    if wanted is None:
        raise InputError(faults.NONCE_UNUSABLE, purpose=NoncePurpose.BIND)
    nonce = bytes(wanted.nonce)
    if KeyProof.check(proof, region=region, purpose=ProofPurpose.ENROLMENT, nonce=nonce).key != key:
        raise InputError(faults.KEY_IN_USE, key="enrolment")
    if wanted.wanted_by == _BY_PHONE and Grade(grade.grade) is Grade.PROVISIONAL:
        actor, evidence = activating.actor_of(grade)
        phones.bind(premises, CardRef(row.card), nonce=nonce, proof=proof, endorsement=None, actor=actor, evidence=evidence, expected=None, now=now)
    with premises.writing() as work:
        table = schema.endorsing
        work.connection.execute(sa.update(table).where((table.c.enrolment == ref) & (table.c.nonce == nonce)).values(proof=proof))
        return look(premises, work, ref, key, now=now)


def call(premises: Premises, card: CardRef, *, shown: str | None, actor: Actor, now: int) -> Endorsing:
    """Ask a waiting phone for a fresh proof, so that the chip can endorse its key. `shown` is the fingerprint that the desk reads off the phone.

    Raises `StateError`: enrolment-none, enrolment-several, not-permitted, other-region, card-held.
    """
    with premises.writing() as work:
        dossier = work.dossier(card)
        papers = lifecycle.RULES[Command.BIND_PHONE].papers(actor.role)
        lifecycle.permit(Command.BIND_PHONE, dossier, region=dossier.card.region, actor=actor, evidence=papers, now=now)
        row = _waiting(work, dossier, shown, now=now)
        nonce = enrolment.issue_nonce(premises, work, card, NoncePurpose.BIND, now=now)
        _want(work, row.ref, nonce, _BY_DESK)
    return _endorsing(row, nonce)


def answered(work: Work, enrolment_ref: str, nonce: bytes) -> bytes | None:
    """The phone's proof over this nonce, once it is there."""
    table = schema.endorsing
    where = (table.c.enrolment == enrolment_ref) & (table.c.nonce == nonce)
    return work.connection.execute(sa.select(table.c.proof).where(where)).scalar_one_or_none()


def activating_of(work: Work, row: SqlRow) -> SqlRow:
    """The activation that an enrolment rests on."""
    return work.connection.execute(sa.select(schema.activation).where(schema.activation.c.ref == row.activation)).one()


def _begin(premises: Premises, work: Work, found: SqlRow, key: CoseKey, *, now: int) -> SqlRow | None:
    """The enrolment of this activation by this key: a new one, or the one that it began; None where another key did."""
    table = schema.enrolment
    earlier = sa.select(table).where(table.c.activation == found.ref)
    known = work.connection.execute(earlier).one_or_none()
    if known is not None:
        return known if bytes(known.thumbprint) == key.thumbprint() else None
    row = {
        "ref": draw_ref(premises.entropy),
        "activation": found.ref,
        "card": found.card,
        "key": cbor.encode(key.to_cbor()),
        "thumbprint": key.thumbprint(),
        "begun": now,
        "expires": now + PENDING_LIFE,
    }
    work.connection.execute(sa.insert(table).values(row))
    holder = work.dossier(CardRef(found.card)).card.holder
    officechain.enter_row(work, table, row, desk=found.card, act="begin-enrolment", actor=Actor(ref="phone", person=holder, role=Role.HOLDER), at=now)
    return work.connection.execute(earlier).one()


def _own(work: Work, ref: str, key: CoseKey) -> SqlRow:
    table = schema.enrolment
    row = work.connection.execute(sa.select(table).where((table.c.ref == ref) & (table.c.thumbprint == key.thumbprint()))).one_or_none()
    if row is None:
        raise StateError(faults.NOTHING_OF_YOURS)
    return row


def _want(work: Work, ref: str, nonce: Nonce, by: str) -> None:
    """Wait for a proof over this nonce, and over no earlier one."""
    table = schema.endorsing
    work.connection.execute(sa.delete(table).where(table.c.enrolment == ref))
    work.connection.execute(sa.insert(table).values(enrolment=ref, nonce=nonce.value, until=nonce.expires, wanted_by=by))


def _wanted(work: Work, ref: str, *, now: int) -> SqlRow | None:
    """The nonce that somebody waits for a proof of, and who."""
    table = schema.endorsing
    waits = (table.c.enrolment == ref) & (table.c.until > now) & table.c.proof.is_(None)
    return work.connection.execute(sa.select(table).where(waits)).one_or_none()


def _told(premises: Premises, work: Work, row: SqlRow, *, now: int, nonce: bytes | None = None, named: bool = False) -> Enrolment:
    dossier = work.dossier(CardRef(row.card))
    key = CoseKey.parse(cbor.decode(row.key))
    state, carrier, until = _state(dossier, row, key, now=now)
    name = ""
    if named:
        actor = Actor(ref="phone", person=dossier.card.holder, role=Role.HOLDER)
        name = premises.vault.read(work, dossier.card.holder, purpose="enrolment", actor=actor, at=now).name.masked
    return Enrolment(
        ref=row.ref,
        card=dossier.card.ref,
        region=dossier.card.region,
        masked_name=name,
        fingerprint=fingerprint(key),
        state=state,
        phone=carrier,
        provisional_until=until,
        expires=row.expires,
        nonce=nonce,
    )


def _state(dossier: Dossier, row: SqlRow, key: CoseKey, *, now: int) -> tuple[EnrolmentState, CarrierRef | None, int | None]:
    bound = next((carrier for carrier in dossier.carriers if carrier.key == key), None)
    if bound is None:
        return (EnrolmentState.PENDING if now < row.expires else EnrolmentState.ENDED), None, None
    if bound.state is CarrierState.ENDED:
        return EnrolmentState.ENDED, bound.ref, None
    return (EnrolmentState.ACTIVE if bound.provisional_until is None else EnrolmentState.PROVISIONAL), bound.ref, bound.provisional_until


def _waiting(work: Work, dossier: Dossier, shown: str | None, *, now: int) -> SqlRow:
    table = schema.enrolment
    latest = {}
    for row in work.connection.execute(sa.select(table).where(table.c.card == dossier.card.ref).order_by(table.c.begun, table.c.ref)):
        key = CoseKey.parse(cbor.decode(row.key))
        if _state(dossier, row, key, now=now)[0] in {EnrolmentState.PENDING, EnrolmentState.PROVISIONAL}:
            latest[fingerprint(key)] = row
    if shown is not None:
        latest = {mark: row for mark, row in latest.items() if mark.replace(" ", "") == shown.replace(" ", "").upper()}
    if not latest:
        raise StateError(faults.ENROLMENT_NONE)
    if len(latest) > 1:
        raise StateError(faults.ENROLMENT_SEVERAL, fingerprints=", ".join(sorted(latest)))
    (row,) = latest.values()
    return row


def _endorsing(row: SqlRow, nonce: Nonce) -> Endorsing:
    key = CoseKey.parse(cbor.decode(row.key))
    return Endorsing(enrolment=row.ref, key=key, fingerprint=fingerprint(key), nonce=nonce.value, expires=nonce.expires)
