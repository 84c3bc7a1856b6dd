"""The agent over HTTP: what it answers, whom it answers, and what it will not read."""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from codes.errors import SetupError, StateError
from codes.journal import ChipShown
from tests.verify.agents import CHALLENGE, ORIGIN, Post, Reply, ask, challenged, over_http, station
from tests.verify.city import NOW, code
from verify import faults
from verify.agent_http import MAX_BODY, ROUTES
from verify.agent_serving import HOSTS, Busy, Loopback
from verify.strict_json import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path / "gate", station(tmp_path / "published"))


@pytest.fixture
def port(post: Post) -> Iterator[int]:
    with over_http(post.agent(lambda challenge: ChipShown(b"\x80", b"", challenge))) as found:
        yield found


def problem(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.page["code"], reply.headers["content-type"]) == (status, code, "application/problem+json")
    assert reply.page["hint"]["zh"] != reply.page["hint"]["en"]


def is_here(host: str) -> bool:
    """Whether this machine has such an address."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as found:
        try:
            found.bind((host, 0))
        except OSError:
            return False
        return True


@pytest.mark.parametrize("host", [host for host in HOSTS if is_here(host)])
def test_a_gate_asks_and_has_its_verdict_on_both_addresses(port: int, host: str) -> None:
    first, second = (ask(port, "POST", "/v1/verify", {"text": code(NOW)}, host=host) for _ in range(2))
    assert (first.status, first.headers["content-type"], first.headers["cache-control"]) == (200, "application/json", "no-store")
    assert (first.page["verdict"], first.page["seq"]) == ("accepted", 1)
    assert (second.page["reason"], second.page["seq"]) == ("replayed", 2)
    assert ask(port, "POST", "/v1/passage", {"seq": 1, "opened": False}).page == {"seq": 1, "released": True}
    assert ask(port, "POST", "/v1/chip", {}).page["verdict"] == "refused"
    assert ask(port, "GET", "/v1/health").page["terminal"] == "T-0001"


def test_a_desk_gives_the_challenge_that_it_showed(tmp_path: Path) -> None:
    desk = Post(tmp_path / "desk", station(tmp_path / "published"), scene="desk")
    with over_http(desk.agent()) as port:
        assert ask(port, "POST", "/v1/verify", {"text": challenged(NOW)}).page["reason"] == "challenge-mismatch"
        assert ask(port, "POST", "/v1/verify", {"text": challenged(NOW), "challenge": CHALLENGE.hex()}).page["verdict"] == "accepted"


def test_one_connection_serves_many_questions(port: int) -> None:
    import http.client

    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(3):
        line.request("POST", "/v1/verify", body=b'{"text":"x"}', headers={"Content-Type": "application/json; charset=utf-8"})
        assert json.loads(line.getresponse().read())["verdict"] == "refused"
    line.close()


def test_its_description_names_every_path_and_method(port: int) -> None:
    page = ask(port, "GET", "/v1/openapi.json?x=1").page
    assert page["openapi"] == "3.1.0"
    assert {path: {method.upper() for method in methods} for path, methods in page["paths"].items()} == {
        path: set(methods) for path, methods in ROUTES.items()
    }
    verdict = page["components"]["schemas"]["Verdict"]
    for text in (code(NOW), "x"):
        found = ask(port, "POST", "/v1/verify", {"text": text}).page
        assert set(verdict["required"]) <= found.keys() <= verdict["properties"].keys()


@pytest.mark.error("agent-body")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/verify", b'{"text":"a","text":"b"}'),
        ("/v1/verify", b'{"text":NaN}'),
        ("/v1/verify", b'{"text":1.5}'),
        ("/v1/verify", b"[" * 4000 + b"]" * 4000),
        ("/v1/verify", b"{"),
        ("/v1/verify", b'{"text":"\xff"}'),
        ("/v1/verify", []),
        ("/v1/verify", {}),
        ("/v1/verify", {"text": 7}),
        ("/v1/verify", {"text": "x", "scene": "metro"}),
        ("/v1/verify", {"text": "x", "challenge": None}),
        ("/v1/verify", {"text": "x", "challenge": "zz"}),
        ("/v1/verify", {"text": "x", "challenge": "00"}),
        ("/v1/passage", {"seq": 1}),
        ("/v1/passage", {"seq": True, "opened": False}),
        ("/v1/passage", {"seq": 1, "opened": 0}),
        ("/v1/chip", {"reader": "x"}),
    ],
)
def test_a_body_that_is_not_what_is_asked_for_is_refused(port: int, path: str, body: Any) -> None:
    problem(ask(port, "POST", path, body), 400, "agent-body")


@pytest.mark.error("agent-size")
@pytest.mark.error("agent-type")
@pytest.mark.error("agent-path")
@pytest.mark.error("agent-method")
def test_what_is_too_long_of_another_type_or_elsewhere_is_refused(port: int) -> None:
    problem(ask(port, "POST", "/v1/verify", {"text": "x" * MAX_BODY}), 413, "agent-size")
    problem(ask(port, "POST", "/v1/verify", headers={"Transfer-Encoding": "chunked"}), 413, "agent-size")
    problem(ask(port, "POST", "/v1/verify", b"{}", headers={"Content-Length": "x"}), 413, "agent-size")
    problem(ask(port, "POST", "/v1/verify", b"{}", headers={"Content-Type": "text/plain"}), 415, "agent-type")
    problem(ask(port, "GET", "/v1/elsewhere"), 404, "agent-path")
    problem(ask(port, "GET", "/v1/verify"), 405, "agent-method")
    problem(ask(port, "PUT", "/v1/verify"), 501, "agent-method")
    problem(ask(port, "POST", "/v1/passage", {"seq": 9, "opened": False}), 404, "agent-passage")


def told(port: int, content: bytes) -> bytes:
    """Whatever is answered to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as stream:
        stream.sendall(content)
        stream.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: stream.recv(1 << 16), b""))


