"""Listening on this machine and nowhere else: both loopback addresses, a bounded number of connections, an orderly end."""

from __future__ import annotations

import errno
import socket
import socketserver
from contextlib import contextmanager
from threading import BoundedSemaphore, Condition, Thread
from typing import TYPE_CHECKING

from codes.errors import SetupError
from verify import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HOSTS = ("127.0.0.1", "::1")
MOST_CONNECTIONS = 64
"""On one address."""
DRAIN_S = 2.0
"""Seconds for which answers that are on their way are waited for at the end."""
_TRIES = 20
_ABSENT = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}

Handler = type[socketserver.StreamRequestHandler]


class Busy:
    """How many answers are on their way."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._count = 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While one answer is made and sent."""
        with self._changed:
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def drain(self, seconds: float = DRAIN_S) -> bool:
        """Wait until there is none; whether so."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, seconds)


class LoopbackServer(socketserver.ThreadingTCPServer):
    """One address. A connection too many is closed at once."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, handler: Handler) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._room = BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__((host, port), handler)

    @property
    def port(self) -> int:
        """The port that it has."""
        port: int = self.server_address[1]
        return port

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """In a thread of its own, if there is room."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """The thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()


class Loopback:
    """One port on both addresses."""

    def __init__(self, port: int, handler: Callable[[int], Handler], *, hosts: Sequence[str] = HOSTS) -> None:
        """Take the port, or any for 0; `handler` makes the handler for it. An address that this machine does not have is left out.

        Raises `SetupError` agent-port.
        """
        for _ in range(1 if port else _TRIES):
            self._servers: list[LoopbackServer] = []
            try:
                self._take(port, handler, hosts)
                break
            except OSError as error:
                self._close()
                problem = error.strerror
        else:
            raise SetupError(faults.AGENT_PORT, port=port, problem=problem)
        self._threads = [Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True) for server in self._servers]
        self._is_started = False

    @property
    def port(self) -> int:
        """The port that was taken."""
        return self._servers[0].port

    def start(self) -> None:
        """Begin to answer."""
        for thread in self._threads:
            thread.start()
        self._is_started = True

    def stop(self) -> None:
        """Take no more connections."""
        if self._is_started:
            for server in self._servers:
                server.shutdown()
        self._close()

    def _take(self, port: int, handler: Callable[[int], Handler], hosts: Sequence[str]) -> None:
        for host in hosts:
            try:
                server = LoopbackServer(host, port, socketserver.StreamRequestHandler)
            except OSError as error:
                if error.errno in _ABSENT and self._servers:
                    continue
                raise
            self._servers.append(server)
            port = server.port
        for server in self._servers:
            server.RequestHandlerClass = handler(port)

    def _close(self) -> None:
        for server in self._servers:
            server.server_close()
