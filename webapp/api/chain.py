"""The status chain: signed objects as static bytes, and the newest head for whoever waits for it. Every object proves itself, from whichever cache it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import RAISE

from webapp.api.artefacts import BYTES, serve
from webapp.api.fields import LONGEST_WAIT_S, SecondsField, VersionField
from webapp.feeding.news import ChainName
from webapp.problems import CONTENT_TYPE, Problem
from webapp.shapes import Schema

if TYPE_CHECKING:
    from webapp.feeding.admission import Admission
    from webapp.feeding.feed import Feed
    from webapp.published import PublishedFolder

COSE = 'application/cose; cose-type="cose-sign1"'
OCTETS = "application/octet-stream"
_UNCHANGED = "The bytes of If-None-Match are still the newest"


class HeadQuery(Schema):
    """What a long poll says."""

    since = VersionField(
        load_default=None, metadata={"description": "The version that the terminal has, <epoch>.<seq>: wait for a later one", "example": "1.345"}
    )
    wait = SecondsField(
        load_default=0,
        most=LONGEST_WAIT_S,
        metadata={"description": f"Seconds to wait for it, at most {LONGEST_WAIT_S}; then the head is answered as it is"},
    )


def blueprint(folder: PublishedFolder, feed: Feed, admission: Admission) -> Blueprint:
    """The chains of `folder`."""
    chain = Blueprint("chain", __name__, url_prefix="/v1/status/<region>/<space>", description="状态链 · The status chain, for our own terminals")

    @chain.get("/head")
    @chain.arguments(HeadQuery, location="query", unknown=RAISE)
    @chain.response(200, BYTES, content_type=COSE, description="The newest heartbeat: which version stands, and when that was said")
    @chain.alt_response(304, description=_UNCHANGED)
    @chain.alt_response(404, schema=Problem, content_type=CONTENT_TYPE, description="not-found")
    @chain.alt_response(422, schema=Problem, content_type=CONTENT_TYPE, description="request-fields")
    @chain.alt_response(503, schema=Problem, content_type=CONTENT_TYPE, description="feed-full, not-readable; Retry-After says when to come back")
    def head(query: dict[str, Any], region: str, space: str) -> Response:
        file = folder.head(region, space)
        if query["since"] is None:
            return serve(file, COSE)
        party = admission.enter(request.remote_addr or "")
        try:
            feed.wait(ChainName(region, space), query["since"], within=query["wait"])
        finally:
            admission.leave(party)
        answer = serve(folder.head(region, space), COSE)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @chain.get("/index")
    @chain.response(
        200, {"type": "object"}, description="Which objects there are: {epoch, seq, snapshots: [seq], deltas: [[from, to]]}. Advice, not signed"
    )
    @chain.alt_response(304, description=_UNCHANGED)
    @chain.alt_response(404, schema=Problem, content_type=CONTENT_TYPE, description="not-found")
    def index(region: str, space: str) -> Response:
        return serve(folder.index(region, space), "application/json")

    @chain.get("/<epoch>/s/<seq>")
    @chain.response(200, BYTES, content_type=COSE, description="What is signed of the whole of version <seq>; never changes")
    @chain.alt_response(304, description=_UNCHANGED)
    @chain.alt_response(404, schema=Problem, content_type=CONTENT_TYPE, description="not-found")
    def snapshot(region: str, space: str, epoch: str, seq: str) -> Response:
        return serve(folder.snapshot(region, space, epoch, seq), COSE)

    @chain.get("/<epoch>/s/<seq>/body")
    @chain.response(200, BYTES, content_type=OCTETS, description="The lists that the manifest /<epoch>/s/<seq> speaks of; never changes")
    @chain.alt_response(304, description=_UNCHANGED)
    @chain.alt_response(404, schema=Problem, content_type=CONTENT_TYPE, description="not-found")
    def body(region: str, space: str, epoch: str, seq: str) -> Response:
        return serve(folder.body(region, space, epoch, seq), OCTETS)

    @chain.get("/<epoch>/d/<span>")
    @chain.response(200, BYTES, content_type=COSE, description='What leads from one version to a later one, "41-42"; never changes')
    @chain.alt_response(304, description=_UNCHANGED)
    @chain.alt_response(404, schema=Problem, content_type=CONTENT_TYPE, description="not-found")
    def delta(region: str, space: str, epoch: str, span: str) -> Response:
        return serve(folder.delta(region, space, epoch, span), COSE)

    return chain
