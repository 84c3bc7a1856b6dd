"""The few things that a chain store does to a disk, as a protocol: the real folder here, one that loses its power in the tests.

A `write` is in the kernel's hands when it returns, and every reader sees it; it lasts when `sync` has returned. A file that is new has a name that lasts
when `sync_names` has returned. Between two syncs a power cut may keep any of the writes, in any order, and half of one. Nothing else is relied on.
"""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Protocol

from verify.state import reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Part = tuple[int, bytes]
"""Bytes, and the place in a file where they go."""


class Files(Protocol):
    """One folder. Every method may raise `SetupError` state-unreadable or state-unwritable; names may lead into one folder more ("deltas/..")."""

    def read(self, name: str, limit: int) -> bytes | None:
        """The first `limit` bytes of a file, None if there is none."""
        ...

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder inside, none where there is no such folder; "" for this one."""
        ...

    def map(self, name: str) -> memoryview:
        """A file as it is from now on, whoever writes; read-only. Empty if there is none."""
        ...

    def write(self, name: str, parts: Iterable[Part]) -> None:
        """Write parts of a file, made if there is none. What lies elsewhere in it stays."""
        ...

    def sync(self, name: str) -> None:
        """Return when all that was written to a file lasts."""
        ...

    def sync_names(self) -> None:
        """Return when all names in this folder last."""
        ...

    def replace(self, name: str, data: bytes) -> None:
        """Give a file other bytes: whoever reads, and a power cut, finds the old ones or the new. Lasts when it returns."""
        ...

    def remove(self, name: str) -> None:
        """Take a file away, if it is there. Who has it mapped keeps it."""
        ...


class DiskFiles:
    """`Files` on a real disk. Mapped files and written ones are the same pages there: the kernel keeps one copy of each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str, limit: int) -> bytes | None:
        """See `Files`."""
        with reading(self._path):
            try:
                with (self._path / name).open("rb") as file:
                    return file.read(limit)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def names(self, folder: str) -> list[str]:
        """See `Files`."""
        with reading(self._path):
            try:
                with os.scandir(self._path / folder) as entries:
                    return [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
            except (FileNotFoundError, NotADirectoryError):
                return []

    def map(self, name: str) -> memoryview:
        """See `Files`."""
        with reading(self._path):
            try:
                descriptor = os.open(self._path / name, os.O_RDONLY | os.O_CLOEXEC)
            except (FileNotFoundError, NotADirectoryError):
                return memoryview(b"")
            try:
                size = os.fstat(descriptor).st_size
                return memoryview(mmap.mmap(descriptor, size, prot=mmap.PROT_READ)) if size else memoryview(b"")
            finally:
                os.close(descriptor)

    def write(self, name: str, parts: Iterable[Part]) -> None:
        """See `Files`."""
        path = self._path / name
        with writing(self._path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                for at, data in parts:
                    _write_all(descriptor, data, at)
            finally:
                os.close(descriptor)

    def sync(self, name: str) -> None:
        """See `Files`."""
        self._sync(self._path / name, os.O_WRONLY)

    def sync_names(self) -> None:
        """See `Files`."""
        for folder in (self._path, self._path.parent, self._path.parent.parent):  # which may be new as well
            self._sync(folder, os.O_RDONLY | os.O_DIRECTORY)

    def replace(self, name: str, data: bytes) -> None:
        """See `Files`."""
        part = f"{name}.part"
        self.remove(part)
        self.write(part, [(0, data)])
        self.sync(part)
        with writing(self._path):
            (self._path / part).replace(self._path / name)
        self.sync_names()

    def remove(self, name: str) -> None:
        """See `Files`."""
        with writing(self._path):
            (self._path / name).unlink(missing_ok=True)

    def _sync(self, path: Path, flags: int) -> None:
        with writing(self._path):
            descriptor = os.open(path, flags | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written
