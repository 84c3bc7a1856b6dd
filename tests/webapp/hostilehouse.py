"""A town whose callers are all there, for tests that mean it no good: a phone, a terminal, a signed-in supervisor and another region's desk.

`Signing` lets a program that knows nothing of proofs and sessions call as each of them: where a request carries the word SIGN in the header or the cookie
by which its caller shows who they are, the word is replaced by the real thing, made for exactly these bytes. Where it does not, nothing is added.
"""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

import pyotp
from werkzeug.test import Client, run_wsgi_app

from ecard.access.desk import AccessDesk
from ecard.lifecycle import Evidence
from ecard.residents.activating import Grade
from tests.ecard.reception import PASSWORD, cheap
from tests.webapp.phonehouse import Answer, Caller, Phone, fresh_signer
from tests.webapp.residenthouse import Clock
from webapp import SERVICES, create_app
from webapp.demo.town import ADMIN, CLERK, COLLEAGUE, SUPERVISOR, settle
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from flask import Flask
    from werkzeug.datastructures import Headers

    from ecard import CardOffice
    from webapp.demo.town import Town
    from webapp.office.opening import OpenOffice

SIGN = "to-be-signed"
ORIGIN = "https://localhost"
COOKIE = "__Host-ecard"
PAPERS = frozenset({Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT})
TERMINAL = "CQ-DESK-0009"
UNPACED = {"/v1/office/session"}
"""Where no time passes: passwords are slow on purpose, and the limit that ends their trying is to be met."""
WAITS = 30
"""Tries to sign in, an hour apart: more than the day for which the record counts."""
_KEY = re.compile(r"[ -~]{16,128}")


class OverTls:
    """Requests to an application in this process, as they come in over TLS."""

    origin = ORIGIN

    def __init__(self, app: Flask) -> None:
        self.client = Client(app)

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = self.client.open(path, method=method, data=body, headers=dict(headers), base_url=ORIGIN)
        return Answer(answer.status_code, answer.get_json(force=True, silent=True), dict(answer.headers))


@dataclass
class HostileHouse:
    """The town, the service over it, and everybody who may call it."""

    town: Town
    app: Flask
    clock: Clock
    callers: dict[str, Caller] = field(default_factory=dict)
    csrf: str = ""
    cookie: str = ""
    secret: str = ""

    @property
    def office(self) -> OpenOffice:
        opened: OpenOffice = self.app.extensions[SERVICES].office.opened()
        return opened

    @property
    def desk(self) -> CardOffice:
        return self.office.desk

    def admit(self) -> None:
        """Everybody gets what they call with."""
        who = {name: operator.acting() for name, operator in self.office.settings.operators.items()}
        line, at = OverTls(self.app), self.clock()
        phone = Phone(line, fresh_signer())
        asked = self.desk.ask_activation(self.town.resident, Grade.PROVISIONAL, actor=who[CLERK], evidence=PAPERS, at=at)
        code = self.desk.approve_activation(asked.ref, actor=who[COLLEAGUE], at=self.clock()).code
        assert code is not None
        phone.enrol(code)
        terminal, region = Caller(line, fresh_signer()), Caller(line, fresh_signer())
        boss = who[SUPERVISOR]
        self.desk.register_terminal(TERMINAL, terminal.signer.public_key, venue="石桥社区医院", scenes=["hospital"], actor=boss, at=self.clock())
        self.desk.pin_region("gz-desk", region.signer.public_key, region="CN-GZ", actor=boss, at=self.clock())
        self.callers = {"phone": phone, "terminal": terminal, "region": region}
        access, staff = AccessDesk.of(self.desk, cheap(secrets.token_bytes)), self.office.settings.operators
        access.enrol(staff[ADMIN], PASSWORD, actor=who[SUPERVISOR], at=self.clock())
        self.secret = access.enrol(staff[SUPERVISOR], PASSWORD, actor=who[ADMIN], at=self.clock()).secret
        self.sign_in()

    def sign_in(self) -> None:
        """The supervisor signs in, with a code that was not used yet; after whoever tried passwords in their name has had to wait."""
        for _ in range(WAITS):
            self.clock.on(seconds=31)
            body = {"operator": SUPERVISOR, "password": PASSWORD, "code": pyotp.TOTP(self.secret).at(self.clock())}
            answer = Client(self.app).post("/v1/office/session", json=body, headers={"Origin": ORIGIN}, base_url=ORIGIN)
            if answer.status_code != 429:
                break
            self.clock.on(hours=1)
        assert answer.status_code == 201, answer.text
        assert answer.json is not None
        self.csrf = answer.json["csrf"]
        told = next(text for text in answer.headers.getlist("Set-Cookie") if text.startswith(f"{COOKIE}="))
        self.cookie = told.partition(";")[0].partition("=")[2]


