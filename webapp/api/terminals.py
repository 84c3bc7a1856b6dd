"""What a terminal is told about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields

from ecard.residents.speaking import venue_number
from webapp.api.wire import Blueprint, WholeField
from webapp.auth import callers
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.services import StandingOffice


class TerminalAnswer(Schema):
    """A terminal as it is registered."""

    terminal = fields.String(required=True, metadata={"example": "T-1"})
    region = fields.String(required=True, metadata={"example": "CN-CQ"})
    venue = fields.String(required=True)
    scenes = fields.List(fields.String(), required=True)
    venue_number = fields.String(required=True, metadata={"description": "To be shown at the counter, for spoken codes", "example": "12345678"})
    registered = WholeField(required=True, metadata={"description": "Seconds since 1970"})


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """Terminals of `office`."""
    del office, clock  # the gate has looked the caller up
    terminals = Blueprint("terminals", __name__, url_prefix="/v1/terminals", description="终端 · Terminals")

    @terminals.get("/self")
    @terminals.response(200, TerminalAnswer)
    def look() -> dict[str, Any]:
        terminal = callers.terminal().terminal
        return {
            "terminal": terminal.ref,
            "region": terminal.region,
            "venue": terminal.venue,
            "scenes": list(terminal.scenes),
            "venue_number": venue_number(terminal),
            "registered": terminal.registered,
        }

    return terminals
