"""Who may call what: the table against the addresses, against the golden matrix, and against the gate itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.webapp import permission_matrix as matrix
from tests.webapp.phonehouse import Caller, InProcess, fresh_signer
from tests.webapp.residenthouse import opened
from tests.webapp.test_office import founded, shell
from webapp.auth import gate, permissions
from webapp.auth.callers import PHONE, PUBLIC, Kind, Who, operators
from webapp.auth.operators import SessionRef, SignedIn
from webapp.office.settings import STAFF_ROLES, Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask, Request

    from ecard.model import Role
    from tests.webapp.officehouse import Shell
    from tests.webapp.phonehouse import Answer
    from tests.webapp.residenthouse import Hall

__all__ = ["founded", "shell"]
LET_IN, PAGE = 204, "a page of the console that says no"


@pytest.fixture
def hall(shell: Shell) -> Iterator[Hall]:
    with opened(shell) as hall:
        yield hall


@pytest.mark.threat("F07", "G18")
def test_the_whole_table_is_the_one_that_was_reviewed() -> None:
    found = matrix.text(matrix.application())
    assert found == matrix.GOLDEN.read_text("utf-8"), "look at every line that differs; then: python -m tests.webapp.permission_matrix"
    assert " nobody\n" not in found


@pytest.mark.threat("F07")
def test_nothing_is_permitted_that_does_not_exist() -> None:
    there = {(endpoint, method) for method, _, endpoint in matrix.cells(matrix.application())}
    assert permissions.joined().keys() <= there


def test_no_area_speaks_for_another_and_no_role_is_given_by_leaving_it_out() -> None:
    with pytest.raises(ValueError, match=r"time\.now"):
        permissions.joined(({("time.now", "GET"): PUBLIC}, {("time.now", "GET"): PHONE}))
    with pytest.raises(ValueError, match="role"):
        operators()


@dataclass
class Desk:
    """Sessions in which one operator of one role is signed in, or nobody."""

    role: Role | None

    def current(self, request: Request) -> SignedIn | None:
        del request
        if self.role is None:
            return None
        operator = Operator(ref="somebody", person="p-1", roles=(self.role,), region="CN-CQ")
        return SignedIn(operator=operator, session=SessionRef("s"), signed_in=0, stepped_up=0, csrf="c", expires=1)

    def check_unsafe(self, request: Request, signed_in: SignedIn) -> None:
        """From our own pages."""


def silenced(app: Flask, role: Role | None) -> Flask:
    """The application with nothing behind the gate, and this operator in front of it."""
    app.view_functions = dict.fromkeys(app.view_functions, lambda **_: ("", LET_IN))
    app.extensions[gate.EXTENSION].sessions = Desk(role)
    return app


def address_of(rule: str) -> str:
    """Some address that a rule serves."""
    return "/".join("x" if part.startswith("<") else part for part in rule.split("/"))


def asked(line: InProcess, method: str, address: str, caller: Caller | None) -> str | None:
    """How the gate refuses, if it does: by a code, or by a page that says as much."""
    answer: Answer = line.send(method, address, b"", {}) if caller is None else caller.ask(method, address)
    if answer.status == LET_IN:
        return None
    body: Any = answer.body
    return str(body["code"]) if isinstance(body, dict) else PAGE


@pytest.mark.error("sign-in-needed")
@pytest.mark.error("role-missing")
@pytest.mark.threat("F07")
@pytest.mark.parametrize("role", [None, *sorted(STAFF_ROLES)])
def test_every_cell_lets_in_whom_the_table_names_and_nobody_else(hall: Hall, role: Role | None) -> None:
    app = silenced(hall.app, role)
    line, table = InProcess(app.test_client()), permissions.joined()
    phone = Caller(line, fresh_signer())
    for method, rule, endpoint in matrix.cells(app):
        who = table[endpoint, method]
        plain, proven = (asked(line, method, address_of(rule), caller) for caller in (None, phone))
        wanted = expected(who, role)
        allowed = {wanted} if wanted is None or not rule.startswith("/console/") else {wanted, PAGE}
        assert plain in allowed, (method, rule)
        assert proven in {PAGE} & allowed or proven == {Kind.PHONE: None, Kind.TERMINAL: "caller-unknown", Kind.REGION: "caller-unknown"}.get(
            who.kind, wanted
        ), (method, rule)


def expected(who: Who, role: Role | None) -> str | None:
    """What the gate says to somebody without a proof."""
    if who.kind is Kind.PUBLIC:
        return None
    if who.kind is Kind.OPERATOR:
        return "sign-in-needed" if role is None else None if role in who.roles else "role-missing"
    return "proof-missing"


@pytest.mark.threat("F07")
def test_an_address_that_nobody_listed_is_nobodys(hall: Hall) -> None:
    hall.app.add_url_rule("/v1/new", "new", lambda: "open", methods=["GET", "DELETE"])
    for method in ("GET", "HEAD", "DELETE"):
        assert hall.client.open("/v1/new", method=method).status_code == 404
    assert hall.client.options("/v1/me").status_code == 405
