"""Slow clients, as slowhttptest makes them: connections that drip a head, drip a body, or do not read. A few hundred of them, from one thread of their own."""

from __future__ import annotations

import contextlib
import enum
import selectors
import socket
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from tests.webapp.chainhouse import Server

PACE_S = 0.2
"""Between two bytes of one client."""


class Manner(enum.Enum):
    """How they are slow."""

    HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "
    BODY = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n"
    DEAF = b"GET /v1/status/events HTTP/1.1\r\nHost: x\r\n\r\n"


class SlowClients:
    """So many of them, from the first line of a `with` to its last."""

    def __init__(self, server: Server, manner: Manner, many: int) -> None:
        self._server, self._manner, self._many = server, manner, many
        self._ended = Event()
        self._lines: list[socket.socket] = []
        self.dropped = 0
        self._thread = Thread(target=self._drip, daemon=True)

    def __enter__(self) -> Self:
        for number in range(self._many):
            line = socket.create_connection((self._server.host, self._server.port), 10, source_address=(f"127.0.1.{number % 250 + 1}", 0))
            line.sendall(self._manner.value)
            line.setblocking(False)
            self._lines.append(line)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join(10)
        for line in self._lines:
            line.close()

    def _drip(self) -> None:
        """A byte on each line, again and again; a line that the server closed is counted."""
        with selectors.DefaultSelector() as seen:
            for line in self._lines:
                seen.register(line, selectors.EVENT_READ)
            while not self._ended.wait(PACE_S):
                gone = [key.fileobj for key, _ in seen.select(0) if isinstance(key.fileobj, socket.socket) and not _alive(key.fileobj)]
                for line in gone:
                    seen.unregister(line)
                    self.dropped += 1
                for key in list(seen.get_map().values()):
                    if self._manner is not Manner.DEAF and isinstance(key.fileobj, socket.socket):
                        with contextlib.suppress(OSError):
                            key.fileobj.send(b"a")


def _alive(line: socket.socket) -> bool:
    try:
        return bool(line.recv(4096))
    except BlockingIOError:
        return True
    except OSError:
        return False
