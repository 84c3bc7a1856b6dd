"""What holds for every page of the console: who may open it, no form without its token, nothing inline, nothing kept, and every string shown as itself."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ecard import schema
from ecard.model import CardRef, PointKind, PointRef
from tests.webapp.consolehouse import ORIGIN, hall, house
from tests.webapp.consolestrings import NAUGHTY
from tests.webapp.officehouse import number
from tests.webapp.test_console_office import PAPERS, table, terminal
from webapp.auth.callers import Kind
from webapp.console import choices
from webapp.console.permissions import PERMISSIONS
from webapp.console.texts import texts

if TYPE_CHECKING:
    from tests.webapp.consolehouse import Browser, House

__all__ = ["hall", "house"]
TEMPLATES = Path("webapp/templates/console")
ARGUMENTS = {
    "card": "0" * 32,
    "word": "report-loss",
    "ref": "0" * 32,
    "number": "A" * 16,
    "form": "chain.json",
    "desk": "CN-CQ",
    "which": "en",
    "name": "console.css",
    "rest": "nowhere",
    "point": "hall-1",
    "terminal": "T-0",
    "item": "nothing",
    "operator": "nobody",
}


def rules(house: House) -> list[tuple[str, str, str]]:
    """Every (endpoint, method, path) of the console."""
    found = []
    with house.app.test_request_context():
        for rule in house.app.url_map.iter_rules():
            if rule.endpoint.startswith("console."):
                path = house.app.url_map.bind("localhost").build(rule.endpoint, {name: ARGUMENTS[name] for name in rule.arguments})
                found += [(rule.endpoint, method, path) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def test_every_page_and_method_stands_in_the_table_and_nothing_else_does(house: House) -> None:
    assert {(endpoint, method) for endpoint, method, _ in rules(house)} == set(PERMISSIONS)


@pytest.mark.threat("G05")
def test_no_form_is_taken_without_the_token_or_from_a_foreign_page(house: House) -> None:
    boss = house.open("sup-1")
    walked = 0
    for endpoint, method, path in rules(house):
        if method == "GET":
            continue
        walked += 1
        token = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', boss.page)[0]}
        for data, headers in (
            ({}, {"Origin": ORIGIN}),
            ({"csrf": "x"}, {"Origin": ORIGIN}),
            (token, {}),
            (token, {"Origin": "https://evil.example"}),
            (token, {"Origin": "null"}),
        ):
            if endpoint == "console.do_sign_in" and headers.get("Origin") == ORIGIN:
                continue  # whoever is not in has no token yet; the origin is asked of everybody
            answer = boss.client.open(path, method=method, data=data, headers=headers)
            assert answer.status_code == 403, (endpoint, data, headers, answer.status_code)
    assert walked > 15
    assert "今日待办" in boss.get("/console/")


@pytest.mark.threat("F07")
def test_nobody_who_is_not_in_opens_anything(house: House) -> None:
    client = house.app.test_client()
    for endpoint, method, path in rules(house):
        if PERMISSIONS[endpoint, method].kind is not Kind.PUBLIC:
            answer = client.open(path, method=method)
            assert answer.status_code == 303, endpoint
            assert answer.headers["Location"].startswith("/console/sign-in")


def test_every_page_leaves_under_a_strict_policy_and_holds_nothing_inline(house: House) -> None:
    card = house.shell.active()
    boss = house.open("sup-1")
    paths = [path for _, method, path in rules(house) if method == "GET"] + [f"/console/cards/{card}", f"/console/cards/{card}/acts/freeze"]
    for path in paths:
        answer = boss.client.get(path)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        if path.startswith("/console/look/"):
            answer.close()
            continue
        assert answer.headers["Cache-Control"] == "no-store"
        if answer.mimetype == "text/html":
            assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", answer.text), path
    assert boss.client.get("/console/look/console.js").status_code == 404


@pytest.mark.threat("G06")
def test_what_belongs_to_the_other_region_is_as_unknown_as_what_is_not(house: House) -> None:
    card = house.shell.active()
    clerk, other = house.open("clerk-1"), house.open("sup-9")
    clerk.act(card, "freeze", ("case-file",), ground="theft", until="2026-12-31")
    house.open("clerk-2").act(card, "unfreeze", ("review",))
    receipt = house.desk.receipts(CardRef(card))[-1].says.number
    clerk.get("/console/applications")
    content = table(("居民身份证", number(7), "江小鱼", "1980-01-01", "7.jpg"))
    clerk.post("/console/batches", mode="commit", file=(io.BytesIO(content), "x.csv"), employer="EMP-1", evidence=PAPERS)
    clerk.get("/console/applications")
    said = {"name": "江大鱼", "identity_number": number(8), "evidence": PAPERS, "key": "0" * 32}
    clerk.post("/console/applications", status=303, **said)
    application = clerk.get("/console/applications").split("/console/batches/")[1].partition('"')[0]
    proposal = clerk.get("/console/queue").split("/console/queue/")[1].partition('"')[0]
    house.shell.applied(9)
    shop = house.open("shop-1")
    shop.get("/console/production/new")
    shop.post("/console/production/new", step="review", maker="MAKER-1", point="hall-1")
    shop.post("/console/production/new", status=303, **(shop.hidden() | {"step": "do"}))
    order = re.findall(r"/console/production/([0-9a-f]{32})/file", shop.page)[0]
    with house.desk.store.reading() as work:
        alone = sa.select(schema.application.c.ref).where(schema.application.c.batch.is_(None))
        application, batch = work.connection.execute(alone).scalar_one(), application
    terminal(house, "T-1", "两路口站")
    named = {"terminals/T-1/end": "terminals/T-2/end", "points/hall-1/end": "points/hall-5/end", "staff/clerk-1": "staff/clerk-5"}
    for named_so, nobodys in named.items():
        pair = [other.client.get(f"/console/{path}") for path in (named_so, nobodys)]
        assert pair[0].status_code == pair[1].status_code != 200, named_so
        assert pair[0].text.replace(named_so, nobodys) == pair[1].text, named_so
    asked: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("GET", f"cards/{card}", {}),
        ("GET", f"cards/{card}/acts/report-loss", {}),
        ("POST", f"cards/{card}/acts/report-loss", {"step": "do", "of": "card", "key": "1" * 32}),
        ("POST", f"cards/{card}/reveal", {"field": "name", "purpose": "complaint"}),
        ("GET", f"cards/{card}/receipts/{receipt}", {}),
        ("GET", f"cards/{card}/receipts/{receipt}/print.pdf", {}),
        ("GET", f"cards/{card}/forms/report-loss/print.pdf", {}),
        ("GET", f"cards/{card}/activation", {}),
        ("POST", f"cards/{card}/activation", {"grade": "chip", "key": "2" * 32}),
        ("GET", f"audit/cards/{card}", {}),
        ("GET", f"audit/cards/{card}/chain.json", {}),
        ("GET", f"queue/{proposal}", {}),
        ("POST", f"queue/{proposal}/approve", {"digest": "00" * 32, "key": "3" * 32}),
        ("POST", f"queue/{proposal}/decline", {"key": "4" * 32}),
        ("GET", f"batches/{batch}", {}),
        ("POST", f"batches/{batch}/approve", {}),
        ("POST", f"applications/{application}", {"decision": "approve", "key": "5" * 32}),
        ("GET", f"production/{order}", {}),
        ("POST", f"production/{order}/file", {}),
        ("POST", f"production/{order}/return", {"key": "6" * 32}),
        ("GET", f"production?after={order}", {}),
    )
    for method, path, fields in asked:
        other.get("/console/")
        theirs = [found for found in (card, proposal, batch, application, order) if found in path]
        answers = []
        for tried in (path, path.replace(theirs[0], "0" * 32)):
            answer = other.client.get(f"/console/{tried}") if method == "GET" else other.send(f"/console/{tried}", fields)
            answers.append((answer.status_code, answer.text.replace(theirs[0], "0" * 32)))
        assert answers[0] == answers[1], (path, answers[0][0], answers[1][0])
        assert answers[0][0] in {404, 409}, path
    for path in (f"cards/{card}", f"queue/{proposal}", f"batches/{batch}", f"production/{order}"):
        assert_as_long(other, f"/console/{path}", f"/console/{path.split('/')[0]}/{'0' * 32}")


def assert_as_long(browser: Browser, one: str, other: str) -> None:
    """Two addresses asked in turn: neither median lies outside the middle half of the other's times, by a factor of two."""
    times: dict[str, list[float]] = {one: [], other: []}
    for _ in range(20):
        for path, taken in times.items():
            begun = time.perf_counter()
            browser.client.get(path)
            taken.append(time.perf_counter() - begun)
    first, second = (sorted(each) for each in times.values())
    for mine, theirs in ((first, second), (second, first)):
        assert theirs[5] / 2 <= mine[10] <= theirs[15] * 2, (one, mine[10], theirs[10])


