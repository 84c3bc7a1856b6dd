"""The service as a stranger meets it: signed files by name, problems with a code and a hint, and nothing else of the disk."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from webapp import MAX_BODY_BYTES, create_app
from webapp.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

TIMESTAMP = b'{"signed": {"_type": "timestamp"}}'
STATUS = b"\xd2\x84status"
ISSUERS = "ab" * 32 + ".issuers.cbor"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    published = tmp_path / "published"
    files = {
        "metadata/timestamp.json": TIMESTAMP,
        "metadata/2.root.json": b"{}",
        "metadata/.timestamp.json.tmp": b"half",
        f"targets/CN-CQ/{ISSUERS}": b"\xa0",
        "status/c4k2.cwt": STATUS,
        "status/c4k2.key": b"never",
        "status/aggregation.json": b"{}",
        "secret.json": b"never",
    }
    for name, content in files.items():
        (published / name).parent.mkdir(parents=True, exist_ok=True)
        (published / name).write_bytes(content)
    (tmp_path / "outside.cwt").write_bytes(b"never")
    (published / "status" / "cout.cwt").symlink_to(tmp_path / "outside.cwt")
    return published


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    return create_app(Settings(published=folder)).test_client()


def problem(answer: TestResponse, status: HTTPStatus, code: str) -> dict[str, object]:
    """The body of a refusal, after checking what every refusal has."""
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    body = answer.get_json(force=True)
    assert body.keys() == {"type", "title", "status", "code", "hint", "facts"}
    assert body["type"] == "about:blank"
    assert body["status"] == status
    assert body["code"] == code
    assert body["hint"].keys() == {"zh", "en"}
    assert all(body["hint"].values())
    assert " · " in body["title"]
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(body)


def test_the_process_is_live_even_with_nothing_to_serve(tmp_path: Path) -> None:
    bare = create_app(Settings(published=tmp_path)).test_client()
    assert bare.get("/healthz").get_json() == {"status": "live"}


@pytest.mark.error("not-ready")
def test_ready_means_something_is_published(tmp_path: Path, client: FlaskClient) -> None:
    answer = create_app(Settings(published=tmp_path)).test_client().get("/readyz")
    problem(answer, HTTPStatus.SERVICE_UNAVAILABLE, "not-ready")
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/readyz").get_json() == {"status": "ready", "serves": ["artefacts", "chain", "feed"]}


@pytest.mark.parametrize(
    ("path", "content", "content_type", "immutable"),
    [
        ("/v1/trust/metadata/timestamp.json", TIMESTAMP, "application/json", False),
        ("/v1/trust/metadata/2.root.json", b"{}", "application/json", True),
        (f"/v1/trust/targets/CN-CQ/{ISSUERS}", b"\xa0", "application/octet-stream", True),
        ("/v1/status/c4k2", STATUS, "application/statuslist+cwt", False),
        ("/v1/status/aggregation", b"{}", "application/json", False),
    ],
)
def test_signed_files_are_served_as_they_are(client: FlaskClient, path: str, content: bytes, content_type: str, *, immutable: bool) -> None:
    answer = client.get(path)
    assert answer.status_code == HTTPStatus.OK
    assert answer.data == content
    assert answer.content_type == content_type
    assert answer.cache_control.public
    assert bool(answer.cache_control.immutable) is immutable
    assert bool(answer.cache_control.no_cache) is not immutable
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.head(path).headers["ETag"] == answer.headers["ETag"]


def test_an_etag_saves_the_second_transfer_until_the_bytes_change(client: FlaskClient, folder: Path) -> None:
    etag = client.get("/v1/status/c4k2").headers["ETag"]
    again = client.get("/v1/status/c4k2", headers={"If-None-Match": etag})
    assert again.status_code == HTTPStatus.NOT_MODIFIED
    assert again.data == b""
    (folder / "status" / "c4k2.cwt").write_bytes(STATUS + b"!")
    assert client.get("/v1/status/c4k2", headers={"If-None-Match": etag}).data == STATUS + b"!"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/",
        "/v1/status/",
        "/v1/status/c4k3",
        "/v1/status/c4k2.cwt",
        "/v1/status/c4k2.key",
        "/v1/status/C4K2",
        "/v1/status/cout",
        "/v1/status/..%2fsecret",
        "/v1/status/%2e%2e%2fsecret.json",
        "/v1/trust/secret.json",
        "/v1/trust/status/c4k2.cwt",
        "/v1/trust/metadata",
        "/v1/trust/metadata/",
        "/v1/trust/metadata/.timestamp.json.tmp",
        "/v1/trust/metadata/../secret.json",
        "/v1/trust/metadata/%2e%2e/secret.json",
        "/v1/trust/metadata/..%5csecret.json",
        "/v1/trust/metadata//timestamp.json",
        "/v1/trust/metadata/timestamp.json/more",
        "/v1/trust/metadata/timestamp.json%00.cwt",
        "/v1/trust//etc/passwd",
        "/v1/trust/%2fetc/passwd",
        "/v1/trust/targets/a/b/c/d/e/f/g",
        "/v1/trust/metadata/" + "x" * 300,
    ],
)
@pytest.mark.error("not-found")
def test_nothing_outside_the_published_folder_can_be_reached(client: FlaskClient, path: str) -> None:
    body = problem(client.get(path), HTTPStatus.NOT_FOUND, "not-found")
    assert body["facts"] == {}


@pytest.mark.error("not-readable")
def test_a_disk_that_does_not_answer_is_our_fault_not_the_callers(client: FlaskClient, folder: Path) -> None:
    (folder / "status" / "cloop.cwt").symlink_to("cloop2.cwt")
    (folder / "status" / "cloop2.cwt").symlink_to("cloop.cwt")
    answer = client.get("/v1/status/cloop")
    assert problem(answer, HTTPStatus.SERVICE_UNAVAILABLE, "not-readable")["facts"] == {}
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.error("method-not-allowed")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_reading_is_allowed(client: FlaskClient, method: str) -> None:
    answer = client.open("/v1/status/c4k2", method=method)
    problem(answer, HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.error("request-refused")
def test_whatever_else_the_framework_refuses_is_a_problem_too(folder: Path) -> None:
    app = create_app(Settings(published=folder))

    def take() -> str:
        from flask import request

        return request.get_data(as_text=True)

    app.view_functions["time.now"] = take
    answer = app.test_client().get("/v1/time", data=b"x" * (MAX_BODY_BYTES + 1))
    problem(answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request-refused")


@pytest.mark.error("internal")
@pytest.mark.threat("G19")
def test_a_defect_shows_a_number_and_nothing_of_the_inside(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings(published=folder))

    def fail() -> str:
        message = "the inside: SELECT secret FROM vault"
        raise RuntimeError(message)

    app.view_functions["time.now"] = fail
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/v1/time")
    body = problem(answer, HTTPStatus.INTERNAL_SERVER_ERROR, "internal")
    assert isinstance(body["facts"], dict)
    incident = body["facts"]["incident"]
    assert incident in caplog.text
    assert "inside" not in answer.text.replace(str(body["title"]), "")
    assert "vault" not in answer.text
    assert "Traceback" not in answer.text


OPEN_TO_ALL = {
    "/healthz",
    "/readyz",
    "/v1/openapi.json",
    "/v1/status/<region>/<space>/<epoch>/d/<span>",
    "/v1/status/<region>/<space>/<epoch>/s/<seq>",
    "/v1/status/<region>/<space>/<epoch>/s/<seq>/body",
    "/v1/status/<region>/<space>/head",
    "/v1/status/<region>/<space>/index",
    "/v1/status/<shard>",
    "/v1/status/aggregation",
    "/v1/status/events",
    "/v1/time",
    "/v1/trust/<path:name>",
}
"""Of the API; pages lie beside it."""
TOLD_BESIDE_IT = {"/v1/sharing/cards", "/v1/sharing/changes"}
"""For recipients of shared data, who are given their description with the key of their grant."""


@pytest.mark.parametrize("with_office", [False, True])
def test_the_description_lists_every_address_and_every_refusal(folder: Path, *, with_office: bool) -> None:
    app = create_app(Settings(published=folder, office=folder if with_office else None))
    description = app.test_client().get("/v1/openapi.json").get_json()
    assert description["openapi"] == "3.1.0"
    there = {rule for rule in _api(app) if rule != "/v1/openapi.json"} - TOLD_BESIDE_IT
    assert description["paths"].keys() == {re.sub("<(?:path:)?([a-z_]+)>", r"{\1}", rule) for rule in there}
    for path, offers in description["paths"].items():
        for method, offer in offers.items():
            for answer, meaning in offer["responses"].items() if method != "parameters" else ():
                if int(answer) >= HTTPStatus.BAD_REQUEST:
                    assert meaning["content"].keys() == {"application/problem+json"}, path
    assert "演示系统" in description["info"]["title"]


@pytest.mark.threat("G18")
def test_without_an_office_nothing_is_there_but_what_anybody_may_read(folder: Path) -> None:
    app = create_app(Settings(published=folder))
    assert _api(app) == OPEN_TO_ALL
    for rule in app.url_map.iter_rules():
        assert (rule.methods or set()) <= {"GET", "HEAD"}
    assert not app.debug


def _api(app: Flask) -> set[str]:
    return {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1/") or rule.rule in {"/healthz", "/readyz"}}


def test_two_applications_share_nothing(tmp_path: Path, client: FlaskClient) -> None:
    other = create_app(Settings(published=tmp_path / "empty")).test_client()
    assert other.get("/readyz").status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert client.get("/readyz").status_code == HTTPStatus.OK
