"""Plays the day once, and before each chosen step forks children that play that step on copies of the record, each hit at another of its system calls.

The tracer counts the calls of every process from one, and hits the WHEN-th of its kind. A child that is to be hit at its k-th call makes WHEN - k calls
that touch nothing first. Writes of SQLite are hit without a tracer as well (`tests.durability.door`). The undisturbed day goes on in a new process every few steps, so that none of them ever makes as many.

Beside a child that was killed, another opens a copy of what it left and sends the same request again, as its client would.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import json
import os
import shutil
import sys
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from codes.errors import SetupError
from ecard import database
from ecard.store import Store
from tests.durability import door
from tests.durability.day import FAILURES, Day
from tests.durability.script import act, hurry, open_day, steps
from tests.ecard.city import Stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tests.durability.day import Chapter, Step

WHEN = 700
"""More calls of a kind than any one step makes."""


@dataclass
class Walk:
    """Where the undisturbed day is kept, which call is hit, and at which points of which steps."""

    into: Path
    call: str
    """Which call a tracer hits, or how a write through the door ends."""
    plan: dict[int, list[int]]
    links: frozenset[int]
    """Steps that begin in a new process."""

    def folder(self, number: int, point: int) -> Path:
        return self.into / f"{number:03}-{point:04}"


@dataclass(frozen=True)
class Moment:
    """Where the day is: before a step."""

    day: Day
    chapter: Chapter
    number: int
    step: Step
    promised: bytes
    """What was promised last."""


def burn(call: str, times: int, folder: Path) -> None:
    descriptor = os.open(folder / "burnt", os.O_CREAT | os.O_RDWR, 0o600)
    touch: dict[str, Callable[[int], object]] = {"fdatasync": os.fdatasync, "fsync": os.fsync, "pwrite64": lambda file: os.pwrite(file, b"x", 0)}
    for _ in range(times):
        touch[call](descriptor)
    os.close(descriptor)


def copied(source: Path, target: Path) -> None:
    """The files of a record at rest."""
    target.mkdir()
    for end in ("", "-wal"):
        if (source / f"record.db{end}").exists():
            shutil.copy(source / f"record.db{end}", target / f"record.db{end}")


def moved_to(day: Day, path: Path) -> bool:
    """Let the office go on with another record, without touching the connections of the process before; whether it opened."""
    before = day.city.office.store._engine
    before.dispose(close=False)
    for _ in range(FAILURES):
        try:
            engine = database.open_engine(path)
        except SetupError:
            continue
        hurry(engine)
        engine.dialect, engine._compiled_cache = (
            before.dialect,
            before._compiled_cache,
        )  # what was put into words once is not put again in every child
        day.city.path = path
        day.city.office = replace(day.city.office, store=Store(engine))
        return True
    return False


def child(walk: Walk, now: Moment, point: int) -> None:
    """Play one step that is hit at its call `point`, and the step after it if this one was answered all the same."""
    folder, step = walk.folder(now.number, point), now.step
    acks = os.open(folder / "acks", os.O_WRONLY | os.O_APPEND)
    if walk.call in list(door.Ending):
        door.hit(door.Ending(walk.call), point, folder / "met")
    elif point:
        burn(walk.call, WHEN - point, folder)
    done = moved_to(now.day, folder / "record.db")
    if done:
        done, answer = act(now.day, now.number, step, acks)
    if done and point and not step.loose:
        try:
            following = now.chapter.send(answer)
        except StopIteration:
            following = None
        done = following is None or act(now.day, now.number + 1, following, acks)[0]
    os.write(acks, b'"whole"\n' if done else b'"gave up"\n')


def again(walk: Walk, now: Moment, point: int) -> None:
    """Send the request again to what a killed child left."""
    folder = walk.folder(now.number, point)
    copied(folder, folder / "again")
    acks = os.open(folder / "again" / "acks", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    chance = now.day.city.office.entropy
    assert isinstance(chance, Stream)
    chance._state = hashlib.sha256(b"another process" + chance._state).digest()
    opened = moved_to(now.day, folder / "again" / "record.db")
    assert opened
    done, _ = act(now.day, now.number, now.step, acks)
    if not done:
        os.write(acks, b'"to be begun anew"\n')


def forked(report: Path) -> int | None:
    """None in a new process, whose failure is written into `report`; in the old one, how the new one ended."""
    pid = os.fork()
    if pid == 0:
        sys.excepthook = functools.partial(tell, report)
        return None
    return os.waitpid(pid, 0)[1]


def tell(report: Path, kind: type[BaseException], failure: BaseException, trail: TracebackType | None) -> None:
    """Write down how a process failed, and end it."""
    report.write_text("".join(traceback.format_exception(kind, failure, trail)), "utf-8")
    os._exit(9)


def hit(walk: Walk, now: Moment) -> None:
    """Every child of one step."""
    for point in walk.plan.get(now.number, ()):
        folder = walk.folder(now.number, point)
        copied(now.day.city.path.parent, folder)
        (folder / "acks").write_bytes(now.promised)
        status = forked(folder / "crash")
        if status is None:
            (folder / "pid").write_text(str(os.getpid()), "ascii")
            child(walk, now, point)
            os._exit(0)
        (folder / "status").write_text(str(status), "ascii")
        if os.WIFSIGNALED(status) and forked(folder / "crash again") is None:
            again(walk, now, point)
            os._exit(0)


def main() -> None:
    into, call = Path(sys.argv[1]), sys.argv[2]
    walk = Walk(into, call, {int(number): points for number, points in json.loads(sys.argv[3]).items()}, frozenset(json.loads(sys.argv[4])))
    home = into / "day" / "record.db"
    day = open_day(home)
    gc.freeze()
    chapter, number, step = steps(day), 0, None
    acks = os.open(into / "acks", os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
    promised, answer = b"", None
    while number <= max(walk.plan):
        try:
            step = chapter.send(answer) if step else next(chapter)
        except StopIteration:
            break
        hit(walk, Moment(day, chapter, number, step, promised))
        good, answer = act(day, number, step, acks)
        assert good, step.name
        promised = (into / "acks").read_bytes().splitlines(keepends=True)[-1]
        number += 1
        if number in walk.links:
            status = forked(into / "crash")
            if status is not None:
                os._exit(0 if status == 0 else 9)
            opened = moved_to(day, home)
            assert opened


if __name__ == "__main__":
    main()
