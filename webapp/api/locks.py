"""What holders switch off and on themselves, each by a proof of their phone's key: the whole card, groups of items, a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from codes.errors import StateError
from ecard import faults as record
from ecard.holderacts import PhoneProof
from ecard.model import CarrierRef, ItemGroup
from ecard.residents.overview import holder_of
from webapp.api.wire import Blueprint, BytesField, WholeField, idempotency_key, own_nonce_field, ref_field, seen_revision
from webapp.auth import callers
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecard import CardOffice
    from webapp.services import StandingOffice

_GROUPS = [int(group) for group in ItemGroup]
_REFUSES = ((400, "nonce-unusable, key-proof, key-in-use"), (404, "nothing-of-yours"))


class Act(Schema):
    """An act of the holder: the proof is this phone's over `ecard.holderacts.act_binding`."""

    card = ref_field(required=True)
    nonce = own_nonce_field()
    proof = BytesField(most=1024, required=True)


class LockAct(Act):
    """The whole card, or groups of items."""

    groups = fields.List(
        WholeField(validate=validate.OneOf(_GROUPS)),
        load_default=list,
        validate=validate.Length(max=len(_GROUPS)),
        metadata={"description": "Groups of items; none: the whole card. A proof names them `items-1-6`, the whole card `card`"},
    )


class Locked(Schema):
    """How the card stands now."""

    card = ref_field(required=True)
    revision = WholeField(required=True)
    locked = fields.Boolean(required=True, metadata={"description": "Whether the holder has locked the whole card"})
    locked_groups = fields.List(WholeField(), required=True)


class Unbound(Schema):
    """The phone is no more on this card."""

    card = ref_field(required=True)
    revision = WholeField(required=True)


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """Locks and phones at `office`."""
    locks = Blueprint("locks", __name__, url_prefix="/v1", description="暂停与恢复 · Locks and phones")

    @locks.post("/locks")
    @locks.arguments(LockAct)
    @locks.response(200, Locked)
    @locks.refuses(*_REFUSES, (409, "wrong-state, phone-reported-lost, phone-provisional"), (412, "stale-revision"))
    def lock(body: dict[str, Any]) -> dict[str, Any]:
        desk, card, given = _act(office, body, clock())
        if body["groups"]:
            desk.lock_items(card, frozenset(map(ItemGroup, body["groups"])), **given)
        else:
            desk.lock(card, **given)
        return _stands(office.desk(), card, clock())

    @locks.post("/locks/lift")
    @locks.arguments(LockAct)
    @locks.response(200, Locked)
    @locks.refuses(*_REFUSES, (409, "wrong-state, phone-reported-lost, phone-provisional"), (412, "stale-revision"))
    def lift(body: dict[str, Any]) -> dict[str, Any]:
        desk, card, given = _act(office, body, clock())
        if body["groups"]:
            desk.unlock_items(card, frozenset(map(ItemGroup, body["groups"])), **given)
        else:
            desk.unlock(card, **given)
        return _stands(office.desk(), card, clock())

    @locks.post("/phones/<phone>/unbind")
    @locks.arguments(Act)
    @locks.response(200, Unbound)
    @locks.refuses(*_REFUSES, (409, "wrong-state, phone-reported-lost, phone-provisional"), (412, "stale-revision"))
    def unbind(body: dict[str, Any], phone: str) -> dict[str, Any]:
        desk, card, given = _act(office, body, clock())
        if phone not in {carrier.ref for carrier in office.desk().card(card).carriers}:
            raise StateError(record.NOTHING_OF_YOURS)
        after = desk.unbind_phone(card, CarrierRef(phone), **given)
        return {"card": card, "revision": after.card.revision}

    return locks


def _act(office: StandingOffice, body: dict[str, Any], at: datetime) -> tuple[CardOffice, Any, dict[str, Any]]:
    """The office for this one request, the caller's card, and what every act of a holder is given with."""
    desk = office.desk()
    key = idempotency_key()
    dossier, phone = desk.my_card(callers.phone().key, body["card"])
    proof = PhoneProof(phone=phone.ref, nonce=body["nonce"], proof=body["proof"])
    return desk.once(key), dossier.card.ref, {"actor": holder_of(dossier, phone), "proof": proof, "expected": seen_revision(), "at": at}


def _stands(desk: CardOffice, card: Any, at: datetime) -> dict[str, Any]:
    dossier = desk.card(card)
    now = int(at.timestamp())
    locked = any(hold.kind.value == "self-lock" and hold.carrier is None and hold.in_force(now) for hold in dossier.holds)
    groups = sorted(int(group) for group in desk.locked_items(card))
    return {"card": card, "revision": dossier.card.revision, "locked": locked, "locked_groups": groups}
