"""The spoken fallback: two numbers for a phone to show, and the check of both at a venue's terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields

from codes.claims import Profile
from codes.reasons import ACCEPTED, TABLE, Reason
from ecard.lifecycle import CarrierStatus
from ecard.residents.speaking import DIGITS, STEP
from webapp.api.wire import Blueprint, BytesField, PatternField, WholeField, idempotency_key, ref_field
from webapp.auth import callers
from webapp.problems import Bilingual
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecard.residents.speaking import Heard
    from webapp.services import StandingOffice

_REFUSALS = {CarrierStatus.SUSPENDED: Reason.SUSPENDED, CarrierStatus.FROZEN: Reason.FROZEN, CarrierStatus.ENDED: Reason.REVOKED}


class SpokenWanted(Schema):
    """At which venue."""

    card = ref_field(required=True)
    venue = PatternField("[0-9]{8}", required=True, metadata={"description": "The number shown at the counter", "example": "12345678"})


class SpokenGiven(Schema):
    """What the phone shows, and what it makes its numbers of (RFC 6238, HMAC-SHA-256)."""

    locator = fields.String(required=True, metadata={"example": "204811937"})
    secret = BytesField(most=64, required=True)
    step = WholeField(required=True)
    digits = WholeField(required=True)
    expires = WholeField(required=True)


class SpokenHeard(Schema):
    """What was read aloud."""

    locator = PatternField("[0-9]{9}", required=True, metadata={"example": "204811937"})
    code = PatternField("[0-9]{8}", required=True, metadata={"example": "12345678"})


class SpokenVerdict(Schema):
    """A verdict as a scan gives it. What was wrong with a pair is not said."""

    verdict = fields.String(required=True, metadata={"enum": ["accepted", "refused"]})
    reason = fields.String(required=True, allow_none=True)
    number = WholeField(required=True)
    notes = fields.List(fields.String(), required=True)
    iss = fields.String(required=True, allow_none=True)
    profile = WholeField(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True, metadata={"description": "Masked", "example": "王*芳"})
    tail = fields.String(required=True, allow_none=True, metadata={"example": "002X"})
    hint = fields.Nested(Bilingual, required=True)


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """Spoken codes at `office`."""
    spoken = Blueprint("spoken", __name__, url_prefix="/v1/spoken", description="口述号码 · Spoken codes, where no camera works")

    @spoken.post("")
    @spoken.arguments(SpokenWanted)
    @spoken.response(201, SpokenGiven)
    @spoken.refuses((404, "nothing-of-yours"), (409, "card-held, phone-provisional"), (429, "spoken-limit; Retry-After says when"))
    def begin(body: dict[str, Any]) -> dict[str, Any]:
        given = office.desk().once(idempotency_key()).begin_spoken(callers.phone().key, body["card"], body["venue"], at=clock())
        return {"locator": given.locator, "secret": given.secret, "step": STEP, "digits": DIGITS, "expires": given.expires}

    @spoken.post("/checks")
    @spoken.arguments(SpokenHeard)
    @spoken.response(200, SpokenVerdict)
    @spoken.refuses((429, "tried-too-often; Retry-After says when"))
    def check(body: dict[str, Any]) -> dict[str, Any]:
        desk, terminal = office.desk().once(idempotency_key()), callers.terminal().terminal
        return _verdict(desk.hear_spoken(terminal, body["locator"], body["code"], at=clock()), named=office.identifies(terminal))

    return spoken


def _verdict(heard: Heard | None, *, named: bool) -> dict[str, Any]:
    """The answer; `named` where the place asks for identities, as its scans do. A gate is told that the pair was right."""
    reason = Reason.CODE_EXPIRED if heard is None else _REFUSALS.get(heard.status)
    if heard is not None and reason is None and heard.expired:
        reason = Reason.CREDENTIAL_EXPIRED
    entry = ACCEPTED if reason is None else TABLE[reason]
    known = heard if reason is None else None
    return {
        "verdict": "accepted" if reason is None else "refused",
        "reason": None if reason is None else reason.value,
        "number": entry.number,
        "notes": [],
        "iss": None if known is None else known.region,
        "profile": None if known is None else int(Profile.IDENTITY if named else Profile.GENERAL),
        "name": known.masked_name if known is not None and named else None,
        "tail": known.tail if known is not None and named else None,
        "hint": entry.action._asdict(),
    }
