"""Looking somebody up: for a stated purpose, on record, and not without end (threat F05).

Every look-up is a link in the chain of whoever looks, found or not found, and every field that is shown is one in the chain of the person it belongs to as
well. How many somebody has made today is counted from those links, by person and not by account; so there is no second number that could be wrong.
"""

from __future__ import annotations

import enum
import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from ecard import chain, faults, officechain, schema
from ecard.contention import persist
from ecard.model import Role, seconds
from ecard.vault import Field, IndexPurpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecard import CardOffice
    from ecard.identity import IdentityType
    from ecard.model import Actor, CardRef, Dossier
    from ecard.store import Work

A_DAY = 1000
"""Look-ups of one person in one day, of Beijing."""
LOOKERS = frozenset({Role.CLERK, Role.SUPERVISOR, Role.HOTLINE})
"""Who may look for a person."""
FINDERS = LOOKERS | {Role.INTAKE, Role.BANK, Role.PRODUCTION}
"""Who may look for a card by its own number."""
READERS = frozenset({Role.CLERK, Role.SUPERVISOR})
"""Who may see what is masked."""
_LOCAL = timezone(timedelta(hours=8))


class Purpose(enum.StrEnum):
    """Why somebody is looked up, or a field is shown."""

    AT_COUNTER = "holder-at-counter"
    ON_TELEPHONE = "holder-on-telephone"
    COMPARE = "compare-with-document"
    CASE = "misuse-case"
    COMPLAINT = "complaint"
    DUE = "work-that-is-due"


class Shown(enum.StrEnum):
    """A field that stands masked until it is wanted."""

    NAME = "name"
    IDENTITY_NUMBER = "identity-number"
    CARD_NUMBER = "card-number"


_FIELDS = {Shown.NAME: Field.NAME, Shown.IDENTITY_NUMBER: Field.IDENTITY_NUMBER}


def made_today(work: Work, person: str, *, now: int) -> int:
    """How many look-ups a person has made since midnight in Beijing; nobody makes more than `A_DAY`, so no older ones are looked at."""
    morning = datetime.fromtimestamp(now, UTC).astimezone(_LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
    act = schema.office_act.c
    newest = sa.select(act.at).where(act.desk == desk_of(person)).order_by(act.seq.desc()).limit(A_DAY)
    return sum(at >= morning.timestamp() for at in work.connection.execute(newest).scalars())


def desk_of(person: str) -> str:
    """The chain of a person's own look-ups."""
    return hashlib.sha256(b"look-ups of\n" + person.encode()).hexdigest()[:32]


def note(work: Work, act: str, *, purpose: Purpose, about: CardRef | None, actor: Actor, now: int, limit: int = A_DAY) -> None:
    """Put one on record. Raises `StateError`: look-limit, not-permitted."""
    if actor.role not in FINDERS or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command=act, role=actor.role, article="ID-9b")
    if made_today(work, actor.person, now=now) >= limit:
        raise StateError(faults.LOOK_LIMIT, limit=limit)
    named = f"look/{purpose}/{about or 'number'}"
    officechain.enter(work, desk_of(actor.person), act, [(named, chain.NOTHING)], actor=actor, at=now)


def _count(office: CardOffice, *, purpose: Purpose, actor: Actor, at: datetime, limit: int) -> None:
    def put() -> None:
        with office.store.writing() as work:
            note(work, "look-up", purpose=purpose, about=None, actor=actor, now=seconds(at), limit=limit)

    persist(put, entropy=office.entropy)


def by_person(
    office: CardOffice, kind: IdentityType, number: str, *, purpose: Purpose, actor: Actor, at: datetime, limit: int = A_DAY
) -> Sequence[Dossier]:
    """The cards of whoever has this identity number, as `CardOffice.cards_of_person`; none is an answer like any other. Raises look-limit, identity-*."""
    _count(office, purpose=purpose, actor=actor, at=at, limit=limit)
    return [office.card(card) for card in office.cards_of_person(kind, number, purpose=IndexPurpose.COUNTER, actor=actor, at=at)]


def by_number(office: CardOffice, number: str, *, purpose: Purpose, actor: Actor, at: datetime, limit: int = A_DAY) -> Sequence[Dossier]:
    """The card with this number on its face, of whichever region. Raises `InputError` card-number, `StateError` look-limit."""
    _count(office, purpose=purpose, actor=actor, at=at, limit=limit)
    try:
        return [office.card_by_number(number)]
    except StateError:
        return []


def by_older(office: CardOffice, scheme: str, number: str, *, purpose: Purpose, actor: Actor, at: datetime, limit: int = A_DAY) -> Sequence[Dossier]:
    """The living card of whoever holds this card of an older scheme. Raises `StateError` look-limit."""
    _count(office, purpose=purpose, actor=actor, at=at, limit=limit)
    try:
        return [office.card_by_older(scheme, number, at=at)]
    except StateError:
        return []


def reveal(office: CardOffice, card: CardRef, shown: Shown, *, purpose: Purpose, actor: Actor, at: datetime, limit: int = A_DAY) -> str:
    """One field of one card's holder, as it is. Raises `StateError`: card-unknown, not-permitted, other-region, vault-empty, look-limit."""

    def read() -> str:
        with office.store.writing() as work:
            dossier = work.dossier(card)
            if actor.role not in READERS:
                raise StateError(faults.NOT_PERMITTED, command="reveal", role=actor.role, article="ID-9b")
            if actor.region != dossier.card.region and not actor.joint_desk:
                raise StateError(faults.OTHER_REGION, command="reveal", region=dossier.card.region, desk_region=actor.region)
            note(work, "reveal", purpose=purpose, about=card, actor=actor, now=seconds(at), limit=limit)
            if shown is Shown.CARD_NUMBER:
                return dossier.card.number
            return office.vault.reveal(work, dossier.card.holder, _FIELDS[shown], purpose=purpose, actor=actor, at=seconds(at))

    return persist(read, entropy=office.entropy)
