"""A published chain for the tests of the service, the service itself as a program of its own, and whoever listens to it."""

from __future__ import annotations

import base64
import http.client
import json
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from codes.chain import ListSpace, StatusHead, StatusHeartbeat, sign
from codes.chain_changes import Changes
from codes.chain_delta import TYP_DELTA, StatusDelta
from codes.chain_snapshot import StatusSnapshot
from codes.claims import StatusType
from codes.merkle import Forest
from ecard.folder import write_whole
from tests.vectors import cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30
"""How long a test waits for what must come; nothing is ever waited for that must not."""
_SHARD = 5906


@dataclass
class Chain:
    """A chain in a published folder, written as a publisher does: deltas, index, head, in this order."""

    root: Path
    region: str = "CN-CQ"
    space: ListSpace = ListSpace.PHONE
    epoch: int = 1
    seq: int = 1
    iat: int = cast.NOW
    size: int = 4096
    packed: bytes = b""
    deltas: list[StatusDelta] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.packed = bytes(self.size)

    @property
    def name(self) -> str:
        return f"{self.region}/{self.space.name.lower()}"

    @property
    def version(self) -> str:
        return f"{self.epoch}.{self.seq}"

    @property
    def folder(self) -> Path:
        return self.root / "chain" / self.name

    @property
    def head(self) -> StatusHead:
        return StatusHead(self.region, self.space, self.epoch, self.seq, self.iat, self.iat + cast.DAY, 7)

    def beat(self) -> bytes:
        """Say again that the newest version stands."""
        self.iat += 1
        raw = StatusHeartbeat.issue(self.head, self._forest().root, cast.PUBLISHER).raw
        page = {"epoch": self.epoch, "seq": self.seq, "snapshots": [1], "deltas": self.spans}
        write_whole(self.folder / "index.json", json.dumps(page).encode())
        write_whole(self.folder / "head.cbor", raw)
        return raw

    def snapshot(self) -> bytes:
        """Publish the whole of this version; returns its manifest."""
        manifest, body = StatusSnapshot.issue(self.head, {_SHARD: self.packed}, cast.PUBLISHER)
        write_whole(self.folder / str(self.epoch) / "s" / f"{self.seq}.body", body)
        write_whole(self.folder / str(self.epoch) / "s" / f"{self.seq}.cbor", manifest.raw)
        return manifest.raw

    def change(self, *places: int, announced: bool = True) -> bytes:
        """Suspend these places, and publish the version that comes of it; returns the delta. Not announced: the head is left as it is."""
        before, previous = self.packed, self._forest().root
        packed = bytearray(before)
        for idx in places or (self.seq % (4 * self.size),):
            packed[idx >> 2] |= StatusType.SUSPENDED << 2 * (idx & 3)
        self.packed, self.seq, self.iat = bytes(packed), self.seq + 1, self.iat + 1
        changes = Changes.between({_SHARD: before}, {_SHARD: self.packed})
        self.deltas.append(StatusDelta.issue(self.head, changes, root=self._forest().root, previous=previous, signer=cast.PUBLISHER))
        self._put(self.deltas[-1])
        if announced:
            self.iat -= 1  # the head says what the delta says, and no later
            self.beat()
        return self.deltas[-1].raw

    def bulk(self, size: int) -> bytes:
        """Publish a signed delta of this size that says nothing: who sends it on does not open it that far."""
        self.seq, self.iat = self.seq + 1, self.iat + 1
        raw = sign(self.head, [bytes(32), 1, bytes(8), [], [], bytes(size)], typ=TYP_DELTA, signer=cast.PUBLISHER)
        write_whole(self.folder / str(self.epoch) / "d" / f"{self.seq - 1}-{self.seq}.cbor", raw)
        self.iat -= 1
        self.beat()
        return raw

    def merge(self, start: int, end: int) -> bytes:
        """Publish what leads from one version to another at once."""
        merged = StatusDelta.merge([delta for delta in self.deltas if start < delta.head.seq <= end], cast.PUBLISHER)
        self._put(merged)
        return merged.raw

    def _put(self, delta: StatusDelta) -> None:
        write_whole(self.folder / str(self.epoch) / "d" / f"{delta.since}-{delta.head.seq}.cbor", delta.raw)
        self.spans.append((delta.since, delta.head.seq))

    def _forest(self) -> Forest:
        return Forest.of({_SHARD: self.packed})


