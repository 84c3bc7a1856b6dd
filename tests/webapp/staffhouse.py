"""Operators at the office API: signed in, with their token, their keys, and an eye on what a call left in the database."""

from __future__ import annotations

import secrets
import shutil
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ecard.schema.record import METADATA
from tests.ecard.reception import PASSWORD
from tests.webapp.consolehouse import ORIGIN, House, found, opened
from tests.webapp.officehouse import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

FORM = ["application-form", "identity-document-checked", "portrait"]
COUNTER = ["in-person", "identity-document-checked"]
_BESIDE = {"operator_session", "request", "outbox", "unsealed", "checkpoint", "checkpoint_head", "sign_in_try"}
"""Tables of which a row is no act: that somebody is there, what an answer was, what is to be told."""


_CHAINS = {"card_event": "card", "office_act": "desk", "vault_access": "holder"}
"""Every kind of chain: its table, and whose it is."""


@dataclass
class Caller:
    """A program of the office, run by somebody who is signed in."""

    house: House
    ref: str
    client: FlaskClient
    csrf: str = ""
    sent: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> TestResponse:
        """Any call of the office."""
        given = {"Origin": ORIGIN, "X-CSRF-Token": self.csrf} if method != "GET" else {}
        if method == "POST":
            given["Idempotency-Key"] = key or secrets.token_hex(16)
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(f"/v1/office{path}", method=method, json=body, headers={name: value for name, value in given.items() if value})

    def get(self, path: str, status: int = 200) -> Any:
        """What there is."""
        return self._page(self.call("GET", path), status)

    def post(self, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        """Something done."""
        return self._page(self.call("POST", path, body, **more), status)

    def give(self, card: str, word: str, status: int = 200, *, evidence: list[str] | None = None, **options: Any) -> Any:
        """A command."""
        return self.post(f"/cards/{card}/commands/{word}", {"options": options, "evidence": evidence or []}, status)

    def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Status and code of what must not be done."""
        answer = self.call(method, path, body, **more)
        assert answer.content_type == "application/problem+json", answer.text
        return answer.status_code, str(answer.get_json()["code"])

    def step_up(self) -> None:
        """A fresh second factor; the token changes."""
        self.csrf = self.post("/session/second-factor", {"code": self.house.code(self.ref)})["csrf"]

    def _page(self, answer: TestResponse, status: int) -> Any:
        assert answer.status_code == status, (answer.status_code, answer.text[:900])
        return answer.json


def at_desk(house: House, ref: str) -> Caller:
    """Somebody signed in over the API."""
    caller = Caller(house, ref, house.app.test_client())
    body = {"operator": ref, "password": PASSWORD, "code": house.code(ref)}
    answer = caller.client.post("/v1/office/session", json=body, headers={"Origin": ORIGIN})
    assert answer.status_code == 201, answer.text
    caller.csrf = answer.get_json()["csrf"]
    return caller


def rows(house: House) -> Mapping[str, Counter[str]]:
    """Every row of the record, table by table, without those that are no acts."""
    with house.desk.store.reading() as work:
        return {
            name: Counter(map(repr, work.connection.execute(sa.select(table)).all()))
            for name, table in METADATA.tables.items()
            if name not in _BESIDE
        }


def links(house: House) -> Counter[tuple[str, str]]:
    """How many links every chain has: of a card, of a desk, of a person."""
    with house.desk.store.reading() as work:
        return Counter(
            (name, str(row[0])) for name, column in _CHAINS.items() for row in work.connection.execute(sa.select(METADATA.tables[name].c[column]))
        )


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calls") / "office"
    found(folder)
    return folder


@pytest.fixture
def house(office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    shutil.copytree(office, tmp_path / "office")
    with opened(Shell(tmp_path / "office", capsys)) as house:
        yield house
