"""A card office's server that can lie, forget, drip, rotate and roll back: the published city and its chains over HTTP, every answer bendable."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.verify.chain_world import Region
    from tests.verify.city import City

Reply = tuple[int, bytes]
MISSING: Reply = (404, b'{"code": "not-found"}')


@dataclass
class Publisher:
    """What is served. `bend` may replace any answer; `asked` remembers every path."""

    city: City
    chains: dict[str, Region] = field(default_factory=dict)
    bend: Callable[[str, Reply], Reply] = lambda _, reply: reply
    asked: list[str] = field(default_factory=list)
    acks: list[bytes] = field(default_factory=list)
    pushes: list[bytes] = field(default_factory=list)
    wished: list[dict[str, list[str]]] = field(default_factory=list)
    """What each reader of the stream asked for beside the chains."""
    streams: bool = True
    breaks: bool = False
    """The stream ends in the middle of what it says."""
    on_stream: Callable[[], object] = lambda: None
    """Happens when somebody has connected."""
    url: str = ""

    def add(self, region: Region) -> Region:
        """Serve a chain."""
        self.chains[f"{region.region}/{region.space.name.lower()}"] = region
        return region

    def reply(self, target: str) -> Reply:
        path = urlsplit(target).path
        self.asked.append(path)
        return self.bend(path, self._reply(path))

    def _reply(self, path: str) -> Reply:
        steps = path.removeprefix("/v1/").split("/")
        if steps[0] == "trust":
            file = self.city.folder.joinpath(*steps[1:])
            return (200, file.read_bytes()) if file.is_file() else MISSING
        if steps[0] == "status" and len(steps) == 2:
            name = "aggregation.json" if steps[1] == "aggregation" else f"{steps[1]}.cwt"
            if name == "aggregation.json":
                names = sorted(f"sl:{found.stem}" for found in (self.city.folder / "status").glob("*.cwt"))
                return 200, json.dumps({"status_lists": names}).encode()
            file = self.city.folder / "status" / name
            return (200, file.read_bytes()) if file.is_file() else MISSING
        region = self.chains.get("/".join(steps[1:3]))
        if region is None:
            return MISSING
        return self._chain(region, steps[3:])

    def _chain(self, region: Region, steps: list[str]) -> Reply:
        if steps == ["head"]:
            return 200, region.beat()
        if steps == ["index"]:
            first = min(region.versions)
            page = {"epoch": region.epoch, "seq": region.seq, "snapshots": [first], "deltas": [[seq - 1, seq] for seq in sorted(region.events)]}
            return 200, json.dumps(page).encode()
        if steps[1:2] == ["s"]:
            manifest, body = region.snapshot(int(steps[2]))
            return 200, body if steps[3:] == ["body"] else manifest
        if steps[1:2] == ["d"]:
            start, end = map(int, steps[2].split("-"))
            return 200, region.merged(start, end).raw
        return MISSING


@contextmanager
def serving(publisher: Publisher) -> Iterator[Publisher]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if urlsplit(self.path).path == "/v1/status/events" and publisher.streams:
                self.stream()
                return
            self.send(*publisher.reply(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            publisher.acks.append(body)
            self.send(*publisher.bend(self.path, (200, b"{}")))

        def send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def stream(self) -> None:
            publisher.on_stream()
            query = parse_qs(urlsplit(self.path).query)
            publisher.asked.append("/v1/status/events " + ",".join(query.pop("follow")))
            publisher.wished.append(query)
            lines = b"".join(b"id: x\ndata: " + base64.b64encode(data) + b"\n\n" for data in publisher.pushes) + b":\n\ndata: !\n\n"
            self.send_response(200)
            if publisher.breaks:
                self.send_header("Content-Length", str(len(lines) + 1))
            self.end_headers()
            self.wfile.write(lines)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        publisher.url = f"http://127.0.0.1:{server.server_port}"
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