class Heard(NamedTuple):
    """One event."""

    id: str
    content: bytes


class Listener:
    """Whoever is connected to the event stream."""

    def __init__(self, server: Server, path: str, *, source: str = "127.0.0.1", **headers: str) -> None:
        self._connection = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE_S, source_address=(source, 0))
        self._connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        self.answer = self._connection.getresponse()
        self.comments = 0
        self.retry_ms = 0
        self._events = self._read()

    def next(self) -> Heard:
        """The next event; waits for it."""
        return next(self._events)

    def rest(self) -> list[Heard]:
        """Everything until the server ends the stream."""
        return list(self._events)

    def comment(self) -> None:
        """Wait for a comment."""
        while (line := self.answer.readline().strip()) != b":":
            assert line == b"" or not line.startswith(b"id"), line
        self.comments += 1

    def close(self) -> None:
        self.answer.close()
        self._connection.close()

    def _read(self) -> Iterator[Heard]:
        said: dict[str, str] = {}
        while line := self.answer.readline().decode():
            name, _, value = line.strip().partition(": ")
            if line.startswith(":"):
                self.comments += 1
            elif name == "retry":
                self.retry_ms = int(value)
            elif line != "\n":
                said[name] = value
            elif said:
                yield Heard(said["id"], base64.b64decode(said["data"]))
                said = {}


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Server:
    """The service as a program, on a port of its own."""

    def __init__(self, words: list[str], environ: Mapping[str, str], log: Path, *, listening: str, apart: bool = False) -> None:
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                words,
                cwd=ROOT,
                env={"PYTHONUNBUFFERED": "1", **environ},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=apart,
            )
        self.log = log
        while not (found := re.search(listening, log.read_text("utf-8"))):
            if self.process.poll() is not None:
                raise RuntimeError(log.read_text("utf-8"))
        self.listeners: list[Listener] = []
        self.connections: list[http.client.HTTPConnection] = []
        parts = urlsplit(found[0])
        self.host, self.port = str(parts.hostname), int(parts.port or 0)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def listen(self, path: str = "/v1/status/events", *, source: str = "127.0.0.1", **headers: str) -> Listener:
        """Connect to the event stream, from one of the addresses of loopback."""
        self.listeners.append(Listener(self, path, source=source, **headers))
        return self.listeners[-1]

    def begin(self, path: str) -> http.client.HTTPConnection:
        """Ask, without waiting for the answer."""
        self.connections.append(http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S))
        self.connections[-1].request("GET", path)
        return self.connections[-1]

    def ask(self, path: str, *, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), {name.title(): value for name, value in answer.getheaders()})
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def end(self) -> None:
        """Let go of everything."""
        for listener in self.listeners:
            listener.close()
        for connection in self.connections:
            connection.close()
        self.process.kill()
        self.process.wait()


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def embedded(log: Path, *words: str, **environ: str) -> Server:
    """`ecard serve`."""
    return Server([program("ecard"), "serve", "--port", "0", *words], environ, log, listening=r"http://[0-9.]+:[0-9]+\n")


def production(log: Path, *words: str, application: str = "wsgi:app", **environ: str) -> Server:
    """gunicorn with gevent."""
    return unit(log, words, application, environ)


def unit(log: Path, words: Sequence[str], application: str, environ: Mapping[str, str], *, apart: bool = False) -> Server:
    """The same; `apart` in a session of its own, which is a group to the scheduler (autogroup), as a unit is under systemd."""
    command = [program("gunicorn"), "-c", "python:webapp.production", "-b", "127.0.0.1:0", *words, application]
    server = Server(command, environ, log, listening=r"http://[0-9.]+:[0-9]+(?= \()", apart=apart)
    while "Booting worker" not in log.read_text("utf-8"):
        assert server.process.poll() is None
    return server
