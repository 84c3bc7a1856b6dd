"""Another region's things over the office API: the same answer as for what does not exist, and no sooner (threats G06, F07)."""

from __future__ import annotations

import json
import statistics
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from codes import cbor
from ecard.model import Role
from tests.ecard.city import key
from tests.ecard.counters import as_csv, filled
from tests.webapp.consolehouse import PEOPLE
from tests.webapp.officehouse import NAME, number
from tests.webapp.staffhouse import FORM, Caller, at_desk, house, office, rows
from webapp.api.office.permissions import PERMISSIONS
from webapp.auth.callers import Kind
from webapp.auth.proofs import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.test import TestResponse

    from tests.webapp.consolehouse import House

__all__ = ["house", "office"]

NOBODYS = "0" * 32
_ROUNDS = 7
_SLOWEST = 5.0
"""How many times as long as for nothing an answer about another region's may take."""


def terminal(caller: Caller, name: str) -> str:
    body = {"terminal": name, "key": encode(cbor.encode(key(f"terminal {name}").public_key.to_cbor())), "venue": "演示站", "scenes": ["metro"]}
    return str(caller.post("/terminals", body, 201)["terminal"])


@pytest.fixture
def theirs(house: House) -> Mapping[str, str]:
    """Of each kind one that belongs to Chongqing."""
    card = house.shell.active()
    head, intake = at_desk(house, "sup-1"), at_desk(house, "town-1")
    form = {"name": NAME, "identity_number": number(7)}
    application = intake.post("/applications", {"form": form, "evidence": FORM}, 201)["told"]["ref"]
    case = head.give(card, "open-misuse-case", evidence=["case-file"], category="lent")["result"]["ref"]
    made = head.give(card, "decide-misuse-case", 202, evidence=["review"], case=case, decision="warned")
    headers = {"Content-Type": "text/csv", "Origin": "http://localhost", "X-CSRF-Token": intake.csrf}
    papers = "&".join(f"evidence={paper}" for paper in FORM)
    report: Any = intake.client.post(f"/v1/office/batches?employer=E-1&{papers}", data=as_csv([filled(8)]), headers=headers).json
    return {
        "card": card,
        "application": application,
        "proposal": made["proposal"],
        "batch": report["batch"],
        "terminal": terminal(head, "T-1"),
        "point": "town-1",
    }


CALLS: tuple[tuple[str, str, str, Any], ...] = (
    ("card", "GET", "/cards/{}", None),
    ("card", "GET", "/cards/{}/timeline", None),
    ("card", "GET", "/cards/{}/receipts", None),
    ("card", "GET", "/audit/cards/{}", None),
    ("card", "POST", "/cards/{}/reveal", {"field": "name", "purpose": "holder-at-counter"}),
    ("card", "POST", "/cards/{}/commands/report-loss", {"evidence": ["in-person"]}),
    ("card", "POST", "/cards/{}/commands/unfreeze", {}),
    ("application", "POST", "/applications/{}/approve", None),
    ("application", "POST", "/applications/{}/refuse", {"code": "identity-number"}),
    ("batch", "GET", "/batches/{}", None),
    ("batch", "POST", "/batches/{}/approve", None),
    ("proposal", "GET", "/proposals/{}", None),
    ("proposal", "POST", "/proposals/{}/approve", {"digest": "0" * 64}),
    ("proposal", "POST", "/proposals/{}/decline", None),
    ("terminal", "POST", "/terminals/{}/end", None),
    ("point", "POST", "/points/{}/end", None),
)


@pytest.mark.threat("F06", "G06")
def test_what_is_another_regions_is_answered_like_what_does_not_exist(house: House, theirs: Mapping[str, str]) -> None:
    head = at_desk(house, "sup-9")
    head.step_up()
    before = rows(house)
    for kind, method, path, body in CALLS:
        foreign, nothing = (head.call(method, path.format(ref), body) for ref in (theirs[kind], NOBODYS))
        assert (foreign.status_code, nothing.status_code) == (404, 404), (path, foreign.text)
        assert foreign.data == nothing.data, path
        assert _said(foreign) == _said(nothing)
    assert rows(house) == before


