"""The event stream: every new object of the status chain, sent to whoever is connected, the moment it is published (server-sent events)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import RAISE, fields, validate

from webapp.api.fields import PositionField, SecondsField
from webapp.feeding.reader import LONGEST_BEAT_S, Wish
from webapp.problems import CONTENT_TYPE, Problem
from webapp.shapes import Schema

if TYPE_CHECKING:
    from webapp.feeding.admission import Admission
    from webapp.feeding.feed import Feed

EVENTS = "text/event-stream"
MOST_CHAINS = 64


class StreamQuery(Schema):
    """What a reader wants to hear."""

    follow = fields.List(
        PositionField(),
        load_default=list,
        validate=validate.Length(max=MOST_CHAINS),
        metadata={
            "description": "A chain, <region>/<space>, with the version that is held, /<epoch>.<seq>; may be repeated. None: every chain",
            "example": ["CN-CQ/phone/1.345"],
        },
    )

    beat = SecondsField(
        load_default=0,
        most=LONGEST_BEAT_S,
        metadata={"description": f"Seconds for which a head that has not changed need not be said again, at most {LONGEST_BEAT_S}", "example": 300},
    )
    gathered = fields.String(
        load_default="0",
        validate=validate.OneOf(("0", "1")),
        metadata={"description": "1: the changes of each five minutes in one object, when they are over; for a line that is paid by the byte"},
    )


class StreamHeaders(Schema):
    """What a reader who comes back says."""

    last_event_id = PositionField(
        data_key="Last-Event-ID", load_default=None, metadata={"description": "Id of the last event received: what came after it is sent first"}
    )


def blueprint(feed: Feed, admission: Admission) -> Blueprint:
    """The event stream of `feed`."""
    stream = Blueprint("feed", __name__, url_prefix="/v1/status", description="状态推送 · The status chain as it is published")

    @stream.get("/events")
    @stream.arguments(StreamQuery, location="query", unknown=RAISE)
    @stream.arguments(StreamHeaders, location="headers")
    @stream.response(
        200,
        {"type": "string"},
        content_type=EVENTS,
        description="Events with id <region>/<space>/<epoch>.<seq> and, as data, the signed object in base64: a delta, or a heartbeat every minute unless the reader wants it less often",
    )
    @stream.alt_response(422, schema=Problem, content_type=CONTENT_TYPE, description="request-fields")
    @stream.alt_response(503, schema=Problem, content_type=CONTENT_TYPE, description="feed-full; Retry-After says when to come back")
    def events(query: dict[str, Any], headers: dict[str, Any]) -> Response:
        positions, last = dict(query["follow"]), headers["last_event_id"]
        only = bool(positions)
        wish = Wish(only=only, beat=query["beat"], gathered=query["gathered"] == "1")
        if last is not None and (not only or last.chain in positions):
            positions[last.chain] = last.version
        if request.method == "HEAD":
            answer = Response(content_type=EVENTS)
        else:
            party = admission.enter(request.remote_addr or "")
            answer = Response(feed.stream(positions, wish), content_type=EVENTS)
            answer.call_on_close(lambda: admission.leave(party))
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Accel-Buffering"] = "no"
        return answer

    return stream
