"""A soft card in a file: what makes a demonstration card persist. The file holds a private key and is its owner's alone."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from codes.errors import SetupError
from physical import faults
from physical.chipmemory import IMAGE_BYTES, blank_image
from physical.softcard import InProcess, SoftCard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class FileMemory:
    """Memory in an open file; see `physical.nvm.Memory`."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, offset: int, size: int) -> bytes:
        """See `Memory.read`."""
        try:
            return os.pread(self._descriptor, size, offset)
        except OSError as problem:
            raise _unwritable(problem) from problem

    def write(self, offset: int, content: bytes) -> None:
        """See `Memory.write`."""
        try:
            written = os.pwrite(self._descriptor, content, offset)
        except OSError as problem:
            raise _unwritable(problem) from problem
        if written != len(content):
            raise SetupError(faults.IMAGE_UNWRITABLE, written=written, wanted=len(content))

    def flush(self) -> None:
        """See `Memory.flush`."""
        try:
            os.fsync(self._descriptor)
        except OSError as problem:
            raise _unwritable(problem) from problem


def create_image(path: Path) -> None:
    """Write a blank chip to a new file. Raises `SetupError` image-exists, image-unwritable."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SetupError(faults.IMAGE_EXISTS, file=path.name) from None
    except OSError as problem:
        raise _unwritable(problem) from problem
    try:
        memory = FileMemory(descriptor)
        memory.write(0, blank_image())
        memory.flush()
    finally:
        os.close(descriptor)


@contextmanager
def inserted(path: Path, entropy: Callable[[int], bytes]) -> Iterator[InProcess]:
    """The soft card at `path`, powered up and held against every other program until the block ends.

    Raises `SetupError`: image-missing, image-exposed, image-damaged, image-busy, image-unwritable.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise SetupError(faults.IMAGE_MISSING, file=path.name) from None
    except OSError as problem:
        raise _unwritable(problem) from problem
    try:
        status = os.fstat(descriptor)
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SetupError(faults.IMAGE_EXPOSED, file=path.name, mode=f"{stat.S_IMODE(status.st_mode):04o}")
        if not stat.S_ISREG(status.st_mode) or status.st_size != IMAGE_BYTES:
            raise SetupError(faults.IMAGE_DAMAGED, file=path.name, size=status.st_size)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(faults.IMAGE_BUSY, file=path.name) from None
        yield InProcess(SoftCard(FileMemory(descriptor), entropy))
    finally:
        os.close(descriptor)


def _unwritable(problem: OSError) -> SetupError:
    return SetupError(faults.IMAGE_UNWRITABLE, problem=problem.strerror)
