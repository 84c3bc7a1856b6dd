"""A soft card in a file: what makes a demonstration card persist. The file holds a private key and is its owner's alone.

An image of the first version is made one of today's when it is next inserted: written beside it whole, then put in its place.
"""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from codes.errors import SetupError
from physical import faults
from physical.chipmemory import IMAGE_BYTES, blank_image, upgraded
from physical.nvm import ERASED
from physical.oldimage import OLD_IMAGE_BYTES
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

    def erase(self, offset: int, size: int) -> None:
        """See `Memory.erase`."""
        self.write(offset, ERASED * size)

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
    with held_card(path, entropy) as card:
        yield InProcess(card)


@contextmanager
def held_card(path: Path, entropy: Callable[[int], bytes]) -> Iterator[SoftCard]:
    """The soft card at `path` itself, for whoever puts it into a virtual reader. Raises as `inserted`."""
    descriptor = _hold(path)
    if os.fstat(descriptor).st_size == OLD_IMAGE_BYTES:
        try:
            _upgrade(path, descriptor)
        finally:
            os.close(descriptor)
        descriptor = _hold(path)
    try:
        if (size := os.fstat(descriptor).st_size) != IMAGE_BYTES:
            raise SetupError(faults.IMAGE_DAMAGED, file=path.name, size=size)
        yield SoftCard(FileMemory(descriptor), entropy)
    finally:
        os.close(descriptor)


def _hold(path: Path) -> int:
    """An open file that only its owner can reach and only this program holds."""
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
        if not stat.S_ISREG(status.st_mode):
            raise SetupError(faults.IMAGE_DAMAGED, file=path.name)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            replaced = not os.path.samestat(status, path.stat())  # by a program that upgraded it between our opening and our holding it
        except (BlockingIOError, FileNotFoundError):
            replaced = True
        if replaced:
            raise SetupError(faults.IMAGE_BUSY, file=path.name)
    except SetupError:
        os.close(descriptor)
        raise
    return descriptor


def _upgrade(path: Path, descriptor: int) -> None:
    """Put an image of today's version in the place of this one, which is held meanwhile."""
    image = upgraded(FileMemory(descriptor).read(0, OLD_IMAGE_BYTES))
    beside = path.with_name(path.name + ".new")
    try:
        beside.unlink(missing_ok=True)
        new = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            memory = FileMemory(new)
            memory.write(0, image)
            memory.flush()
        finally:
            os.close(new)
        beside.replace(path)
    except OSError as problem:
        raise _unwritable(problem) from problem


def _unwritable(problem: OSError) -> SetupError:
    return SetupError(faults.IMAGE_UNWRITABLE, problem=problem.strerror)
