"""The whole of it, as `make durability`: every write and every sync of a day at the office, hit in every way; then a thousand power cuts and more.

Prints one JSON object a line, and ends with 1 when anything that was promised is gone or anything is half there.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.durability.injection import KINDS, campaign, count_calls, fast_folder, template
from tests.durability.powerloss import record, replay

if TYPE_CHECKING:
    from pathlib import Path

PART = 40
"""Days of one tracer."""


def injected(start: Path, folder: Path, calls: dict[str, int], *, stride: int, workers: int) -> bool:
    """Every kind of fault at every call of its kind, or at every `stride`-th write."""
    good = True
    with ThreadPoolExecutor(workers) as pool:
        for kind, (call, _, _) in KINDS.items():
            began = time.perf_counter()
            points = range(1, calls[call] + 1, stride if call == "pwrite64" else 1)
            parts = [points[at : at + PART] for at in range(0, len(points), PART)]
            name = kind.replace(" ", "-")

            def part(numbered: tuple[int, range], kind: str = kind, name: str = name) -> Counter[str]:
                number, chosen = numbered
                into = folder / f"{name}-{number}"
                found = campaign(kind, chosen, start, into)
                shutil.rmtree(into)
                return found

            total: Counter[str] = Counter(lost=0, half=0, crashed=0)
            for found in pool.map(part, enumerate(parts)):
                total.update(found)
            print(json.dumps({"fault": kind, "calls": calls[call], **total, "seconds": round(time.perf_counter() - began, 1)}), flush=True)
            good = good and not (total["lost"] or total["half"] or total["crashed"])
    return good


def cuts(start: Path, folder: Path, *, synchronous: str, variants: int) -> Counter[str]:
    """Power cuts at every moment of one day."""
    began = time.perf_counter()
    home = folder / f"power-{synchronous}"
    found = replay(record(start, home, synchronous), start, home, folder / "cut", variants=variants)
    shutil.rmtree(home)
    print(json.dumps({"power cuts, synchronous": synchronous, **found, "seconds": round(time.perf_counter() - began, 1)}), flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=1, help="hit every n-th write only (every sync is always hit)")
    parser.add_argument("--variants", type=int, default=24, help="outcomes of a power cut at each moment, besides the worst")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    folder = fast_folder()
    try:
        start = template(folder)
        good = injected(start, folder, count_calls(start, folder / "counted"), stride=chosen.stride, workers=chosen.workers)
        full = cuts(start, folder, synchronous="FULL", variants=chosen.variants)
        normal = cuts(start, folder, synchronous="NORMAL", variants=0)
        seen = normal["lost"] > 0
        print(json.dumps({"good": good and not (full["lost"] or full["half"]), "would have been seen": seen}), flush=True)
        return 0 if good and seen and not (full["lost"] or full["half"]) else 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
