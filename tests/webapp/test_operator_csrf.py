"""Where a request of an operator's browser comes from: our own pages, over a connection that nobody reads (threat G05)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecard.model import Role
from tests.ecard.reception import PASSWORD
from tests.webapp.consolehouse import House, found, opened
from tests.webapp.officehouse import Shell
from tests.webapp.test_office import founded, shell
from tests.webapp.test_operator_sessions import BASE, ORIGIN, Lobby, code_of, cookies, lobby
from webapp.auth.callers import Kind
from webapp.auth.permissions import joined

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["founded", "lobby", "shell"]


@pytest.mark.threat("G05")
@pytest.mark.error("sign-in-insecure")
def test_nobody_signs_in_over_plain_http_but_on_this_very_machine(lobby: Lobby) -> None:
    here, there = "http://localhost:8080", "http://card.example"
    assert code_of(lobby.sign_in(lobby.browser(), base=there)) == "sign-in-insecure"
    browser = lobby.browser()
    answer = lobby.sign_in(browser, base=here)
    assert set(cookies(answer)) == {"ecard", "ecard-device"}
    assert lobby.me(browser, here)["operator"] == "clerk-1"
    said = {"name": "clerk-1", "password": PASSWORD, "code": lobby.code("clerk-1")}
    far = lobby.browser().post("/in", json=said, base_url=here, headers={"Origin": here}, environ_overrides={"REMOTE_ADDR": "10.0.0.7"})
    assert code_of(far) == "sign-in-insecure"


@pytest.mark.threat("G05")
@pytest.mark.error("csrf-refused")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_changes_something_needs_the_token_and_our_own_origin(lobby: Lobby, method: str) -> None:
    browser, other = lobby.browser(), lobby.browser()
    lobby.sign_in(browser)
    lobby.sign_in(other, "clerk-2")
    token, foreign = lobby.me(browser)["csrf"], lobby.me(other)["csrf"]
    wrong: list[dict[str, Any]] = [
        {},
        ORIGIN,
        {"X-CSRF-Token": token},
        {**ORIGIN, "X-CSRF-Token": foreign},
        {**ORIGIN, "X-CSRF-Token": token[:-1]},
        {"Origin": "https://evil.example", "X-CSRF-Token": token},
        {"Origin": "http://card.example", "X-CSRF-Token": token},
        {"Origin": "https://card.example.evil.example", "X-CSRF-Token": token},
        {"Origin": "https://card.example:8443", "X-CSRF-Token": token},
        {"Origin": "null", "X-CSRF-Token": token},
        {**ORIGIN, "X-CSRF-Token": token, "Sec-Fetch-Site": "same-site"},
        {**ORIGIN, "X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"},
    ]
    for headers in wrong:
        answer = browser.open("/change", method=method, base_url=BASE, headers=headers)
        assert (answer.status_code, code_of(answer)) == (403, "csrf-refused"), headers
    assert browser.open("/change", method=method, base_url=BASE, headers={**ORIGIN, "X-CSRF-Token": token}).status_code == 200
    form = {"data": {"csrf": token}, "headers": ORIGIN}
    assert browser.open("/change", method=method, base_url=BASE, **form).status_code == 200  # type: ignore[arg-type] # because the client takes keywords of many types


@pytest.mark.threat("G05")
def test_nobody_is_signed_in_by_a_foreign_page(lobby: Lobby) -> None:
    said = {"name": "clerk-1", "password": PASSWORD, "code": lobby.code("clerk-1")}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {**ORIGIN, "Sec-Fetch-Site": "cross-site"}):
        answer = lobby.browser().post("/in", json=said, base_url=BASE, headers=headers)
        assert (answer.status_code, code_of(answer)) == (403, "csrf-refused")


# ------------------------------------------------------------------------------------------------------------- every address

WORKING = {
    Role.SUPERVISOR: "sup-1",
    Role.CLERK: "clerk-1",
    Role.AUDITOR: "audit-1",
    Role.ADMIN: "admin-1",
    Role.INTAKE: "town-1",
    Role.HOTLINE: "desk-1",
}
WORKING |= {Role.PRODUCTION: "shop-1", Role.BANK: "bank-1"}


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    found(tmp_path / "office")
    with opened(Shell(tmp_path / "office", capsys)) as house:
        yield house


@pytest.mark.threat("G05")
def test_no_address_of_operators_changes_anything_without_token_and_origin(house: House) -> None:
    table, walked = joined(), 0
    browsers = {role: house.open(ref).client for role, ref in WORKING.items()}
    for rule in house.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
            who = table.get((rule.endpoint, method))
            if who is None or who.kind is not Kind.OPERATOR:
                continue
            walked += 1
            path = rule.build({name: 1 if "int" in type(kind).__name__.lower() else "0" * 32 for name, kind in rule._converters.items()})
            assert path is not None
            browser = next(browsers[role] for role in WORKING if role in who.roles)
            for headers in ({}, {"Origin": "http://localhost"}, {"X-CSRF-Token": "A" * 43}, {"Origin": "http://localhost", "X-CSRF-Token": "A" * 43}):
                answer = browser.open(path[1], method=method, headers=headers)
                assert answer.status_code == 403, (rule.rule, method, answer.status_code, answer.text[:300])
    assert walked > 10


@pytest.mark.threat("G05")
def test_no_page_of_operators_can_be_framed_or_runs_what_is_not_ours(house: House) -> None:
    table, pages = joined(), 0
    browsers = {role: house.open(ref).client for role, ref in WORKING.items()}
    for rule in house.app.url_map.iter_rules():
        who = table.get((rule.endpoint, "GET"))
        if who is None or who.kind is not Kind.OPERATOR or "GET" not in (rule.methods or ()):
            continue
        path = rule.build({name: 1 if "int" in type(kind).__name__.lower() else "0" * 32 for name, kind in rule._converters.items()})
        assert path is not None
        answer = next(browsers[role] for role in WORKING if role in who.roles).get(path[1])
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, rule.rule
        assert "default-src 'none'" in policy, rule.rule
        assert "unsafe-inline" not in policy, rule.rule
        pages += answer.content_type.startswith("text/html")
        answer.close()
    assert pages > 10
