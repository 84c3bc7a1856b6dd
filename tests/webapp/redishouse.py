"""A real Redis of our own for the tests: on a random port of loopback, in memory, ended by its own handle."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from pathlib import Path

IN_CI = os.environ.get("CI") == "true"  # noqa: TID251 - because the test run is told by its surroundings, the product never is
PASSWORD = "a-password-of-the-tests"


@dataclass
class RedisServer:
    """A server that can be killed and started again, empty, at the same place."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def __post_init__(self) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            self.port = int(listener.getsockname()[1])

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            if IN_CI:
                pytest.fail("redis-server is not installed (make deps)", pytrace=False)
            pytest.skip("redis-server is not installed (make deps)")
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--requirepass", PASSWORD]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen([program, *words], cwd=self.folder, stdout=log, stderr=log)
        while not self._is_up():
            assert self.process.poll() is None, (self.folder / "redis.log").read_text()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def entries(self) -> list[bytes]:
        """What stands in the stream."""
        client: Any
        with closing(Redis.from_url(self.url)) as client:
            return [entry[b"object"] for _, entry in client.xrange("ecard:status")]

    def configure(self, name: str, value: str) -> None:
        """Change a setting of the running server."""
        with closing(Redis.from_url(self.url)) as client:
            client.config_set(name, value)

    def add(self, name: str, value: bytes) -> None:
        """Put an entry into the stream by hand."""
        with closing(Redis.from_url(self.url)) as client:
            client.xadd("ecard:status", {name: value})

    def _is_up(self) -> bool:
        try:
            with closing(Redis.from_url(self.url)) as client:
                return bool(client.ping())
        except (RedisError, OSError):
            return False
