"""Writes of SQLite that end otherwise: through the door that it keeps for tests of its own system calls.

A tracer stops a process at every call it makes, so that few writes can be hit in a night; here a hit costs as much as the step in which it lies. And a tracer
cannot make the kernel take a part of a write: it can only claim so, and that is a disk that lies.
"""

from __future__ import annotations

import ctypes
import enum
import errno
import os
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TAKEN = 7
"""Bytes that a short write takes."""
_NAMES = ("pwrite64", "pwrite")
_Write = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64, use_errno=True)
_Get = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)
_Set = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
_KEPT: list[Any] = []
"""What SQLite calls must not be collected."""


class Ending(enum.StrEnum):
    """How a write that is hit ends."""

    KILL = "kill"
    """It is never made: the process is killed where it would begin."""
    EIO_ONCE = "EIO"
    EIO_ON = "EIO+"
    """So does every write after it."""
    ENOSPC_ONCE = "ENOSPC"
    ENOSPC_ON = "ENOSPC+"
    EINTR_ONCE = "EINTR"
    SHORT = "short"
    """It takes seven bytes."""


class _Vfs(ctypes.Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("following", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("app", ctypes.c_void_p),
        ("methods", ctypes.c_void_p * 12),
        ("time", ctypes.c_void_p),
        ("set_call", _Set),
        ("get_call", _Get),
        ("next_call", ctypes.c_void_p),
    )


def hit(ending: Ending, point: int, told: Path) -> None:
    """From now on let this process's `point`-th write by SQLite end so, and note in the file `told` that one did."""
    library = ctypes.CDLL("libsqlite3.so.0")  # the one that Python's module has loaded
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None)
    made = 0

    def ended(write: Callable[[int, int, int, int], int], file: int, content: int, size: int, offset: int) -> int:
        nonlocal made
        made += 1
        if made < point or (made > point and not ending.endswith("+")) or (ending is Ending.SHORT and size <= TAKEN):
            return write(file, content, size, offset)
        told.touch()
        if ending is Ending.SHORT:
            return write(file, content, TAKEN, offset)
        if ending is Ending.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        ctypes.set_errno(getattr(errno, ending.rstrip("+")))
        return -1

    assert vfs.contents.version >= 3  # since when there is a door
    before = len(_KEPT)
    for name in _NAMES:
        found = vfs.contents.get_call(vfs, name.encode())
        if found is None:
            continue
        write = _Write(found)
        kept = _Write(lambda *asked, write=write: ended(write, *asked))
        _KEPT.append(kept)
        status = vfs.contents.set_call(vfs, name.encode(), ctypes.cast(kept, ctypes.c_void_p))
        assert status == 0
    assert len(_KEPT) > before, "this SQLite writes by another call"
