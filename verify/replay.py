"""What this gate group has accepted lately: bounded, quick, and still there after a crash (FORMATS section 2, step 12).

An acceptance is remembered in memory and written to a file as one record of 26 bytes with its checksum, in one call and without waiting for the disk: a
microsecond or two. What each kind of trouble can take away, and what stands in for it:

* The process dies: nothing. The kernel has every record.
* The clock goes back: nothing. A record counts until its own time has passed; what was forgotten because its time had passed is covered by the horizon,
  the latest time so forgotten: a clock at or below it is refused (`replay-clock`), never believed.
* The power goes: the last records, perhaps. The file names the kernel's boot; found under another boot and not closed cleanly, it may be incomplete. Then a
  code is not judged (`replay-cut`) if it could already have been shown before the cut. The first code that gets this far after the cut gives the time of
  the cut its upper bound: it has passed every other check, so the clock it was judged by is good enough to judge codes by. Starting the memory does not
  do, because a terminal without a battery starts with a clock that is long past. Later codes pass as soon as they are made after that bound.
* The file is cut short or overwritten: as with power, unless the cut leaves whole records; only who may write the directory can do that, and could as
  well remove the file. A torn record is no passage: nobody is let in before a whole one is written.
* The disk is full: the acceptance does not happen.

Without a boot name (other systems than Linux) every record is forced to the disk instead.
"""

from __future__ import annotations

import errno
import os
import struct
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

from codes.errors import SetupError, StateError
from verify import faults
from verify.state import reading, unwritable, write_whole, writing

if TYPE_CHECKING:
    from pathlib import Path

CAPACITY = 1 << 17
"""Acceptances that may be remembered at one time: some 1,800 a second at a metro's passback of 70 s."""
GRACE = 60
"""Seconds for which an acceptance is kept beyond its time, so that a small step back of the clock finds it."""
_SMALLEST_TURN = 1024
"""Acceptances after which the past is looked through, at the earliest."""
_LARGEST_FILE = 4 * CAPACITY * 26

_MAGIC = b"SCRM\x01"
_HEADER = struct.Struct(">5s16sqqI")
_RECORD = struct.Struct(">6s8sqI")
_CHECKSUM = 4
_NO_BOOT = bytes(16)
_NEVER = -1
_NOT_YET = (1 << 62) - 1


