"""What this gate group has accepted lately: bounded, quick, and still there after a crash (FORMATS section 2, step 12).

An acceptance is remembered in memory and written to a file as one record of 34 bytes with its checksum, in one call and without waiting for the disk: a
microsecond or two. It counts in two ways. Through its own time (the passback interval) it refuses every code of its credential. For as long as it is
remembered at all it refuses codes that are not newer than the accepted one: signed rules may lengthen a window, and another scene may be chosen, but a
phone never makes two codes of one credential with one time, so no rules can make the same code pass twice.

One number stands in for what is not remembered any more, the gap: a code made at it or before is not judged (`replay-cut`). What each kind of trouble can
take away, and what it does to the gap:

* Time passes. What is over is forgotten, and the gap rises to the newest code forgotten. Under the rules it was accepted by, such a code had expired
  before; under longer ones it is too old for this memory. No bound on anybody's windows is needed.
* The process dies: nothing is lost. The kernel has every record.
* The clock goes back: nothing. A record counts until its own time has passed; what was forgotten because its time had passed is covered by the horizon,
  the latest time so forgotten: a clock at or below it is refused (`replay-clock`), never believed.
* The power goes: the last records, perhaps. The file names the kernel's boot; found under another boot and not closed cleanly, it may be incomplete. Then
  the gap rises to the newest code that could have been shown before the cut: as far beyond the time of the cut as codes were allowed to run ahead. The
  first code that gets this far after the cut gives that time its upper bound: it has passed every other check, so the clock it was judged by is good
  enough to judge codes by. Starting the memory does not do, because a terminal without a battery starts with a clock that is long past.
* The file is cut short, overwritten or gone: as with power. A terminal is given an empty file when it is made, and every file has its full length from
  its start, so that no cut leaves something whole. A torn record is no passage. An older copy in its place cannot be told: guard the directory.
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
from typing import TYPE_CHECKING, Any, NamedTuple
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

_MAGIC = b"SCRM\x02"
_HEADER = struct.Struct(">5s16sqqqqI")
_RECORD = struct.Struct(">6s8sqqI")
_CHECKSUM = 4
_LARGEST_FILE = 4 * CAPACITY * _RECORD.size
_NO_BOOT = bytes(16)
_NEVER = -1
_NOT_YET = (1 << 62) - 1


class _Passage(NamedTuple):
    """One acceptance: through when it refuses every code of its credential, and when the accepted code was made."""

    until: int
    iat: int


_NOBODY = _Passage(_NEVER, _NEVER)


class FreshMemory:
    """A `ReplayMemory` that lives and dies with its owner: what a conformance run uses, and the inner half of the stored one."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._accepted: dict[tuple[str, str], _Passage] = {}
        self._horizon = _NEVER
        self._gap = _NEVER
        """Codes made at this time or before are not judged: they may have been accepted by what is not remembered any more."""
        self._capacity = capacity
        self._since_turn = 0
        self._turn = _SMALLEST_TURN
        self._earliest = _NEVER

    def admit(self, iss: str, sub: str, *, iat: int, now: int, until: int, future: int) -> None:
        """See `ReplayMemory`. Raises `StateError` replayed; `SetupError` replay-clock, replay-cut or replay-full."""
        self._prepare(now, future)
        remembered = self._accepted.get((iss, sub), _NOBODY)
        if now <= remembered.until or iat <= remembered.iat:
            raise StateError(faults.REPLAYED, again_in_s=max(0, remembered.until - now + 1))
        if now <= self._horizon:
            raise SetupError(faults.REPLAY_CLOCK, behind_s=self._horizon - now + 1)
        if iat <= self._gap:
            raise SetupError(faults.REPLAY_CUT, before_s=self._gap - iat + 1)
        self._make_room(now)
        passage = _Passage(until, iat)
        self._write(iss, sub, passage)
        self._accepted[iss, sub] = passage
        self._since_turn += 1

    def depth(self, now: int) -> int:
        """How many acceptances still count at `now`."""
        return sum(now <= passage.until for passage in self._accepted.values())

    def _prepare(self, now: int, future: int) -> None:
        """Where a stored memory learns by which clock and how far ahead codes are judged."""

    def _write(self, iss: str, sub: str, passage: _Passage) -> None:
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
        over = [passage for passage in self._accepted.values() if passage.until < now - GRACE]
        self._horizon = max([self._horizon, *(passage.until for passage in over)])
        self._gap = max([self._gap, *(passage.iat for passage in over)])
        self._accepted = {key: passage for key, passage in self._accepted.items() if passage.until >= now - GRACE}
        self._earliest = min((passage.until for passage in self._accepted.values()), default=_NEVER)
        self._turn = max(_SMALLEST_TURN, len(self._accepted))
        self._since_turn = 0


