"""Fresh credentials for a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from codes.claims import Profile
from ecard import CredentialRequest
from webapp.api.wire import Blueprint, BytesField, WholeField, idempotency_key, own_nonce_field, ref_field
from webapp.auth import callers
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.services import StandingOffice


class OneRequest(Schema):
    """One credential, and the proof of its own fresh holder key (purpose HOLDER over the nonce)."""

    profile = WholeField(required=True, validate=validate.OneOf([int(Profile.GENERAL), int(Profile.IDENTITY)]))
    proof = BytesField(most=1024, required=True)


class Renewal(Schema):
    """A batch of credentials; `proof` is the enrolment key's over nonce, phone and requests (`ecard.phones.renewal_binding`)."""

    card = ref_field(required=True)
    phone = ref_field(required=True)
    nonce = own_nonce_field()
    proof = BytesField(most=1024, required=True)
    requests = fields.List(fields.Nested(OneRequest), required=True, validate=validate.Length(min=1, max=16))


class Renewed(Schema):
    """Credentials in the order asked for."""

    credentials = fields.List(BytesField(most=4096), required=True)


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """Credentials at `office`."""
    credentials = Blueprint("credentials", __name__, url_prefix="/v1", description="凭证 · Credentials")

    @credentials.post("/credentials")
    @credentials.arguments(Renewal)
    @credentials.response(201, Renewed)
    @credentials.refuses(
        (400, "nonce-unusable, key-proof, key-in-use, request-profiles"),
        (404, "nothing-of-yours"),
        (409, "card-held, card-expired, wrong-state, phone-provisional, renew-too-early, issue-overtaken"),
        (503, "Not now; Retry-After says when"),
    )
    def renew(body: dict[str, Any]) -> dict[str, Any]:
        key = idempotency_key()
        requests = tuple(CredentialRequest(profile=Profile(asked["profile"]), proof=asked["proof"]) for asked in body["requests"])
        issued = office.desk().renew_mine(
            callers.phone().unspent(), body["card"], body["phone"], key=key, nonce=body["nonce"], proof=body["proof"], requests=requests, at=clock()
        )
        return {"credentials": [credential.raw for credential in issued]}

    return credentials
