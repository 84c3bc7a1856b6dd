"""A service that a browser can reach: an office with residents behind it, on a loopback port that stays the same when it is stopped and started again."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.webapp.residenthouse import Clock, Hall
from webapp import SERVICES, create_app
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.serving import BaseWSGIServer

    from tests.webapp.officehouse import Shell


class _Quiet(WSGIRequestHandler):
    """One request, one connection: a line that stayed open would still be answered after the stand has been stopped."""

    protocol_version = "HTTP/1.0"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 because werkzeug calls it so
        """Nothing."""


@dataclass
class Stand:
    """An office, the service over it, and the line between the two."""

    hall: Hall
    port: int
    _server: BaseWSGIServer | None = field(default=None, repr=False)

    @classmethod
    @contextmanager
    def opened(cls, shell: Shell) -> Iterator[Stand]:
        """The stand, reachable; closed at the end."""
        clock = Clock()
        app = create_app(Settings.from_environ({"ECARD_OFFICE": str(shell.folder)}), clock=clock)
        stand = cls(Hall(shell, app, clock), _free_port())
        stand.start()
        yield stand
        stand.stop()
        assert stand.hall.app.extensions[SERVICES].close(within=5)

    @property
    def url(self) -> str:
        """Where it is: localhost is a secure context without a certificate."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Answer from now on."""
        server = make_server("127.0.0.1", self.port, self.hall.app, threaded=True, request_handler=_Quiet)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self._server = server

    def renew(self) -> None:
        """The service made again, as after an update of the programs."""
        self.stop()
        before = self.hall.app
        self.hall.app = create_app(Settings.from_environ({"ECARD_OFFICE": str(self.hall.shell.folder)}), clock=self.hall.clock)
        assert before.extensions[SERVICES].close(within=5)
        self.start()

    def stop(self) -> None:
        """Answer nobody any more: the port is closed."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