# ---------------------------------------------------------------------------------------------------------------- strings


@pytest.mark.threat("G11")
def test_a_string_in_any_stored_field_is_shown_as_itself(house: House) -> None:
    card = house.shell.active()
    boss, clerk = house.open("sup-1"), house.open("clerk-1")
    for at, text in enumerate(NAUGHTY):
        terminal(house, f"T-{at}", text)
    actor = house.office.settings.operators["sup-1"].acting()
    house.desk.register_point(PointRef("hall-1b"), name=NAUGHTY[0], kind=PointKind.CENTRE, actor=actor, at=house.clock())
    page = boss.get("/console/terminals")
    for text in NAUGHTY:
        assert text in boss.text() or text.strip("<>") in boss.text()
        assert not re.search(r"<script|<svg|<img|<iframe|<base|<meta http-equiv|<style", page)
    for text in NAUGHTY:
        page = boss.client.post(
            "/console/sign-in", data={"name": text, "password": text, "code": text, "next": text}, headers={"Origin": ORIGIN}
        ).text
        assert not re.search(r"<script|<svg|<img|<iframe|<base|<meta http-equiv|<style", page)
    echoed(clerk, card)


def echoed(clerk: Browser, card: str) -> None:
    for text in NAUGHTY:
        clerk.get(f"/console/cards/{card}/acts/take-over-older-card")
        sent: dict[str, Any] = {
            "scheme": text,
            "number": text,
            "retires": text,
            "evidence": "older-card-shown",
            "filed.older-card-shown": text,
            "step": "edit",
        }
        page = clerk.post(f"/console/cards/{card}/acts/take-over-older-card", **sent)
        assert not re.search(r"<script|<svg|<img|<iframe|<base|<meta http-equiv|<style", page)
    content = table(("居民身份证", number(7), "江小鱼", "1980-01-01", "7.jpg"))
    for text in NAUGHTY[:3]:
        clerk.get("/console/applications")
        answer = clerk.send("/console/batches", {"file": (io.BytesIO(content), text), "mode": "commit", "employer": text, "evidence": PAPERS})
        assert answer.status_code in {200, 400, 409}
        assert not re.search(r"<script|<svg|<img|<iframe", answer.text)


def test_both_languages_have_the_same_keys_and_the_templates_use_no_other() -> None:
    zh, en = texts("zh-CN"), texts("en")
    assert zh.keys() == en.keys()
    used = {key for path in TEMPLATES.glob("*.html") for key in re.findall(r"\bt\('([a-z0-9_.-]+)'[,)]", path.read_text("utf-8"))}
    assert used <= zh.keys() | {"article"}
    prefixes = {key for path in TEMPLATES.glob("*.html") for key in re.findall(r"\bt\('([a-z.]+\.)' ~", path.read_text("utf-8"))}
    unused = {key for key in zh if key not in used and not key.startswith(tuple(prefixes)) and not key.startswith("figures.")}
    assert unused == set()


def test_chinese_is_written_with_chinese_punctuation() -> None:
    said = [*texts("zh-CN").values(), *(text.zh for words in choices.WORDS.values() for text in words.values())]
    for text in said:
        assert not re.search(r"[一-鿿][,;:!?()]|[,;:!?()][一-鿿]", text.replace("{", "").replace("}", "")), text
