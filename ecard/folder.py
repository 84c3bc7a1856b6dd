"""Writing into a folder that others read at any time: whole files only, and one writer at a time."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from codes.errors import SetupError
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLIC = 0o644
"""Mode of a published file: everybody may read it."""
SECRET = 0o600
"""Mode of a key file: nobody else may."""


def write_whole(path: Path, content: bytes, *, mode: int = PUBLIC) -> None:
    """Put `content` at `path` so that a reader finds the old file or the new one, and a power cut leaves one of the two.

    Folders above it are made. Raises `SetupError` folder-unwritable.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as problem:
        raise SetupError(faults.FOLDER_UNWRITABLE, file=path.name, problem=problem.strerror) from problem


def sync_folder(folder: Path) -> None:
    """Make the names inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold `folder` against every other writer of this house; readers are not disturbed. The lock dies with its process.

    Raises `SetupError`: publisher-busy (somebody else is writing), folder-unwritable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as problem:
        raise SetupError(faults.FOLDER_UNWRITABLE, file=folder.name, problem=problem.strerror) from problem
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(faults.PUBLISHER_BUSY, folder=folder.name) from None
        yield
    finally:
        os.close(descriptor)
