"""The front door: what happens to every request before and after the application proper, and what is answered without it.

a number for the request   in the log, in the answer as X-Request-Id, and beside an incident
the right house            in production residents' and operators' addresses are two origins; neither answers for the other
a fresh nonce              for a phone's proof that is too old, with 401, where phones come all at once
a place                    of the request's order, or away with 503 and Retry-After
the whole body             of a small request, read before the place is taken: who drips holds up nobody
/metrics                   for those addresses alone that may read it
"""

from __future__ import annotations

import io
import json
import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from codes.errors import CardError, InputError, SetupError
from webapp import faults
from webapp.auth import proofs
from webapp.operations import logs
from webapp.operations.figures import CONTENT_TYPE
from webapp.operations.orders import Order, Turns, order_of
from webapp.settings import may_read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from webapp.operations.early import Early
    from webapp.operations.figures import Figures
    from webapp.settings import Settings

REQUEST_ID, ROUTE = "ecard.request_id", "ecard.route"
"""Where a request's number, and the pattern of its address once that is known, stand in its environment."""
SMALL_BODY = 64 * 1024
"""Bytes that are read before a place is taken."""
RETRY_AFTER_S = 5
"""Over so many seconds, after as many, those who were sent away are spread."""
HARDENED = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Frame-Options", "DENY"),  # for what is too old to know frame-ancestors
    ("Referrer-Policy", "no-referrer"),
)
"""Of what is no page: no type is guessed, nothing in it runs, nobody frames it."""
_LENGTH = re.compile(r"[0-9]{1,12}")
_IMPATIENT = frozenset(Order) - {Order.FREE, Order.BULK}
_OFFICE = ("/console", "/v1/office")
"""Where operators have a session: never at the origin at which residents' pages run."""
_WATCHED = ("/healthz", "/readyz", "/metrics")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Houses:
    """Which hosts this service answers for: all there are, where it has one origin."""

    app: str | None
    console: str | None

    @classmethod
    def of(cls, settings: Settings) -> Houses:
        """As the settings say."""
        return cls(app=_host(settings.app_origin), console=_host(settings.console_origin))

    def answers(self, host: str, path: str) -> bool:
        """Whether an address is to be found at this host. Whoever watches the service may call it by any name."""
        if (self.app is None and self.console is None) or path in _WATCHED:
            return True
        ours = any(path == house or path.startswith(f"{house}/") for house in _OFFICE)
        return host.lower() == (self.console if ours else self.app)


class Front:
    """The door of one application."""

    def __init__(self, inner: WSGIApplication, settings: Settings, figures: Figures, turns: Turns, early: Early | None = None) -> None:
        self._inner = inner
        self._early = early
        self._houses = Houses.of(settings)
        self._readers = settings.metrics
        self._figures = figures
        self._turns = turns

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        began, path = perf_counter(), str(environ.get("PATH_INFO", ""))
        request = environ[REQUEST_ID] = f"r{secrets.token_hex(8)}"
        order, statuses = order_of(path), [500]

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            statuses[0] = int(status[:3])
            return start_response(status, [*headers, ("X-Request-Id", request)], *rest)

        try:
            return self._answer(environ, begin, path, order)
        finally:
            method = str(environ.get("REQUEST_METHOD", ""))
            method, route, seconds = method if method in _METHODS else "-", str(environ.get(ROUTE, "-")), perf_counter() - began
            self._figures.answered(method, route, statuses[0], order, seconds)
            logs.event("request", id=request, method=method, route=route, status=statuses[0], ms=round(seconds * 1000, 1))

    def _answer(self, environ: WSGIEnvironment, begin: StartResponse, path: str, order: Order) -> Iterable[bytes]:
        if path == "/metrics":
            return self._metrics(environ, begin)
        if not self._houses.answers(str(environ.get("HTTP_HOST", "")), path):
            return _problem(begin, CardError(faults.NOT_FOUND), HTTPStatus.NOT_FOUND)
        if not _has_one_length(environ):
            return _problem(begin, CardError(faults.REQUEST), HTTPStatus.BAD_REQUEST, ("Connection", "close"))
        if order in _IMPATIENT and "HTTP_TRANSFER_ENCODING" in environ:  # a body of no known length could drip in while it holds a place
            return _problem(begin, CardError(faults.REQUEST), HTTPStatus.LENGTH_REQUIRED, ("Connection", "close"))
        _read_small(environ)
        if order is Order.RENEWAL and self._early is not None and (nonce := self._early.fresh(environ)) is not None:
            environ[ROUTE] = path
            return _problem(begin, InputError(faults.PROOF_NONCE), HTTPStatus.UNAUTHORIZED, (proofs.NONCE_HEADER, nonce), proofs.ASKS_NONCE)
        with self._turns.turn(order) as got:
            if got:
                return self._inner(environ, begin)
        self._figures.shed(order)
        wait = RETRY_AFTER_S + secrets.randbelow(RETRY_AFTER_S)
        return _problem(begin, SetupError(faults.OVERLOADED, after_s=wait), HTTPStatus.SERVICE_UNAVAILABLE, ("Retry-After", str(wait)))

    def _metrics(self, environ: WSGIEnvironment, begin: StartResponse) -> Iterable[bytes]:
        environ[ROUTE] = "/metrics"
        if environ.get("REQUEST_METHOD") != "GET" or not may_read(self._readers, str(environ.get("REMOTE_ADDR", ""))):
            return _problem(begin, CardError(faults.NOT_FOUND), HTTPStatus.NOT_FOUND)
        page = self._figures.page()
        begin("200 OK", [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(page))), ("Cache-Control", "no-store")])
        return [page]


def _has_one_length(environ: WSGIEnvironment) -> bool:
    """Whether a body's length is said once, and in one way: what two servers could read differently is read by none (threat G14)."""
    length = str(environ.get("CONTENT_LENGTH") or "")
    return not length or (_LENGTH.fullmatch(length) is not None and "HTTP_TRANSFER_ENCODING" not in environ)


def _read_small(environ: WSGIEnvironment) -> None:
    """Read a small body now; a longer one, or one whose length is not said, is read by who wants it."""
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if 0 < int(length) <= SMALL_BODY:
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))


def _problem(begin: StartResponse, error: CardError, status: HTTPStatus, *headers: tuple[str, str]) -> Iterable[bytes]:
    """Problem details (RFC 9457) as `webapp.problems` writes them, without an application to do it."""
    fault = error.fault
    title, hint = f"{fault.title.zh} · {fault.title.en}", {"zh": fault.hint.zh, "en": fault.hint.en}
    page = {"type": "about:blank", "title": title, "status": int(status), "code": fault.code, "hint": hint, "facts": dict(error.facts)}
    body = json.dumps(page, ensure_ascii=False).encode()
    said = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"), *HARDENED, *headers]
    begin(f"{int(status)} {status.phrase}", said)
    return [body]


def _host(origin: str | None) -> str | None:
    """What a browser writes into Host for an origin."""
    return urlsplit(origin).netloc if origin is not None else None
