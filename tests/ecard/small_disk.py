"""A day on a disk of 48 MiB that fills up. Run in a mount namespace of its own (`unshare`), where the disk can be made; tells what it saw as one JSON object."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from codes.errors import CardError
from ecard import headroom, upkeep
from ecard.store import Store
from tests.ecard.city import open_city

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ecard.city import City

SIZE = 48


def fill(disk: Path, *, leave: int) -> Path:
    """Take all room but `leave` bytes."""
    filler = disk / "filler"
    room = os.statvfs(disk)
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    taken = filler.stat().st_size
    os.posix_fallocate(descriptor, 0, taken + room.f_bavail * room.f_frsize - leave)
    with suppress(OSError):
        while not leave:  # what the disk had kept back for itself
            os.pwrite(descriptor, b"x" * 4096, os.fstat(descriptor).st_size)
    os.close(descriptor)
    return filler


def said(act: Callable[[], object]) -> str:
    """`ok`, or the code of the refusal."""
    try:
        act()
    except CardError as error:
        return error.code
    return "ok"


def reopened(city: City, path: Path) -> str:
    """The record opened anew, with nobody else at it."""
    city.office.store.close()

    def again() -> None:
        city.office = replace(city.office, store=Store.open(path))

    return said(again)


def rooms(path: Path) -> list[object]:
    found = headroom.look(path)
    return [found.room.value, found.reserve]


def day(disk: Path) -> dict[str, object]:
    path = disk / "record.db"
    city = open_city(path)
    headroom.lay_in(path)
    card = city.apply(1)
    ref = card.card.ref
    seen: dict[str, object] = {"at first": rooms(path)}

    filler = fill(disk, leave=headroom.FLOOR - 4096)
    seen["nearly full"] = rooms(path)
    seen["write when nearly full"] = said(lambda: city.apply(2))
    seen["show when nearly full"] = said(lambda: city.office.events(ref))
    seen["verify when nearly full"] = said(lambda: upkeep.verify(path))

    floor, headroom.FLOOR = headroom.FLOOR, 0  # as if something had taken the room after the look and before the write
    fill(disk, leave=0)
    seen["write when full"] = said(lambda: city.apply(2))
    seen["show when full"] = said(lambda: city.office.events(ref))
    headroom.FLOOR = floor

    filler.unlink()
    city.office.store.close()  # folds the log back, and leaves the record alone on a disk that fills up again
    fill(disk, leave=0)
    seen["open when full"] = reopened(city, path)
    seen["reserve given up"] = rooms(path)
    seen["show on the reserve"] = said(lambda: city.office.events(ref))
    seen["verify on the reserve"] = said(lambda: upkeep.verify(path))
    seen["lay in when full"] = said(lambda: headroom.lay_in(path))

    filler.unlink()
    seen["write without reserve"] = said(lambda: city.apply(2))
    headroom.lay_in_again(path)
    seen["room again"] = rooms(path)
    seen["write again"] = said(lambda: city.apply(2))
    with city.office.store.reading() as work:
        seen["people"] = work.connection.exec_driver_sql("SELECT count(*) FROM holder").scalar_one()
    city.office.store.close()
    return seen


def main() -> None:
    disk = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", disk], check=True)
    print(json.dumps(day(disk)))


if __name__ == "__main__":
    main()
