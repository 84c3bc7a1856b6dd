"""The service in production: `gunicorn -c python:webapp.production wsgi:app`. Settings of gunicorn, all of which its command line can change.

One process holds a few thousand streams on one core; `WEB_CONCURRENCY` says how many processes there are. The open files of each must be more than its
connections (`ulimit -n`). A proxy that speaks TLS stands in front, and bounds what it lets through (docs/operations.md).

Only gunicorn imports this: it patches the process for gevent.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()  # before anything imports the driver of PostgreSQL, which looks once, at its import, whether it may hold the whole process up while it waits

import gc  # noqa: E402 because gevent patches first
from typing import Any  # noqa: E402 because of the same

from codes.errors import SetupError  # noqa: E402 because of the same
from webapp import SERVICES, faults  # noqa: E402 because of the same
from webapp.settings import PROCESSES, Settings  # noqa: E402 because of the same

bind = "127.0.0.1:8080"
worker_class = "webapp.streamworker.StreamWorker"
logger_class = "webapp.streamworker.OwnLog"
worker_connections = 8192
"""Sockets of one process: streams, of which the application itself lets in fewer, and whoever else asks."""
backlog = 4096
keepalive = 10
"""Seconds within which a whole head of a request has to come, the first as well as the next on the same connection."""
control_socket_disable = True
"""Nobody asks for it, two units would share one path, and its loop would run inside every fork of a master that is patched."""
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
GARBAGE = (20_000, 20, 20)
"""After how many new objects, and how many such looks, Python looks for rings of them that nobody holds (`gc.set_threshold`)."""


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
