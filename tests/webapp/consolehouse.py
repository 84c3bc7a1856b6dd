"""A card office with a console for the tests of its pages: people who can sign in, a clock that the test moves, and a browser that reads forms."""

from __future__ import annotations

import re
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from ecard.access.desk import AccessDesk
from tests.ecard.reception import PASSWORD, cheap
from tests.webapp.officehouse import Shell
from tests.webapp.residenthouse import Clock
from webapp import SERVICES, cli, create_app
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from ecard import CardOffice
    from webapp.office.opening import OpenOffice

PEOPLE = {
    "sup-1": ("staff-1", ["supervisor"], "CN-CQ", "hall-1"),
    "clerk-1": ("staff-2", ["clerk"], "CN-CQ", "hall-1"),
    "clerk-2": ("staff-3", ["clerk"], "CN-CQ", "hall-1"),
    "shop-1": ("staff-4", ["production"], "CN-CQ", "hall-1"),
    "desk-1": ("staff-5", ["hotline"], "CN-CQ", "hall-1"),
    "town-1": ("staff-6", ["intake"], "CN-CQ", "town-1"),
    "bank-1": ("staff-7", ["bank"], "CN-CQ", "hall-1"),
    "audit-1": ("staff-8", ["auditor"], "CN-CQ", None),
    "admin-1": ("staff-9", ["admin"], "CN-CQ", None),
    "clerk-9": ("staff-20", ["clerk"], "CN-SC", "hall-9"),
    "admin-9": ("staff-21", ["admin"], "CN-SC", None),
    "sup-9": ("staff-22", ["supervisor"], "CN-SC", "hall-9"),
}
ORIGIN = "http://localhost"


def found(folder: Path) -> None:
    """An office of two regions with all these people."""
    assert cli.main(["office", "init", str(folder), "--region", "CN-CQ", "--region", "CN-SC"]) == 0
    at = ["--office", str(folder)]
    for ref, (person, roles, region, point) in PEOPLE.items():
        says = [word for role in roles for word in ("--role", role)]
        where = ["--point", point] if point else []
        assert cli.main(["office", "operator", ref, "--person", person, *says, "--region", region, *where, *at]) == 0
    for point, name, head in (("hall-1", "渝中办事大厅", "sup-1"), ("town-1", "龙兴镇便民中心", "sup-1"), ("hall-9", "青羊办事大厅", "sup-9")):
        kind = "township" if point == "town-1" else "centre"
        assert cli.main(["office", "point", point, "--name", name, "--kind", kind, "--as", head, *at]) == 0
    assert cli.main(["office", "reader", "reader-1", "--as", "sup-1", *at]) == 0


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office, founded once."""
    folder = tmp_path_factory.mktemp("console") / "office"
    found(folder)
    return folder


@pytest.fixture
def house(hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    """A copy of it, and the service over it."""
    shutil.copytree(hall, tmp_path / "office")
    with opened(Shell(tmp_path / "office", capsys)) as house:
        yield house


@dataclass
class House:
    """The office, the service over it, and what the operators took along."""

    shell: Shell
    app: Flask
    clock: Clock
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def office(self) -> OpenOffice:
        opened: OpenOffice = self.app.extensions[SERVICES].office.opened()
        return opened

    @property
    def desk(self) -> CardOffice:
        return self.office.desk

    def enrol(self, ref: str) -> str:
        """Give somebody a password and an authenticator; its secret."""
        if ref not in self.secrets:
            staff = self.office.settings.operators
            admin = "admin-9" if staff[ref].region == "CN-SC" else "admin-1"
            if ref != admin:
                self.enrol(admin)
            access = AccessDesk.of(self.desk, cheap(secrets.token_bytes))
            self.secrets[ref] = access.enrol(staff[ref], PASSWORD, actor=staff[admin].acting(), at=self.clock()).secret
        return self.secrets[ref]

    def code(self, ref: str) -> str:
        """The code that somebody's authenticator shows: one that was not used yet."""
        self.clock.on(seconds=31)
        return pyotp.TOTP(self.enrol(ref)).at(self.clock())

    def open(self, ref: str, *, english: bool = False) -> Browser:
        """A browser of its own in which somebody is signed in."""
        browser = Browser(self, ref, self.app.test_client())
        if english:
            browser.client.set_cookie("ecard-language", "en", path="/console/")
        answer = browser.client.post(
            "/console/sign-in",
            data={"name": ref, "password": PASSWORD, "code": self.code(ref), "next": ""},
            headers={"Origin": ORIGIN},
            environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
        )
        assert answer.status_code == 303, answer.text
        browser.get("/console/")
        return browser


class _Forms(HTMLParser):
    """What the forms of a page would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and said.get("method") == "post":
            self.forms.append((said.get("action", ""), []))
        elif tag == "input" and self.forms and said.get("type") == "hidden":
            self.forms[-1][1].append((said["name"], said.get("value", "")))


@dataclass
class Browser:
    """Somebody at the console, with a memory for the token of the last page."""

    house: House
    ref: str
    client: FlaskClient
    page: str = ""

    def get(self, path: str, status: int = 200) -> str:
        """A page."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:600])
        self.page = answer.text
        return self.page

    def raw(self, path: str) -> bytes:
        """A file."""
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.text[:600])
        content: bytes = answer.data
        return content

    def send(self, path: str, fields: Mapping[str, object], *, origin: str | None = ORIGIN) -> TestResponse:
        """A form, with the token of this session."""
        headers = {} if origin is None else {"Origin": origin}
        token = re.search(r'name="csrf" value="([^"]+)"', self.page)
        data = {"csrf": token[1] if token else "", **fields}
        return self.client.post(path, data=data, headers=headers, content_type="multipart/form-data")

    def post(self, path: str, status: int = 200, **fields: object) -> str:
        """The same, for which an answer is expected; a redirect is followed."""
        answer = self.send(path, fields)
        assert answer.status_code == status, (path, answer.status_code, re.sub(r"\s+", " ", answer.text)[:1500])
        if status == 303:
            return self.get(answer.headers["Location"])
        self.page = answer.text
        return self.page

    def hidden(self, action: str | None = None) -> dict[str, Any]:
        """What the form of this page with the given end of its address would send by itself."""
        reader = _Forms()
        reader.feed(self.page)
        sent: dict[str, list[str]] = {}
        for where, fields in reader.forms:
            if "sign-out" not in where and (action is None or where.endswith(action)):
                for name, value in fields:
                    sent.setdefault(name, []).append(value)
                break
        return {name: values if len(values) > 1 else values[0] for name, values in sent.items()}

    def act(self, card: str | None, word: str, papers: tuple[str, ...] = (), **fields: Any) -> str:
        """A guided form, filled in, looked at again, and done."""
        path = f"/console/acts/{word}" if card is None else f"/console/cards/{card}/acts/{word}"
        self.get(path)
        self.post(path, evidence=list(papers), step="review", expected=self.hidden()["expected"], **fields)
        assert 'name="step" value="do"' in self.page, self.text()
        return self.post(path, **(self.hidden() | {"step": "do"}))

    def text(self) -> str:
        """What a page says, without its tags."""
        return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.page)))


@contextmanager
def opened(shell: Shell) -> Iterator[House]:
    """A house over the shell's office."""
    clock = Clock(timedelta(seconds=2))
    settings = Settings.from_environ({"ECARD_OFFICE": str(shell.folder)})
    app = create_app(settings, clock=clock)
    app.testing = True
    try:
        yield House(shell, app, clock)
    finally:
        app.extensions[SERVICES].close(within=1.0)
