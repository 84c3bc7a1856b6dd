"""What the other region's desk asks by wire: that one of our cards be frozen. It asks and looks what became of it; our region decides (CQ-20c)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from codes.errors import InputError, StateError
from ecard import faults as record
from ecard.lifecycle import Evidence
from ecard.model import Actor, CardRef, FreezeGround, Role
from webapp.api.wire import Blueprint, PatternField, WholeField, idempotency_key, ref_field
from webapp.auth import callers
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecard import CardOffice, Dossier
    from ecard.model import FreezeRequest
    from webapp.services import StandingOffice

_LATEST = 253_402_300_799
"""The last second that a date can name."""


class FreezeAsked(Schema):
    """Which card, why, until when, and who asks."""

    card_number = PatternField("[0-9A-Z]{9}", required=True, metadata={"description": "As it stands on the card's face"})
    ground = fields.String(required=True, validate=validate.OneOf([ground.value for ground in FreezeGround]))
    until = WholeField(required=True, metadata={"description": "Seconds since 1970"})
    person = PatternField("[A-Za-z0-9._-]{1,32}", required=True, metadata={"description": "Staff number of whoever asks, in the asking region"})


class FreezeTold(Schema):
    """How a request stands."""

    request = ref_field(required=True)
    card = ref_field(required=True)
    ground = fields.String(required=True)
    until = WholeField(required=True)
    asked = WholeField(required=True)
    answer = fields.String(required=True, allow_none=True, metadata={"enum": ["granted", "declined", None]})
    answered = WholeField(required=True, allow_none=True)


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """What other regions ask of `office`."""
    regions = Blueprint("regions", __name__, url_prefix="/v1/regions/freezes", description="外地区请求冻结 · Another region asks for a freeze")

    @regions.post("")
    @regions.arguments(FreezeAsked)
    @regions.response(201, FreezeTold)
    @regions.refuses((400, "freeze-terms"), (404, "nothing-of-yours: no living card of ours has this number"), (409, "wrong-state"))
    def ask(body: dict[str, Any]) -> dict[str, Any]:
        desk, key, peer = office.desk(), idempotency_key(), callers.region().peer
        card = _card(desk, body["card_number"], peer.home).card.ref
        actor = Actor(ref=peer.ref, person=f"{peer.region}/{body['person']}", role=Role.CLERK, region=peer.region)
        until = datetime.fromtimestamp(min(body["until"], _LATEST), UTC)
        ground, papers = FreezeGround(body["ground"]), frozenset({Evidence.CASE_FILE})
        return _told(desk.once(key).request_freeze(card, ground=ground, until=until, actor=actor, evidence=papers, at=clock()))

    @regions.get("/<card>/<request_ref>")
    @regions.response(200, FreezeTold)
    @regions.refuses((404, "nothing-of-yours"))
    def look(card: str, request_ref: str) -> dict[str, Any]:
        asked = office.desk().freeze_requests(CardRef(card))
        found = next((one for one in asked if one.ref == request_ref and one.region == callers.region().peer.region), None)
        if found is None:
            raise StateError(record.NOTHING_OF_YOURS)
        return _told(found)

    return regions


def _card(desk: CardOffice, number: str, home: str) -> Dossier:
    """A card of ours. Raises `StateError` nothing-of-yours for every other number, well-formed or not."""
    try:
        dossier = desk.card_by_number(number)
    except (InputError, StateError):
        raise StateError(record.NOTHING_OF_YOURS) from None
    if dossier.card.region != home:
        raise StateError(record.NOTHING_OF_YOURS)
    return dossier


def _told(request: FreezeRequest) -> dict[str, Any]:
    return {
        "request": request.ref,
        "card": request.card,
        "ground": request.ground.value,
        "until": request.until,
        "asked": request.asked,
        "answer": None if request.answer is None else request.answer.value,
        "answered": request.answered,
    }
