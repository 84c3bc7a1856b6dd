"""Who asks, over what wire? The service in front of everything the other rooms publish.

    from webapp import create_app
    from webapp.settings import Settings

    app = create_app(Settings.from_environ())

Today it serves what anybody may read: the signed trust repository, the signed status lists and the status chain of one published folder, as static bytes,
and the chain's news the moment they are published; with an office behind it, it takes in what terminals send. A view is one sentence: name in, one call,
bytes out. Nothing happens at import, and making an application starts nothing. 演示系统: a demonstration, not an office of any government.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask, Response

    from webapp.settings import Settings

__all__ = ["create_app"]

MAX_BODY_BYTES = 64 * 1024
"""No request of ours needs more, but for those that say so themselves."""
SERVICES = "ecard"
"""Under which `app.extensions` holds the `webapp.services.Services` of an application."""


def create_app(settings: Settings, *, clock: Callable[[], datetime] | None = None) -> Flask:
    """The service for `settings`: a new application each time, sharing nothing with another. `clock` is where time enters; by default the machine's."""
    from flask import Flask  # noqa: PLC0415 because the command line lives in this package and must be able to say that an extra is missing

    from webapp import api, operations, problems  # noqa: PLC0415 because of the same
    from webapp.services import Services  # noqa: PLC0415 because of the same

    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.merge_slashes = False  # one address for one thing: no redirect from a second spelling
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # because Flask's own provider has it; a replaced one might not
    app.config["PUBLIC_SITE"] = settings.app_origin or ""
    services = app.extensions[SERVICES] = Services.of(settings, clock)
    problems.install(app)
    api.install(app, services)
    app.after_request(_harden)
    operations.install(app, services, settings)
    return app


def _harden(response: Response) -> Response:
    """A page comes with a policy of its own and keeps it."""
    from webapp.operations.front import HARDENED  # noqa: PLC0415 because of the extra that may be missing

    for name, value in HARDENED:
        response.headers.setdefault(name, value)
    return response
