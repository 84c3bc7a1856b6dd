"""What comes in: JSON with one meaning, fields with one spelling, nothing that was not asked for, never more than was asked for; always a typed refusal."""

from __future__ import annotations

import json
import secrets
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.webapp.phonehouse import Phone
from tests.webapp.residenthouse import opened
from tests.webapp.test_office import founded, shell
from webapp import SERVICES, create_app
from webapp.auth.proofs import encode
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from tests.webapp.officehouse import Shell
    from tests.webapp.phonehouse import Answer
    from tests.webapp.residenthouse import Hall

__all__ = ["founded", "shell"]
ENROL = "/v1/enrolments"


@pytest.fixture
def hall(shell: Shell) -> Iterator[Hall]:
    with opened(shell) as hall:
        yield hall


@pytest.fixture(scope="module")
def app(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One service for all that it refuses."""
    folder = tmp_path_factory.mktemp("input") / "office"
    shutil.copytree(founded, folder)
    app = create_app(Settings.from_environ({"ECARD_OFFICE": str(folder)}))
    yield app
    assert app.extensions[SERVICES].close(within=5)


@pytest.fixture
def phone(app: Flask) -> Phone:
    return Phone.over(app.test_client())


def nested(depth: int) -> bytes:
    return b'{"code": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


NOT_JSON = {
    "nothing": b"",
    "no object": b"[]",
    "a number": b"7",
    "null": b"null",
    "a member twice": b'{"code": "12345678", "code": "12345678"}',
    "a member twice, deeper": b'{"code": {"a": 1, "a": 2}}',
    "NaN": b'{"code": NaN}',
    "Infinity": b'{"code": -Infinity}',
    "a fraction": b'{"code": 1.5}',
    "an exponent": b'{"code": 1e999}',
    "digits without end": b'{"code": ' + b"9" * 5000 + b"}",
    "too deep": nested(17),
    "far too deep": nested(30_000),
    "after the end": b'{"code": "12345678"} {}',
    "cut off": b'{"code": "1234',
    "single quotes": b"{'code': '12345678'}",
    "a comment": b'{"code": "12345678"} // so',
    "a comma too many": b'{"code": "12345678",}',
    "not UTF-8": b'{"code": "\xff"}',
    "overlong UTF-8": b'{"code": "\xc0\xaf"}',
    "a mark before": b'\xef\xbb\xbf{"code": "12345678"}',
    "UTF-16": '{"code": "12345678"}'.encode("utf-16"),
    "half a character": b'{"code": "\\ud800"}',
    "half a character as a name": b'{"\\udfff": 1}',
    "NUL": b'{"code": "1234567\\u0000"}',
    "a control character": b'{"code": "1234\n5678"}',
}


@pytest.mark.error("request-body")
@pytest.mark.threat("G12")
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_one_object_of_strict_json_is_refused(phone: Phone, body: bytes) -> None:
    answer = sent(phone, body)
    assert (answer.status, answer.code) == (400, "request-body")


@pytest.mark.threat("G12")
def test_size_and_type_are_bounded(phone: Phone) -> None:
    assert sent(phone, json.dumps({"code": "x" * 65_600}).encode()).status == 413
    assert sent(phone, json.dumps({"code": "x" * 65_400}).encode()).code == "request-fields"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json-seq", ""):
        assert sent(phone, b'{"code": "12345678"}', kind=kind).status == 415
    assert sent(phone, nested(16)).code == "request-fields"


TWINS = [
    "１２３４５６７８",
    "1234567８",
    "12345678 ",
    " 12345678",
    "12345678\n",
    "1234_5678",
    "+1234567",
    "٠١٢٣٤٥٦٧",
    "²²²²²²²²",
    "1234567",
    "123456789",
    "0x123456",
    "",
]


@pytest.mark.threat("G13", "G07")
@pytest.mark.parametrize("code", [*TWINS, 12345678, True, None, ["12345678"], {"x": 1}])
def test_a_number_has_one_spelling(phone: Phone, code: object) -> None:
    answer = phone.ask("POST", ENROL, {"code": code})
    assert (answer.status, answer.code, answer.body["facts"]) == (422, "request-fields", {"fields": "json.code"})


@pytest.mark.threat("G13")
@pytest.mark.parametrize("profile", ["1", "１", 1.0, True, None, 3, -1, 0, 10**400, [1]])
def test_a_whole_number_is_one(phone: Phone, profile: object) -> None:
    ref, raw = "0" * 32, "AAAA"
    body = {"card": ref, "phone": ref, "nonce": encode(bytes(32)), "proof": raw, "requests": [{"profile": profile, "proof": raw}]}
    answer = phone.ask("POST", "/v1/credentials", body)
    if answer.code != "request-body":
        assert (answer.code, answer.body["facts"]) == ("request-fields", {"fields": "json.requests"})


@pytest.mark.threat("G13")
@pytest.mark.parametrize("text", ["AAA=", "AA", "AB", "A+/A", "AAAA ", "AÀAA", "", "A", "=" * 4, "A" * 3000])
def test_bytes_have_one_spelling(phone: Phone, text: str) -> None:
    answer = phone.ask("POST", f"{ENROL}/{'0' * 32}/proof", {"proof": text})
    assert answer.code == ("request-fields" if text != "AA" else "nothing-of-yours")


@pytest.mark.threat("G07")
def test_nothing_unknown_is_taken_and_nothing_is_told_that_is_not_described(hall: Hall, shell: Shell) -> None:
    card = shell.active()
    phone = hall.phone(card)
    for more in ("provisional", "state", "actor", "region", "id", "$where", "__proto__", "constructor"):
        answer = phone.ask("POST", ENROL, {"code": "12345678", more: True})
        assert (answer.code, answer.body["facts"]) == ("request-fields", {"fields": f"json.{more}"})
        report = phone.ask("POST", "/v1/reports", {"card": card, "of": "card", "phone": None, more: "x"})
        assert report.code == "request-fields"
    assert phone.ask("GET", f"/v1/cards/{card}/timeline?page=2").code == "request-fields"
    page = json.dumps(phone.me(), ensure_ascii=False)
    held = hall.desk.card(card)  # type: ignore[arg-type] # because a reference is text on the wire
    for hidden in (held.card.number, held.card.holder, "person", "thumbprint"):
        assert hidden not in page


NAUGHTY = [
    "' OR 1=1 --",
    "%",
    "_",
    "../../etc/passwd",
    "<script>",
    "\u202e",
    "👩‍👩‍👧",
    "null",
    "%00",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "\r\nSet-Cookie: a=b",
    "a" * 5000,
]


@pytest.mark.threat("G12")
@pytest.mark.parametrize("text", NAUGHTY)
def test_no_text_ends_in_a_defect(phone: Phone, text: str) -> None:
    from urllib.parse import quote

    for method, path, body in (
        ("POST", ENROL, {"code": text}),
        ("POST", "/v1/credentials", {"card": text, "phone": text, "nonce": text, "proof": text, "requests": [{"profile": 1, "proof": text}]}),
        ("GET", f"{ENROL}/{quote(text, safe='')}", None),
        ("GET", f"/v1/cards/{quote(text, safe='')}/timeline", None),
        ("GET", f"/v1/challenges/{quote(text, safe='')}", None),
        ("GET", f"/v1/cards/{'0' * 32}/timeline?cursor={quote(text, safe='')}", None),
    ):
        answer = phone.ask(method, path, body)
        assert 400 <= answer.status < 500, (path, answer)
        assert answer.code != "internal"


def sent(phone: Phone, body: bytes, *, kind: str = "application/json") -> Answer:
    """A body as it is."""
    for _ in range(2):
        key = secrets.token_hex(16)
        headers: dict[str, Any] = {"DPoP": phone.proof("POST", ENROL, body, key), "Idempotency-Key": key, "Content-Type": kind}
        answer = phone.line.send("POST", ENROL, body, headers)
        phone.nonce = answer.headers.get("DPoP-Nonce", phone.nonce)
        if answer.status != 401:
            break
    return answer
