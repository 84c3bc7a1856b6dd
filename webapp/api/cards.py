"""What a phone may see: its cards as they stand, and what has happened to each of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from flask import Response, request
from marshmallow import RAISE, fields

from codes.claims import Profile
from ecard import lifecycle
from ecard.model import CarrierState, seconds
from webapp.api.receipts import ReceiptAnswer, told_receipt
from webapp.api.wire import Blueprint, PageQuery, WholeField, ref_field, tagged
from webapp.auth import callers
from webapp.problems import Bilingual
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from codes.keys import CoseKey
    from ecard import CardOffice, Dossier
    from ecard.residents.overview import MyCard
    from webapp.services import StandingOffice

_WHEN = {"description": "Seconds since 1970"}


class HoldAnswer(Schema):
    """Something that stops a card or a carrier now."""

    ref = ref_field(required=True)
    kind = fields.String(required=True, metadata={"enum": ["pre-loss", "loss", "freeze", "self-lock", "drift"]})
    carrier = ref_field(required=True, allow_none=True, metadata={"description": "null: the whole card"})
    placed = WholeField(required=True, metadata=_WHEN)
    until = WholeField(required=True, allow_none=True, metadata=_WHEN)
    due = WholeField(required=True, allow_none=True, metadata={"description": "By when the written report of a loss is due"})


class CarrierAnswer(Schema):
    """A chip or a phone of the card."""

    ref = ref_field(required=True)
    kind = fields.String(required=True, metadata={"enum": ["chip", "phone"]})
    state = fields.String(required=True, metadata={"enum": ["pending", "active"]})
    status = fields.String(required=True, metadata={"enum": ["valid", "suspended", "frozen", "ended"]})
    this = fields.Boolean(required=True, metadata={"description": "Whether it is the phone that asks"})
    provisional_until = WholeField(required=True, allow_none=True, metadata=_WHEN)
    created = WholeField(required=True, metadata=_WHEN)


class CardAnswer(Schema):
    """One card of this phone's holder, masked."""

    card = ref_field(required=True)
    region = fields.String(required=True, metadata={"example": "CN-CQ"})
    masked_name = fields.String(required=True, metadata={"example": "王*芳"})
    number_tail = fields.String(required=True, metadata={"description": "Last three characters of the card number", "example": "7K2"})
    social_tail = fields.String(required=True, metadata={"description": "Last four of the social security number", "example": "002X"})
    state = fields.String(required=True, metadata={"enum": ["pending", "active", "ended"]})
    issued = WholeField(required=True, metadata=_WHEN)
    expires = WholeField(required=True, metadata=_WHEN)
    revision = WholeField(required=True)
    holds = fields.List(fields.Nested(HoldAnswer), required=True)
    carriers = fields.List(fields.Nested(CarrierAnswer), required=True)
    locked_groups = fields.List(WholeField(), required=True, metadata={"description": "Groups of items, 1 to 13"})


class PolicyAnswer(Schema):
    """What a phone must know to renew in time."""

    renew_under = fields.Dict(keys=fields.String(), values=WholeField(), required=True, metadata={"example": {"1": 432000, "2": 172800}})
    spares = WholeField(required=True)
    batch = WholeField(required=True)


class Me(Schema):
    """Everything that this phone carries."""

    cards = fields.List(fields.Nested(CardAnswer), required=True)
    policy = fields.Nested(PolicyAnswer, required=True)


class EntryAnswer(Schema):
    """One thing that happened."""

    at = WholeField(required=True, metadata=_WHEN)
    kind = fields.String(required=True, metadata={"enum": ["act", "look", "disclosure", "use"]})
    title = fields.Nested(Bilingual, required=True)
    by = fields.Nested(Bilingual, required=True)
    articles = fields.List(fields.String(), required=True)


class Timeline(Schema):
    """What happened, newest first."""

    entries = fields.List(fields.Nested(EntryAnswer), required=True)
    next = fields.String(required=True, allow_none=True)


