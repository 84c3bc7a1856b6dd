"""The service as a program: how it starts, whom it does not let hold it up, and what it makes of requests that two servers could read differently."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from tests.webapp.chainhouse import PATIENCE_S, Chain, Server, embedded, production, program
from webapp import create_app
from webapp.settings import Settings
from webapp.streamworker import ON_ONE_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HASTY = """
from webapp.production import *
from webapp import streamworker

streamworker.PATIENCE_S = 0.5
keepalive = 1
"""
"""Settings of gunicorn for a service with little patience."""


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    made = Chain(tmp_path / "published")
    made.beat()
    return made


@pytest.fixture
def hasty(chain: Chain, tmp_path: Path) -> Iterator[Server]:
    config = tmp_path / "hasty.py"
    config.write_text(HASTY, "utf-8")
    server = production(tmp_path / "log", "-c", str(config), ECARD_PUBLISHED=str(chain.root), ECARD_STREAMS_PER_ADDRESS="1")
    yield server
    server.end()


# ---------------------------------------------------------------------------------------------------------------- starting


def test_a_folder_is_served_by_one_command(chain: Chain, tmp_path: Path) -> None:
    server = embedded(tmp_path / "log", "--published", str(chain.root))
    try:
        assert server.ask("/healthz").status == 200
        assert server.ask("/v1/status/CN-CQ/phone/head").body == (chain.folder / "head.cbor").read_bytes()
        assert server.stop() == 0
    finally:
        server.end()


def test_a_process_that_dies_is_replaced_and_all_are_exchanged_when_asked(chain: Chain, tmp_path: Path) -> None:
    server = production(tmp_path / "log", "-w", "1", ECARD_PUBLISHED=str(chain.root))
    try:
        pids = [worker_of(server)]
        for number, whom in ((signal.SIGKILL, pids[0]), (signal.SIGHUP, server.process.pid)):
            os.kill(whom, number)
            pids.append(worker_of(server, after=pids[-1]))
            assert server.ask("/healthz").status == 200
        assert len(set(pids)) == 3
        assert server.stop() == 0
    finally:
        server.end()


def worker_of(server: Server, *, after: int | None = None) -> int:
    """The one process that serves, once none other does."""
    for _ in range(10_000):
        found = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=False).stdout.split()
        if len(found) == 1 and int(found[0]) != after:
            return int(found[0])
    raise AssertionError(found)


def test_a_connection_that_asks_on_and_on_is_ended_with_a_word_so_that_the_next_one_falls_to_whoever_has_time(chain: Chain, tmp_path: Path) -> None:
    server = production(tmp_path / "log", ECARD_PUBLISHED=str(chain.root))
    try:
        with closing(HTTPConnection(server.host, server.port, timeout=PATIENCE_S)) as line:
            said = []
            while "close" not in said:
                line.request("GET", "/v1/time")
                answer = line.getresponse()
                assert answer.read()
                assert answer.status == 200
                said.append(answer.headers["Connection"])
        assert ON_ONE_LINE // 2 <= len(said) <= ON_ONE_LINE
    finally:
        server.end()


@pytest.mark.error("serve-port")
def test_a_port_that_is_taken_is_said(chain: Chain, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        words = [program("ecard"), "serve", "--published", str(chain.root), "--port", str(taken.getsockname()[1])]
        server = Server(words, {}, tmp_path / "log", listening="")
        assert server.process.wait(PATIENCE_S) == 3
    assert "[serve-port]" in server.log.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 3, "[settings]"),
        (("--office", "nowhere"), 3, "[office-missing]"),
        (("--published", "a", "--office", "b"), 2, "unusable arguments"),
        (("--port", "65536"), 2, "unusable arguments"),
    ],
)
def test_a_service_that_cannot_start_says_why(words: tuple[str, ...], status: int, said: str, tmp_path: Path) -> None:
    server = Server([program("ecard"), "serve", *words], {}, tmp_path / "log", listening="")
    assert server.process.wait(PATIENCE_S) == status
    assert said in server.log.read_text("utf-8")


# ------------------------------------------------------------------------------------------- whoever would hold it up


@pytest.mark.threat("G15")
def test_a_reader_who_does_not_read_is_dropped_and_the_others_hear_everything(hasty: Server, chain: Chain) -> None:
    with closing(socket.socket()) as sleeper:
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.connect((hasty.host, hasty.port))
        sleeper.sendall(b"GET /v1/status/events HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sleeper.recv(16).startswith(b"HTTP/1.1 200")
        assert hasty.ask("/v1/status/events").status == 503
        listener = hasty.listen(source="127.0.0.2")
        listener.next()
        for _ in range(160):
            bulk = chain.bulk(48_000)
            assert listener.next().content == bulk
        for _ in range(10_000):
            if hasty.ask("/v1/status/events", method="HEAD").status == 200 and hasty.ask("/v1/status/CN-CQ/phone/head?since=1.1").status == 200:
                return  # its place is free again
        pytest.fail("the sleeper still has a place")


@pytest.mark.threat("G15")
def test_a_request_that_drips_in_is_not_waited_for(hasty: Server) -> None:
    with closing(socket.create_connection((hasty.host, hasty.port), PATIENCE_S)) as dripping:
        dripping.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
        assert dripping.recv(4096).split(b"\r\n")[0] in {b"", b"HTTP/1.1 408 Request Timeout"}
    assert hasty.ask("/healthz").status == 200


# ----------------------------------------------------------------------------------------------------- two readings of one


@pytest.mark.threat("G14")
@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length: +5\r\n",
        b" Content-Length: 5\r\n",
    ],
)
def test_a_request_with_two_lengths_is_read_in_neither_way(lines: bytes, hasty: Server) -> None:
    inner = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with closing(socket.create_connection((hasty.host, hasty.port), PATIENCE_S)) as line:
        line.sendall(b"POST /v1/status/c4k2 HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n" + inner)
        answer = b""
        while piece := line.recv(4096):
            answer += piece
    assert answer.split()[1] in {b"400", b"501"}
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.threat("G14")
@pytest.mark.threat("G20")
def test_only_our_own_proxies_are_believed_about_where_a_request_comes_from(chain: Chain) -> None:
    def places(proxies: int, *forwarded: str) -> list[int]:
        client = create_app(Settings(published=chain.root, proxies=proxies, streams_per_address=1)).test_client()
        answers = [client.get("/v1/status/events", headers={"X-Forwarded-For": said}) for said in forwarded]
        found = [answer.status_code for answer in answers]
        for answer in answers:
            answer.close()
        return found

    assert places(0, "203.0.113.1", "203.0.113.2") == [200, 503]
    assert places(1, "203.0.113.1", "203.0.113.2") == [200, 200]
    assert places(1, "198.51.100.1, 203.0.113.1", "198.51.100.2, 203.0.113.1") == [200, 503]
    assert places(1, "2001:db8::1", "2001:db8::2") == [200, 503]
