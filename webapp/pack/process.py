"""One run of somebody else's program: bounded in time and in what it may say, ended with all its children, and never believed."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.errors import SetupError
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

_CHUNK = 1 << 16
_LAST_WORDS = 2000
_GLANCE = 0.005
"""Seconds between two looks at a program that has closed its outputs and not ended yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What became of it."""

    lines: tuple[str, ...]
    """Standard output; a last line without its end counts too."""
    ended: str
    """"exit" (by itself), "signal", "timeout" or "flood" (said more than the limit)."""
    status: int
    """Exit status, or the signal's number."""
    last_words: str
    """The end of standard error."""


def run(command: Sequence[str], *, lines: Sequence[str], timeout: float, limit: int) -> Finished:
    """Run `command` with `lines` on standard input; stop it after `timeout` seconds or `limit` bytes of output. Raises `SetupError` pack-command."""
    with tempfile.TemporaryFile() as given:
        given.write("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"))
        given.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 because running the program that the user names is what this is for; no shell reads the arguments
                command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
            )
        except OSError as problem:
            raise SetupError(faults.PACK_COMMAND, problem=problem.strerror) from problem
        with process:
            said, complaint, cut = _listen(process, timeout=timeout, limit=limit)
            _end(process)
    status = process.returncode
    ended = cut or ("exit" if status >= 0 else "signal")
    return Finished(lines=tuple(_lines(said)), ended=ended, status=abs(status), last_words=complaint[-_LAST_WORDS:].decode("utf-8", "replace"))


def _lines(said: bytes) -> list[str]:
    """Lines end at a line feed and nowhere else."""
    found = said.decode("utf-8", "replace").split("\n")
    return found if found[-1] else found[:-1]


def _listen(process: subprocess.Popen[bytes], *, timeout: float, limit: int) -> tuple[bytes, bytes, str]:
    """Both outputs until they end, the time is over or too much was said; and which of the two it was."""
    deadline = time.monotonic() + timeout
    heard: dict[int, bytearray] = {}
    with selectors.DefaultSelector() as selector:
        pipes: list[IO[bytes]] = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
            heard[pipe.fileno()] = bytearray()
        out, err = (heard[pipe.fileno()] for pipe in pipes)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                return bytes(out), bytes(err), "timeout"
            for key, _ in selector.select(left):
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fileobj)
                heard[key.fd] += chunk
            if len(out) > limit:
                return bytes(out), bytes(err), "flood"
            del err[:-_LAST_WORDS]
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:  # left unreaped: until then its group's number is its own
        if time.monotonic() > deadline:
            return bytes(out), bytes(err), "timeout"
        time.sleep(_GLANCE)
    return bytes(out), bytes(err), ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing that it started outlives it: the whole group goes, which is its own since it began a session."""
    with suppress(ProcessLookupError, PermissionError):  # everybody has gone already
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
