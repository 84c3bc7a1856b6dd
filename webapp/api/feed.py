"""The event stream: every new object of the status chain, sent to whoever is connected, the moment it is published (server-sent events)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate

from webapp.api.fields import PositionField
from webapp.problems import CONTENT_TYPE, Problem

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
        description="Events with id <region>/<space>/<epoch>.<seq> and, as data, the signed object in base64: a delta, or a heartbeat at least every minute",
    )
    @stream.alt_response(422, schema=Problem, content_type=CONTENT_TYPE, description="request-fields")
    @stream.alt_response(503, schema=Problem, content_type=CONTENT_TYPE, description="feed-full; Retry-After says when to come back")
    def events(query: dict[str, Any], headers: dict[str, Any]) -> Response:
        positions, last = dict(query["follow"]), headers["last_event_id"]
        only = bool(positions)
        if last is not None and (not only or last.chain in positions):
            positions[last.chain] = last.version
        if request.method == "HEAD":
            answer = Response(content_type=EVENTS)
        else:
            party = admission.enter(request.remote_addr or "")
            answer = Response(feed.stream(positions, only=only), content_type=EVENTS)
            answer.call_on_close(lambda: admission.leave(party))
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Accel-Buffering"] = "no"
        return answer

    return stream
