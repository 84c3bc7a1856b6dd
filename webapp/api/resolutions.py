"""Resolution: who showed this code? For terminals that lawfully need to know, once, and with the holder's consent where it is all of a name or number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields

from codes.errors import StateError
from ecard import faults as record
from ecard.residents.resolving import WORDS, Asked
from webapp.api.wire import Blueprint, BytesField, PatternField, WholeField, idempotency_key, ref_field
from webapp.auth import callers
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.services import StandingOffice


class ResolutionAsked(Schema):
    """A code that was shown, and why it matters who showed it."""

    code = PatternField(r"SC1:[0-9A-Z $%*+./:-]{1,1196}", required=True)
    scanned = WholeField(
        required=True, metadata={"description": "When the terminal scanned it, seconds since 1970: the proof of this request signs that"}
    )
    item = PatternField(r"[a-z0-9][a-z0-9-]{0,63}", required=True, metadata={"example": "clinic-registration"})
    visit = PatternField(
        r"[A-Za-z0-9._-]{1,64}", required=True, metadata={"description": "The venue's reference; the same again is the same disclosure"}
    )
    consent = BytesField(most=32, load_default=None, allow_none=True, metadata={"description": "cnonce of the challenge that the code answers"})


class Resolution(Schema):
    """Exactly what the item needs."""

    resolution = ref_field(required=True)
    item = fields.String(required=True)
    visit = fields.String(required=True)
    fields_ = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, data_key="fields", metadata={"description": f"Of {', '.join(WORDS)}: the item's"}
    )
    at = WholeField(required=True)


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """Resolutions at `office`."""
    resolutions = Blueprint("resolutions", __name__, url_prefix="/v1/resolutions", description="身份查询 · Resolution")

    @resolutions.post("")
    @resolutions.arguments(ResolutionAsked)
    @resolutions.response(200, Resolution)
    @resolutions.refuses(
        (400, "resolution-code"),
        (
            409,
            "resolution-late, resolution-item, resolution-done, resolution-stopped, resolution-locked, consent-missing, temporary-use, account-inactive",
        ),
        (503, "Not now; Retry-After says when"),
    )
    def resolve(body: dict[str, Any]) -> dict[str, Any]:
        asked = Asked(code=body["code"], scanned=body["scanned"], item=body["item"], visit=body["visit"], consent=body["consent"])
        terminal, key = callers.terminal().terminal, idempotency_key()
        if not office.identifies(terminal):
            raise StateError(record.RESOLUTION_ITEM, scenes=", ".join(terminal.scenes))
        told = office.desk().once(key).resolve(terminal, asked, at=clock())
        return {"resolution": told.ref, "item": told.item, "visit": told.visit, "fields_": dict(told.fields), "at": told.at}

    return resolutions
