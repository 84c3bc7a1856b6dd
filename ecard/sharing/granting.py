"""Grants: asked for by one person, approved by another, ended, and closed by a proof of deletion."""

from __future__ import annotations

import base64
import enum
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import InputError, StateError, Text
from ecard import faults, itemlist, items, officechain, schema
from ecard.model import Role, draw_ref, seconds
from ecard.persons import same_person

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from codes.claims import Region
    from ecard.model import Actor
    from ecard.premises import Premises
    from ecard.rows import SqlRow
    from ecard.store import Work

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LINE = re.compile(r"[^\x00-\x1f\x7f]{2,100}")
_SECRET_BYTES = 32


class Purpose(enum.StrEnum):
    """What shared data may serve (CQ-18b); there is no third."""

    STATUTORY_DUTY = "statutory-duty"
    ONE_CARD_WORK = "one-card-work"


class SharedField(enum.StrEnum):
    """What may be granted. Why a card is stopped is not among it, nor whose it is."""

    CARD = "card"
    """The recipient's own name for the card; without it nothing can be told."""
    STATE = "state"
    SINCE = "since"


PURPOSES: Mapping[Purpose, Text] = {
    Purpose.STATUTORY_DUTY: Text("履行法定职责", "a statutory duty"),
    Purpose.ONE_CARD_WORK: Text("一卡通工作", "the work of the one card"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What somebody asks for."""

    recipient: str
    item: str
    purpose: Purpose
    basis: str
    """The law or rule by which the recipient may have it (CQ-19c)."""
    fields: frozenset[SharedField]
    agreement: str
    """Number of the signed confidentiality agreement, which forbids to hand anything on (ZS-7b, CQ-18d)."""
    agreed: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant as it stands."""

    ref: str
    region: Region
    recipient: str
    item: str
    purpose: Purpose
    basis: str
    fields: frozenset[SharedField]
    agreement: str
    asked: int
    asked_by: str
    asked_person: str
    until: int
    approval: str | None
    approved: int | None
    ended: int | None
    deleted: int | None
    deletion: str | None

    def in_force(self, now: int) -> bool:
        """Whether something may be told under it."""
        return self.approved is not None and self.ended is None and now < self.until

    def owes_deletion(self, now: int) -> bool:
        """Whether the recipient has still to show that everything was deleted."""
        return self.approved is not None and not self.in_force(now) and self.deleted is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A grant that was approved, and the key that its recipient is given, once."""

    grant: Grant
    key: str = field(repr=False)


def ask(premises: Premises, terms: Terms, *, actor: Actor, now: int) -> Grant:
    """Ask for a grant. Raises `InputError` grant-shape, naming what is wrong; `StateError` not-permitted."""
    region = _permitted(actor, "ask-grant")
    agreed, until = seconds(terms.agreed), seconds(terms.until)
    with premises.writing() as work:
        version = items.in_force(itemlist.history(itemlist.proposals(work)), now)
        item = None if version is None else version.item(terms.item)
        wrong = {
            "recipient": not _NAME.fullmatch(terms.recipient),
            "item": item is None or region not in item.regions,
            "basis": not _LINE.fullmatch(terms.basis),
            "fields": SharedField.CARD not in terms.fields,
            "agreement": not _LINE.fullmatch(terms.agreement) or agreed > now,
            "until": not now < until <= now + premises.policy.grant_longest,
        }
        if found := [name for name, is_wrong in wrong.items() if is_wrong]:
            raise InputError(faults.GRANT_SHAPE, wrong=", ".join(found))
        row = dict.fromkeys(column.name for column in schema.sharing_grant.columns) | {
            "ref": draw_ref(premises.entropy),
            "region": region,
            "recipient": terms.recipient,
            "item": terms.item,
            "purpose": terms.purpose.value,
            "basis": terms.basis,
            "fields": " ".join(sorted(terms.fields)),
            "agreement": terms.agreement,
            "agreed": agreed,
            "onward": 0,
            "asked": now,
            "asked_by": actor.ref,
            "asked_person": actor.person,
            "until": until,
        }
        work.connection.execute(sa.insert(schema.sharing_grant).values(row))
        officechain.enter_row(work, schema.sharing_grant, row, desk=desk_of(str(row["ref"])), act="ask-grant", actor=actor, at=now)
        return grant(work, str(row["ref"]))


def approve(premises: Premises, ref: str, *, approval: str, actor: Actor, now: int) -> Approved:
    """Approve a grant under a number; by another person than who asked. Raises `InputError` grant-shape, `StateError`: same-person, grant-*, not-permitted."""
    if not _LINE.fullmatch(approval):
        raise InputError(faults.GRANT_SHAPE, wrong="approval")
    with premises.writing() as work:
        found = _mine(work, ref, actor, "approve-grant")
        if same_person(actor.person, found.asked_person):
            raise StateError(faults.SAME_PERSON, command="approve-grant", article="ZS-7b")
        if found.approved is not None or found.ended is not None or found.until <= now:
            raise StateError(faults.GRANT_NOT_IN_FORCE)
        key = base64.urlsafe_b64encode(premises.entropy(_SECRET_BYTES)).rstrip(b"=").decode()
        values = {"approval": approval, "approved": now, "approved_by": actor.ref, "approved_person": actor.person, "key": digest_of(key)}
        return Approved(grant=_change(work, ref, values, act="approve-grant", actor=actor, now=now), key=key)


def end(premises: Premises, ref: str, *, actor: Actor, now: int) -> Grant:
    """Nothing more is told under a grant. Again: no change. Raises `StateError`: grant-unknown, not-permitted."""
    with premises.writing() as work:
        found = _mine(work, ref, actor, "end-grant")
        return found if found.ended is not None else _change(work, ref, {"ended": now, "ended_by": actor.ref}, act="end-grant", actor=actor, now=now)


def note_deletion(premises: Premises, ref: str, *, document: str, digest: bytes, actor: Actor, now: int) -> Grant:
    """Put on file that the recipient has deleted everything, with the digest of the proof. Raises `StateError`: grant-deletion, grant-unknown, not-permitted."""
    with premises.writing() as work:
        found = _mine(work, ref, actor, "note-deletion")
        if not found.owes_deletion(now) or len(digest) != hashlib.sha256().digest_size or not _LINE.fullmatch(document):
            raise StateError(faults.GRANT_DELETION)
        values = {"deleted": now, "deletion": document, "deletion_digest": digest, "deleted_by": actor.ref}
        return _change(work, ref, values, act="note-deletion", actor=actor, now=now)


def grant(work: Work, ref: str) -> Grant:
    """A grant. Raises `StateError` grant-unknown."""
    row = work.connection.execute(sa.select(schema.sharing_grant).where(schema.sharing_grant.c.ref == ref)).one_or_none()
    if row is None:
        raise StateError(faults.GRANT_UNKNOWN)
    return _of_row(row)


def grants(work: Work, *, region: Region) -> tuple[Grant, ...]:
    """Every grant of a region, oldest first."""
    table = schema.sharing_grant
    return tuple(map(_of_row, work.connection.execute(sa.select(table).where(table.c.region == region).order_by(table.c.asked, table.c.ref))))


def by_key(work: Work, key: str, *, now: int) -> Grant:
    """The grant whose key this is, in force. Raises `StateError` grant-not-in-force, also for a key that is nobody's."""
    row = work.connection.execute(sa.select(schema.sharing_grant).where(schema.sharing_grant.c.key == digest_of(key))).one_or_none()
    found = None if row is None else _of_row(row)
    if found is None or not found.in_force(now):
        raise StateError(faults.GRANT_NOT_IN_FORCE)
    return found


def desk_of(ref: str) -> str:
    """Whose chain everything about a grant stands in: its own, 32 characters."""
    return ref


def digest_of(key: str) -> bytes:
    """What the record keeps of a key: 256 random bits need no more than a digest."""
    return hashlib.sha256(b"ecard sharing key\n" + key.encode()).digest()


def _change(work: Work, ref: str, values: Mapping[str, object], *, act: str, actor: Actor, now: int) -> Grant:
    table = schema.sharing_grant
    work.connection.execute(sa.update(table).where(table.c.ref == ref).values(values))
    row = dict(work.connection.execute(sa.select(table).where(table.c.ref == ref)).mappings().one())
    officechain.enter_row(work, table, row, desk=desk_of(ref), act=act, actor=actor, at=now)
    return grant(work, ref)


def _mine(work: Work, ref: str, actor: Actor, command: str) -> Grant:
    region, found = _permitted(actor, command), grant(work, ref)
    if found.region != region:
        raise StateError(faults.GRANT_UNKNOWN)
    return found


def _permitted(actor: Actor, command: str) -> Region:
    if actor.role is not Role.SUPERVISOR or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command=command, role=actor.role, article="ZS-7b")
    return actor.region


def _of_row(row: SqlRow) -> Grant:
    told: Collection[str] = row.fields.split()
    return Grant(
        ref=row.ref,
        region=row.region,
        recipient=row.recipient,
        item=row.item,
        purpose=Purpose(row.purpose),
        basis=row.basis,
        fields=frozenset(map(SharedField, told)),
        agreement=row.agreement,
        asked=row.asked,
        asked_by=row.asked_by,
        asked_person=row.asked_person,
        until=row.until,
        approval=row.approval,
        approved=row.approved,
        ended=row.ended,
        deleted=row.deleted,
        deletion=row.deletion,
    )
