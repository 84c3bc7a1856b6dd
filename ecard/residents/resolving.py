"""Resolution: a terminal that lawfully needs to know who somebody is asks with the code that it was shown, once, and is told exactly what its item needs.

A code of profile 2 for the audience `identity` is judged at the moment at which the terminal says, under its own signature, that it scanned it: a late line is
no reason to scan again. Full name and number need the holder's consent: the code then answers a challenge of this very terminal for this very item. What
was told stands on the holder's timeline, once for each visit, however often the terminal had to ask for the answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.claims import Audience, Profile
from codes.errors import CardError, InputError, StateError, Text
from codes.presentation import Presentation
from ecard import faults, itemlist, items, lifecycle, locking, officechain, schema, temporary
from ecard.finance import check_item
from ecard.items import Capability
from ecard.lifecycle import CarrierStatus
from ecard.model import Actor, CardRef, CardState, CarrierRef, ItemGroup, Role, draw_ref
from ecard.venues import places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecard.items import Item
    from ecard.model import Dossier, Terminal
    from ecard.premises import Premises
    from ecard.rows import SqlRow
    from ecard.store import Work

PURPOSE = "resolution"
LATE = 600
"""Seconds that a request may come after its scan."""
AHEAD = 10
"""Seconds that a terminal's clock may be ahead of ours."""
PAST = 30
"""Seconds beyond a code's own age that a scan may have come after its making, and `AHEAD` before it (FORMATS 2 step 9)."""
CHALLENGE_LIFE = 300

NAME, NUMBER, CARD = "name", "identity_number", "card_number"
MASKED_NAME, TAIL = "masked_name", "tail"
WORDS: Mapping[str, Text] = {
    NAME: Text("姓名", "your name"),
    NUMBER: Text("证件号码", "your identity number"),
    CARD: Text("社保卡号", "your card number"),
    MASKED_NAME: Text("部分姓名", "a part of your name"),
    TAIL: Text("证件号码后四位", "the last four of your identity number"),
}
FULL = frozenset({NAME, NUMBER})
"""What is told only with the holder's consent."""
_RECORDS, _WHO, _SOME = (NAME, NUMBER, CARD), (NAME, NUMBER), (MASKED_NAME, TAIL)
FIELDS: Mapping[ItemGroup, tuple[str, ...]] = {
    ItemGroup.SOCIAL_INSURANCE: _RECORDS,
    ItemGroup.HUMAN_RESOURCES: _RECORDS,
    ItemGroup.HEALTH: _RECORDS,
    ItemGroup.SUBSIDIES: _RECORDS,
    ItemGroup.IDENTITY: _WHO,
    ItemGroup.TAXES_AND_FEES: _WHO,
    ItemGroup.BANKING: _WHO,
    ItemGroup.CAMPUS: _SOME,
    ItemGroup.WORKPLACE: _SOME,
    ItemGroup.RESIDENCE: _SOME,
}
"""What an item of a group needs to know, and no more. Gates, libraries and the rest need nobody's name: they are not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a terminal asks."""

    code: str
    scanned: int
    item: str
    visit: str
    consent: bytes | None = None
    """The digest of the challenge that the code answers, where the terminal made one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What it is told: the item's fields and nothing else."""

    ref: str
    item: str
    visit: str
    fields: Mapping[str, str]
    at: int


def challenged(premises: Premises, terminal: Terminal, digest: bytes, item: str, *, now: int) -> Item:
    """Note that this terminal asks, for this item, with the challenge of this digest. The same again: no change. Raises `StateError` resolution-item."""
    with premises.writing() as work:
        found = item_of(work, item, terminal, now=now)
        table = schema.challenge
        if work.connection.execute(sa.select(table.c.hash).where(table.c.hash == digest)).first() is None:
            row = {"hash": digest, "terminal": terminal.ref, "item": item, "made": now, "expires": now + CHALLENGE_LIFE}
            work.connection.execute(sa.insert(table).values(row))
        return found


def challenge_of(work: Work, digest: bytes, *, now: int) -> SqlRow | None:
    """The challenge with this digest, while it lives."""
    table = schema.challenge
    return work.connection.execute(sa.select(table).where((table.c.hash == digest) & (table.c.expires > now))).one_or_none()


def resolve(premises: Premises, terminal: Terminal, asked: Asked, *, now: int) -> Told:
    """Tell a terminal who showed it this code.

    Raises `InputError` resolution-code and what the code's own form raises; `StateError`: resolution-late, resolution-item, resolution-done,
    resolution-stopped, resolution-locked, consent-missing, card-held, temporary-use, account-inactive.
    """
    if not asked.scanned - AHEAD <= now <= asked.scanned + LATE:
        raise StateError(faults.RESOLUTION_LATE, measured_s=now - asked.scanned, limit_s=LATE)
    code = _judged(premises, asked)
    digest = hashlib.sha256(asked.code.encode()).digest()
    with premises.writing() as work:
        item = item_of(work, asked.item, terminal, now=now)
        credential = _credential(work, code)
        dossier = work.dossier(CardRef(credential.card))
        earlier = _earlier(work, terminal, asked, digest)
        if earlier is None:
            _check_card(work, dossier, credential, item, terminal, now=now)
        told = FIELDS[item.group]
        consent = None if earlier is not None else _consent(work, code, terminal, asked, told, now=now)
        actor = Actor(ref=terminal.ref, person=terminal.ref, role=Role.SERVICE, region=terminal.region)
        person = premises.vault.read(work, dossier.card.holder, purpose=f"{PURPOSE} {item.id}"[:64], actor=actor, at=now)
        known = {NAME: person.name.text, NUMBER: person.identity.number, CARD: dossier.card.number}
        known |= {MASKED_NAME: person.name.masked, TAIL: person.identity.tail}
        if earlier is None:
            row = {
                "ref": draw_ref(premises.entropy),
                "terminal": terminal.ref,
                "visit": asked.visit,
                "region": terminal.region,
                "venue": terminal.venue,
                "item": item.id,
                "fields": " ".join(told),
                "card": dossier.card.ref,
                "credential": credential.ref,
                "code": digest,
                "consent": consent,
                "scanned": asked.scanned,
                "at": now,
            }
            work.connection.execute(sa.insert(schema.disclosure).values(row))
            officechain.enter_row(work, schema.disclosure, row, desk=dossier.card.ref, act="disclose", actor=actor, at=now)
        else:
            row = dict(earlier._mapping)  # noqa: SLF001 because that is SQLAlchemy's public name for a row as a mapping
    return Told(ref=row["ref"], item=item.id, visit=asked.visit, fields={field: known[field] for field in told}, at=row["at"])


