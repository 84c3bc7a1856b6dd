"""A real PostgreSQL of our own for the tests: made from Debian's package in a folder of its own, on a socket of its own, and ended by its own handle."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSIONS = Path("/usr/lib/postgresql")
PROGRAMS = ("initdb", "postgres", "pg_dump", "pg_restore")
USERS = ("postgres", "nobody")
"""The server refuses to run as root."""


def programs() -> Path | None:
    """The folder with the newest complete installation."""
    folders = sorted(VERSIONS.glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    return next((folder for folder in folders if all((folder / name).is_file() for name in PROGRAMS)), None)


def missing() -> str | None:
    """What stands in the way of a cluster, if anything does."""
    if programs() is None:
        return "PostgreSQL is not installed (make deps)"
    return None


@dataclass
class Cluster:
    """A running server. Databases come and go; the folder goes with it."""

    folder: Path
    server: subprocess.Popen[bytes]
    names: Iterator[int] = field(default_factory=itertools.count)
    template: str | None = None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def database(self, *, like: str | None = None) -> str:
        """A fresh database, empty or a copy of another, by name."""
        name = f"record_{next(self.names)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {like or 'template0'}")
        return name

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        self.server.send_signal(signal.SIGINT)  # fast shutdown
        try:
            self.server.wait(30)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(*, parent: Path | None = None, tuned: Mapping[str, object] | None = None) -> Cluster:
    """A server on a socket in a folder of its own, in memory or below `parent`; `tuned` are further settings.

    It is durable as in production: what the tests save is waiting for no disk.
    """
    bins = programs()
    assert bins is not None
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="ecard-pg-", dir=parent or (memory if os.access(memory, os.W_OK) else None)))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        known = {entry.pw_name for entry in pwd.getpwall()}
        user = {"user": next(name for name in USERS if name in known), "group": pwd.getpwnam(next(name for name in USERS if name in known)).pw_gid}
        shutil.chown(folder, user["user"])
    data = folder / "data"
    clean = {"PATH": f"{bins}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    subprocess.run(
        [bins / "initdb", "--pgdata", data, "--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"],
        check=True,
        capture_output=True,
        env=clean,
        cwd=folder,
        **user,
    )
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": folder,
        "shared_buffers": "32MB",
        "max_connections": 60,
        "logging_collector": "off",
        **(tuned or {}),
    }
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([bins / "postgres", "-D", data, *arguments], stdout=log, stderr=log, env=clean, cwd=folder, **user)
    cluster = Cluster(folder=folder, server=server)
    for _ in range(600):
        try:
            cluster.execute("SELECT 1")
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return cluster
    report = (folder / "log").read_text("utf-8", "replace")
    cluster.stop()
    raise RuntimeError(report)
