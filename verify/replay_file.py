"""The file of the replay memory: a header that says what is not remembered, and one record of 34 bytes for each acceptance (see `verify.replay`)."""

from __future__ import annotations

import errno
import os
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from codes.errors import SetupError
from verify import faults
from verify.state import reading, unwritable, write_whole, writing

if TYPE_CHECKING:
    from pathlib import Path

CAPACITY = 1 << 17
"""Acceptances that may be remembered at one time: some 1,800 a second at a metro's passback of 70 s."""
MAGIC = b"SCRM\x02"
HEADER = struct.Struct(">5s16sqqqqI")
RECORD = struct.Struct(">6s8sqqI")
NO_BOOT = bytes(16)
NEVER = -1
NOT_YET = (1 << 62) - 1
LARGEST_FILE = 4 * CAPACITY * RECORD.size
_CHECKSUM = 4


class Passage(NamedTuple):
    """One acceptance: through when it refuses every code of its credential, and when the accepted code was made."""

    until: int
    iat: int


NOBODY = Passage(NEVER, NEVER)
"""Refuses nothing: what is left of a passage that was released."""


class Log:
    """The open file. It knows nothing of the memory that it serves, so that it can be closed after it."""

    def __init__(self, path: Path, *, patient: bool, lock: int | None = None) -> None:
        self._path = path
        self._lock = lock
        self._patient = patient
        self._descriptor: int | None = None
        self._end = 0

    def start(self, content: bytes, slots: int) -> None:
        """Replace the file by one that begins with `content` and has room for `slots` records, all of it there from now on."""
        with writing(self._path):
            write_whole(self._path, content.ljust(HEADER.size + slots * RECORD.size, b"\0"))
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        self._let_go()
        self._descriptor, self._end = descriptor, len(content)

    def append(self, record: bytes) -> None:
        """Add a record, or raise with the file as it was: what a failed call left behind the end is written over by the next."""
        if self._descriptor is None:
            msg = "the replay memory is closed"
            raise RuntimeError(msg)
        try:  # not `with writing(...)`: this is the one write of the scan path, and a context manager doubles its cost
            if os.pwrite(self._descriptor, record, self._end) != len(record):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if self._patient:
                os.fsync(self._descriptor)
        except OSError as error:
            raise unwritable(self._path, error) from error
        self._end += len(record)

    def close(self) -> None:
        """Mark the file as complete, as far as the disk allows: without the mark it is only believed less."""
        if self._descriptor is not None:
            with suppress(SetupError, OSError):
                os.fsync(self._descriptor)
                self.append(record_of("", "", NOBODY))
                os.fsync(self._descriptor)
            self._let_go()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _let_go(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the file holds."""

    boot: bytes = NO_BOOT
    horizon: int = NEVER
    gap: int = NEVER
    reach: int = 0
    accepted: dict[tuple[str, str], Passage] = field(default_factory=dict)
    whole: bool = False
    """The file has its full length, and nothing follows the last good record but room for more."""
    closed: bool = False

    def is_complete(self, boot: bytes) -> bool:
        """Whether every acceptance must be in it, if the kernel now runs as `boot`."""
        return self.whole and (self.closed or self.boot in {boot, NO_BOOT})

    @classmethod
    def read(cls, path: Path) -> Contents:
        """Read the file; one that is not there holds nothing, and is not whole."""
        with reading(path):
            try:
                with path.open("rb") as file:
                    content = file.read(LARGEST_FILE + 1)
            except FileNotFoundError:
                return cls()
        header = _unsealed(HEADER, content[: HEADER.size])
        if header is None or header[0] != MAGIC or len(content) > LARGEST_FILE:
            raise SetupError(faults.REPLAY_DAMAGED)
        _, boot, horizon, gap, reach, slots = header
        accepted: dict[tuple[str, str], Passage] = {}
        at, closed = HEADER.size, False
        while (record := _unsealed(RECORD, content[at : at + RECORD.size])) is not None:
            at += RECORD.size
            iss, sub, until, iat = record
            closed = not iss.strip(b"\0")
            if not closed:
                accepted[iss.rstrip(b"\0").decode("latin-1"), sub.decode("latin-1")] = Passage(until, iat)
        whole = len(content) >= HEADER.size + slots * RECORD.size and not content[at:].strip(b"\0")
        return cls(boot=boot, horizon=horizon, gap=gap, reach=reach, accepted=accepted, whole=whole, closed=closed)


def record_of(iss: str, sub: str, passage: Passage) -> bytes:
    """One acceptance as it stands in the file."""
    return sealed(RECORD, iss.encode("latin-1"), sub.encode("latin-1"), *passage)


def sealed(layout: struct.Struct, *fields: bytes | int) -> bytes:
    """Fields with their checksum."""
    packed = layout.pack(*fields, 0)[:-_CHECKSUM]
    return packed + crc32(packed).to_bytes(_CHECKSUM)


def _unsealed(layout: struct.Struct, packed: bytes) -> tuple[Any, ...] | None:
    """The fields, or None for anything but one whole sealed item."""
    if len(packed) != layout.size or crc32(packed[:-_CHECKSUM]).to_bytes(_CHECKSUM) != packed[-_CHECKSUM:]:
        return None
    return layout.unpack(packed)[:-1]