class StoredMemory(FreshMemory):
    """The memory of one terminal state in one file, written by one process: the caller holds the lock."""

    def __init__(self, path: Path, *, boot: bytes | None, future: int = 0, lock: int | None = None, capacity: int = CAPACITY) -> None:
        """Open the file. One that is not there has been lost.

        `boot` names this run of the kernel (16 bytes); None where kernels have no names. `future` is how many seconds codes are expected to run ahead,
        so that the first need not wait for the disk. `lock` is a descriptor that is closed with the memory: what keeps other processes out.

        Raises `SetupError`: replay-damaged, state-unreadable, state-unwritable.
        """
        super().__init__(capacity=capacity)
        self._boot = boot or _NO_BOOT
        found = _Contents.read(path)
        self._accepted = found.accepted
        self._horizon = found.horizon
        self._latest = max([_NEVER if found.gap == _NOT_YET else found.gap, *(passage.until for passage in found.accepted.values())])
        is_complete = found.is_complete(self._boot)
        self._gap = found.gap if is_complete else _NOT_YET
        self._reach = future if is_complete else found.reach
        """Seconds by which the codes that may be lost could run ahead of the clock."""
        self._turn = max(_SMALLEST_TURN, len(self._accepted))
        self._log = _Log(path, patient=boot is None, lock=lock)
        self._start_log()
        self._finish = weakref.finalize(self, self._log.close)

    def close(self) -> None:
        """Leave the file complete and marked so. Also done when the process ends in an orderly way."""
        self._finish()

    def _prepare(self, now: int, future: int) -> None:
        if self._gap == _NOT_YET:
            # The clock may have fallen back with the power: what is left says how far it had come.
            self._gap, self._reach = max(now, self._latest) + max(self._reach, future), future
            self._start_log()
        elif future > self._reach:  # before the first acceptance that could be lost under it
            self._reach = future
            self._start_log()

    def _write(self, iss: str, sub: str, passage: _Passage) -> None:
        self._log.append(_record(iss, sub, passage))

    def _forget(self, now: int) -> None:
        super()._forget(now)
        self._start_log()

    def _start_log(self) -> None:
        records = b"".join(_record(iss, sub, passage) for (iss, sub), passage in self._accepted.items())
        slots = len(self._accepted) + self._turn + 1
        self._log.start(_sealed(_HEADER, _MAGIC, self._boot, self._horizon, self._gap, self._reach, slots) + records, slots)


def empty_file(path: Path) -> None:
    """Give a terminal that has accepted nobody yet its file. Raises `SetupError` state-unwritable."""
    log = _Log(path, patient=True)
    log.start(_sealed(_HEADER, _MAGIC, _NO_BOOT, _NEVER, _NEVER, 0, 1), 1)
    log.close()


def stored_depth(path: Path, now: int) -> int:
    """How many acceptances in the file still count at `now`; the file may be in use. Raises `SetupError` as `StoredMemory`."""
    return sum(now <= passage.until for passage in _Contents.read(path).accepted.values())


class _Log:
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
            write_whole(self._path, content.ljust(_HEADER.size + slots * _RECORD.size, b"\0"))
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
                self.append(_record("", "", _NOBODY))
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
    reach: int = 0
    accepted: dict[tuple[str, str], _Passage] = field(default_factory=dict)
    whole: bool = False
    """The file has its full length, and nothing follows the last good record but room for more."""
    closed: bool = False

    def is_complete(self, boot: bytes) -> bool:
        """Whether every acceptance must be in it, if the kernel now runs as `boot`."""
        return self.whole and (self.closed or self.boot in {boot, _NO_BOOT})

    @classmethod
    def read(cls, path: Path) -> _Contents:
        """Read the file; one that is not there holds nothing, and is not whole."""
        with reading(path):
            try:
                with path.open("rb") as file:
                    content = file.read(_LARGEST_FILE + 1)
            except FileNotFoundError:
                return cls()
        header = _unsealed(_HEADER, content[: _HEADER.size])
        if header is None or header[0] != _MAGIC or len(content) > _LARGEST_FILE:
            raise SetupError(faults.REPLAY_DAMAGED)
        _, boot, horizon, gap, reach, slots = header
        accepted: dict[tuple[str, str], _Passage] = {}
        at, closed = _HEADER.size, False
        while (record := _unsealed(_RECORD, content[at : at + _RECORD.size])) is not None:
            at += _RECORD.size
            iss, sub, until, iat = record
            closed = not iss.strip(b"\0")
            if not closed:
                accepted[iss.rstrip(b"\0").decode("latin-1"), sub.decode("latin-1")] = _Passage(until, iat)
        whole = len(content) >= _HEADER.size + slots * _RECORD.size and not content[at:].strip(b"\0")
        return cls(boot=boot, horizon=horizon, gap=gap, reach=reach, accepted=accepted, whole=whole, closed=closed)


def _record(iss: str, sub: str, passage: _Passage) -> bytes:
    return _sealed(_RECORD, iss.encode("latin-1"), sub.encode("latin-1"), *passage)


def _sealed(layout: struct.Struct, *fields: bytes | int) -> bytes:
    packed = layout.pack(*fields, 0)[:-_CHECKSUM]
    return packed + crc32(packed).to_bytes(_CHECKSUM)


def _unsealed(layout: struct.Struct, packed: bytes) -> tuple[Any, ...] | None:
    """The fields, or None for anything but one whole sealed item."""
    if len(packed) != layout.size or crc32(packed[:-_CHECKSUM]).to_bytes(_CHECKSUM) != packed[-_CHECKSUM:]:
        return None
    return layout.unpack(packed)[:-1]
