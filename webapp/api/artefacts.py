"""What anybody may read: signed files as static bytes. They prove themselves; a cache, a mirror or a stick serves them just as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request
from flask_smorest import Blueprint

from codes.status import TYP_STATUS_LIST
from webapp.problems import CONTENT_TYPE, Problem

if TYPE_CHECKING:
    from webapp.published import PublishedFolder, SignedFile

BYTES = {"type": "string", "format": "binary"}
ONE_YEAR_S = 365 * 24 * 3600


def blueprint(folder: PublishedFolder) -> Blueprint:
    """The trust repository and the status lists of `folder`."""
    artefacts = Blueprint("artefacts", __name__, url_prefix="/v1", description="已签名的公开文件 · Signed public files")

    @artefacts.get("/trust/<path:name>")
    @artefacts.response(200, BYTES, content_type="application/octet-stream", description="Trust metadata (TUF, JSON) or one of its targets")
    @artefacts.alt_response(304, description="The bytes of If-None-Match are still the newest")
    @artefacts.alt_response(404, schema=Problem, content_type=CONTENT_TYPE, description="not-found")
    def trust(name: str) -> Response:
        return serve(folder.trust(name), "application/json" if name.endswith(".json") else "application/octet-stream")

    @artefacts.get("/status/aggregation")
    @artefacts.response(200, {"type": "object"}, description="The uris of all status lists: {status_lists: [uri]}")
    @artefacts.alt_response(304, description="The bytes of If-None-Match are still the newest")
    @artefacts.alt_response(404, schema=Problem, content_type=CONTENT_TYPE, description="not-found")
    def aggregation() -> Response:
        return serve(folder.aggregation(), "application/json")

    @artefacts.get("/status/<shard>")
    @artefacts.response(200, BYTES, content_type=TYP_STATUS_LIST, description="Status list token of one shard (IETF Token Status List, CWT)")
    @artefacts.alt_response(304, description="The bytes of If-None-Match are still the newest")
    @artefacts.alt_response(404, schema=Problem, content_type=CONTENT_TYPE, description="not-found")
    def status(shard: str) -> Response:
        return serve(folder.status(shard), TYP_STATUS_LIST)

    return artefacts


def serve(file: SignedFile, content_type: str) -> Response:
    """The bytes with an ETag. What never changes may be kept for a year; anything else is asked for again each time, cheaply."""
    answer = Response(file.content, content_type=content_type)
    answer.set_etag(file.etag)
    answer.cache_control.public = True
    if file.immutable:
        answer.cache_control.immutable = True
        answer.cache_control.max_age = ONE_YEAR_S
    else:
        answer.cache_control.no_cache = True
    answer.make_conditional(request)
    return answer
