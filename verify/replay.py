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

import weakref
from typing import TYPE_CHECKING

from codes.errors import SetupError, StateError
from verify import faults
from verify.replay_file import CAPACITY, HEADER, MAGIC, NEVER, NO_BOOT, NOBODY, NOT_YET, Contents, Log, Passage, record_of, sealed

if TYPE_CHECKING:
    from pathlib import Path

GRACE = 60
"""Seconds for which an acceptance is kept beyond its time, so that a small step back of the clock finds it."""
_SMALLEST_TURN = 1024
"""Acceptances after which the past is looked through, at the earliest."""


class FreshMemory:
    """A `ReplayMemory` that lives and dies with its owner: what a conformance run uses, and the inner half of the stored one."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._accepted: dict[tuple[str, str], Passage] = {}
        self._horizon = NEVER
        self._gap = NEVER
        """Codes made at this time or before are not judged: they may have been accepted by what is not remembered any more."""
        self._capacity = capacity
        self._since_turn = 0
        self._turn = _SMALLEST_TURN
        self._earliest = NEVER

    def admit(self, iss: str, sub: str, *, iat: int, now: int, until: int, future: int) -> None:
        """See `ReplayMemory`. Raises `StateError` replayed; `SetupError` replay-clock, replay-cut or replay-full."""
        self._prepare(now, future)
        remembered = self._accepted.get((iss, sub), NOBODY)
        if now <= remembered.until or iat <= remembered.iat:
            raise StateError(faults.REPLAYED, again_in_s=max(0, remembered.until - now + 1))
        if now <= self._horizon:
            raise SetupError(faults.REPLAY_CLOCK, behind_s=self._horizon - now + 1)
        if iat <= self._gap:
            raise SetupError(faults.REPLAY_CUT, before_s=self._gap - iat + 1)
        self._make_room(now)
        self._keep(iss, sub, Passage(until, iat))

    def learn(self, iss: str, sub: str, *, iat: int, now: int, until: int) -> bool:
        """Remember what a neighbour of this gate group has accepted; False if it would not have been accepted here.

        Raises `SetupError`: replay-full, state-unwritable.
        """
        remembered = self._accepted.get((iss, sub), NOBODY)
        passage = Passage(max(until, remembered.until), max(iat, remembered.iat))
        if passage != remembered:
            self._make_room(now)
            self._keep(iss, sub, passage)
        return now > remembered.until and iat > remembered.iat

    def release(self, iss: str, sub: str, *, iat: int) -> bool:
        """Forget the acceptance of the code made at `iat`, whose passage did not happen; False if it is not what is remembered.

        Raises `SetupError` state-unwritable.
        """
        remembered = self._accepted.get((iss, sub), NOBODY)
        if remembered == NOBODY or remembered.iat != iat:
            return False
        self._keep(iss, sub, NOBODY)
        self._earliest = NEVER  # there is something to forget
        return True

    def depth(self, now: int) -> int:
        """How many acceptances still count at `now`."""
        return sum(now <= passage.until for passage in self._accepted.values())

    def _keep(self, iss: str, sub: str, passage: Passage) -> None:
        self._write(iss, sub, passage)
        self._accepted[iss, sub] = passage
        self._since_turn += 1

    def _prepare(self, now: int, future: int) -> None:
        """Where a stored memory learns by which clock and how far ahead codes are judged."""

    def _write(self, iss: str, sub: str, passage: Passage) -> None:
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
        self._earliest = min((passage.until for passage in self._accepted.values()), default=NEVER)
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
        self._boot = boot or NO_BOOT
        found = Contents.read(path)
        self._accepted = found.accepted
        self._horizon = found.horizon
        self._latest = max([NEVER if found.gap == NOT_YET else found.gap, *(passage.until for passage in found.accepted.values())])
        is_complete = found.is_complete(self._boot)
        self._gap = found.gap if is_complete else NOT_YET
        self._reach = future if is_complete else found.reach
        """Seconds by which the codes that may be lost could run ahead of the clock."""
        self._turn = max(_SMALLEST_TURN, len(self._accepted))
        self._log = Log(path, patient=boot is None, lock=lock)
        self._start_log()
        self._finish = weakref.finalize(self, self._log.close)

    def close(self) -> None:
        """Leave the file complete and marked so. Also done when the process ends in an orderly way."""
        self._finish()

    def _prepare(self, now: int, future: int) -> None:
        if self._gap == NOT_YET:
            # The clock may have fallen back with the power: what is left says how far it had come.
            self._gap, self._reach = max(now, self._latest) + max(self._reach, future), future
            self._start_log()
        elif future > self._reach:  # before the first acceptance that could be lost under it
            self._reach = future
            self._start_log()

    def _write(self, iss: str, sub: str, passage: Passage) -> None:
        self._log.append(record_of(iss, sub, passage))

    def _forget(self, now: int) -> None:
        super()._forget(now)
        self._start_log()

    def _start_log(self) -> None:
        records = b"".join(record_of(iss, sub, passage) for (iss, sub), passage in self._accepted.items())
        slots = len(self._accepted) + self._turn + 1
        self._log.start(sealed(HEADER, MAGIC, self._boot, self._horizon, self._gap, self._reach, slots) + records, slots)


def empty_file(path: Path) -> None:
    """Give a terminal that has accepted nobody yet its file. Raises `SetupError` state-unwritable."""
    log = Log(path, patient=True)
    log.start(sealed(HEADER, MAGIC, NO_BOOT, NEVER, NEVER, 0, 1), 1)
    log.close()


def stored_depth(path: Path, now: int) -> int:
    """How many acceptances in the file still count at `now`; the file may be in use. Raises `SetupError` as `StoredMemory`."""
    return sum(now <= passage.until for passage in Contents.read(path).accepted.values())