def code_of(answer: TestResponse) -> str:
    page: Any = answer.json
    return str(page.get("code", ""))


def _said(answer: TestResponse) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers if name not in {"Date", "X-Request-Id"}]


@pytest.mark.threat("G06")
def test_and_in_about_the_same_time(house: House, theirs: Mapping[str, str]) -> None:
    head = at_desk(house, "sup-9")
    for kind, _, path, _ in [call for call in CALLS if call[1] == "GET"]:
        taken: dict[str, list[float]] = {theirs[kind]: [], NOBODYS: []}
        for _ in range(_ROUNDS):
            for ref, times in taken.items():
                start = perf_counter()
                head.call("GET", path.format(ref))
                times.append(perf_counter() - start)
        foreign, nothing = (statistics.median(times) for times in taken.values())
        assert foreign < nothing * _SLOWEST + 0.005, (path, foreign, nothing)


def test_a_foreign_finding_chain_or_list_shows_nothing(house: House, theirs: Mapping[str, str]) -> None:
    head = at_desk(house, "sup-9")
    said = json.dumps([head.get(path) for path in ("/applications", "/terminals", "/findings", "/work", "/freezes", "/proposals", "/figures")])
    assert not [ref for ref in theirs.values() if ref in said]
    assert head.refused("GET", "/audit/desks/CN-CQ") == (404, "not-found")
    assert head.refused("POST", f"/findings/{NOBODYS}", {"decision": "explained"}) == (404, "not-found")


@pytest.mark.threat("F07")
@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.HOLDER, Role.SERVICE}], ids=str)
def test_each_role_is_let_in_where_the_table_says_and_nowhere_else(house: House, role: Role) -> None:
    caller = at_desk(house, next(ref for ref, (_, roles, region, _) in PEOPLE.items() if roles == [role.value] and region == "CN-CQ"))
    for rule in house.app.url_map.iter_rules():
        if not rule.endpoint.startswith("office.") or rule.endpoint in {"office.sign_in", "office.sign_out", "office.second_factor"}:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            path = rule.rule.removeprefix("/v1/office")
            for part in rule.arguments:
                path = path.replace(f"<{part}>", NOBODYS)
            answer = caller.call(method, path, {} if method == "POST" else None)
            who = PERMISSIONS[rule.endpoint, method]
            may = who.kind is Kind.PUBLIC or role in who.roles
            assert (code_of(answer) == "role-missing") is not may, (method, path, answer.text)


def test_nobody_signed_in_gets_anywhere(house: House) -> None:
    client = house.app.test_client()
    for (endpoint, method), who in PERMISSIONS.items():
        if who.kind is Kind.PUBLIC:
            continue
        (rule,) = [rule for rule in house.app.url_map.iter_rules(endpoint) if method in (rule.methods or ())]
        path = rule.rule
        for part in rule.arguments:
            path = path.replace(f"<{part}>", NOBODYS)
        answer = client.open(path, method=method, json={})
        assert (answer.status_code, code_of(answer)) == (401, "sign-in-needed"), path


@pytest.mark.threat("G05")
def test_without_token_or_origin_nothing_is_changed(house: House) -> None:
    card, clerk = house.shell.active(), at_desk(house, "clerk-1")
    before = rows(house)
    path = f"/cards/{card}/commands/report-loss"
    for headers in ({"X_CSRF_Token": ""}, {"X_CSRF_Token": "x" * 43}, {"Origin": ""}, {"Origin": "http://elsewhere.example"}):
        assert clerk.refused("POST", path, {"evidence": ["in-person"]}, **headers) == (403, "csrf-refused")
    assert rows(house) == before
