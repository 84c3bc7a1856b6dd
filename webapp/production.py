"""The service in production: `gunicorn -c python:webapp.production wsgi:app`. Settings of gunicorn, all of which its command line can change.

One process holds a few thousand streams on one core; `WEB_CONCURRENCY` says how many processes there are. The open files of each must be more than its
connections (`ulimit -n`). A proxy that speaks TLS stands in front, and bounds what it lets through (docs/operations.md).
"""

from __future__ import annotations

import gc
import io
import secrets
from typing import TYPE_CHECKING, Any

import gevent
from gunicorn.glogging import Logger
from gunicorn.http.body import LengthReader
from gunicorn.workers.base_async import AsyncWorker
from gunicorn.workers.ggevent import GeventWorker

from codes.errors import SetupError
from webapp import SERVICES, faults
from webapp.operations.front import SMALL_BODY
from webapp.serving import PATIENCE_S
from webapp.settings import PROCESSES, Settings

if TYPE_CHECKING:
    from types import FrameType

bind = "127.0.0.1:8080"
worker_class = "webapp.production.StreamWorker"
logger_class = "webapp.production.OwnLog"
worker_connections = 8192
"""Sockets of one process: streams, of which the application itself lets in fewer, and whoever else asks."""
backlog = 4096
keepalive = 10
"""Seconds within which a whole head of a request has to come, the first as well as the next on the same connection."""
graceful_timeout = 15
timeout = 60
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "webapp.operations.logs.formatter"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
    "root": {"level": "INFO", "handlers": ["out"]},
    "loggers": {"gunicorn.error": {"propagate": True}},
}
BODY_S = 10.0
"""Within which the whole of a small body has to come."""
ON_ONE_LINE = 100
"""Requests that are answered on one connection, or as few as half of them. The next one is made with whichever process has time: a proxy's could all lie with one."""
GARBAGE = (20_000, 20, 20)
"""After how many new objects, and how many such looks, Python looks for rings of them that nobody holds (`gc.set_threshold`)."""


class OwnLog(Logger):  # type: ignore[misc] # because gunicorn has no types
    """gunicorn's log without its line for each request: the application notes each itself, without saying who asked."""

    def access(self, resp: object, req: object, environ: object, request_time: object) -> None:
        """Nothing. gunicorn would make up the whole line first, and only then find that nobody wants it."""


class StreamWorker(GeventWorker):  # type: ignore[misc] # because gunicorn has no types
    """A gevent worker that lets no connection hold it up, and ends its streams before it ends."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        self._left: dict[object, int] = {}
        """How many requests more each open connection has."""

    def handle(self, listener: object, client: Any, addr: object) -> None:
        """Give each piece that is read or written its time: who drips, or does not read, is dropped."""
        client.settimeout(PATIENCE_S)
        self._left[client] = ON_ONE_LINE - secrets.randbelow(ON_ONE_LINE // 2)
        try:
            AsyncWorker.handle(self, listener, client, addr)
        finally:
            del self._left[client]

    def handle_request(self, listener_name: object, req: Any, sock: object, addr: object) -> None:
        """Close the connection after a request whose answer nobody reads, or whose body drips in, after `ON_ONE_LINE`, and after every one once the end has come."""
        self._left[sock] -= 1
        if self._left[sock] <= 0:
            req.force_close()
        reader = req.body.reader
        if isinstance(reader, LengthReader) and reader.length <= SMALL_BODY:
            whole = None
            with gevent.Timeout(BODY_S, False):
                whole = req.body.read(reader.length)
            if whole is None:
                raise StopIteration
            req.body = io.BytesIO(whole)
        try:
            super().handle_request(listener_name, req, sock, addr)
        except TimeoutError:
            raise StopIteration from None
        if not self.alive:
            raise StopIteration

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Asked to end: every stream ends where an event ends, while no new one is let in."""
        services = self.wsgi.extensions[SERVICES]
        services.readiness.end()
        gevent.spawn(services.feed.close)  # not here: a signal arrives in the hub, where nobody may wait for a lock
        super().handle_exit(sig, frame)


def on_starting(server: Any) -> None:
    """Refuse to start more processes than the settings know of: they share the limits out among them. Raises `SetupError` settings."""
    settings = Settings.from_environ()
    if settings.office is not None and server.cfg.workers > settings.processes:
        raise SetupError(faults.SETTINGS, **{PROCESSES: f"{settings.processes}, and gunicorn was told {server.cfg.workers}"})


def post_worker_init(_server: object) -> None:
    """What a process is made of stays: it is not looked through for garbage again and again, which would hold up everybody for a third of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def worker_exit(_server: object, worker: Any) -> None:
    """The last of a process: its office is closed."""
    services = getattr(worker.wsgi, "extensions", {}).get(SERVICES)
    if services is not None:
        services.close(within=0)


def child_exit(_server: object, worker: Any) -> None:
    """A process has ended, however: its figures of the moment go with it."""
    settings = Settings.from_environ()
    if settings.metrics_folder is not None:
        from webapp.operations.figures import forget  # noqa: PLC0415 because the figures are of this process if they are loaded in it

        forget(worker.pid, settings.metrics_folder)
