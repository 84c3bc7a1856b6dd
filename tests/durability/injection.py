"""Kills, failing calls, short writes and full disks at chosen system calls of a day at the office, and the look afterwards (threats I01, I03, I04)."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.errors import CardError
from ecard import upkeep
from ecard.check import PublicKeys, check_record
from ecard.store import Store
from tests.durability.door import Ending
from tests.durability.script import STATUS, Course, play
from tests.durability.shape import contents_of, shape_of
from tests.durability.zygote import WHEN
from tests.ecard.city import CQ, SC, key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Plan = Mapping[int, Sequence[int]]
    """By step: at which of its calls it is hit."""

ROOT = Path(__file__).parents[2]
CALLS = ("fdatasync", "fsync", "pwrite64")
KINDS: dict[str, tuple[str, str | Ending, str]] = {
    "kill at fdatasync": ("fdatasync", "signal=KILL", f"{WHEN}"),
    "kill at fsync": ("fsync", "signal=KILL", f"{WHEN}"),
    "kill at pwrite64": ("pwrite64", Ending.KILL, ""),
    "kill at pwrite64, by the tracer": ("pwrite64", "signal=KILL", f"{WHEN}"),
    "EIO once at fdatasync": ("fdatasync", "error=EIO", f"{WHEN}"),
    "EIO from then on at fdatasync": ("fdatasync", "error=EIO", f"{WHEN}+"),
    "EIO once at fsync": ("fsync", "error=EIO", f"{WHEN}"),
    "EIO from then on at fsync": ("fsync", "error=EIO", f"{WHEN}+"),
    "EIO once at pwrite64": ("pwrite64", Ending.EIO_ONCE, ""),
    "EIO from then on at pwrite64": ("pwrite64", Ending.EIO_ON, ""),
    "ENOSPC once at pwrite64": ("pwrite64", Ending.ENOSPC_ONCE, ""),
    "ENOSPC from then on at pwrite64": ("pwrite64", Ending.ENOSPC_ON, ""),
    "ENOSPC from then on at pwrite64, by the tracer": ("pwrite64", "error=ENOSPC", f"{WHEN}+"),
    "EINTR once at pwrite64": ("pwrite64", Ending.EINTR_ONCE, ""),
    "EINTR once at fdatasync": ("fdatasync", "error=EINTR", f"{WHEN}"),
    "seven bytes only at pwrite64": ("pwrite64", Ending.SHORT, ""),
}
"""What is done to which system call, and when: by SQLite's own door where it has one, and by a tracer at every sync and at some writes."""
KEYS = PublicKeys(
    receipts={region: key(f"{region} receipts").public_key.load() for region in (CQ, SC)},
    status={region: signer.public_key.load() for region, signer in STATUS.items()},
    audit=key("audit").public_key.load(),
)


@dataclass(frozen=True)
class Ground:
    """What every campaign begins with: an empty record, and how an undisturbed day goes on it."""

    start: Path
    course: Course
    calls: Mapping[int, Mapping[str, int]]
    """By step: how many calls of each kind it makes, from opening the record."""

    @property
    def links(self) -> list[int]:
        """Steps before which the undisturbed day must go on in a new process, lest it be hit itself."""
        found, made = [], Counter[str]()
        for number, counts in sorted(self.calls.items()):
            made.update(counts)
            if max(made.values()) >= WHEN // 2:
                found.append(number)
                made = Counter(counts)
        return found

    def points(self, kind: str) -> list[tuple[int, int]]:
        """Every place where a fault of this kind can strike: a step, and the number of its call."""
        call = KINDS[kind][0]
        return [(number, point) for number, counts in sorted(self.calls.items()) for point in range(1, counts[call] + 1)]


