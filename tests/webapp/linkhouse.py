"""A terminal that follows two regions through a real service, with every byte on its line counted, and hours that pass as fast as the bytes go."""

from __future__ import annotations

import json
import socket
import threading
from base64 import b64encode
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING

from codes.claims import StatusType
from codes.trust import encode_status_authority
from ecard.folder import write_whole
from tests.verify.chain_world import EPOCH, FIRST, SIZE, Region, authority
from tests.verify.city import NOW, City, Gate
from tests.webapp.chainhouse import PATIENCE_S, Server, production
from verify.fetching import Server as Office
from verify.following import MOST_ACKS, Follower
from verify.syncing import Sync
from verify.terminal_key import terminal_signer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

REGIONS = ("CN-CQ", "CN-SC")
FIVE_MINUTES, MINUTE, DAY = 300, 60, 86400
_LOOK_S = 0.15
"""A little longer than the service takes to see what is new in its folder."""
COMMENT = b"3\r\n:\n\n\r\n"
"""A sign of life, in its piece of the answer."""


class Line:
    """The wire between a terminal and the service: counts what goes over it each way."""

    def __init__(self, server: Server) -> None:
        self._to = (server.host, server.port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self.received = self.sent = self.opened = 0
        threading.Thread(target=self._open, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._door.getsockname()[1]}"

    @property
    def bytes(self) -> int:
        return self.received + self.sent

    def cut(self) -> None:
        """Break every connection that stands."""
        ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self._door.close()
        self.cut()

    def _open(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
                far = socket.create_connection(self._to)
            except OSError:
                return
            self.opened += 1
            self._ends += [near, far]
            for source, to, name in ((near, far, "sent"), (far, near, "received")):
                threading.Thread(target=self._carry, args=(source, to, name), daemon=True).start()

    def _carry(self, source: socket.socket, to: socket.socket, name: str) -> None:
        with suppress(OSError):
            while piece := source.recv(1 << 16):
                setattr(self, name, getattr(self, name) + len(piece))
                to.sendall(piece)
        with suppress(OSError):
            to.shutdown(socket.SHUT_RDWR)


@dataclass
class Day:
    """Two regions that publish, and one gate behind a counted line. `pass_five_minutes` is what a day consists of, 288 times."""

    city: City
    gate: Gate
    line: Line
    regions: Sequence[Region]
    metered: bool = False
    elapsed: float = 0.0
    deltas: list[int] = field(default_factory=list)
    """Bytes of the deltas that were published."""
    _stopped: threading.Event = field(default_factory=threading.Event)
    _following: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """The gate begins to follow; returns when it holds everything."""
        server = Office(self.line.url)
        sync = Sync(self.gate.directory, server, terminal_signer(self.gate.directory))
        follower = Follower(
            sync,
            server,
            now=lambda: self.regions[0].at + 1,
            elapsed=lambda: self.elapsed,
            chance=lambda: 0.0,
            pause=lambda seconds: self._stopped.wait(min(seconds, _LOOK_S)),
            metered=self.metered,
        )
        self._following.append(threading.Thread(target=follower.run, args=(lambda _: None,), daemon=True))
        self._following[-1].start()
        self.wait()
        sleep(6 * _LOOK_S)  # until the stream stands, too

    def end(self) -> None:
        """The gate follows no more; another may begin."""
        self._stopped.set()
        while self._following:
            self.line.cut()
            self._following.pop().join(PATIENCE_S)
        self._stopped.clear()

    def hurry(self) -> None:
        """So many changes without a pause between them that word of what is held does not go out at once any more."""
        for _ in range(MOST_ACKS + 1):
            self._publish(after=FIVE_MINUTES)

    def pass_five_minutes(self) -> None:
        """Each region publishes a version, and a heartbeat every minute; the gate has taken them when this returns."""
        for minute in range(FIVE_MINUTES // MINUTE):
            self.elapsed += MINUTE
            self._publish(after=MINUTE, is_change=minute == 0)

    def _publish(self, *, after: int, is_change: bool = True) -> None:
        for region in self.regions:
            at = region.at + after
            if is_change:
                self._change(region, at)
            region.at = at
            self._tell(region)
        if not self.metered:
            self.wait()
        sleep(_LOOK_S)

    def wait(self) -> None:
        """Until the gate holds what was published last."""
        end, seen = monotonic() + PATIENCE_S, self.gate.path / "chain.seen"
        while True:
            with suppress(OSError, ValueError):
                held = json.loads(seen.read_bytes())
                if all(held.get(f"{region.region}/phone", [0, 0])[1] == region.seq for region in self.regions):
                    return
            assert monotonic() < end
            sleep(0.01)

    def close(self) -> None:
        self.end()
        self.line.close()

    def publish(self) -> None:
        """Lay out each chain from its beginning."""
        for region in self.regions:
            manifest, body = region.snapshot(1)
            folder = self._folder(region) / str(EPOCH) / "s"
            write_whole(folder / "1.body", body)
            write_whole(folder / "1.cbor", manifest)
            self._tell(region)

    def _change(self, region: Region, at: int) -> None:
        idx = region.seq * 97 % SIZE
        delta = region.go({(FIRST, idx): StatusType.SUSPENDED})
        region.at = at
        self.deltas.append(len(delta.raw))
        write_whole(self._folder(region) / str(EPOCH) / "d" / f"{region.seq - 1}-{region.seq}.cbor", delta.raw)

    def _tell(self, region: Region) -> None:
        folder = self._folder(region)
        page = {"epoch": EPOCH, "seq": region.seq, "snapshots": [1], "deltas": [[seq - 1, seq] for seq in sorted(region.events)]}
        write_whole(folder / "index.json", json.dumps(page).encode())
        write_whole(folder / "head.cbor", region.beat())

    def _folder(self, region: Region) -> Path:
        return self.city.folder / "chain" / region.region / "phone"


@contextmanager
def a_day(folder: Path, *, metered: bool = False) -> Iterator[Day]:
    """A published city, its service and a gate that has not begun to follow yet."""
    city = City(folder / "published")
    for region in REGIONS:
        city.documents[region]["status.cbor"] = encode_status_authority(authority(region, epoch=EPOCH))
    city.publish()
    with ExitStack() as stack:
        server = production(folder / "log", ECARD_PUBLISHED=str(city.folder))
        stack.callback(server.end)
        regions = [Region(region=name, at=NOW + 1) for name in REGIONS]
        day = Day(city=city, gate=Gate(folder / "gate", city), line=Line(server), regions=regions, metered=metered)
        stack.callback(day.close)
        day.publish()
        yield day


def on_stream(size: int, name: str = "CN-CQ/phone/5.1000000") -> int:
    """Bytes of a signed object of this size in the stream: its event, in its piece of the answer."""
    event = len(f"id: {name}\ndata: \n\n") + len(b64encode(bytes(size)))
    return event + len(f"{event:x}\r\n\r\n")
