"""The API under /v1, described by /v1/openapi.json (OpenAPI 3.1), and two addresses for whoever watches the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_smorest import Api

from webapp import problems
from webapp.api import artefacts, health
from webapp.published import PublishedFolder

if TYPE_CHECKING:
    from flask import Flask, Response
    from werkzeug.exceptions import HTTPException

    from webapp.settings import Settings

TITLE = "川渝电子社保卡（演示系统）· E-card of Sichuan and Chongqing (demonstration system)"


class Service(Api):  # type: ignore[misc] # because flask-smorest has no types
    """flask-smorest, with our problem details instead of its own."""

    ERROR_SCHEMA = problems.Problem
    DEFAULT_ERROR_RESPONSE_NAME = None

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Everything Flask refuses leaves as a problem too."""
        return problems.answer_http_exception(error)


def install(app: Flask, settings: Settings) -> None:
    """Put every address on `app`."""
    app.config |= {
        "API_TITLE": TITLE,
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
    folder = PublishedFolder(settings.published)
    service = Service(app)
    service.register_blueprint(health.blueprint(folder))
    service.register_blueprint(artefacts.blueprint(folder))