class Receipts(Schema):
    """Every receipt of a card, oldest first."""

    receipts = fields.List(fields.Nested(ReceiptAnswer), required=True)


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """What phones may see at `office`."""
    cards = Blueprint("cards", __name__, url_prefix="/v1", description="我的卡 · My cards")

    @cards.get("/me")
    @cards.response(200, Me)
    @cards.alt_response(304, description="Nothing has changed since the ETag of If-None-Match")
    def me() -> Response:
        desk, key, now = office.desk(), callers.phone().key, seconds(clock())
        etag = _etag(desk, key, now)
        if request.if_none_match.contains(etag):
            return tagged({}, etag)
        mine = desk.my_cards(key, at=clock())
        return tagged({"cards": [_card(card, now) for card in mine], "policy": _policy(desk)}, etag)

    @cards.get("/cards/<card>/timeline")
    @cards.arguments(PageQuery, location="query", unknown=RAISE)
    @cards.response(200, Timeline)
    @cards.refuses((404, "nothing-of-yours"), (409, "phone-reported-lost"), (422, "request-fields"))
    def timeline(query: dict[str, Any], card: str) -> dict[str, Any]:
        page = office.desk().my_timeline(callers.phone().key, card, cursor=query["cursor"], at=clock())
        entries = [
            {"at": entry.at, "kind": entry.kind.value, "title": entry.title._asdict(), "by": entry.by._asdict(), "articles": list(entry.articles)}
            for entry in page.entries
        ]
        return {"entries": entries, "next": page.next}

    @cards.get("/cards/<card>/receipts")
    @cards.response(200, Receipts)
    @cards.refuses((404, "nothing-of-yours"))
    def receipts(card: str) -> dict[str, Any]:
        desk = office.desk()
        dossier, _ = desk.my_card(callers.phone().key, card)
        return {"receipts": [told_receipt(receipt) for receipt in desk.receipts(dossier.card.ref)]}

    return cards


def _etag(desk: CardOffice, key: CoseKey, now: int) -> str:
    """Changes with every revision of a card, when time alone changes how it stands, and with the policy."""
    seen = [(dossier.card.ref, dossier.card.revision, _statuses(dossier, now)) for dossier in desk.my_dossiers(key)]
    return hashlib.sha256(repr((seen, _policy(desk))).encode()).hexdigest()[:32]


def _statuses(dossier: Dossier, now: int) -> Sequence[str]:
    held = [hold.ref for hold in dossier.holds if hold.in_force(now)]
    return [*held, *(lifecycle.status_of(dossier, carrier, now) for carrier in dossier.carriers)]


def _policy(desk: CardOffice) -> dict[str, Any]:
    policy = desk.policy
    under = {str(int(profile)): policy.renew_under(profile) for profile in (Profile.GENERAL, Profile.IDENTITY)}
    return {"renew_under": under, "spares": policy.spares, "batch": policy.batch}


def _card(mine: MyCard, now: int) -> dict[str, Any]:
    dossier, card = mine.dossier, mine.dossier.card
    return {
        "card": card.ref,
        "region": card.region,
        "masked_name": mine.masked_name,
        "number_tail": card.number[-3:],
        "social_tail": mine.social_tail,
        "state": card.state.value,
        "issued": card.issued,
        "expires": card.expires,
        "revision": card.revision,
        "holds": [
            {"ref": hold.ref, "kind": hold.kind.value, "carrier": hold.carrier, "placed": hold.placed, "until": hold.until, "due": hold.due}
            for hold in dossier.holds
            if hold.in_force(now)
        ],
        "carriers": [
            {
                "ref": carrier.ref,
                "kind": carrier.kind.value,
                "state": carrier.state.value,
                "status": lifecycle.status_of(dossier, carrier, now).value,
                "this": carrier.ref == mine.phone.ref,
                "provisional_until": carrier.provisional_until,
                "created": carrier.created,
            }
            for carrier in dossier.carriers
            if carrier.state is not CarrierState.ENDED
        ],
        "locked_groups": sorted(int(group) for group in mine.locked),
    }
