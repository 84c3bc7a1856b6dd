"""What a phone may see of its holder: the cards that it carries, each as it stands, masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, locking, schema
from ecard.model import Actor, CardRef, CarrierRef, CarrierState, Role

if TYPE_CHECKING:
    from codes.keys import CoseKey
    from ecard.model import Carrier, Dossier, ItemGroup
    from ecard.premises import Premises
    from ecard.store import Work

_carrier = schema.carrier.c
_BOUND = (_carrier.thumbprint == sa.bindparam("key")) & (_carrier.kind == "phone") & (_carrier.state != CarrierState.ENDED.value)
_CARRIED = sa.select(_carrier.card, _carrier.ref).where(_BOUND).order_by(_carrier.created, _carrier.card)
_PHONE = sa.select(_carrier.ref).where(_BOUND & (_carrier.card == sa.bindparam("of")))


@dataclass(frozen=True, slots=True, kw_only=True)
class MyCard:
    """One card of a phone's holder."""

    dossier: Dossier
    phone: Carrier
    """The phone that looks, as this card knows it."""
    masked_name: str
    social_tail: str
    """Last four characters of the identity number, which is the social security number."""
    locked: frozenset[ItemGroup]


def carried(work: Work, key: CoseKey) -> list[tuple[Dossier, Carrier]]:
    """The cards that a phone carries, and the phone as each of them knows it; not those that it was unbound from."""
    found = work.connection.execute(_CARRIED, {"key": key.thumbprint()}).all()
    dossiers = [(work.dossier(CardRef(row.card)), row.ref) for row in found]
    return [(dossier, carrier) for dossier, ref in dossiers for carrier in dossier.carriers if carrier.ref == ref]


def phone_of(work: Work, key: CoseKey, card: str) -> CarrierRef:
    """What this phone is called on a card that it carries. Raises `StateError` nothing-of-yours for every other, whether there is one or not."""
    ref = work.connection.execute(_PHONE, {"key": key.thumbprint(), "of": card}).scalar_one_or_none()
    if ref is None:
        raise StateError(faults.NOTHING_OF_YOURS)
    return CarrierRef(ref)


def own(work: Work, key: CoseKey, card: str) -> tuple[Dossier, Carrier]:
    """A card that this phone carries. Raises as `phone_of`."""
    ref, dossier = phone_of(work, key, card), work.dossier(CardRef(card))
    return dossier, next(carrier for carrier in dossier.carriers if carrier.ref == ref)


def holder_of(dossier: Dossier, phone: Carrier) -> Actor:
    """The holder, who acts by this phone."""
    return Actor(ref=phone.ref, person=dossier.card.holder, role=Role.HOLDER)


def mine(premises: Premises, key: CoseKey, *, now: int) -> tuple[MyCard, ...]:
    """Every card of this phone. Reading the name leaves a link in the person's chain, as every reading does."""
    cards = []
    with premises.writing() as work:
        for dossier, phone in carried(work, key):
            person = premises.vault.read(work, dossier.card.holder, purpose="my-card", actor=holder_of(dossier, phone), at=now)
            locked = locking.locked_items(work, dossier.card.ref)
            name, tail = person.name.masked, person.identity.tail
            cards.append(MyCard(dossier=dossier, phone=phone, masked_name=name, social_tail=tail, locked=locked))
    return tuple(cards)
