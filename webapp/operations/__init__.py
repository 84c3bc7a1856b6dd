"""For whoever runs the service.

logs        one event, one line of JSON, nobody in it
figures     for Prometheus
kinds, tallies, shared_tallies, limits      how often anybody may ask
orders      who is served first when not all can be
early       a proof that is too old, told before anything else
front       the door that joins them, before the application proper
doctor      what is not as it should be, and what to do about it
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.services import Services
    from webapp.settings import Settings


def install(app: Flask, services: Services, settings: Settings) -> None:
    """Put the front door before `app`, and our own proxies, which alone are believed about where a request comes from, before the door."""
    from werkzeug.middleware.proxy_fix import ProxyFix  # noqa: PLC0415 because settings and limits are read where no service is installed

    from webapp.operations.early import Early  # noqa: PLC0415 because of the same
    from webapp.operations.figures import Figures  # noqa: PLC0415 because of the same
    from webapp.operations.front import Front  # noqa: PLC0415 because of the same
    from webapp.operations.orders import Order, Turns  # noqa: PLC0415 because of the same

    figures, turns = Figures(folder=settings.metrics_folder), Turns()
    figures.watch("streams", "Streams and long polls that are connected", lambda: services.admission.inside)
    figures.watch("limits_shared", "Processes whose limits are joined by Redis", lambda: services.limits.is_shared)
    for order in set(Order) - {Order.FREE}:
        for what, told, count in (("inside", "are served", turns.inside), ("waiting", "wait for a place", turns.waiting)):
            figures.watch(f"{what}_{order.value}", f"Requests of the order {order.value} that {told}", partial(count, order))
    app.debug = settings.debug
    app.after_request(_note_route)
    app.wsgi_app = Front(app.wsgi_app, settings, figures, turns, Early(services))  # type: ignore[method-assign] # because this is how Flask is wrapped
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign] # because of the same


def _note_route(response: Response) -> Response:
    """Leave the pattern of the address for the log: the address itself may name somebody."""
    from flask import request  # noqa: PLC0415 because of the extra that may be missing

    from webapp.operations.front import ROUTE  # noqa: PLC0415 because of the same

    request.environ[ROUTE] = request.url_rule.rule if request.url_rule is not None else "-"
    return response