def fast_folder() -> Path:
    """A new folder in memory where there is one: what is tested is the order of calls, and no disk."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="ecard-durability-", dir=memory if os.access(memory, os.W_OK) else None))


def survey(folder: Path) -> Ground:
    """Look over the ground: an empty record, an undisturbed day, and the calls of each of its steps."""
    start = folder / "template.db"
    Store.create(start).close()
    with closing(sqlite3.connect(start)) as hand:
        hand.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    home = folder / "undisturbed"
    home.mkdir()
    shutil.copy(start, home / "record.db")
    acks = os.open(home / "acks", os.O_CREAT | os.O_WRONLY, 0o600)
    course = play(home / "record.db", acks)
    os.close(acks)
    return Ground(start, course, _count(start, len(course.steps), folder / "counted"))


def _count(start: Path, steps: int, folder: Path) -> dict[int, dict[str, int]]:
    """How many calls of each kind each step makes when nothing hits it."""
    _prepare(start, folder)
    log = folder / "calls"
    plan = {number: [0] for number in range(steps)}
    trace(
        ["--seccomp-bpf", "-o", str(log), "-e", f"trace={','.join(CALLS)}"],
        "tests.durability.zygote",
        str(folder),
        "pwrite64",
        json.dumps(plan),
        "[]",
    )
    made: Counter[tuple[str, str]] = Counter()
    for line in log.read_text("ascii", "replace").splitlines():
        pid, _, said = line.partition(" ")
        made[pid, said.strip().partition("(")[0]] += 1
    pids = {number: (folder / f"{number:03}-0000" / "pid").read_text("ascii") for number in plan}
    shutil.rmtree(folder)
    return {number: {call: made[pid, call] for call in CALLS} for number, pid in pids.items()}


def _prepare(start: Path, folder: Path) -> None:
    (folder / "day").mkdir(parents=True)
    shutil.copy(start, folder / "day" / "record.db")


def trace(options: Sequence[str], module: str, *arguments: str) -> None:
    """Run a module under the tracer; without options of its own, by itself."""
    tracer = ["strace", "-f", "-qq", *options] if options else []
    command = [*tracer, sys.executable, "-m", module, *arguments]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=3600, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})  # noqa: TID251 - because the child is this test run


def campaign(kind: str, plan: Plan, ground: Ground, folder: Path) -> Counter[str]:
    """Play a step for every point at which a call of it is hit. What was found: tries, acknowledged, whole, killed, crashed, lost, half."""
    call, fault, when = KINDS[kind]
    _prepare(ground.start, folder)
    options = []
    if not isinstance(fault, Ending):
        faster = [] if fault.startswith("signal") else ["--seccomp-bpf"]  # with its filter the tracer delivers no signal at entry
        options = [*faster, "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={when}"]
    chosen = {str(number): list(points) for number, points in plan.items()}
    trace(options, "tests.durability.zygote", str(folder), fault if isinstance(fault, Ending) else call, json.dumps(chosen), json.dumps(ground.links))
    found: Counter[str] = Counter(tries=0, lost=0, half=0, crashed=0)
    for number, points in plan.items():
        for point in points:
            played = folder / f"{number:03}-{point:04}"
            found.update(_judge(played, number, ground.course))
            if (played / "again").exists():
                found.update(_judge_again(played, number, ground.course))
            found["met"] += (played / "met").exists()
    return found


def _judge(played: Path, number: int, course: Course) -> Counter[str]:
    """What became of one step that was hit."""
    lines = [json.loads(line) for line in (played / "acks").read_text("ascii").splitlines()]
    promises = [line for line in lines if isinstance(line, dict)]
    status = int((played / "status").read_text("ascii"))
    ends = Counter(tries=1, acknowledged=len(promises), whole="whole" in lines, killed=os.WIFSIGNALED(status))
    ends["crashed"] = (os.WIFEXITED(status) and status != 0) or (played / "crash").exists()
    begun = number if course.steps[number].loose else number + 1
    return ends + look(played / "record.db", promises, course, begun=begun)


def _judge_again(played: Path, number: int, course: Course) -> Counter[str]:
    """What became of the request when its client sent it once more to what a killed process left."""
    lines = [json.loads(line) for line in (played / "again" / "acks").read_text("ascii").splitlines()]
    promises = [line for line in lines if isinstance(line, dict)]
    ends = Counter(resent=1, answered=len(promises), anew="to be begun anew" in lines, crashed=(played / "crash again").exists())
    return ends + look(played / "again" / "record.db", promises, course, begun=number)


@dataclass(frozen=True)
class _Sight:
    """What can be seen of the rows of a record, wherever they are kept."""

    events: Mapping[tuple[str, int], str]
    ready: frozenset[str]
    shape: str
    bad: int
    """What the independent checker finds wrong with it."""

    @classmethod
    def of(cls, path: Path) -> _Sight | None:
        """Look at a record thoroughly; None when the record's own look finds it broken."""
        try:
            upkeep.verify(path)
        except CardError:
            return None
        with closing(sqlite3.connect(path)) as hand:
            events = {(card, seq): link.hex() for card, seq, link in hand.execute("SELECT card, seq, hash FROM card_event")}
            ready = frozenset(digest.hex() for (digest,) in hand.execute("SELECT digest FROM credential WHERE digest IS NOT NULL"))
            now = hand.execute("SELECT coalesce(max(at), 0) FROM card_event").fetchone()[0]
            shape = shape_of(hand)
        store = Store.open(path)
        try:
            with store.reading() as work:
                return cls(events, ready, shape, check_record(work.connection, KEYS, at=now).bad)
        finally:
            store.close()


_SIGHTS: dict[bytes, _Sight | None] = {}
"""By contents: most tries end with the very rows with which another one ended, and those are looked at once."""


def _sound(connection: sqlite3.Connection) -> bool:
    """Whether every page of this file is whole, and every reference leads somewhere."""
    try:
        pages = connection.execute("PRAGMA integrity_check").fetchall()
        return pages == [("ok",)] and not connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError:
        return False


def look(path: Path, promises: Sequence[dict[str, Any]], course: Course, *, begun: int) -> Counter[str]:
    """Open the record again: is all of it there that was promised, and is it as it was at one moment of an undisturbed day, and nothing half there?

    After a step whose broken work waits for a later time there is no such moment; the record's own checker looks at all the same.
    """
    with closing(sqlite3.connect(path)) as hand:
        contents = contents_of(hand) if _sound(hand) else None
    if contents is not None and contents not in _SIGHTS:
        _SIGHTS[contents] = _Sight.of(path)
    sight = contents and _SIGHTS[contents]
    if not sight:
        return Counter(half=1, lost=len(promises))
    lost = 0
    for promise in promises:
        kept = all(sight.events.get((card, seq)) == link for card, (seq, link) in promise["cards"].items())
        lost += not (kept and sight.ready >= set(promise["credentials"]))
    if begun < len(course.steps) and course.steps[begun].loose:
        return Counter(lost=lost, half=int(sight.bad > 0))
    places = course.places(sight.shape, begun=begun)
    overdue = course.after(max((promise["number"] for promise in promises), default=-1))
    lost = max(lost, int(bool(places) and places[-1] < overdue))
    return Counter(lost=lost, half=int(not places or sight.bad > 0))
