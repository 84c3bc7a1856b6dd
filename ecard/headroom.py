"""Room on the disk of a record that is a file: looked at before every transaction that writes, so that a disk that fills up stops the writing and no more.

    plenty      work as usual
    low         work as usual, and `ecard tick` and `ecard db space` sound the alarm
    read-only   nothing is written any more; looking, checking and verifying go on

Beside the record lies a reserve, a file of nothing. When even opening the record fails for want of room, the reserve is given up, so that people can still
look and whoever has to make room can work; until it has been laid in again, nothing is written. All of it is about SQLite: a PostgreSQL server keeps its own.
"""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.errors import SetupError
from ecard import faults
from ecard.folder import SECRET, sync_folder

if TYPE_CHECKING:
    from pathlib import Path

KIB, MIB = 1 << 10, 1 << 20
RESERVE = 8 * MIB
"""Bytes that are laid in: enough to open the record, to fold its log back and to delete something."""
FLOOR = 8 * MIB
"""Below this many free bytes nothing is written."""
LOW_WATER = 512 * MIB
"""Below this many free bytes somebody has to be told."""


class Room(enum.StrEnum):
    """How much there is."""

    PLENTY = "plenty"
    LOW = "low"
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """What was found: free bytes, whether the reserve is there, and what follows from both."""

    free: int
    reserve: bool
    room: Room


def reserve_of(record: Path) -> Path:
    """Where a record's reserve lies."""
    return record.with_name(f"{record.name}.reserve")


def look(record: Path) -> Headroom:
    """How much room a record has. Raises `SetupError` store-unavailable when its folder is not there."""
    try:
        found = os.statvfs(record.parent)
    except OSError as problem:
        raise SetupError(faults.STORE_UNAVAILABLE, problem=type(problem).__name__) from None
    free, laid_in = found.f_bavail * found.f_frsize, _laid_in(record)
    enough = Room.LOW if free < LOW_WATER else Room.PLENTY
    return Headroom(free=free, reserve=bool(laid_in), room=Room.READ_ONLY if free < FLOOR or laid_in == 0 else enough)


def demand(record: Path) -> None:
    """Return if there is room to write. Raises `SetupError` record-read-only."""
    found = look(record)
    if found.room is Room.READ_ONLY:
        why = "disk" if found.free < FLOOR else "reserve"
        raise SetupError(
            faults.RECORD_READ_ONLY, short=why, free_kib=found.free // KIB, needed_kib=(FLOOR if why == "disk" else RESERVE + FLOOR) // KIB
        )


def lay_in(record: Path) -> None:
    """Lay the reserve in, or lay it in again where it was given up. Whole: no change. Raises `SetupError` disk-full when there is no room for it."""
    path = reserve_of(record)
    if _laid_in(record) == RESERVE:
        return
    free = look(record).free
    if free < RESERVE + FLOOR:
        raise SetupError(faults.DISK_FULL, free_kib=free // KIB, needed_kib=(RESERVE + FLOOR) // KIB)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, SECRET)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(path.parent)
    except OSError as problem:
        raise SetupError(faults.DISK_FULL, needed_kib=RESERVE // KIB, problem=type(problem).__name__) from None


def lay_in_again(record: Path) -> None:
    """Lay in what was given up, if there is room for it by now; nothing where there is none, or where no reserve was ever made."""
    if _laid_in(record) == 0 and look(record).free >= RESERVE + FLOOR:
        lay_in(record)


def give_up(record: Path) -> bool:
    """Give the reserve back to the disk; whether there was one, and the disk had need of it."""
    if not _laid_in(record) or look(record).free >= FLOOR:
        return False
    os.truncate(reserve_of(record), 0)
    return True


def _laid_in(record: Path) -> int | None:
    """Bytes of the reserve; 0 once it was given up, None where none was ever made."""
    try:
        return reserve_of(record).stat().st_size
    except FileNotFoundError:
        return None
