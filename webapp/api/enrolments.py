"""Enrolment of a phone: an activation code redeemed by a fresh key, the proof of that key, and looking until the chip has endorsed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from marshmallow import fields

from codes.errors import StateError
from ecard import faults
from webapp.api.wire import Blueprint, BytesField, PatternField, WholeField, idempotency_key, ref_field
from webapp.auth import callers
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecard.residents.enrolling import Enrolment
    from webapp.services import StandingOffice

_CODE = "12345678"


class Redeem(Schema):
    """An activation code."""

    code = PatternField("[0-9]{8}", required=True, metadata={"example": _CODE})


class Prove(Schema):
    """A key proof with purpose ENROLMENT over the nonce of this enrolment (codes/FORMAT.md)."""

    proof = BytesField(most=1024, required=True)


class EnrolmentAnswer(Schema):
    """An enrolment as it stands."""

    enrolment = ref_field(required=True)
    card = ref_field(required=True)
    region = fields.String(required=True, metadata={"example": "CN-CQ"})
    masked_name = fields.String(required=True, allow_none=True, metadata={"description": "In the first answer only", "example": "王*芳"})
    fingerprint = fields.String(required=True, metadata={"description": "Compare it with the other screen", "example": "4F2A 91C3"})
    state = fields.String(required=True, metadata={"enum": ["pending", "provisional", "active", "ended"]})
    phone = ref_field(required=True, allow_none=True)
    provisional_until = WholeField(required=True, allow_none=True)
    nonce = BytesField(
        most=32,
        required=True,
        allow_none=True,
        metadata={"description": "Prove the enrolment key over this now; null while nobody waits for a proof"},
    )
    expires = WholeField(required=True, metadata={"description": "When a pending key is forgotten, seconds since 1970"})


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """Enrolments at `office`."""
    enrolments = Blueprint("enrolments", __name__, url_prefix="/v1/enrolments", description="启用手机 · Enrolling a phone")

    @enrolments.post("")
    @enrolments.arguments(Redeem, example={"code": _CODE})
    @enrolments.response(201, EnrolmentAnswer)
    @enrolments.refuses((409, "activation-unusable, whatever is wrong with the code"), (429, "tried-too-often; Retry-After says when"))
    def begin(body: dict[str, Any]) -> dict[str, Any]:
        desk, key, address = office.desk(), callers.phone().key, request.remote_addr or ""
        desk.check_address(address, at=clock())
        try:
            return _told(desk.once(idempotency_key()).begin_enrolment(body["code"], key, at=clock()))
        except StateError as error:
            if error.code == faults.ACTIVATION_UNUSABLE.code:
                desk.note_address(address, at=clock())
            raise

    @enrolments.post("/<enrolment>/proof")
    @enrolments.arguments(Prove)
    @enrolments.response(200, EnrolmentAnswer)
    @enrolments.refuses((400, "nonce-unusable, key-proof, key-in-use"), (404, "nothing-of-yours"), (409, "card-held, phone-limit, wrong-state"))
    def prove(body: dict[str, Any], enrolment: str) -> dict[str, Any]:
        desk = office.desk().once(idempotency_key())
        return _told(desk.prove_enrolment(enrolment, callers.phone().key, body["proof"], at=clock()))

    @enrolments.get("/<enrolment>")
    @enrolments.response(200, EnrolmentAnswer)
    @enrolments.refuses((404, "nothing-of-yours"))
    def look(enrolment: str) -> dict[str, Any]:
        return _told(office.desk().enrolment(enrolment, callers.phone().key, at=clock()))

    return enrolments


def _told(found: Enrolment) -> dict[str, Any]:
    return {
        "enrolment": found.ref,
        "card": found.card,
        "region": found.region,
        "masked_name": found.masked_name or None,
        "fingerprint": found.fingerprint,
        "state": found.state.value,
        "phone": found.phone,
        "provisional_until": found.provisional_until,
        "nonce": found.nonce,
        "expires": found.expires,
    }
