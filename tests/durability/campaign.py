"""The whole of it, as `make durability`: every write and every sync of a day at the office, hit in every way; then some thousand power cuts.

Syncs are hit by a tracer, writes through SQLite's own door, and some writes by a tracer as well. A process is killed at every write; of what fails or is cut short
it is every `--stride`-th write, which is some of every step. It begins with a few writes spread over the day and goes on with those between them. What is done is kept in a journal, so
that it can be stopped at any time and goes on where it was. Prints one JSON object a line, and ends with 1 when anything promised is gone or half there.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.durability.door import Ending
from tests.durability.injection import KINDS, ROOT, Ground, campaign, fast_folder, survey
from tests.durability.powerloss import record, replay

if TYPE_CHECKING:
    from collections.abc import Iterator

    Part = tuple[str, int, int, dict[int, list[int]]]
    """Kind of fault, stride, number, and the calls that are hit."""

COARSEST = 64
PART = 640
"""Points of one tracer."""
JOURNAL = ROOT / ".reports" / "durability.jsonl"


class Journal:
    """What has been done on this very day of the script; another day begins anew."""

    def __init__(self, path: Path, ground: Ground) -> None:
        self.path = path
        self.day = ground.course.shapes[-1] + f"-{sum(counts['pwrite64'] for counts in ground.calls.values())}"
        path.parent.mkdir(exist_ok=True)
        path.touch()
        found = [json.loads(line) for line in path.read_text("ascii").splitlines()]
        self.lines: list[dict[str, Any]] = [line for line in found if line["day"] == self.day]
        self.done = {line["part"] for line in self.lines}

    def note(self, part: str, **what: Any) -> None:
        line = {"day": self.day, "part": part, **what}
        self.lines.append(line)
        self.done.add(part)
        with self.path.open("a", encoding="ascii") as file:
            file.write(json.dumps(line) + "\n")


def stride_of(kind: str, stride: int) -> int:
    """How many calls lie from one that is hit to the next: every sync is hit, and by a tracer only some writes."""
    call, fault, _ = KINDS[kind]
    if call != "pwrite64" or fault is Ending.KILL:
        return 1
    return stride if isinstance(fault, Ending) else COARSEST


def parts(ground: Ground, stride: int) -> Iterator[Part]:
    """Everything to be done for every write, or every `stride`-th, coarse before fine, kills before all else; no call twice."""
    kills = [kind for kind in KINDS if kind.startswith("kill")]
    for kinds, last in ((kills, 1), ([kind for kind in KINDS if kind not in kills], stride)):
        step = COARSEST
        while step >= last:
            for kind in kinds:
                chosen = ground.points(kind)
                if step == COARSEST:
                    chosen = chosen[:: step if KINDS[kind][0] == "pwrite64" else 1]
                else:
                    chosen = [point for at, point in enumerate(chosen) if isinstance(KINDS[kind][1], Ending) and at % step == 0 and at % (2 * step)]
                for number, begin in enumerate(range(0, len(chosen), PART)):
                    plan: dict[int, list[int]] = defaultdict(list)
                    for where, point in chosen[begin : begin + PART]:
                        plan[where].append(point)
                    yield kind, step, number, dict(plan)
            step //= 2


def injected(ground: Ground, folder: Path, journal: Journal, *, stride: int, workers: int) -> bool:
    """Every kind of fault at every `stride`-th write and at every sync; whether all was well."""

    def run(part: Part) -> None:
        kind, step, number, plan = part
        by = "door" if isinstance(KINDS[kind][1], Ending) else "tracer"
        name = f"{kind.replace(' ', '-')}-{by}-{step}-{number}"
        if name in journal.done:
            return
        began = time.perf_counter()
        found = campaign(kind, plan, ground, folder / name)
        shutil.rmtree(folder / name)
        journal.note(name, fault=kind, stride=step, seconds=round(time.perf_counter() - began, 1), found=dict(found))

    pool = ThreadPoolExecutor(workers)
    try:
        for _ in pool.map(run, parts(ground, stride)):
            pass
    finally:
        pool.shutdown(cancel_futures=True)  # whoever stops it waits for the parts that are under way, and for no others
    return tell(journal, ground, stride)


def tell(journal: Journal, ground: Ground, stride: int) -> bool:
    """One line for each kind of fault; whether nothing was found."""
    good = True
    for kind in KINDS:
        total: Counter[str] = Counter(lost=0, half=0, crashed=0)
        lines = [line for line in journal.lines if line.get("fault") == kind]
        for line in lines:
            total.update(line["found"])
        of = {"fault": kind, "stride": stride_of(kind, stride), "calls": len(ground.points(kind))}
        print(json.dumps({**of, **total, "seconds": round(sum(line["seconds"] for line in lines))}), flush=True)
        good = good and not (total["lost"] or total["half"] or total["crashed"]) and was_hit(kind, total)
    return good


def was_hit(kind: str, total: Counter[str]) -> bool:
    """Whether every try was one: a fault that never came would find nothing either. A short write has to be longer than what it takes."""
    ending = KINDS[kind][1]
    met = not isinstance(ending, Ending) or total["met"] == total["tries"] or (ending is Ending.SHORT and total["met"] > 0)
    return met and (not kind.startswith("kill") or total["killed"] == total["tries"])


def cuts(ground: Ground, folder: Path, *, synchronous: str, variants: int) -> Counter[str]:
    """Power cuts at every moment of one day."""
    began = time.perf_counter()
    home = folder / f"power-{synchronous}"
    found = replay(record(ground.start, home, synchronous), ground, home, folder / "cut", variants=variants)
    shutil.rmtree(home)
    print(json.dumps({"power cuts, synchronous": synchronous, **found, "seconds": round(time.perf_counter() - began, 1)}), flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    strides = [1 << power for power in range(COARSEST.bit_length())]
    parser.add_argument(
        "--stride", type=int, choices=strides, default=8, help="let every n-th write fail (a kill comes to every write, and everything to every sync)"
    )
    parser.add_argument("--variants", type=int, default=24, help="outcomes of a power cut at each moment, besides the worst")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--journal", type=Path, default=JOURNAL, help="what has been done; delete it to begin anew")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = fast_folder()
    try:
        ground = survey(folder)
        journal = Journal(chosen.journal, ground)
        good = injected(ground, folder, journal, stride=chosen.stride, workers=chosen.workers)
        full = cuts(ground, folder, synchronous="FULL", variants=chosen.variants)
        normal = cuts(ground, folder, synchronous="NORMAL", variants=0)
        seen = normal["lost"] > 0
        good = good and not (full["lost"] or full["half"])
        print(json.dumps({"good": good, "would have been seen": seen}), flush=True)
        return 0 if good and seen else 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
