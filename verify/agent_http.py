"""The agent over HTTP, for gate and desk programs in any language and for the terminal page in a browser of this machine (docs/agent.md).

A browser brings pages of strangers. So the name that was asked for must be this machine's own (against names that are made to point here), a page must
come from an origin that was named at the start, and a body must say that it is JSON. Errors are problem details (RFC 9457).
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from codes.errors import CardError, InputError, SetupError, StateError
from codes.presentation import MAX_CNONCE, MIN_CNONCE
from verify import faults
from verify.agent_openapi import openapi
from verify.strict_json import strict_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.errors import Fault
    from verify.agent import Agent
    from verify.agent_serving import Busy, Handler

MAX_BODY = 8 << 10
RETRY_AFTER_S = 5
SILENCE_S = 30.0
"""Seconds for which a connection may say nothing."""
_STATUS: dict[str, HTTPStatus] = {
    faults.AGENT_PATH.code: HTTPStatus.NOT_FOUND,
    faults.AGENT_METHOD.code: HTTPStatus.METHOD_NOT_ALLOWED,
    faults.AGENT_SIZE.code: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    faults.AGENT_TYPE.code: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    faults.AGENT_HOST.code: HTTPStatus.FORBIDDEN,
    faults.AGENT_ORIGIN.code: HTTPStatus.FORBIDDEN,
    faults.AGENT_PASSAGE.code: HTTPStatus.NOT_FOUND,
}
_HTTP_PORT = 80
_NAMES = ("127.0.0.1", "[::1]", "localhost")
_LOCATOR, _SPOKEN = re.compile(r"[0-9]{9}"), re.compile(r"[0-9]{8}")
Page = dict[str, Any]


def _verify(agent: Agent, body: Page) -> Page:
    text, challenge = body.get("text"), body.get("challenge")
    if type(text) is not str or not body.keys() <= {"text", "challenge"}:
        raise InputError(faults.AGENT_BODY, field="text")
    return agent.verify(text, challenge=_challenge(challenge) if "challenge" in body else None)


def _challenge(value: Any) -> bytes:
    with suppress(ValueError, TypeError):
        challenge = bytes.fromhex(value)
        if MIN_CNONCE <= len(challenge) <= MAX_CNONCE:
            return challenge
    raise InputError(faults.AGENT_BODY, field="challenge")


def _passage(agent: Agent, body: Page) -> Page:
    if body.keys() != {"seq", "opened"} or type(body["seq"]) is not int or type(body["opened"]) is not bool:
        raise InputError(faults.AGENT_BODY, field="seq and opened")
    return agent.passage(body["seq"], opened=body["opened"])


def _chip(agent: Agent, body: Page) -> Page:
    if body:
        raise InputError(faults.AGENT_BODY, field=min(body))
    return agent.chip()


def _spoken(agent: Agent, body: Page) -> Page:
    if body.keys() != {"locator", "code"} or not all(type(digits) is str for digits in body.values()):
        raise InputError(faults.AGENT_BODY, field="locator and code")
    if not _LOCATOR.fullmatch(body["locator"]) or not _SPOKEN.fullmatch(body["code"]):
        raise InputError(faults.AGENT_BODY, field="locator and code")
    return agent.spoken(body["locator"], body["code"])


ROUTES: dict[str, dict[str, Callable[[Agent, Page], Page]]] = {
    "/v1/verify": {"POST": _verify},
    "/v1/passage": {"POST": _passage},
    "/v1/chip": {"POST": _chip},
    "/v1/spoken": {"POST": _spoken, "GET": lambda agent, _: agent.venue()},
    "/v1/health": {"GET": lambda agent, _: agent.health()},
    "/v1/openapi.json": {"GET": lambda _agent, _body: openapi()},
}
"""What there is, by path and method."""


class HttpHandler(BaseHTTPRequestHandler):
    """One connection."""

    agent: Agent
    busy: Busy
    hosts: frozenset[str]
    origins: frozenset[str]
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "ecard-terminal", ""
    timeout = SILENCE_S

    def handle(self) -> None:
        """All requests of the connection."""
        with suppress(OSError):
            super().handle()

    def do_GET(self) -> None:
        """A question without a body."""
        self._serve("GET")

    def do_POST(self) -> None:
        """A question with one."""
        self._serve("POST")

    def do_OPTIONS(self) -> None:
        """A browser asks first whether a page may ask."""
        try:
            self._guard()
        except InputError as error:
            self._problem(error)
            return
        headers = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type", "Access-Control-Max-Age": "600"}
        if self.headers.get("Access-Control-Request-Private-Network") == "true":
            headers["Access-Control-Allow-Private-Network"] = "true"
        self._send(HTTPStatus.NO_CONTENT, b"", headers)

    def _serve(self, method: str) -> None:
        with self.busy.answering():
            try:
                self._guard()
                body = self._body() if method == "POST" else {}
                path = self.path.partition("?")[0]
                route = ROUTES.get(path)
                if route is None:
                    raise InputError(faults.AGENT_PATH)
                if method not in route:
                    raise InputError(faults.AGENT_METHOD, allowed=", ".join(route))
                page = route[method](self.agent, body)
            except CardError as error:
                self._problem(error)
                return
            self._send(HTTPStatus.OK, _json(page), {"Content-Type": "application/json"})

    def _guard(self) -> None:
        """Raises `InputError` agent-host, agent-origin."""
        if self.headers.get_all("Host", []) not in [[host] for host in self.hosts]:
            raise InputError(faults.AGENT_HOST)
        if self.headers.get_all("Origin", []) not in [[], *([origin] for origin in self.origins)]:
            raise InputError(faults.AGENT_ORIGIN)

    def _body(self) -> Page:
        """Raises `InputError`: agent-size, agent-type, agent-body."""
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MAX_BODY:
            self.close_connection = True  # what follows is nobody's request
            raise InputError(faults.AGENT_SIZE, limit=MAX_BODY)
        content = self.rfile.read(int(length))
        if self.headers.get_content_type() != "application/json":
            raise InputError(faults.AGENT_TYPE)
        try:
            page = strict_json(content)
        except ValueError:
            raise InputError(faults.AGENT_BODY) from None
        if type(page) is not dict:
            raise InputError(faults.AGENT_BODY)
        return page

    def _problem(self, error: CardError) -> None:
        headers = {"Content-Type": "application/problem+json"}
        status = _STATUS.get(error.code) or (HTTPStatus.CONFLICT if isinstance(error, StateError) else HTTPStatus.BAD_REQUEST)
        if isinstance(error, SetupError):
            status = HTTPStatus.SERVICE_UNAVAILABLE
            headers["Retry-After"] = str(RETRY_AFTER_S)
        self._send(status, _json(_page(error.fault, status, dict(error.facts))), headers)

    def _send(self, status: HTTPStatus, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        if (origin := self.headers.get("Origin")) in self.origins:
            headers |= {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
        for name, value in headers.items():
            self.send_header(name, value)
        if content:
            self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 because the parent calls it so
        """What the parent cannot read is told as everything else is, and ends the connection."""
        status = HTTPStatus(code)
        fault = faults.AGENT_METHOD if status is HTTPStatus.NOT_IMPLEMENTED else faults.AGENT_REQUEST
        content = _json(_page(fault, status, {}))
        self.close_connection = True
        self.send_response(status)
        for name, value in (("Content-Type", "application/problem+json"), ("Content-Length", str(len(content))), ("Connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 because the parent names it so
        """Nothing is written about who asked what."""


def http_handler(agent: Agent, busy: Busy, *, port: int, origins: frozenset[str]) -> Handler:
    """The handler of connections to `port`; `origins` are those of pages that may ask."""
    hosts = frozenset(f"{name}:{port}" for name in _NAMES) | frozenset(_NAMES if port == _HTTP_PORT else ())
    return type("HttpHandler", (HttpHandler,), {"agent": agent, "busy": busy, "hosts": hosts, "origins": origins})


def _page(fault: Fault, status: HTTPStatus, facts: dict[str, Any]) -> Page:
    title = f"{fault.title.zh} / {fault.title.en}"
    return {"type": "about:blank", "title": title, "status": int(status), "code": fault.code, "hint": fault.hint._asdict(), "facts": facts}


def _json(page: Page) -> bytes:
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()
