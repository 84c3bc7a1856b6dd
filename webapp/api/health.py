"""Two addresses for whoever watches the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from webapp.problems import CONTENT_TYPE, Problem

if TYPE_CHECKING:
    from webapp.published import PublishedFolder


class Pulse(Schema):
    """One word."""

    status = fields.String(required=True)


def blueprint(folder: PublishedFolder) -> Blueprint:
    """The two addresses, over `folder`."""
    watch = Blueprint("health", __name__, description="为运维值守而设 · For whoever watches the service")

    @watch.get("/healthz")
    @watch.response(200, Pulse, description="The process answers")
    def live() -> dict[str, str]:
        return {"status": "live"}

    @watch.get("/readyz")
    @watch.response(200, Pulse, description="There is something to serve")
    @watch.alt_response(503, schema=Problem, content_type=CONTENT_TYPE, description="not-ready")
    def ready() -> dict[str, str]:
        folder.check_ready()
        return {"status": "ready"}

    return watch