@pytest.mark.error("agent-request")
def test_what_is_no_http_is_told_so(port: int) -> None:
    assert b'"agent-request"' in told(port, b"GET /v1/health HTTP/9\r\n\r\n")
    assert told(port, b"") == b""


@pytest.mark.error("agent-host")
@pytest.mark.parametrize("host", ["evil.example:{}", "127.0.0.1", "127.0.0.1:1", "192.168.0.1:{}"])
def test_a_name_that_was_made_to_point_here_is_not_answered(port: int, host: str) -> None:
    problem(ask(port, "POST", "/v1/verify", {"text": "x"}, headers={"Host": host.format(port)}), 403, "agent-host")
    assert b'"agent-host"' in told(port, b"GET /v1/health HTTP/1.1\r\n\r\n"), "no name at all"


@pytest.mark.error("agent-origin")
def test_a_page_may_ask_only_if_its_origin_was_named(port: int) -> None:
    for origin in ("https://evil.example", "null", ORIGIN + ".evil.example"):
        for method in ("POST", "OPTIONS"):
            reply = ask(port, method, "/v1/verify", {"text": code(NOW)}, headers={"Origin": origin})
            problem(reply, 403, "agent-origin")
            assert "access-control-allow-origin" not in reply.headers
    allowed = ask(port, "OPTIONS", "/v1/verify", headers={"Origin": ORIGIN, "Access-Control-Request-Private-Network": "true"})
    assert (allowed.status, allowed.headers["access-control-allow-origin"], allowed.headers["access-control-allow-private-network"]) == (
        204,
        ORIGIN,
        "true",
    )
    assert "access-control-allow-private-network" not in ask(port, "OPTIONS", "/v1/verify", headers={"Origin": ORIGIN}).headers
    reply = ask(port, "POST", "/v1/verify", {"text": code(NOW)}, headers={"Origin": ORIGIN, "Host": f"localhost:{port}"})
    assert (reply.page["verdict"], reply.headers["access-control-allow-origin"], reply.headers["vary"]) == ("accepted", ORIGIN, "Origin")


def test_trouble_of_our_own_is_503_and_trouble_of_state_409(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    with over_http(post.agent()) as port:
        reply = ask(port, "POST", "/v1/chip", {})
        problem(reply, 503, "agent-reader")
        assert reply.headers["retry-after"] == "5"

        def strange(*_: object, **__: object) -> None:
            raise StateError(faults.REPLAYED)

        monkeypatch.setitem(ROUTES["/v1/health"], "GET", strange)
        problem(ask(port, "GET", "/v1/health"), 409, "replayed")


# ------------------------------------------------------------------------------------------------------------------- listening


def test_on_port_80_names_need_no_port(post: Post) -> None:
    from verify.agent_http import HttpHandler, http_handler

    agent = post.agent()
    handler = http_handler(agent, Busy(), port=80, origins=frozenset())
    assert issubclass(handler, HttpHandler)
    assert {"localhost", "[::1]:80"} <= handler.hosts
    agent.close()


def nothing(_: int) -> Any:
    import socketserver

    return socketserver.StreamRequestHandler


@pytest.mark.error("agent-port")
def test_a_port_that_somebody_has_is_told_and_an_address_that_is_not_there_left_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SetupError) as refused:
        Loopback(taken.getsockname()[1], nothing)
    assert refused.value.code == "agent-port"
    alone = Loopback(0, nothing, hosts=("127.0.0.1", "2001:db8::1"))
    alone.stop()
    with pytest.raises(SetupError):
        Loopback(0, nothing, hosts=("2001:db8::1",))


def test_a_connection_too_many_is_closed_at_once(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from verify import agent_serving

    monkeypatch.setattr(agent_serving, "MOST_CONNECTIONS", 1)
    with over_http(post.agent()) as port:
        first = socket.create_connection(("127.0.0.1", port), timeout=20)
        first.sendall(f"GET /v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        assert first.recv(12) == b"HTTP/1.1 200"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as second:
            assert second.recv(1) == b""
        first.close()


def test_answers_on_their_way_are_waited_for() -> None:
    busy, begun, end = Busy(), threading.Event(), threading.Event()

    def work() -> None:
        with busy.answering():
            begun.set()
            end.wait(20)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(20)
    assert not busy.drain(0)
    end.set()
    assert busy.drain(20)
    thread.join()


def test_strict_json_has_one_meaning() -> None:
    assert strict_json(b'{"a": [1, true, null, "x"]}') == {"a": [1, True, None, "x"]}
    for text in (b"1 2", b"1e3", b"Infinity", b'{"a":1,"a":1}', b"\xff", b"[" * 100_000):
        with pytest.raises(ValueError):
            strict_json(text)
