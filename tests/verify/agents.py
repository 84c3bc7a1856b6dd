"""Agents for the tests: gates of one station with a journal, asked over real sockets, by a clock that a test sets."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes import cbor
from codes.claims import Audience
from codes.presentation import Presentation
from codes.scenes import Freshness, SceneClass, SceneDocument, encode_scenes
from codes.trust import encode_journal_keys
from tests.verify.city import NOW, SCENES, City, credential, p256, rules, when
from tests.verify.journals import SEALED_TO, read
from verify.agent import Agent
from verify.agent_http import http_handler
from verify.agent_serving import Busy, Loopback
from verify.importing import import_folder
from verify.state import StateDirectory
from verify.terminal import Terminal, make_state
from verify.terminal_key import terminal_signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from codes.journal import ChipShown, Entry

CHALLENGE = bytes(range(16))
ORIGIN = "https://terminal.example.cn"


def station(folder: Path, **changes: bytes) -> City:
    """A published city that keeps journals, with a desk of class B that asks for a challenge."""
    city = City(folder)
    scenes = {name: rules(name, "CN-CQ", chip=True) for name in SCENES["CN-CQ"]}
    scenes["desk"] = rules("desk", "CN-CQ", scene_class=SceneClass.B, freshness=Freshness.CHALLENGE)
    city.documents["CN-CQ"] |= {
        "journal.cbor": encode_journal_keys("CN-CQ", [SEALED_TO]),
        "scenes.json": encode_scenes(SceneDocument(region="CN-CQ", scenes=scenes)),
        **changes,
    }
    city.publish()
    city.token("sl:c1000")
    city.token("sl:s1000")
    return city


@dataclass
class Clock:
    """What a test says the time is."""

    at: int = NOW

    def __call__(self) -> datetime:
        return when(self.at)


@dataclass
class Post:
    """One terminal of the station."""

    path: Path
    city: City
    terminal: str = "T-0001"
    scene: str = "metro"
    clock: Clock = field(default_factory=Clock)
    is_new: bool = False
    """Nothing has been imported yet."""

    def __post_init__(self) -> None:
        self.directory = StateDirectory(self.path)
        make_state(self.directory, self.city.root_file, terminal=self.terminal, scene=self.scene, region="CN-CQ")
        self.signer = terminal_signer(self.directory)
        if not self.is_new:
            import_folder(self.directory, self.city.folder, now=self.clock.at)

    @property
    def key(self) -> str:
        return cbor.encode(self.signer.public_key.to_cbor()).hex()

    def agent(self, reader: Callable[[bytes], ChipShown] | None = None) -> Agent:
        return Agent(Terminal(self.path), self.directory, now=self.clock, entropy=os.urandom, reader=reader)

    def journal(self) -> list[Entry]:
        return read(self.path / "journal", terminal=self.terminal)


def challenged(at: int, sub: str = "AAAAAAAA", challenge: bytes = CHALLENGE) -> str:
    """What a phone shows at a desk."""
    return Presentation.make(credential(sub), p256(f"phone {sub}"), audience=Audience.GENERAL, iat=at, cnonce=challenge).to_text()


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def page(self) -> dict[str, Any]:
        return dict(json.loads(self.content))


def ask(port: int, method: str, path: str, body: Any = None, *, host: str = "127.0.0.1", headers: dict[str, str] | None = None) -> Reply:
    """One request. A body that is bytes is sent as it is."""
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    line = http.client.HTTPConnection(host, port, timeout=20)
    try:
        line.request(method, path, body=content, headers=({"Content-Type": "application/json"} if content is not None else {}) | (headers or {}))
        answer = line.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        line.close()


@contextmanager
def over_http(agent: Agent, *, origins: frozenset[str] = frozenset({ORIGIN})) -> Iterator[int]:
    """The agent's HTTP port."""
    busy = Busy()
    loopback = Loopback(0, lambda port: http_handler(agent, busy, port=port, origins=origins))
    loopback.start()
    try:
        yield loopback.port
    finally:
        loopback.stop()
        agent.close()


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


_PROGRAM = """
import io, sys
from datetime import UTC, datetime
from verify.cli import Streams, run
at = int(sys.argv.pop(1))
streams = Streams(lines=sys.stdin.buffer, out=sys.stdout.buffer, err=sys.stderr)
sys.exit(run(sys.argv[1:], now=lambda: datetime.fromtimestamp(at, UTC), streams=streams))
"""


@contextmanager
def program(*arguments: str | Path, at: int = NOW) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """`ecard-terminal serve` as a process of its own, and the ports that it told."""
    command = [sys.executable, "-c", _PROGRAM, str(at), "serve", "--port", "0", *map(str, arguments)]
    surroundings = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}  # noqa: TID251 because a child needs its surroundings
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=surroundings) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()
            process.wait()
