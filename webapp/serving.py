"""`ecard serve`: the service in one process of its own, for one office, a demonstration, a test. In production it stands behind gunicorn (webapp/production.py).

    ecard serve [--office DIR | --published DIR] [--host 127.0.0.1] [--port 8080]
    ecard serve --lan --office DIR [--host ADDRESS]      over HTTPS, for phones of one's own network (webapp/lan)
    ecard announce [--office DIR | --published DIR]      beside the publisher: what is published goes into the Redis of ECARD_REDIS

SIGTERM and SIGINT end it: every stream is ended where an event ends, and its reader comes back elsewhere.
"""

from __future__ import annotations

import logging
import signal
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from codes.errors import SetupError
from webapp import faults
from webapp.settings import OFFICE, PUBLISHED, REDIS, Settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

    from webapp.lan import Lan

PATIENCE_S = 20.0
"""How long one piece of a request or an answer may take to go over the wire."""
FAREWELL_S = 10.0
"""How long readers are given to be gone when the service ends."""
_MOST_THREADS = 512
"""Streams of one process in this form: each has a thread."""


def add_verbs(add: Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]) -> None:
    """Put the two verbs into the command line."""
    verb = add("serve", "提供服务：签名文件、状态推送、终端上传 / serve signed files and their news, take in what terminals send", serve)
    _add_folders(verb)
    verb.add_argument("--host", metavar="HOST", help="监听地址，默认只限本机 / address to listen at; by default only this machine's")
    verb.add_argument("--port", type=int, default=8080, choices=range(65536), metavar="PORT", help="端口，0 为任选 / port, 0 for any that is free")
    verb.add_argument(
        "--lan", action="store_true", help="供局域网内的手机试用，附安装证书的说明 / for phones of this network, over HTTPS, with instructions"
    )
    _add_folders(add("announce", "把新发布的状态送入 Redis / put what is published into Redis", announce))


def serve(options: argparse.Namespace) -> int:
    """Serve until told to end."""
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415 because the extra may be missing, and is then named

    from webapp import SERVICES, create_app  # noqa: PLC0415 because of the same
    from webapp.operations import logs  # noqa: PLC0415 because of the same

    class Handler(WSGIRequestHandler):
        """One request. Requests are noted by the application, so here only defects are."""

        protocol_version = "HTTP/1.1"
        timeout = PATIENCE_S

        def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 because werkzeug calls it so
            logging.getLogger("ecard.server").log(logging.INFO if type == "info" else logging.WARNING, message, *args)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """See the application's own line."""

    settings = _settings(options)
    if settings.is_production or settings.processes > 1:
        raise SetupError(faults.SERVE_ALONE, mode=settings.mode.value, processes=settings.processes)
    app = create_app(replace(settings, streams=min(settings.streams, _MOST_THREADS)))
    lan = _lan(settings, options.host) if options.lan else None
    host = str(lan.address) if lan is not None else options.host or "127.0.0.1"
    try:
        server = make_server(host, options.port, app, threaded=True, request_handler=Handler, ssl_context=lan.context if lan else None)
        plain = make_server(host, 0, lan.page(server.port), threaded=True, request_handler=Handler) if lan else None
    except (OSError, SystemExit) as problem:
        raise SetupError(faults.SERVE_PORT, host=host, port=options.port) from problem
    logs.configure(sys.stderr)
    with _ending() as ended:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        print(f"{'http' if lan is None else 'https'}://{host}:{server.port}", flush=True)  # noqa: T201 because whoever started it reads where it listens
        if lan is not None and plain is not None:
            Thread(target=plain.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
            print(lan.told(server.port, plain.port), flush=True)  # noqa: T201 because whoever holds the phone reads what to do
        ended.wait()
        if plain is not None:
            plain.shutdown()
            plain.server_close()
        server.shutdown()
        app.extensions[SERVICES].close(within=FAREWELL_S)
        server.server_close()
    return 0


def _lan(settings: Settings, host: str | None) -> Lan:
    """What serving one's own network takes. Raises `SetupError`: settings (no office), lan-address, lan-authority."""
    from webapp.lan import Lan  # noqa: PLC0415 because only this form of serving makes certificates

    if settings.office is None:
        raise SetupError(faults.SETTINGS, **{OFFICE: "missing"})
    return Lan.open(settings.office / "lan", host=host, at=datetime.now(UTC))  # noqa: TID251 because a service is where time enters


def announce(options: argparse.Namespace) -> int:
    """Put what is published into Redis until told to end."""
    from webapp.feeding.announcing import announce as go_on  # noqa: PLC0415 because the extra may be missing, and is then named

    settings = _settings(options)
    if settings.redis is None:
        raise SetupError(faults.SETTINGS, **{REDIS: "missing"})
    from webapp.operations import logs  # noqa: PLC0415 because of the same

    logs.configure(sys.stderr)
    with _ending() as ended:
        go_on(settings.published, settings.redis, ended)
    return 0


def _add_folders(verb: argparse.ArgumentParser) -> None:
    which = verb.add_mutually_exclusive_group()
    which.add_argument("--office", type=Path, metavar="DIR", help=f"卡管机构目录，默认取 {OFFICE} / folder of an office; by default as {OFFICE} says")
    which.add_argument(
        "--published", type=Path, metavar="DIR", help=f"发布目录，默认取 {PUBLISHED} / a published folder; by default as {PUBLISHED} says"
    )


def _settings(options: argparse.Namespace) -> Settings:
    """Settings from the environment, with what the command line says instead. Raises as `Settings.from_environ`."""
    told: Mapping[str, Path | None] = {OFFICE: options.office, PUBLISHED: options.published}
    named = {name: str(path.absolute()) for name, path in told.items() if path is not None}
    return Settings.from_environ(instead=named)


@contextmanager
def _ending() -> Iterator[Event]:
    """An event that is set when somebody asks the program to end."""
    ended = Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
