"""What terminals send: their journals, and which status versions they hold. Signed by the terminal itself, counted once however often it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from flask_smorest import Blueprint
from marshmallow import fields
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from codes.upload import MAX_UPLOAD
from webapp.api.artefacts import BYTES
from webapp.problems import CONTENT_TYPE, Problem
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.services import StandingOffice

OCTETS = "application/octet-stream"
MAX_ACK = 8 * 1024
"""Bytes of an acknowledgement: 64 versions and a signature need half of it."""


class JournalAnswer(Schema):
    """How far a journal has arrived. What was odd about it is for people to look at, and is not told here."""

    terminal = fields.String(required=True)
    seq = fields.Integer(required=True, metadata={"description": "Every entry up to this one is here; go on with the next"})
    taken = fields.Integer(required=True, metadata={"description": "Entries that were new"})


class AckAnswer(Schema):
    """An acknowledgement was noted."""

    terminal = fields.String(required=True)
    versions = fields.Integer(required=True, metadata={"description": "Chains whose versions were noted"})


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """What the terminals of `office` send."""
    journal = Blueprint("journal", __name__, url_prefix="/v1", description="终端上传 · What terminals send")

    @journal.post("/journal")
    @journal.response(200, JournalAnswer)
    @journal.alt_response(
        400, schema=Problem, content_type=CONTENT_TYPE, description="journal-upload, journal-signature, journal-sealed, journal-entry"
    )
    @journal.alt_response(
        409, schema=Problem, content_type=CONTENT_TYPE, description="journal-gap (facts: next), journal-forked, terminal-unknown, terminal-ended"
    )
    @journal.alt_response(413, schema=Problem, content_type=CONTENT_TYPE, description="request-refused")
    @journal.alt_response(415, schema=Problem, content_type=CONTENT_TYPE, description="request-refused")
    @journal.alt_response(503, schema=Problem, content_type=CONTENT_TYPE, description="Not now; Retry-After says when")
    @journal.doc(requestBody={"required": True, "content": {OCTETS: {"schema": BYTES}}})
    def take() -> dict[str, object]:
        taken = office.desk().take_journal(_body(MAX_UPLOAD), at=clock())
        return {"terminal": taken.terminal, "seq": taken.seq, "taken": taken.taken}

    @journal.post("/acks")
    @journal.response(200, AckAnswer)
    @journal.alt_response(400, schema=Problem, content_type=CONTENT_TYPE, description="cbor-*, cose-*, claim-value, ack-signature")
    @journal.alt_response(409, schema=Problem, content_type=CONTENT_TYPE, description="terminal-unknown, terminal-ended")
    @journal.alt_response(413, schema=Problem, content_type=CONTENT_TYPE, description="request-refused")
    @journal.alt_response(415, schema=Problem, content_type=CONTENT_TYPE, description="request-refused")
    @journal.alt_response(503, schema=Problem, content_type=CONTENT_TYPE, description="Not now; Retry-After says when")
    @journal.doc(requestBody={"required": True, "content": {OCTETS: {"schema": BYTES}}})
    def acknowledge() -> dict[str, object]:
        ack = office.desk().take_ack(_body(MAX_ACK), at=clock())
        return {"terminal": ack.says.terminal, "versions": len(ack.says.versions)}

    return journal


def _body(limit: int) -> bytes:
    """The bytes of the request, at most `limit`."""
    if request.mimetype != OCTETS:
        raise UnsupportedMediaType
    request.max_content_length = limit + 1  # a body without a length is cut off there, and must not be taken for a whole one
    body = request.get_data()
    if len(body) > limit:
        raise RequestEntityTooLarge
    return body
