"""What an office needs beside commands, over its API: searching, reading, taking in, machines, items, chains; each change one event, each look on record."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from codes import cbor
from codes.keys import CoseKey
from ecard import lookups
from ecard.lifecycle import Evidence
from ecard.lookups import desk_of
from ecard.model import CardRef
from tests.ecard.city import key
from tests.ecard.counters import as_csv, filled
from tests.webapp.consolehouse import ORIGIN
from tests.webapp.officehouse import NAME, number
from tests.webapp.staffhouse import COUNTER, FORM, Caller, at_desk, house, links, office, rows
from webapp.auth.proofs import encode

if TYPE_CHECKING:
    from tests.webapp.consolehouse import House

__all__ = ["house", "office"]

ITEM = {"id": "archives", "group": "other", "title": {"zh": "档案查询", "en": "Archives"}, "needs": ["query"], "regions": ["CN-CQ"]}


_BOTH = frozenset({"office_act", "vault_access"})


def changing(caller: Caller, path: str, body: Any = None, status: int = 200, *, chains: frozenset[str] = frozenset({"office_act"})) -> Any:
    """A call that changes something, with exactly one event, in one chain of each of these kinds."""
    before, was = rows(caller.house), links(caller.house)
    page = caller.post(path, body, status)
    assert rows(caller.house) != before
    more = links(caller.house) - was
    assert set(more.values()) == {1}, more
    assert Counter(kind for kind, _ in more) == Counter(chains)
    return page


@pytest.mark.threat("F05")
def test_a_look_up_needs_a_purpose_is_on_record_and_has_an_end(house: House) -> None:
    card, clerk = house.shell.active(), at_desk(house, "clerk-1")
    wanted = {"by": "identity-number", "number": number(1), "purpose": "holder-at-counter"}
    was = links(house)
    found = clerk.post("/search", wanted)
    assert [each["card"] for each in found["cards"]] == [card]
    assert (found["made_today"], found["limit"]) == (1, lookups.A_DAY)
    assert NAME not in str(found)
    assert number(1) not in str(found)
    more = links(house) - was
    assert more["office_act", desk_of("staff-2")] == 1
    assert sum(count for (kind, _), count in more.items() if kind == "vault_access") == 1
    for body in ({**wanted, "purpose": ""}, {**wanted, "purpose": "curious"}, {"by": "identity-number", "number": number(1)}):
        assert clerk.refused("POST", "/search", body) == (422, "request-fields")
    nothing = clerk.post("/search", {**wanted, "number": number(2)})
    assert (nothing["cards"], nothing["made_today"]) == ([], 2)
    assert clerk.refused("POST", "/search", {**wanted, "number": "12"})[0] == 400
    assert clerk.refused("POST", "/search", {**wanted, "by": "older-card"}) == (400, "office-form")
    assert clerk.post("/search", {**wanted, "by": "older-card", "scheme": "metro-2015", "number": "MT-1"})["cards"] == []
    assert at_desk(house, "town-1").refused("POST", "/search", wanted) == (403, "not-permitted")


def test_a_card_of_the_other_region_is_found_by_its_number_and_not_opened(house: House) -> None:
    card = house.shell.active()
    printed = house.desk.card(CardRef(card)).card.number
    other = at_desk(house, "clerk-9")
    (found,) = other.post("/search", {"by": "card-number", "number": printed, "purpose": "holder-at-counter"})["cards"]
    assert (found["card"], found["mine"]) == (card, False)
    assert printed not in str(found)
    assert other.refused("GET", f"/cards/{card}") == (404, "card-unknown")


@pytest.mark.threat("F05")
def test_a_field_is_shown_for_a_purpose_and_the_look_stands_in_both_chains(house: House) -> None:
    card, clerk = house.shell.active(), at_desk(house, "clerk-1")
    assert NAME not in str(clerk.get(f"/cards/{card}"))
    path = f"/cards/{card}/reveal"
    shown = changing(clerk, path, {"field": "name", "purpose": "compare-with-document"}, chains=_BOTH)
    assert shown["value"] == NAME
    changing(clerk, path, {"field": "identity-number", "purpose": "misuse-case"}, chains=_BOTH)
    changing(clerk, path, {"field": "card-number", "purpose": "misuse-case"})
    assert clerk.refused("POST", path, {"field": "name"}) == (422, "request-fields")
    chain = at_desk(house, "audit-1").get(f"/audit/cards/{card}")
    assert [look["purpose"] for look in chain["looks"]][-2:] == ["compare-with-document", "misuse-case"]
    assert at_desk(house, "audit-1").get(f"/audit/desks/{desk_of('staff-2')}")["acts"]


def test_an_old_view_of_a_card_gives_no_command(house: House) -> None:
    card, clerk = house.shell.active(), at_desk(house, "clerk-1")
    etag = clerk.call("GET", f"/cards/{card}").headers["ETag"]
    path, body = f"/cards/{card}/commands/report-loss", {"evidence": [*COUNTER, "written-loss-report"]}
    before = rows(house)
    assert clerk.refused("POST", path, body, If_Match='"1"') == (412, "stale-revision")
    assert clerk.refused("POST", path, body, If_Match='W/"x"') == (412, "precondition-failed")
    assert rows(house) == before
    done = clerk.post(path, body, If_Match=etag, key="a" * 32)
    assert done["changed"]
    again = clerk.post(path, body, If_Match=etag, key="a" * 32)
    assert (again["changed"], again["result"]) == (False, done["result"])
    assert clerk.refused("POST", path, {**body, "options": {"of": "chip"}}, key="a" * 32, If_Match=etag) == (409, "request-key-reused")
    assert clerk.refused("POST", path, body, Idempotency_Key="") == (428, "idempotency-key-needed")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ([], 400, "request-body"),
        ("x", 400, "request-body"),
        ({"evidence": "in-person"}, 422, "request-fields"),
        ({"evidence": ["a-wink"]}, 422, "request-fields"),
        ({"evidence": ["in-person"] * (len(Evidence) + 1)}, 422, "request-fields"),
        ({"options": []}, 422, "request-fields"),
        ({"options": {"of": 1}}, 422, "request-fields"),
        ({"options": {"of": {"card": True}}}, 422, "request-fields"),
        ({"options": {"of": ["card"] * 17}}, 422, "request-fields"),
        ({"options": {"of": "x" * 300}}, 422, "request-fields"),
        ({"filed": {"written-loss-report": 7}}, 422, "request-fields"),
        ({"colour": "red"}, 422, "request-fields"),
        ({"options": {"colour": "red"}}, 400, "office-form"),
        ({"options": {"of": "soul"}}, 400, "office-form"),
        ({"options": {"of": ["card", "chip"]}}, 400, "office-form"),
        ({"options": {"phone": "not-a-reference"}}, 400, "office-form"),
        ({}, 409, "evidence-missing"),
    ],
)
def test_what_is_no_command_is_a_problem_and_changes_nothing(house: House, body: Any, status: int, code: str) -> None:
    card, clerk = house.shell.active(), at_desk(house, "clerk-1")
    before = rows(house)
    assert clerk.refused("POST", f"/cards/{card}/commands/report-loss", body) == (status, code)
    assert rows(house) == before


def test_commands_that_there_are_not_or_that_one_may_not_give(house: House) -> None:
    card, clerk = house.shell.active(), at_desk(house, "clerk-1")
    for path in (f"/cards/{card}/commands/apply", f"/cards/{card}/commands/fly", "/commands/freeze", "/commands/fly"):
        assert clerk.refused("POST", path, {}) == (404, "not-found")
    for word in ("lock", "lock-items", "activate-account"):
        assert clerk.refused("POST", f"/cards/{card}/commands/{word}", {}) == (403, "not-permitted")
    assert at_desk(house, "desk-1").refused("POST", f"/cards/{card}/commands/report-loss", {}) == (403, "not-permitted")
    known = {act["word"]: act for act in clerk.get("/acts")["acts"]}
    assert known["freeze"]["two_people"] is False
    assert known["unfreeze"]["two_people"] is True
    assert {option["name"] for option in known["apply"]["options"]} >= {"name", "identity_number"}


def test_an_application_is_taken_in_by_one_and_decided_by_another(house: House) -> None:
    intake, clerk = at_desk(house, "town-1"), at_desk(house, "clerk-1")
    forms = [{"form": {"name": NAME, "identity_number": number(serial)}, "evidence": FORM} for serial in (1, 2)]
    taken = [changing(intake, "/applications", body, 201) for body in forms]
    first, second = (each["told"]["ref"] for each in taken)
    assert [each["ref"] for each in clerk.get("/applications")["applications"]] in ([first, second], [second, first])
    assert NAME not in str(clerk.get("/applications"))
    opened = clerk.post(f"/applications/{first}/approve")["told"]
    assert clerk.get(f"/cards/{opened['card']}")["card"]["state"] == "pending"
    refused = changing(clerk, f"/applications/{second}/refuse", {"code": "person-name"})
    assert refused["told"]["state"] == "refused"
    assert intake.refused("POST", f"/applications/{first}/approve") == (403, "role-missing")
    assert clerk.refused("POST", "/applications", {"form": {"name": NAME}, "evidence": FORM}) == (400, "office-form")


def file(caller: Caller, path: str, content: bytes, kind: str = "text/csv") -> Any:
    papers = "&".join(f"evidence={paper}" for paper in FORM)
    headers = {"Content-Type": kind, "Origin": ORIGIN, "X-CSRF-Token": caller.csrf, "Idempotency-Key": secrets.token_hex(16)}
    return caller.client.post(f"/v1/office{path}&{papers}", data=content, headers=headers)


def test_an_employers_file_is_looked_through_taken_in_once_and_approved(house: House) -> None:
    intake, clerk = at_desk(house, "town-1"), at_desk(house, "clerk-1")
    content = as_csv([filled(1), filled(2), [*filled(3)[:1], "1", *filled(3)[2:]]])
    before = rows(house)
    preview = file(intake, "/batches/preview?eligibility=insured", content).json
    assert (preview["rows"], preview["accepted"], [row["row"] for row in preview["refused"]]) == (3, 2, [4])
    assert rows(house) == before
    taken = [file(intake, "/batches?employer=E-1", content).json for _ in range(2)]
    assert taken[0] == taken[1]
    batch = taken[0]["batch"]
    assert len(clerk.get(f"/batches/{batch}")["told"]["applications"]) == 3
    assert clerk.post(f"/batches/{batch}/approve")["told"] == {"batch": batch, "approved": 2, "refused": 1}
    assert file(intake, "/batches/preview?employer=E-1", b"x", "text/plain").status_code == 415
    assert file(intake, "/batches/preview?employer=E-1", b"x" * (9 << 20)).status_code == 413
    assert file(intake, "/batches/preview?employer=E-1&colour=red", content).status_code == 422


def test_plastic_is_ordered_and_comes_back_and_the_file_with_names_is_for_its_region(house: House) -> None:
    card, shop = house.shell.applied(), at_desk(house, "shop-1")
    with house.desk.store.reading() as work:
        assert work.cards_of(house.desk.card(CardRef(card)).card.holder)
    order = shop.post("/orders", {"maker": "M-1"}, 201)["told"]
    assert order["lines"] >= 0
    content = shop.call("POST", f"/orders/{order['ref']}/file")
    assert (content.status_code, content.headers["Cache-Control"]) == (200, "no-store")
    wrong = as_csv([["9", "C000", "成品", ""]], heading=("行号", "卡号", "结果", "说明"))
    assert file(shop, f"/orders/{order['ref']}/return?", wrong).json["told"]["mismatches"]
    other = at_desk(house, "sup-9")
    assert other.refused("POST", f"/orders/{order['ref']}/file") == other.refused("POST", f"/orders/{'0' * 32}/file") == (404, "not-found")
    assert shop.get("/stock") == {"imbalances": [], "overdue": []}


def test_points_readers_and_terminals_come_and_go_with_one_act_each(house: House) -> None:
    head = at_desk(house, "sup-1")
    changing(head, "/points", {"point": "hall-2", "name": "两江办事大厅", "kind": "centre"}, 201)
    changing(head, "/points/hall-2/end")
    changing(head, "/readers", {"reader": "reader-2"}, 201)
    raw = encode(cbor.encode(key("terminal").public_key.to_cbor()))
    body = {"terminal": "T-1", "key": raw, "venue": "演示站", "scenes": ["metro"], "place": {"latitude": 29_563_000, "longitude": 106_551_600}}
    changing(head, "/terminals", body, 201)
    assert head.refused("POST", "/terminals", {**body, "terminal": "T-2"}) == (409, "terminal-known")
    assert head.refused("POST", "/terminals", {**body, "key": encode(b"\xa0")})[0] == 400
    assert head.refused("POST", "/terminals", {**body, "place": {"latitude": "north", "longitude": 0}}) == (422, "request-fields")
    (shown,) = at_desk(house, "clerk-1").get("/terminals")["terminals"]
    assert (shown["key"], shown["ended"]) == (CoseKey.parse(cbor.decode(cbor.encode(key("terminal").public_key.to_cbor()))).thumbprint().hex(), False)
    assert changing(head, "/terminals/T-1/end")["ended"]
    assert head.get("/findings") == {"findings": [], "next": None}


def test_an_item_goes_its_way_step_by_step(house: House) -> None:
    head, source = at_desk(house, "sup-1"), {"by": "CN-CQ", "document": "渝人社〔2026〕1 号"}
    assert changing(head, "/items", {"item": ITEM, **source}, 201)["item"]["id"] == ITEM["id"]
    changing(head, f"/items/{ITEM['id']}/steps", {"step": "decide", **source})
    assert [step["step"] for step in at_desk(house, "clerk-1").get("/items")["proposals"][0]["steps"]] == ["draft", "decide"]
    assert head.refused("POST", "/items", {"item": {"id": "x"}, **source}) == (400, "office-form")
    assert head.refused("POST", f"/items/{ITEM['id']}/steps", {"step": "draft", **source}) == (422, "request-fields")
    assert head.refused("POST", "/items/unheard-of/steps", {"step": "decide", **source}) == (400, "item-list")


def test_figures_work_and_chains_are_read_from_the_record(house: House) -> None:
    card = house.shell.active()
    head = at_desk(house, "sup-1")
    counted = {figure["command"]: figure["count"] for figure in head.get("/figures")["figures"]}
    assert (counted["apply"], counted["activate"]) == (1, 1)
    assert head.get("/figures?month=2020-01") == {"month": "2020-01", "figures": []}
    for month in ("2026-13", "0000-01", "x"):
        assert head.refused("GET", f"/figures?month={month}")[0] in {400, 422}
    head.give(card, "freeze", evidence=["case-file"], ground="theft", until="2027-01-01")
    assert [pile["kind"] for pile in head.get("/freezes")["piles"]] == ["freeze"]
    assert "freeze" in [pile["kind"] for pile in head.get("/work")["piles"]]
    events = head.get(f"/cards/{card}/timeline")["events"]
    assert [event["command"] for event in events][:2] == ["freeze", "activate"]
    assert head.get(f"/cards/{card}/timeline?before={events[0]['seq']}")["events"] == events[1:]
    assert len(head.get(f"/cards/{card}/receipts")["receipts"]) >= 3
    acts = head.get("/audit/desks/CN-CQ")
    assert (acts["acts"][-1]["act"], acts["next"]) == ("register-point", None)
    assert head.get(f"/audit/desks/CN-CQ?before={acts['acts'][0]['seq']}")["acts"] == acts["acts"][1:]
    assert head.refused("GET", "/audit/desks/CN-CQ?before=999999") == (400, "cursor-unknown")


def test_a_session_of_a_program_begins_steps_up_and_ends(house: House) -> None:
    clerk = at_desk(house, "clerk-1")
    told = clerk.get("/session")
    assert (told["operator"], told["roles"], told["csrf"]) == ("clerk-1", ["clerk"], clerk.csrf)
    before = clerk.csrf
    clerk.step_up()
    assert clerk.csrf != before
    assert clerk.refused("POST", "/session/second-factor", {"code": "000000"})[1] == "second-factor-refused"
    assert clerk.call("DELETE", "/session").status_code == 204
    assert clerk.refused("GET", "/session") == (401, "sign-in-needed")
    body = {"operator": "clerk-1", "password": "not it, surely", "code": "123456"}
    answer: Any = house.app.test_client().post("/v1/office/session", json=body, headers={"Origin": ORIGIN})
    assert answer.json["code"] == "sign-in-refused"
