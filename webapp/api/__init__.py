"""The API under /v1, described by /v1/openapi.json (OpenAPI 3.1), and two addresses for whoever watches the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, json
from flask_smorest import Api

from webapp import console, pages, problems, public
from webapp.api import (
    artefacts,
    cards,
    chain,
    challenges,
    credentials,
    docs,
    enrolments,
    feed,
    health,
    journal,
    locks,
    regions,
    reports,
    resolutions,
    spoken,
    terminals,
    time,
)
from webapp.api import office as office_calls
from webapp.api.description import describe, name_members
from webapp.auth import gate, operators
from webapp.auth import permissions as table
from webapp.public import sharing

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.exceptions import HTTPException

    from webapp.services import Services

TITLE = "川渝电子社保卡（演示系统）· E-card of Sichuan and Chongqing (demonstration system)"


class Service(Api):  # type: ignore[misc] # because flask-smorest has no types
    """flask-smorest, with our problem details instead of its own."""

    ERROR_SCHEMA = problems.Problem
    DEFAULT_ERROR_RESPONSE_NAME = None

    def description(self, app: Flask) -> dict[str, Any]:
        """The description, with what the table of permissions knows."""
        return describe(app, json.loads(json.dumps(self.spec.to_dict())), table.joined())

    def _openapi_json(self) -> Response:
        return Response(json.dumps(self.description(current_app), indent=2), content_type="application/json")

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Everything Flask refuses leaves as a problem too."""
        return problems.answer_http_exception(error)


def install(app: Flask, services: Services) -> None:
    """Put every address on `app`. Without an office there is none where one would be needed."""
    app.config |= {
        "API_TITLE": TITLE,
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
    folder, office, clock = services.folder, services.office, services.clock
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False  # what a method is not listed for it does not do
    people = None if office is None else operators.install(app, folder=office.folder, desk=office.desk, clock=clock)
    gate.install(app, services, people, table.joined())
    service = Service(app)
    service.ma_plugin.converter.attribute_functions.append(name_members)
    service.register_blueprint(time.blueprint(clock))
    service.register_blueprint(health.blueprint(services.readiness, services.names))
    service.register_blueprint(artefacts.blueprint(folder))
    service.register_blueprint(chain.blueprint(folder, services.feed, services.admission))
    service.register_blueprint(feed.blueprint(services.feed, services.admission))
    app.register_blueprint(docs.blueprint(lambda: service.description(app)))
    app.register_blueprint(pages.blueprint(services))
    if office is not None:
        for part in (journal, enrolments, cards, credentials, reports, locks, spoken, terminals, challenges, resolutions, regions):
            service.register_blueprint(part.blueprint(office, clock))
        if people is not None:
            service.register_blueprint(office_calls.blueprint(office, people, clock))
        app.register_blueprint(console.blueprint(services))
        app.register_blueprint(public.blueprint(services))
        app.register_blueprint(sharing.blueprint(services))
