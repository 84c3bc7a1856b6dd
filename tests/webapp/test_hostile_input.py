"""Every call of the API with what has broken services before, in every place where something can stand: a typed refusal, never a defect, never silence."""

from __future__ import annotations

import json
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from tests.webapp import naughty
from tests.webapp.hostilecalls import Call, Sender, calls, places, put
from tests.webapp.hostilehouse import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse

    from tests.webapp.hostilehouse import HostileHouse

EACH = 4
"""Strings in each place of each body, in turn: all of them are met many times over the whole of the API."""
WRONG: list[object] = [None, True, [], {}, -1, 1.5, 1 << 70, ""]
"""Values of another kind than the place is for."""
BIG = 64 * 1024
NOT_JSON = {
    "nothing": b"",
    "no object": b'["x"]',
    "a member twice": b'{"card": "x", "card": "y"}',
    "a member twice, deeper": b'{"x": {"a": 1, "a": 2}}',
    "NaN": b'{"x": NaN}',
    "Infinity": b'{"x": -Infinity}',
    "an exponent": b'{"x": 1e999}',
    "digits without end": b'{"x": ' + b"9" * 5000 + b"}",
    "deep": b'{"x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "not UTF-8": b'{"x": "\xff"}',
    "UTF-16": '{"x": "y"}'.encode("utf-16"),
    "half a character": b'{"x": "\\ud800"}',
    "NUL": b'{"x": "\\u0000"}',
    "cut off": b'{"x": "y',
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileHouse]:
    with opened(tmp_path_factory.mktemp("hostile") / "town") as house:
        yield house


@pytest.fixture
def sender(house: HostileHouse) -> Sender:
    return Sender(house)


def refused(answer: TestResponse, where: object, statuses: set[int] | None = None) -> None:
    """Return if an answer is a typed refusal: problem details with a code and what to do, in two languages."""
    assert 400 <= answer.status_code < 500, where
    assert answer.content_type == "application/problem+json", where
    page: Any = answer.get_json()
    assert page.keys() == {"type", "title", "status", "code", "hint", "facts"}, where
    assert page["code"] != "internal", where
    assert page["hint"].keys() == {"zh", "en"}, where
    assert statuses is None or answer.status_code in statuses | {429}, (where, answer.status_code)


@pytest.mark.threat("G12")
def test_what_is_not_one_object_of_strict_json_is_refused_everywhere(sender: Sender) -> None:
    asked = [call for call in calls(sender.house) if call.takes_json]
    assert len(asked) >= 29
    for call in asked:
        for name, raw in NOT_JSON.items():
            refused(sender.send(call, raw=raw), (call.label, name), {400, 404})


@pytest.mark.threat("G12", "G15")
def test_another_type_and_another_size_are_refused_everywhere(sender: Sender) -> None:
    for call in calls(sender.house):
        if call.method != "POST":
            continue
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json-seq", ""):
            answer = sender.send(call, raw=b"{}", kind=kind, path=call.path.partition("?")[0])
            if call.kinds:
                refused(answer, (call.label, kind), {404, 415})
            assert answer.status_code < 500, (call.label, kind)
        if call.takes_json:
            refused(sender.send(call, raw=b'{"x": "' + b"x" * BIG + b'"}'), call.label, {404, 413})


@pytest.mark.threat("G07", "G12", "G13")
def test_no_string_and_no_other_value_ends_in_a_defect_in_any_place_of_any_body(sender: Sender) -> None:
    strings, met = cycle(naughty.ALL), 0
    for call in calls(sender.house):
        for place in places(call.body) if call.takes_json else ():
            for value in (*islice(strings, EACH), *WRONG):
                answer = sender.send(call, put(call.body, place, value))
                met += 1
                if answer.status_code >= 300:
                    refused(answer, (call.label, place, value))
        if call.takes_json:
            refused(sender.send(call, call.body | {"__proto__": {"admin": True}}), call.label, {400, 404, 422})
    assert met > 1000


@pytest.mark.threat("G12", "G13")
def test_no_string_ends_in_a_defect_in_any_address_or_query(sender: Sender) -> None:
    for call in calls(sender.house):
        for part in call.parts:
            for text in naughty.ALL:
                answer = sender.send(_elsewhere(call, part, text), call.body if call.takes_json else None)
                if answer.status_code >= 300:
                    refused(answer, (call.label, part, text))
        for name in call.query:
            for text in naughty.ALL:
                answer = sender.send(
                    call, path=f"{call.path.partition('?')[0]}?{urlencode({name: _sendable(text)})}", raw=b"" if call.method == "POST" else None
                )
                if answer.status_code >= 300:
                    refused(answer, (call.label, name, text))
        twice = sender.send(call, call.body if call.takes_json else None, path=f"{call.path.partition('?')[0]}?x=1&x=2&%00=%ff")
        assert twice.status_code < 500, call.label


def _elsewhere(call: Call, part: str, text: str) -> Call:
    plain = _sendable(text)
    return Call(
        method=call.method,
        address=call.address,
        caller=call.caller,
        parts=call.parts | {part: plain},
        query={},
        body=call.body,
        kinds=call.kinds,
    )


@pytest.mark.threat("G12")
@pytest.mark.parametrize("address", ["/help/report", "/help/ticket", "/console/sign-in", "/console/search"])
def test_forms_take_anything_without_a_defect(house: HostileHouse, address: str) -> None:
    client = house.app.test_client()
    names = ("category", "subject", "text", "day", "contact", "key", "number", "word", "name", "password", "code", "next", "purpose", "way")
    for text in naughty.ALL:
        house.clock.on(minutes=0 if "sign-in" in address else 10)  # passwords are slow on purpose: their limit is met instead
        sent = dict.fromkeys(names, _sendable(text))
        answer = client.post(address, data=sent, headers={"Origin": "http://localhost"})
        assert answer.status_code < 500, (address, text)
        assert answer.data, (address, text)
    for raw in (b"\xff\xfe=%zz&&==", b"a=" + b"%00" * 2000, json.dumps({"a": 1}).encode(), b"--x\r\nbroken"):
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"):
            assert client.post(address, data=raw, headers={"Content-Type": kind, "Origin": "http://localhost"}).status_code < 500
    assert client.get(f"{address}?{quote('%00')}=%ff&next=//evil.example").status_code < 500


def _sendable(text: str) -> str:
    """What of a text an address or a form can carry: half of a character it cannot."""
    return text.encode("utf-8", "replace").decode()
