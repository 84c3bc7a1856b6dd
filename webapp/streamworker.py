"""gunicorn's worker and log of this service: `webapp.production` names them."""

from __future__ import annotations

import io
import secrets
from typing import TYPE_CHECKING, Any

import gevent
from gunicorn.glogging import Logger
from gunicorn.http.body import LengthReader
from gunicorn.workers.base_async import AsyncWorker
from gunicorn.workers.ggevent import GeventWorker

from webapp import SERVICES
from webapp.operations.front import SMALL_BODY
from webapp.serving import PATIENCE_S

if TYPE_CHECKING:
    from types import FrameType

BODY_S = 10.0
"""Within which the whole of a small body has to come."""
ON_ONE_LINE = 100
"""Requests that are answered on one connection, or as few as half of them. The next one is made with whichever process has time: a proxy's could all lie with one."""


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
