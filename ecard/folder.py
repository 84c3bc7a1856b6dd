"""Writing into a folder that others read at any time: whole files only, and one writer at a time."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from codes.errors import SetupError
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PUBLIC = 0o644
"""Mode of a published file: everybody may read it."""
SECRET = 0o600
"""Mode of a key file: nobody else may."""


def write_whole(path: Path, content: bytes, *, mode: int = PUBLIC) -> None:
    """Put `content` at `path` so that a reader finds the old file or the new one, and a power cut leaves one of the two.

    Folders above it are made. Raises `SetupError` folder-unwritable.
    """
    write_all({path: content}, mode=mode)


def write_all(files: Mapping[Path, bytes], *, mode: int = PUBLIC) -> None:
    """Put files that belong together in their places, each as `write_whole` does. A disk that cannot take all of them changes none.

    Raises `SetupError` folder-unwritable.
    """
    parts = {path: path.with_name(f".{path.name}.part") for path in files}
    name = ""
    try:
        for path, content in files.items():
            name = path.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(parts[path], "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for path, part in parts.items():
            name = path.name
            part.replace(path)
        for folder in {path.parent for path in files}:
            sync_folder(folder)
    except OSError as problem:
        raise SetupError(faults.FOLDER_UNWRITABLE, file=name, problem=problem.strerror) from problem


def sync_folder(folder: Path) -> None:
    """Make the names inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_PAUSE = 0.02


@contextmanager
def sole_writer(folder: Path, *, patience: float = 0) -> Iterator[None]:
    """Hold `folder` against every other writer of this house; readers are not disturbed. The lock dies with its process.

    Raises `SetupError`: publisher-busy (somebody else is writing, and still was after `patience` seconds), folder-unwritable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as problem:
        raise SetupError(faults.FOLDER_UNWRITABLE, file=folder.name, problem=problem.strerror) from problem
    try:
        until = time.monotonic() + patience
        while not _locks(descriptor):
            if time.monotonic() >= until:
                raise SetupError(faults.PUBLISHER_BUSY, folder=folder.name)
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


def _locks(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
