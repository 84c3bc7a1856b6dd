"""Whose turn it is to write, and that something was written: how the processes of one terminal share its chains.

chain/lock      held by the one who writes, for as long as one object takes
chain/count     rises with every change, so that others notice at the price of three system calls
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from codes.errors import SetupError
from verify import faults
from verify.state import reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE, _PAUSE = 250, 0.02
"""How often, and how many seconds apart, the lock is asked for. One object takes a fraction of a second."""


class Turns:
    """The lock and the count of a folder of chains."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = str(folder / "count")

    def mark(self) -> bytes:
        """What changes whenever somebody has written; empty where nobody ever has. Raises `SetupError` state-unreadable."""
        with reading(self._folder):
            try:
                descriptor = os.open(self._count, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return b""
            try:
                return os.read(descriptor, 8)
            finally:
                os.close(descriptor)

    def turn(self) -> tuple[bytes, bytes]:
        """Have others notice; the mark before and after. Call with the lock held. Raises `SetupError` state-unwritable."""
        before = self.mark()
        after = ((int.from_bytes(before) + 1) % (1 << 64)).to_bytes(8)
        with writing(self._folder):
            descriptor = os.open(self._count, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.pwrite(descriptor, after, 0)
            finally:
                os.close(descriptor)
        return before, after

    @contextmanager
    def alone(self, patience: int = PATIENCE) -> Iterator[None]:
        """Hold the lock. Raises `SetupError` state-locked, state-unwritable."""
        with writing(self._folder):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            for _ in range(patience):
                with suppress(OSError):
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                time.sleep(_PAUSE)
            else:
                raise SetupError(faults.STATE_LOCKED, lock="chain/lock")
            yield
        finally:
            os.close(descriptor)
