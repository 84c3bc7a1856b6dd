"""A code that was spoken: the agent asks the server, with its terminal's own proof, and believes nothing that is no verdict."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from codes.errors import CardError, SetupError
from ecard.moments import Moments
from tests.verify.agents import Post, ask, over_http, station
from tests.verify.city import NOW
from tests.verify.test_agent_program import served
from verify.asking import Asking
from verify.fetching import Server
from webapp.auth.proofs import HEADER, KEY_HEADER, NONCE_HEADER, Asked, Nonces, check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codes.keys import CoseKey

SPOKEN = {"locator": "123456789", "code": "87654321"}
GOOD = {"verdict": "accepted", "reason": None}


@dataclass
class Desk:
    """A server that reads proofs as ours does. It counts what it was asked."""

    answer: dict[str, Any] = field(default_factory=lambda: dict(GOOD))
    status: int = 200
    is_deaf: bool = False
    """No proof is ever good enough."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[CoseKey] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    url: str = ""
    nonces: Nonces = field(default_factory=lambda: Nonces(Moments(lambda data: hmac.digest(b"desk", data, hashlib.sha256))))

    def take(self, method: str, path: str, body: bytes, proof: str | None, key: str | None) -> tuple[int, dict[str, Any]]:
        try:
            proven = check(proof, Asked(method, self.url + path, body, key), self.nonces, now=NOW)
        except CardError as error:
            self.refusals.append(error.code)
            return 401, {"code": error.code}
        if self.is_deaf:
            return 401, {"code": "terminal-unknown"}
        self.keys.append(proven.key)
        self.asked.append(json.loads(body) if body else {"path": path})
        return self.status, self.answer


@contextmanager
def open_desk(desk: Desk) -> Iterator[Desk]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, page = desk.take(self.command, self.path, body, self.headers.get(HEADER), self.headers.get(KEY_HEADER))
            content = json.dumps(page).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header(NONCE_HEADER, desk.nonces.give(NOW))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    desk.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path / "gate", station(tmp_path / "published"))


def asking(post: Post, desk: Desk) -> Asking:
    drawn = iter(range(1, 1000))
    return Asking(Server(desk.url), post.signer, now=lambda: NOW, entropy=lambda size: next(drawn).to_bytes(size))


def refused(asking: Asking) -> tuple[str, dict[str, Any]]:
    with pytest.raises(SetupError) as error:
        asking.spoken("123456789", "87654321")
    return error.value.code, dict(error.value.facts)


def test_a_spoken_code_is_asked_of_the_server_with_the_terminals_own_proof(post: Post) -> None:
    with open_desk(Desk()) as desk:
        asker = asking(post, desk)
        for _ in range(2):
            assert asker.spoken("123456789", "87654321") == GOOD
    assert desk.asked == [SPOKEN, SPOKEN]
    assert set(desk.keys) == {post.signer.public_key}
    assert desk.refusals == ["proof-nonce"], "a nonce is kept for the next time"


def test_a_server_that_says_no_says_why(post: Post) -> None:
    with open_desk(Desk(is_deaf=True)) as desk:
        assert refused(asking(post, desk)) == ("server-refuses", {"status": 401, "code": "terminal-unknown"})
    with open_desk(Desk(status=429, answer={"code": "too-many"})) as desk:
        assert refused(asking(post, desk)) == ("server-refuses", {"status": 429, "code": "too-many"})


def test_what_is_no_verdict_is_not_believed(post: Post) -> None:
    with open_desk(Desk(answer={"verdict": "yes"})) as desk:
        assert refused(asking(post, desk)) == ("server-answer", {"wrong": "verdict"})


def test_the_venue_has_a_number_that_a_phone_asks_for(post: Post) -> None:
    with open_desk(Desk(answer={"venue": "两路口站", "venue_number": "12345678"})) as desk:
        assert asking(post, desk).venue() == {"venue": "两路口站", "number": "12345678"}
    assert desk.asked == [{"path": "/v1/terminals/self"}]
    for answer in ({"venue": "两路口站", "venue_number": 12345678}, {"venue": None, "venue_number": "12345678"}, {"venue": "x", "venue_number": "1"}):
        with open_desk(Desk(answer=answer)) as desk, pytest.raises(SetupError, match="server-answer"):
            asking(post, desk).venue()
    with open_desk(Desk(status=404, answer={"code": "not-found"})) as desk, pytest.raises(SetupError, match="server-refuses"):
        asking(post, desk).venue()


@pytest.mark.error("agent-server")
def test_the_page_asks_the_agent_and_an_agent_without_a_server_says_so(post: Post) -> None:
    agent = post.agent()
    with open_desk(Desk()) as desk, over_http(agent) as port:
        reply = ask(port, "POST", "/v1/spoken", SPOKEN)
        assert (reply.status, reply.page["code"]) == (503, "agent-server")
        assert ask(port, "GET", "/v1/spoken").page["code"] == "agent-server"
        agent.asking = asking(post, desk)
        assert ask(port, "POST", "/v1/spoken", SPOKEN).page == GOOD | {"seq": None}
        assert ask(port, "GET", "/v1/health").page["inputs"] == {"chip": False, "spoken": True}
        desk.answer = {"venue": "两路口站", "venue_number": "12345678"}
        assert ask(port, "GET", "/v1/spoken").page["number"] == "12345678"


@pytest.mark.parametrize(
    "body", [{}, {"locator": "123456789"}, SPOKEN | {"code": "8765432"}, SPOKEN | {"locator": "12345678X"}, SPOKEN | {"code": 87654321}]
)
def test_what_are_no_digits_is_never_sent(post: Post, body: dict[str, Any]) -> None:
    with over_http(post.agent()) as port:
        assert ask(port, "POST", "/v1/spoken", body).page["code"] == "agent-body"


def test_health_says_what_scene_it_is_and_which_inputs_there_are(tmp_path: Path) -> None:
    from codes.journal import ChipShown

    city = station(tmp_path / "published")
    for scene, freshness in (("metro", "window"), ("desk", "challenge")):
        post = Post(tmp_path / scene, city, scene=scene)
        with over_http(post.agent(lambda challenge: ChipShown(b"\x80", b"", challenge))) as port:
            page = ask(port, "GET", "/v1/health").page
        assert page["rules"]["freshness"] == freshness
        assert page["rules"]["title"]["zh"]
        assert page["inputs"] == {"chip": scene == "metro", "spoken": False}
    with over_http(Post(tmp_path / "new", city, is_new=True).agent()) as port:
        page = ask(port, "GET", "/v1/health").page
    assert (page["rules"], page["inputs"]) == (None, {"chip": False, "spoken": False})


def test_the_program_asks_the_server_that_it_was_told_of(post: Post) -> None:
    with open_desk(Desk()) as desk:

        def do(ports: dict[str, int]) -> None:
            assert ask(ports["http"], "POST", "/v1/spoken", SPOKEN).page["verdict"] == "accepted"

        with served("--state", post.path, "--port", "0", "--server", desk.url) as found:
            found["do"] = do
    assert desk.asked == [SPOKEN]
