"""Operators in their browsers: cookies, sessions and what ends them, as the service itself answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from flask import Flask, jsonify, request

from ecard.access.desk import AccessDesk
from tests.ecard.reception import PASSWORD, cheap
from tests.webapp.test_office import founded, shell
from webapp import problems
from webapp.auth import operators
from webapp.office.opening import open_office
from webapp.office.settings import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from ecard.access.passwords import Passwords
    from ecard.access.resets import Enrolled
    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]

BASE = "https://card.example"
ORIGIN = {"Origin": BASE}


@dataclass
class Lobby:
    """An application with nothing but operators in it."""

    app: Flask
    shell: Shell
    given: dict[str, Enrolled]
    at: datetime

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def code(self, ref: str) -> str:
        self.at += timedelta(seconds=30)
        return pyotp.TOTP(self.given[ref].secret).at(self.at)

    def sign_in(self, browser: FlaskClient, ref: str = "clerk-1", *, base: str = BASE, **headers: str) -> TestResponse:
        said = {"name": ref, "password": PASSWORD, "code": self.code(ref)}
        return browser.post("/in", json=said, base_url=base, headers={"Origin": base, **headers})

    def me(self, browser: FlaskClient, base: str = BASE) -> Any:
        """Who is signed in there; None when nobody is."""
        answer = browser.get("/me", base_url=base)
        return answer.json if answer.status_code == 200 else None

    def post(self, browser: FlaskClient, path: str, **said: str) -> TestResponse:
        return browser.post(path, json=said, base_url=BASE, headers={**ORIGIN, "X-CSRF-Token": self.me(browser)["csrf"]})

    def edit(self, old: str, new: str) -> None:
        path = self.shell.folder / FILE
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def lobby(shell: Shell) -> Iterator[Lobby]:
    shell.done("office", "operator", "admin-1", "--person", "staff-9", "--role", "admin")
    app, at = Flask("lobby"), datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - because the office was founded by the machine's clock
    with open_office(shell.folder, at=at) as office:
        access, staff = AccessDesk.of(office.desk, cheap(office.desk.entropy)), office.settings.operators
        given = {ref: access.enrol(staff[ref], PASSWORD, actor=staff["admin-1"].acting(), at=at) for ref in ("admin-1", "clerk-1", "clerk-2")}
        lobby = Lobby(app, shell, given, at)
        _furnish(app, operators.install(app, folder=shell.folder, desk=lambda: office.desk, clock=lambda: lobby.at, passwords=_cheap))
        yield lobby


def _cheap() -> Passwords:
    return cheap(lambda size: bytes(range(size)))


def _furnish(app: Flask, people: operators.Operators) -> None:
    problems.install(app)

    def page(signed_in: operators.SignedIn | None) -> Response | tuple[Response, int]:
        if signed_in is None:
            return jsonify(code="sign-in-needed"), 401
        said = {"operator": signed_in.operator.ref, "session": signed_in.session, "csrf": signed_in.csrf, "device": signed_in.device}
        return jsonify(said | {"stepped_up": signed_in.stepped_up, "expires": signed_in.expires})

    def here() -> operators.SignedIn:
        found = people.current(request)
        assert found is not None
        people.check_unsafe(request, found)
        return found

    app.add_url_rule("/me", "me", lambda: page(operators.current(request)))
    app.add_url_rule("/in", "in", lambda: page(people.sign_in(request, **(request.json or {}))), methods=["POST"])
    app.add_url_rule("/step", "step", lambda: page(people.second_factor(request, here(), request.json["code"])), methods=["POST"])
    app.add_url_rule("/word", "word", lambda: page(people.change_password(request, here(), **request.json)), methods=["POST"])
    app.add_url_rule("/change", "change", lambda: page(here()), methods=["POST", "PUT", "PATCH", "DELETE"])

    @app.post("/out")
    def out() -> Response:
        people.sign_out(request, here())
        return jsonify({})


def cookies(answer: TestResponse) -> dict[str, str]:
    return {line.partition("=")[0]: line for line in answer.headers.getlist("Set-Cookie")}


def code_of(answer: TestResponse) -> str:
    """Under which code something was refused."""
    page: Any = answer.json
    return str(page["code"])


@pytest.mark.threat("G04")
def test_the_cookie_is_the_hosts_own_out_of_reach_of_scripts_and_other_sites(lobby: Lobby) -> None:
    answer = lobby.sign_in(lobby.browser())
    assert set(cookies(answer)) == {"__Host-ecard", "__Host-ecard-device"}
    for line in cookies(answer).values():
        parts = {part.strip() for part in line.split(";")[1:]}
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= parts
        assert not any(part.startswith("Domain") for part in parts)
    assert "Max-Age" not in cookies(answer)["__Host-ecard"]
    assert "clerk-1" not in "".join(cookies(answer).values())


@pytest.mark.threat("G04")
def test_a_secret_from_before_the_sign_in_and_one_of_ones_own_making_open_nothing(lobby: Lobby) -> None:
    browser = lobby.browser()
    for planted in ("A" * 43, "!" * 43, "short", ""):
        browser.set_cookie("__Host-ecard", planted, domain="card.example", secure=True)
        assert lobby.me(browser) is None
    browser.set_cookie("__Host-ecard", "A" * 43, domain="card.example", secure=True)
    lobby.sign_in(browser)
    secret = browser.get_cookie("__Host-ecard", domain="card.example")
    assert secret is not None
    assert secret.value != "A" * 43
    thief = lobby.browser()
    thief.set_cookie("__Host-ecard", "A" * 43, domain="card.example", secure=True)
    assert lobby.me(thief) is None
    assert lobby.me(browser)["operator"] == "clerk-1"


@pytest.mark.threat("G04")
def test_after_a_step_up_a_new_sign_in_or_a_sign_out_the_old_cookie_opens_nothing(lobby: Lobby) -> None:
    browser, copy = lobby.browser(), lobby.browser()

    def copied() -> FlaskClient:
        cookie = browser.get_cookie("__Host-ecard", domain="card.example")
        assert cookie is not None
        copy.set_cookie("__Host-ecard", cookie.value, domain="card.example", secure=True)
        return copy

    lobby.sign_in(browser)
    first = lobby.me(copied())
    stepped: Any = lobby.post(browser, "/step", code=lobby.code("clerk-1")).json
    assert (stepped["session"], stepped["csrf"] == first["csrf"]) == (first["session"], False)
    assert lobby.me(copy) is None
    copied()
    lobby.sign_in(browser)
    assert lobby.me(copy) is None
    copied()
    assert lobby.me(copy)["operator"] == "clerk-1"
    gone = lobby.post(browser, "/out")
    assert cookies(gone)["__Host-ecard"].startswith("__Host-ecard=;")
    assert (lobby.me(copy), lobby.me(browser)) == (None, None)


@pytest.mark.threat("F10")
def test_a_desk_left_alone_is_signed_out_and_a_long_day_ends(lobby: Lobby) -> None:
    browser = lobby.browser()
    lobby.sign_in(browser)
    lobby.at += timedelta(minutes=14, seconds=59)
    assert lobby.me(browser) is not None
    lobby.at += timedelta(minutes=15)
    assert lobby.me(browser) is None
    lobby.sign_in(browser)
    ends = datetime.fromtimestamp(lobby.me(browser)["expires"], UTC)
    assert ends == lobby.at + timedelta(hours=8)
    while lobby.at + timedelta(minutes=14) < ends:
        lobby.at += timedelta(minutes=14)
        assert lobby.me(browser) is not None
    lobby.at = ends
    assert lobby.me(browser) is None


@pytest.mark.threat("G04")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('[operator."clerk-1"]', '[operator."clerk-7"]'),
        ('person = "staff-2"\nroles = ["clerk"]', 'person = "staff-2"\nroles = ["supervisor"]'),
        ('person = "staff-2"', 'person = "staff-77"'),
    ],
)
def test_whoever_is_taken_from_the_list_or_given_another_role_is_out_at_the_next_request(lobby: Lobby, old: str, new: str) -> None:
    browser = lobby.browser()
    lobby.sign_in(browser)
    assert lobby.me(browser) is not None
    lobby.edit(old, new)
    assert lobby.me(browser) is None
    lobby.edit(new, old)
    assert lobby.me(browser) is None


def test_a_list_that_cannot_be_read_lets_nobody_on(lobby: Lobby) -> None:
    browser = lobby.browser()
    lobby.sign_in(browser)
    lobby.edit("version = 1", "version = 9")
    assert browser.get("/me", base_url=BASE).status_code == 503
    (lobby.shell.folder / FILE).unlink()
    assert "office-missing" in browser.get("/me", base_url=BASE).text


def test_a_browser_keeps_its_mark_and_another_has_its_own(lobby: Lobby) -> None:
    browser, other = lobby.browser(), lobby.browser()
    devices = []
    for each, ref in ((browser, "clerk-1"), (browser, "clerk-2"), (other, "clerk-1")):
        answer = lobby.sign_in(each, ref)
        devices.append((lobby.me(each)["device"], "__Host-ecard-device" in cookies(answer)))
    assert devices[0] == (devices[1][0], True)
    assert [new for _, new in devices] == [True, False, True]
    assert devices[2][0] != devices[0][0]


def test_a_password_is_changed_and_every_other_browser_is_out(lobby: Lobby) -> None:
    browser, other = lobby.browser(), lobby.browser()
    lobby.sign_in(other)
    lobby.sign_in(browser)
    refused = lobby.post(browser, "/word", old="wrong", new="a fresh one 新 1234", code=lobby.code("clerk-1"))
    assert (refused.status_code, code_of(refused)) == (401, "sign-in-refused")
    assert lobby.post(browser, "/word", old=PASSWORD, new="a fresh one 新 1234", code=lobby.code("clerk-1")).status_code == 200
    assert (lobby.me(other), lobby.me(browser)["operator"]) == (None, "clerk-1")


@pytest.mark.threat("G01")
def test_too_many_tries_are_answered_with_when_to_come_again(lobby: Lobby) -> None:
    browser = lobby.browser()
    said = {"name": "clerk-1", "password": "wrong", "code": "000000"}
    answers = [browser.post("/in", json=said, base_url=BASE, headers=ORIGIN) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 300
    assert "clerk-1" not in "".join(answer.text for answer in answers)
