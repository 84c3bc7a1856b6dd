"""Writes that take only some of what they are given, as the kernel may: through the door that SQLite keeps for tests of its own system calls.

A tracer cannot do this. It can claim that seven bytes were written, but then it writes none, and that is a disk that lies and no short write.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

TAKEN = 7
_NAMES = ("pwrite64", "pwrite")
_Write = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64, use_errno=True)
_Get = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)
_Set = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
_KEPT: list[Any] = []
"""What SQLite calls must not be collected."""


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


def shorten(point: int, told: Path) -> None:
    """From now on let this process's `point`-th write by SQLite take seven bytes only, and note in the file `told` that it did."""
    library = ctypes.CDLL("libsqlite3.so.0")  # the one that Python's module has loaded
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None)
    made = 0
    for name in _NAMES:
        found = vfs.contents.get_call(vfs, name.encode())
        if found is None:
            continue
        write = _Write(found)

        def shortened(file: int, content: int, size: int, offset: int, write: Any = write) -> int:
            nonlocal made
            made += 1
            if made != point or size <= TAKEN:
                return int(write(file, content, size, offset))
            told.write_bytes(b"1")
            return int(write(file, content, TAKEN, offset))

        kept = _Write(shortened)
        _KEPT.append(kept)
        status = vfs.contents.set_call(vfs, name.encode(), ctypes.cast(kept, ctypes.c_void_p))
        assert status == 0