@dataclass
class Signing:
    """The application as a program meets it that leaves proofs and sessions to us. It counts what it sent on."""

    house: HostileHouse
    pace: float = 1.0
    """Seconds that pass before each request: so that what is limited is the number of requests in a time, and not this campaign."""
    sent: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    turn: Lock = field(default_factory=Lock)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self.turn:
            return self._answer(environ, start_response)

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        kind = environ.get("HTTP_DPOP", "").removeprefix(f"{SIGN}-")
        signed = kind if kind in self.house.callers else "operator" if SIGN in environ.get("HTTP_COOKIE", "") else ""
        for _ in range(2):
            chunks, status, headers = self._send(environ, body, signed)
            code = int(status[:3])
            if code != 401 or not signed or not self._mended(headers, signed):
                break
        self.sent += 1
        self.statuses[code] = self.statuses.get(code, 0) + 1
        start_response(status, list(headers))
        return chunks

    def _send(self, environ: dict[str, Any], body: bytes, signed: str) -> tuple[Iterable[bytes], str, Headers]:
        if environ["PATH_INFO"] not in UNPACED:
            self.house.clock.on(seconds=self.pace)
        if _KEY.fullmatch(environ.get("HTTP_IDEMPOTENCY_KEY", "")):
            environ["HTTP_IDEMPOTENCY_KEY"] = secrets.token_hex(16)
        told = {**environ, "wsgi.input": BytesIO(body), "wsgi.url_scheme": "https", "SERVER_PORT": "443", "HTTP_HOST": "localhost"}
        if signed == "operator":
            told["HTTP_COOKIE"] = f"{COOKIE}={self.house.cookie}"
            told["HTTP_ORIGIN"] = ORIGIN
            told |= {"HTTP_X_CSRF_TOKEN": self.house.csrf} if "HTTP_X_CSRF_TOKEN" in environ else {}
        elif signed:
            path = f"{environ.get('RAW_URI') or environ.get('REQUEST_URI') or environ['PATH_INFO']}"
            told["HTTP_DPOP"] = self.house.callers[signed].proof(environ["REQUEST_METHOD"], path, body, environ.get("HTTP_IDEMPOTENCY_KEY"))
        chunks, status, headers = run_wsgi_app(self.house.app, told, buffered=True)
        if signed in self.house.callers:
            self.house.callers[signed].nonce = headers.get("DPoP-Nonce", self.house.callers[signed].nonce)
        return chunks, status, headers

    def _mended(self, headers: Headers, signed: str) -> bool:
        """Whether it is worth sending again: the nonce was too old, or the session was ended."""
        if signed == "operator":
            self.house.sign_in()
            return True
        return "DPoP-Nonce" in headers


@contextmanager
def opened(root: Path) -> Iterator[HostileHouse]:
    """The town, with everybody in it, and closed at the end."""
    clock = Clock()
    town = settle(root, at=clock())
    app = create_app(Settings.from_environ({"ECARD_OFFICE": str(town.office)}), clock=clock)
    house = HostileHouse(town, app, clock)
    house.admit()
    yield house
    assert app.extensions[SERVICES].close(within=5)
