"""Nonces for what a phone proves, and fresh credentials for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from codes.claims import Profile
from ecard import CredentialRequest, NoncePurpose
from webapp.api.wire import Blueprint, BytesField, WholeField, idempotency_key, ref_field
from webapp.auth import callers
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.services import StandingOffice

_PURPOSES = {"renew": NoncePurpose.RENEW, "act": NoncePurpose.ACT}


class NonceWanted(Schema):
    """What a nonce is to make fresh."""

    card = ref_field(required=True)
    purpose = fields.String(required=True, validate=validate.OneOf(sorted(_PURPOSES)))


class NonceGiven(Schema):
    """A nonce for one act on one card."""

    nonce = BytesField(most=32, required=True)
    expires = WholeField(required=True, metadata={"description": "Seconds since 1970; it lives a minute"})


class OneRequest(Schema):
    """One credential, and the proof of its own fresh holder key (purpose HOLDER over the nonce)."""

    profile = WholeField(required=True, validate=validate.OneOf([int(Profile.GENERAL), int(Profile.IDENTITY)]))
    proof = BytesField(most=1024, required=True)


class Renewal(Schema):
    """A batch of credentials; `proof` is the enrolment key's over all of it (`ecard.phones.renewal_binding`)."""

    card = ref_field(required=True)
    phone = ref_field(required=True)
    nonce = BytesField(most=32, required=True)
    proof = BytesField(most=1024, required=True)
    requests = fields.List(fields.Nested(OneRequest), required=True, validate=validate.Length(min=1, max=16))


class Renewed(Schema):
    """Credentials in the order asked for."""

    credentials = fields.List(BytesField(most=4096), required=True)


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """Nonces and credentials at `office`."""
    credentials = Blueprint("credentials", __name__, url_prefix="/v1", description="凭证 · Credentials")

    @credentials.post("/nonces")
    @credentials.arguments(NonceWanted)
    @credentials.response(201, NonceGiven)
    @credentials.refuses((404, "nothing-of-yours"))
    def give(body: dict[str, Any]) -> dict[str, Any]:
        nonce = office.desk().my_nonce(callers.phone().unspent(), body["card"], _PURPOSES[body["purpose"]], at=clock())
        return {"nonce": nonce.value, "expires": nonce.expires}

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
