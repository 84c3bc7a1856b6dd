"""What time it is, for phones: they measure how far their own clock is off and put our time into their codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, jsonify

from webapp.api.wire import Blueprint, WholeField
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class Now(Schema):
    """The service's time."""

    now = WholeField(required=True, metadata={"description": "Milliseconds since 1970 UTC", "example": 1795305600000})


def blueprint(clock: Callable[[], datetime]) -> Blueprint:
    """The one address."""
    time = Blueprint("time", __name__, url_prefix="/v1", description="时间 · Time")

    @time.get("/time")
    @time.response(200, Now)
    def now() -> Response:
        answer = jsonify({"now": int(clock().timestamp() * 1000)})
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return time
