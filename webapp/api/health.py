"""Two addresses for whoever watches the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_smorest import Blueprint
from marshmallow import fields

from webapp.problems import CONTENT_TYPE, Problem
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.operations.readiness import Readiness as Looking


class Pulse(Schema):
    """One word."""

    status = fields.String(required=True)


class Readiness(Pulse):
    """One word, and what there is."""

    serves = fields.List(fields.String(), required=True, metadata={"description": "artefacts, chain, feed; journal where an office stands behind it"})
    lacks = fields.List(fields.String(), metadata={"description": "what is away and can be done without for a while: redis"})


def blueprint(looking: Looking, serves: Sequence[str]) -> Blueprint:
    """The two addresses; `serves` names the parts of this service."""
    watch = Blueprint("health", __name__, description="为运维值守而设 · For whoever watches the service")

    @watch.get("/healthz")
    @watch.response(200, Pulse, description="The process answers")
    def live() -> dict[str, str]:
        return {"status": "live"}

    @watch.get("/readyz")
    @watch.response(200, Readiness, description="There is something to serve, and the record answers")
    @watch.alt_response(
        503, schema=Problem, content_type=CONTENT_TYPE, description="not-ready, not-readable, ending, store-unavailable, store-behind"
    )
    def ready() -> dict[str, object]:
        lacks = looking.check()
        return {"status": "ready", "serves": serves, **({"lacks": lacks} if lacks else {})}

    return watch
