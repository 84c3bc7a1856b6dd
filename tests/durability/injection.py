"""Kills, I/O errors and full disks at chosen system calls of a day at the office, and the look afterwards (threats I01, I03, I04)."""

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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.errors import CardError
from ecard import upkeep
from ecard.store import Store
from tests.durability.script import play
from tests.durability.zygote import WHEN

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
KINDS = {
    "kill at fdatasync": ("fdatasync", "signal=KILL", f"{WHEN}"),
    "kill at pwrite64": ("pwrite64", "signal=KILL", f"{WHEN}"),
    "EIO once at fdatasync": ("fdatasync", "error=EIO", f"{WHEN}"),
    "EIO from then on at fdatasync": ("fdatasync", "error=EIO", f"{WHEN}+"),
    "EIO once at pwrite64": ("pwrite64", "error=EIO", f"{WHEN}"),
    "ENOSPC once at pwrite64": ("pwrite64", "error=ENOSPC", f"{WHEN}"),
    "ENOSPC from then on at pwrite64": ("pwrite64", "error=ENOSPC", f"{WHEN}+"),
}
"""What is done to which system call, and when."""


def fast_folder() -> Path:
    """A new folder in memory where there is one: what is tested is the order of calls, and no disk."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="ecard-durability-", dir=memory if os.access(memory, os.W_OK) else None))


def template(folder: Path) -> Path:
    """A record with its tables and nothing in it."""
    path = folder / "template.db"
    Store.create(path).close()
    with closing(sqlite3.connect(path)) as hand:
        hand.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def count_calls(start: Path, folder: Path) -> dict[str, int]:
    """How many calls of each kind one undisturbed day makes."""
    folder.mkdir()
    shutil.copy(start, folder / "record.db")
    log = folder / "calls"
    trace(["-o", str(log), "-e", "trace=fdatasync,pwrite64"], "tests.durability.injection", str(folder))
    calls = Counter(line.split("(")[0].split()[-1] for line in log.read_text("ascii", "replace").splitlines() if "(" in line)
    return {"fdatasync": calls["fdatasync"], "pwrite64": calls["pwrite64"]}


def trace(options: Sequence[str], module: str, *arguments: str) -> None:
    command = ["strace", "-f", "-qq", *options, sys.executable, "-m", module, *arguments]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=1800, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})  # noqa: TID251 - because the child is this test run


def campaign(kind: str, points: Sequence[int], start: Path, folder: Path) -> Counter[str]:
    """Play a day for every point at which the call is hit; what was found: days, acknowledged steps, lost, half, whole days."""
    call, fault, when = KINDS[kind]
    folder.mkdir()
    inject = f"inject={call}:{fault}:when={when}"
    faster = [] if fault.startswith("signal") else ["--seccomp-bpf"]  # with its filter the tracer delivers no signal at entry
    trace(
        [*faster, "-o", "/dev/null", "-e", f"trace={call}", "-e", inject],
        "tests.durability.zygote",
        str(start),
        str(folder),
        call,
        json.dumps(list(points)),
    )
    found: Counter[str] = Counter()
    for point in points:
        played = folder / f"{call}-{point}"
        lines = [json.loads(line) for line in (played / "acks").read_text("ascii").splitlines()]
        promises = [line for line in lines if isinstance(line, dict)]
        status = int((played / "status").read_text("ascii"))
        found += Counter(
            days=1, acknowledged=len(promises), whole="whole" in lines, killed=os.WIFSIGNALED(status), crashed=os.WIFEXITED(status) and status != 0
        )
        found += look(played / "record.db", promises)
    return found


def look(path: Path, promises: Sequence[dict[str, Any]]) -> Counter[str]:
    """Open the record again: is all of it there that was promised, and is nothing half there?"""
    lost = 0
    try:
        contents = upkeep.verify(path)
    except CardError:
        return Counter(half=1, lost=len(promises))
    half = contents.rows["holder"] != contents.rows["card"] or contents.rows["vault_key"] != contents.rows["holder"]
    half |= contents.rows["vault_field"] != 3 * contents.rows["holder"]
    with closing(sqlite3.connect(path)) as hand:
        events = {(card, seq): after.hex() for card, seq, after in hand.execute("SELECT card, seq, after FROM card_event")}
        revisions = dict(hand.execute("SELECT ref, revision FROM card").fetchall())
        ready = {digest.hex() for (digest,) in hand.execute("SELECT digest FROM credential WHERE digest IS NOT NULL")}
        loose = hand.execute("SELECT count(*) FROM request WHERE answer IS NULL AND command NOT IN ('personalise', 'renew_credentials')").fetchone()[
            0
        ]
    for promise in promises:
        kept = all(revisions.get(card, 0) >= seq and events.get((card, seq)) == digest for card, (seq, digest) in promise["cards"].items())
        lost += not (kept and ready >= set(promise["credentials"]))
    return Counter(lost=lost, half=int(half or loose > 0))


if __name__ == "__main__":
    if not play(Path(sys.argv[1]) / "record.db", os.open(os.devnull, os.O_WRONLY)):
        sys.exit("the undisturbed day did not end")