class FreshMemory:
    """A `ReplayMemory` that lives and dies with its owner: what a conformance run uses, and the inner half of the stored one."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._accepted: dict[tuple[str, str], int] = {}
        self._horizon = _NEVER
        self._capacity = capacity
        self._since_turn = 0
        self._turn = _SMALLEST_TURN
        self._earliest = _NEVER

    def admit(self, iss: str, sub: str, *, now: int, until: int, made: int) -> None:
        """See `ReplayMemory`. Raises `StateError` replayed; `SetupError` replay-clock or replay-full."""
        remembered = self._accepted.get((iss, sub), _NEVER)
        if now <= remembered:
            raise StateError(faults.REPLAYED, again_in_s=remembered - now + 1)
        if now <= self._horizon:
            raise SetupError(faults.REPLAY_CLOCK, behind_s=self._horizon - now + 1)
        self._refuse_gap(made)
        self._make_room(now)
        self._write(iss, sub, until)
        self._accepted[iss, sub] = until
        self._since_turn += 1

    def depth(self, now: int) -> int:
        """How many acceptances still count at `now`."""
        return sum(now <= until for until in self._accepted.values())

    def _refuse_gap(self, made: int) -> None:
        """Where a stored memory refuses what it may have lost."""

    def _write(self, iss: str, sub: str, until: int) -> None:
        """Where a stored memory writes."""

    def _make_room(self, now: int) -> None:
        """Forget what is over, now and then: the cost of a turn is paid by the acceptances since the last."""
        full = len(self._accepted) >= self._capacity
        if full and now <= self._earliest + GRACE:
            raise SetupError(faults.REPLAY_FULL, limit=self._capacity)
        if full or self._since_turn >= self._turn:
            self._forget(now)
            if len(self._accepted) >= self._capacity:
                raise SetupError(faults.REPLAY_FULL, limit=self._capacity)

    def _forget(self, now: int) -> None:
        over = [until for until in self._accepted.values() if until < now - GRACE]
        self._horizon = max([self._horizon, *over])
        self._accepted = {key: until for key, until in self._accepted.items() if until >= now - GRACE}
        self._earliest = min(self._accepted.values(), default=_NEVER)
        self._turn = max(_SMALLEST_TURN, len(self._accepted))
        self._since_turn = 0


class StoredMemory(FreshMemory):
    """The memory of one terminal state in one file, written by one process: the caller holds the lock."""

    def __init__(self, path: Path, *, boot: bytes | None, lock: int | None = None, capacity: int = CAPACITY) -> None:
        """Open or make the file.

        `boot` names this run of the kernel (16 bytes); None where kernels have no names. `lock` is a descriptor that is closed with the memory: what
        keeps other processes out.

        Raises `SetupError`: replay-damaged, state-unreadable, state-unwritable.
        """
        super().__init__(capacity=capacity)
        self._boot = boot or _NO_BOOT
        found = _Contents.read(path)
        self._accepted = found.accepted
        self._horizon = found.horizon
        self._latest = max(found.accepted.values(), default=_NEVER)
        self._gap = found.gap if found.is_complete(self._boot) else _NOT_YET
        """Codes that could have been shown at this time or before are not judged."""
        self._log = _Log(path, patient=boot is None, lock=lock)
        self._start_log()
        self._finish = weakref.finalize(self, self._log.close)

    def close(self) -> None:
        """Leave the file complete and marked so. Also done when the process ends in an orderly way."""
        self._finish()

    def admit(self, iss: str, sub: str, *, now: int, until: int, made: int) -> None:
        """See `ReplayMemory`. Raises `StateError` replayed; `SetupError` replay-clock, replay-cut, replay-full or state-unwritable."""
        if self._gap == _NOT_YET:
            self._gap = max(now, self._latest)  # the clock may have fallen back with the power: what is left says how far it had come
            self._start_log()
        super().admit(iss, sub, now=now, until=until, made=made)

    def _refuse_gap(self, made: int) -> None:
        if made <= self._gap:
            raise SetupError(faults.REPLAY_CUT, before_s=self._gap - made + 1)

    def _write(self, iss: str, sub: str, until: int) -> None:
        self._log.append(_record(iss, sub, until))

    def _forget(self, now: int) -> None:
        super()._forget(now)
        self._start_log()

    def _start_log(self) -> None:
        records = (_record(iss, sub, until) for (iss, sub), until in self._accepted.items())
        self._log.start(b"".join((_sealed(_HEADER, _MAGIC, self._boot, self._horizon, self._gap), *records)))


def stored_depth(path: Path, now: int) -> int:
    """How many acceptances in the file still count at `now`; the file may be in use. Raises `SetupError` as `StoredMemory`."""
    return sum(now <= until for until in _Contents.read(path).accepted.values())


class _Log:
    """The open file. It knows nothing of the memory that it serves, so that it can be closed after it."""

    def __init__(self, path: Path, *, patient: bool, lock: int | None) -> None:
        self._path = path
        self._lock = lock
        self._patient = patient
        self._descriptor: int | None = None
        self._end = 0

    def start(self, content: bytes) -> None:
        """Replace the file."""
        with writing(self._path):
            write_whole(self._path, content)
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
                self.append(_record("", "", 0))
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
class _Contents:
    """What the file holds."""

    boot: bytes = _NO_BOOT
    horizon: int = _NEVER
    gap: int = _NEVER
    accepted: dict[tuple[str, str], int] = field(default_factory=dict)
    whole: bool = True
    """Nothing follows the last good record."""
    closed: bool = True

    def is_complete(self, boot: bytes) -> bool:
        """Whether every acceptance must be in it, if the kernel now runs as `boot`."""
        return self.whole and (self.closed or self.boot in {boot, _NO_BOOT})

    @classmethod
    def read(cls, path: Path) -> _Contents:
        """Read the file; one that is not there yet holds nothing."""
        with reading(path):
            try:
                with path.open("rb") as file:
                    content = file.read(_LARGEST_FILE + 1)
            except FileNotFoundError:
                return cls()
        header = _unsealed(_HEADER, content[: _HEADER.size])
        if header is None or header[0] != _MAGIC or len(content) > _LARGEST_FILE:
            raise SetupError(faults.REPLAY_DAMAGED)
        _, boot, horizon, gap = header
        accepted: dict[tuple[str, str], int] = {}
        at, closed = _HEADER.size, False
        while (record := _unsealed(_RECORD, content[at : at + _RECORD.size])) is not None:
            at += _RECORD.size
            iss, sub, until = record
            closed = not iss.strip(b"\0")
            if not closed:
                accepted[iss.rstrip(b"\0").decode("latin-1"), sub.decode("latin-1")] = until
        return cls(boot=boot, horizon=horizon, gap=gap, accepted=accepted, whole=at == len(content), closed=closed)


def _record(iss: str, sub: str, until: int) -> bytes:
    return _sealed(_RECORD, iss.encode("latin-1"), sub.encode("latin-1"), until)


def _sealed(layout: struct.Struct, *fields: bytes | int) -> bytes:
    packed = layout.pack(*fields, 0)[:-_CHECKSUM]
    return packed + crc32(packed).to_bytes(_CHECKSUM)


def _unsealed(layout: struct.Struct, packed: bytes) -> tuple[Any, ...] | None:
    """The fields, or None for anything but one whole sealed item."""
    if len(packed) != layout.size or crc32(packed[:-_CHECKSUM]).to_bytes(_CHECKSUM) != packed[-_CHECKSUM:]:
        return None
    return layout.unpack(packed)[:-1]
