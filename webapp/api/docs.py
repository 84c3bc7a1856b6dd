"""/docs: the description of the API as a page to read, made from the description itself; nothing is fetched from anywhere, and nothing in it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template

if TYPE_CHECKING:
    from collections.abc import Callable

_SHEET = Path(__file__).parent.parent / "templates" / "docs.css"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def blueprint(description: Callable[[], dict[str, Any]]) -> Blueprint:
    """The page, and the sheet that it looks like."""
    docs = Blueprint("docs", __name__, template_folder="../templates", static_folder=None)

    @docs.get("/docs")
    def page() -> Response:
        told = description()
        operations = [
            {"path": path, "method": method.upper(), "tag": (offer.get("tags") or ["api"])[0], **offer}
            for path, offers in told["paths"].items()
            for method, offer in offers.items()
            if method != "parameters"
        ]
        for operation in operations:
            operation["request_example"] = _example(operation.get("requestBody", {}))
        tags = {tag["name"]: tag.get("description", tag["name"]) for tag in told.get("tags", [])}
        answer = Response(
            render_template("docs.html", told=told, operations=operations, tags=tags, pretty=_pretty), content_type="text/html; charset=utf-8"
        )
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    @docs.get("/docs/look.css")
    def look() -> Response:
        return Response(_SHEET.read_bytes(), content_type="text/css; charset=utf-8")

    return docs


def _example(body: dict[str, Any]) -> str | None:
    for content in body.get("content", {}).values():
        if "example" in content:
            return _pretty(content["example"])
    return None


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
