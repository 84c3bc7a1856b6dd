"""The chain's objects as static bytes: what never changes says so, what changes is asked for again, and a bad question is told what is wrong with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from codes.chain import StatusHeartbeat
from tests.webapp.chainhouse import Chain
from tests.webapp.test_service import problem
from webapp import create_app
from webapp.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

COSE = 'application/cose; cose-type="cose-sign1"'
BASE = "/v1/status/CN-CQ/phone"


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    made = Chain(tmp_path / "published")
    made.snapshot()
    for _ in range(3):
        made.change()
    made.merge(1, 4)
    return made


@pytest.fixture
def client(chain: Chain) -> FlaskClient:
    return create_app(Settings(published=chain.root)).test_client()


@pytest.mark.parametrize("path", ["1/s/1", "1/s/1/body", "1/d/1-2", "1/d/1-4"])
def test_a_numbered_object_may_be_kept_for_ever(path: str, chain: Chain, client: FlaskClient) -> None:
    answer = client.get(f"{BASE}/{path}")
    file = path.removesuffix("/body") + (".body" if path.endswith("body") else ".cbor")
    assert answer.data == (chain.folder / file).read_bytes()
    assert answer.content_type == ("application/octet-stream" if path.endswith("body") else COSE)
    assert (answer.cache_control.immutable, answer.cache_control.max_age, answer.cache_control.public) == (True, 365 * 86400, True)
    again = client.get(f"{BASE}/{path}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (HTTPStatus.NOT_MODIFIED, b"")
    bare = client.head(f"{BASE}/{path}")
    assert (bare.data, bare.headers["ETag"], bare.content_length) == (b"", answer.headers["ETag"], len(answer.data))


@pytest.mark.parametrize(("path", "kind"), [("head", COSE), ("index", "application/json")])
def test_what_changes_is_asked_for_again_cheaply(path: str, kind: str, chain: Chain, client: FlaskClient) -> None:
    before = client.get(f"{BASE}/{path}")
    assert before.content_type == kind
    assert before.cache_control.no_cache
    assert not before.cache_control.immutable
    assert client.get(f"{BASE}/{path}", headers={"If-None-Match": before.headers["ETag"]}).status_code == HTTPStatus.NOT_MODIFIED
    chain.change()
    after = client.get(f"{BASE}/{path}", headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.data != before.data) == (HTTPStatus.OK, True)


def test_a_poll_that_finds_the_same_head_again_says_only_that(chain: Chain, client: FlaskClient) -> None:
    answer = client.get(f"{BASE}/head?since=1.4&wait=0")
    assert StatusHeartbeat.from_bytes(answer.data).head == chain.head
    assert client.get(f"{BASE}/head?since=1.4&wait=0", headers={"If-None-Match": answer.headers["ETag"]}).status_code == HTTPStatus.NOT_MODIFIED


@pytest.mark.parametrize(
    "path",
    [
        "CN-SC/phone/head",
        "CN-CQ/chip/head",
        "CN-CQ/paper/head",
        "cn-cq/phone/head",
        "CN-CQ/phone",
        "CN-CQ/phone/head.cbor",
        "CN-CQ/phone/2/s/1",
        "CN-CQ/phone/1/s/9",
        "CN-CQ/phone/01/s/1",
        "CN-CQ/phone/1/s/01",
        "CN-CQ/phone/+1/s/1",
        "CN-CQ/phone/1/s/１",
        "CN-CQ/phone/1/s/9/body",
        "CN-CQ/phone/1/d/1-9",
        "CN-CQ/phone/1/d/01-2",
        "CN-CQ/phone/1/d/1-2-3",
        "CN-CQ/phone/1/d/1",
        "CN-CQ/phone/1/d/0-1",
        "CN-CQ/phone/1/s/" + "9" * 400,
        "%2e%2e/phone/head",
        "CN-CQ/phone/..%2f../s/1",
        "CN-SC/phone/head?since=1.1&wait=5",
    ],
)
def test_what_is_not_there_is_not_found_in_one_spelling_only(path: str, client: FlaskClient) -> None:
    assert problem(client.get(f"/v1/status/{path}"), HTTPStatus.NOT_FOUND, "not-found")["facts"] == {}


@pytest.mark.error("request-fields")
@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("since=1", "query.since"),
        ("since=1.0", "query.since"),
        ("since=01.2", "query.since"),
        ("since=1.２", "query.since"),
        ("since=1.2.3", "query.since"),
        ("since=-1.2", "query.since"),
        ("since=4294967296.1", "query.since"),
        ("since=1.9999999999999999", "query.since"),
        ("since=", "query.since"),
        ("wait=31", "query.wait"),
        ("wait=-1", "query.wait"),
        ("wait=1_0", "query.wait"),
        ("wait=+5", "query.wait"),
        ("wait=1e1", "query.wait"),
        ("wait=", "query.wait"),
        ("since=x&wait=x", "query.since, query.wait"),
        ("until=5", "query.until"),
    ],
)
def test_a_bad_question_is_told_which_field_is_wrong(query: str, fields: str, client: FlaskClient) -> None:
    answer = client.get(f"{BASE}/head?{query}")
    assert problem(answer, HTTPStatus.UNPROCESSABLE_ENTITY, "request-fields")["facts"] == {"fields": fields}


@pytest.mark.parametrize(
    ("query", "header", "fields"),
    [
        ("follow=CN-CQ", None, "query.follow"),
        ("follow=CN-CQ/phone/", None, "query.follow"),
        ("follow=CN-CQ/phone/1.0", None, "query.follow"),
        ("follow=CN-CQ/paper", None, "query.follow"),
        ("&".join(["follow=CN-CQ/phone"] * 65), None, "query.follow"),
        ("", "CN-CQ/phone/x", "headers.Last-Event-ID"),
        ("all=1", None, "query.all"),
    ],
)
def test_a_stream_is_asked_for_in_one_spelling_too(query: str, header: str | None, fields: str, client: FlaskClient) -> None:
    answer = client.get(f"/v1/status/events?{query}", headers={} if header is None else {"Last-Event-ID": header})
    assert problem(answer, HTTPStatus.UNPROCESSABLE_ENTITY, "request-fields")["facts"] == {"fields": fields}
