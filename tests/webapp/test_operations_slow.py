"""Slow clients and requests that two servers could read differently, against the service as it runs: gunicorn, and `ecard serve`."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.webapp.chainhouse import PATIENCE_S, Chain, Server, embedded, production, program
from tests.webapp.slowclients import Manner, SlowClients
from webapp.operations.orders import PLACES, Order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMPATIENT = """
from webapp.production import *
from webapp import streamworker

streamworker.BODY_S = 1.0
keepalive = 2
"""
"""Settings of gunicorn for a service that waits a second for a body, and two for a head."""
ROUNDS = 20
"""So many others ask while the slow ones are there. Whoever had to wait for a slow client would wait longer than `Server.ask` has patience for."""

SLOW = 250
"""Far more than the service has places and processes."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slow")


@pytest.fixture(scope="module")
def chain(folder: Path) -> Chain:
    made = Chain(folder / "published")
    made.beat()
    return made


@pytest.fixture(scope="module")
def server(chain: Chain, folder: Path) -> Iterator[Server]:
    config = folder / "impatient.py"
    config.write_text(IMPATIENT, "utf-8")
    started = production(folder / "impatient.log", "-c", str(config), ECARD_PUBLISHED=str(chain.root))
    yield started
    started.end()


def others_are_answered(server: Server, path: str = "/v1/status/CN-CQ/phone/head") -> None:
    """Each on a connection of its own."""
    for _ in range(ROUNDS):
        assert server.ask(path).status == 200


@pytest.mark.threat("G15")
@pytest.mark.parametrize("manner", Manner)
def test_slow_clients_cost_the_others_nothing(manner: Manner, server: Server) -> None:
    with SlowClients(server, manner, SLOW) as slow:
        others_are_answered(server)
        while manner is not Manner.DEAF and slow.dropped < SLOW:
            others_are_answered(server)
    others_are_answered(server)


@pytest.mark.threat("G15")
def test_bodies_that_drip_take_no_place_from_losses(server: Server) -> None:
    many = PLACES[Order.URGENT].inside + PLACES[Order.URGENT].waiting + 10
    with SlowClients(server, Manner.BODY, many):
        answer = server.ask("/v1/reports", method="POST", body=b"{}", headers={"Content-Type": "application/json"})
        assert answer.status not in {502, 503}, "without an office there is nothing there, but it is answered at once"


@pytest.fixture(scope="module", params=[embedded, production])
def either(request: pytest.FixtureRequest, chain: Chain, folder: Path) -> Iterator[Server]:
    started: Server = request.param(folder / request.param.__name__, ECARD_PUBLISHED=str(chain.root), ECARD_PROXIES="1")
    yield started
    started.end()


def raw(server: Server, request: bytes) -> bytes:
    """What comes back for these bytes, until the server closes."""
    with closing(socket.create_connection((server.host, server.port), PATIENCE_S)) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while piece := line.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass
        return answer


@pytest.mark.threat("G14")
@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 0x5\r\n",
    ],
)
def test_two_readings_of_one_request_are_answered_once_and_not_well(lines: bytes, either: Server) -> None:
    inner = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = raw(either, b"POST /v1/status/c4k2 HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n" + inner)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b'"live"' not in answer
    assert not answer.startswith(b"HTTP/1.1 2")


@pytest.mark.threat("G14")
def test_headers_that_come_twice_do_not_move_a_request_to_another_house_or_address(either: Server) -> None:
    head = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    for lines in (
        b"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.1\r\n",
        b"X-Forwarded-For: 127.0.0.1, 192.0.2.1\r\n",
        b"X_Forwarded_For: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.1\r\n",
        b"X-Forwarded-For: 192.0.2.1\r\nX-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n",
    ):
        assert b" 404 " in raw(either, head + lines + b"\r\n").split(b"\r\n")[0], lines
    assert b" 200 " in raw(either, head + b"X-Forwarded-For: 127.0.0.1\r\n\r\n").split(b"\r\n")[0]


@pytest.mark.error("serve-alone")
def test_the_embedded_form_is_not_started_for_production(chain: Chain, tmp_path: Path) -> None:
    for environ in ({"ECARD_MODE": "production"}, {"ECARD_PROCESSES": "2"}):
        words = [program("ecard"), "serve", "--published", str(chain.root)]
        server = Server(words, environ, tmp_path / "log", listening="")
        assert server.process.wait(PATIENCE_S) == 3
        assert "[serve-alone]" in server.log.read_text("utf-8")


def test_a_process_that_ends_finishes_what_it_began(chain: Chain, tmp_path: Path) -> None:
    server = production(tmp_path / "log", ECARD_PUBLISHED=str(chain.root))
    try:
        line = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE_S)
        line.request("GET", "/v1/status/CN-CQ/phone/head?since=1.9&wait=25")
        assert server.ask("/healthz").status == 200
        assert server.stop() == 0
        assert line.getresponse().status == 200
        line.close()
    finally:
        server.end()