def item_of(work: Work, ident: str, terminal: Terminal, *, now: int) -> Item:
    """The item, if the list in force has it, the terminal's region runs it, this terminal serves it and something is disclosed for it.

    What a terminal serves counts from when somebody has said it (ZZ-8b). Raises `StateError` resolution-item.
    """
    listed = items.in_force(itemlist.history(itemlist.proposals(work)), now)
    item = None if listed is None else listed.item(ident)
    if item is None or terminal.region not in item.regions or not item.electronic or item.group not in FIELDS:
        raise StateError(faults.RESOLUTION_ITEM)
    if (serves := places.served(work, terminal.ref)) and ident not in serves:
        raise StateError(faults.RESOLUTION_ITEM)
    return item


def _judged(premises: Premises, asked: Asked) -> Presentation:
    """The code, if it is one of ours, for an identity, whole, and was fresh when it was scanned. Raises `InputError` resolution-code."""
    try:
        code = Presentation.from_text(asked.code)
        says = code.credential.says
        issuer = premises.issuers.get(says.iss)
        if issuer is None or says.profile is not Profile.IDENTITY or code.audience is not Audience.IDENTITY:
            raise InputError(faults.RESOLUTION_CODE, wrong="kind")
        code.credential.check(issuer.phone.power.key.load())
        code.check(says.holder.load())
    except CardError as error:
        raise InputError(faults.RESOLUTION_CODE, wrong=error.facts.get("wrong", error.code)) from None
    if not says.iat <= asked.scanned < says.exp or not -AHEAD <= asked.scanned - code.iat <= says.max_age + PAST:
        raise InputError(faults.RESOLUTION_CODE, wrong="time")
    return code


def _credential(work: Work, code: Presentation) -> SqlRow:
    table, says = schema.credential, code.credential.says
    row = work.connection.execute(sa.select(table).where((table.c.region == says.iss) & (table.c.sub == says.sub))).one_or_none()
    if row is None or row.digest is None or bytes(row.digest) != hashlib.sha256(code.credential.raw).digest():
        raise InputError(faults.RESOLUTION_CODE, wrong="unknown")
    return row


def _earlier(work: Work, terminal: Terminal, asked: Asked, digest: bytes) -> SqlRow | None:
    """The disclosure that this request has led to before. Raises `StateError` resolution-done where code or visit served for another."""
    table = schema.disclosure
    same_visit = (table.c.terminal == terminal.ref) & (table.c.visit == asked.visit)
    found = work.connection.execute(sa.select(table).where(same_visit | (table.c.code == digest))).all()
    if not found:
        return None
    first = found[0]
    if len(found) > 1 or (first.terminal, first.visit, first.item, bytes(first.code)) != (terminal.ref, asked.visit, asked.item, digest):
        raise StateError(faults.RESOLUTION_DONE)
    return first


def _check_card(work: Work, dossier: Dossier, credential: SqlRow, item: Item, terminal: Terminal, *, now: int) -> None:
    """Return if this card serves for this item here and now."""
    carrier = dossier.carrier(CarrierRef(credential.carrier))
    withdrawn = sa.select(schema.withdrawn.c.credential).where(schema.withdrawn.c.credential == credential.ref)
    stopped = carrier is None or lifecycle.status_of(dossier, carrier, now) is not CarrierStatus.VALID
    if stopped or dossier.card.state is not CardState.ACTIVE or now >= dossier.card.expires or work.connection.execute(withdrawn).first() is not None:
        raise StateError(faults.RESOLUTION_STOPPED)
    if item.group in locking.locked_items(work, dossier.card.ref):
        raise StateError(faults.RESOLUTION_LOCKED)
    temporary.check_place(work, CarrierRef(credential.carrier), region=terminal.region)
    if Capability.PAY in item.needs:
        check_item(work, CarrierRef(credential.carrier), now=now)


def _consent(work: Work, code: Presentation, terminal: Terminal, asked: Asked, told: tuple[str, ...], *, now: int) -> bytes | None:
    """The digest of the challenge that the holder agreed to by answering it. Raises `StateError` consent-missing where the item needs that."""
    if asked.consent not in {None, code.cnonce}:
        raise StateError(faults.CONSENT_MISSING, item=asked.item)
    agreed = None if code.cnonce is None else challenge_of(work, code.cnonce, now=min(now, asked.scanned))
    if agreed is not None and (agreed.terminal, agreed.item) == (terminal.ref, asked.item):
        return code.cnonce
    if code.cnonce is not None or FULL & set(told):
        raise StateError(faults.CONSENT_MISSING, item=asked.item)
    return None
