"""The service in production: `gunicorn -c python:webapp.production wsgi:app`. Settings of gunicorn, all of which its command line can change.

One process holds a few thousand streams on one core; `WEB_CONCURRENCY` says how many processes there are. The open files of each must be more than its
connections (`ulimit -n`). A proxy that speaks TLS stands in front, and bounds what it lets through (docs/service.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gevent
from gunicorn.workers.base_async import AsyncWorker
from gunicorn.workers.ggevent import GeventWorker

from webapp import SERVICES
from webapp.serving import PATIENCE_S

if TYPE_CHECKING:
    from types import FrameType

bind = "127.0.0.1:8080"
worker_class = "webapp.production.StreamWorker"
worker_connections = 8192
"""Sockets of one process: streams, of which the application itself lets in fewer, and whoever else asks."""
backlog = 4096
keepalive = 10
"""Seconds within which a whole head of a request has to come, the first as well as the next on the same connection."""
graceful_timeout = 15
timeout = 60
accesslog = None  # the application notes each request itself, without saying who asked
logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(process)d %(name)s %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
    "root": {"level": "INFO", "handlers": ["out"]},
    "loggers": {"gunicorn.error": {"propagate": True}, "gunicorn.access": {"level": "CRITICAL"}},
}


class StreamWorker(GeventWorker):  # type: ignore[misc] # because gunicorn has no types
    """A gevent worker that lets no connection hold it up, and ends its streams before it ends."""

    def handle(self, listener: object, client: Any, addr: object) -> None:
        """Give each piece that is read or written its time: who drips, or does not read, is dropped."""
        client.settimeout(PATIENCE_S)
        AsyncWorker.handle(self, listener, client, addr)

    def handle_request(self, listener_name: object, req: object, sock: object, addr: object) -> None:
        """Close the connection after a request whose answer nobody reads, and after every one once the end has come."""
        try:
            super().handle_request(listener_name, req, sock, addr)
        except TimeoutError:
            raise StopIteration from None
        if not self.alive:
            raise StopIteration

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Asked to end: every stream ends where an event ends, while no new one is let in."""
        gevent.spawn(self.wsgi.extensions[SERVICES].feed.close)  # not here: a signal arrives in the hub, where nobody may wait for a lock
        super().handle_exit(sig, frame)
