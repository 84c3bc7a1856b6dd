"""Whom our programs talk to is fixed beforehand: nothing that was sent to them, and no answer, leads them to another place (threat G16)."""

from __future__ import annotations

import ast
from collections import Counter
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from codes.errors import CardError, InputError, SetupError
from tests.webapp.test_hostile_sql import trees
from verify import faults
from verify.fetching import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NETWORK = {
    "aiohttp",
    "asyncio",
    "ftplib",
    "http.client",
    "httpx",
    "imaplib",
    "poplib",
    "redis",
    "requests",
    "smtplib",
    "socket",
    "telnetlib",
    "urllib3",
}
_NETWORK |= {"urllib.request", "websockets", "xmlrpc.client"}
TALKS = {
    "ecard/channels.py": {"smtplib"},  # the mail server of the settings
    "verify/fetching.py": {"urllib3"},  # the service of the terminal's settings
    "verify/telling.py": {"socket"},  # neighbours, named by the signed group
    "verify/neighbours.py": {"socket"},  # listens
    "verify/frames.py": {"socket"},  # a type
    "verify/agent_serving.py": {"socket"},  # listens
    "webapp/feeding/lines.py": {"redis"},  # the Redis of the settings
    "webapp/operations/shared_tallies.py": {"redis"},
    "webapp/operations/examining.py": {"redis"},
    "webapp/lan/authority.py": {"socket"},  # asks this machine for its own address
}
"""Every module of ours that opens a line, and to whom. The service fetches nothing for anybody: no address of a request is ever called."""
ELSEWHERE = ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "file:///etc/hostname", "//localhost/", "gopher://127.0.0.1:1/_x"]


def imported(tree: ast.AST) -> set[str]:
    """The names of the modules that can open a line and are imported here."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {known for known in _NETWORK for name in names if name == known or name.startswith(f"{known}.")}


@pytest.mark.threat("G16")
def test_only_these_open_a_line_and_each_to_one_place_of_its_settings() -> None:
    found = {path: lines for path, tree in trees() if (lines := imported(tree))}
    assert found == TALKS


@contextmanager
def answering(status: int, headers: Callable[[], dict[str, str]]) -> Iterator[tuple[str, Counter[str]]]:
    """A server that always answers so; its address, and what it was asked for."""
    asked: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked[self.path] += 1
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers()}.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST = _answer  # noqa: N815 because the names are the handler's own

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 because it is the handler's own signature
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.threat("G16")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_terminal_is_led_nowhere_by_an_answer(status: int) -> None:
    with ExitStack() as stack:
        inside, reached = stack.enter_context(answering(200, dict))
        for target in (f"{inside}/secret", *ELSEWHERE):
            outside, asked = stack.enter_context(answering(status, lambda target=target: {"Location": target, "Refresh": f"0; url={target}"}))  # type: ignore[misc] # because mypy cannot tell the type of a lambda with a default
            server = Server(outside)
            for call in (
                lambda server=server: server.get("/v1/status/a", limit=1000),
                lambda server=server: server.post("/v1/journal", b"x", limit=1000),
                lambda server=server: list(server.stream("/v1/status/events", headers={}, silence=1.0)),
            ):
                with pytest.raises(SetupError) as refused:
                    call()
                assert (refused.value.fault, refused.value.facts["status"]) == (faults.SERVER_REFUSES, status)
            server.close()
            assert sum(asked.values()) == 3
        assert not reached


@pytest.mark.threat("G16")
@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "http://10.0.0.1/",
        "file:///etc/hostname",
        "gopher://127.0.0.1/",
        "ftp://office.example/",
        "https://user@office.example/",
        "",
    ],
)
def test_a_terminal_is_not_given_another_kind_of_place(url: str) -> None:
    with pytest.raises(CardError) as refused:
        Server(url)
    assert isinstance(refused.value, InputError)
    assert refused.value.fault is faults.SERVER_URL
