"""`make bench`: every figure as one JSON line, measured side by side in one run. `--record` measures the record alone, at the size that `--cards` names."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench import bounds, chain_store, chip, decision, feed, link, page, phone_page, propagation, publishing, status, strangers, terminal
from tests.bench.measure import show
from tests.bench.record import sizes
from webapp.pack.writer import write_pack


def main() -> None:
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("--record", action="store_true", help="the record alone")
    reads.add_argument("--cards", type=int, default=100_000, help="cards of the larger record; 1000000 and 10000000 are for `make bench-record`")
    reads.add_argument("--rounds", type=int, default=30, help="how often each command is measured")
    asked = reads.parse_args()
    if not asked.record:
        everything_else()
    for figure in sizes.figures(asked.cards, rounds=asked.rounds):
        show(figure)


def everything_else() -> None:
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / "pack"
        write_pack(pack, seed=1)
        crowd = decision.Crowd(pack)
        for figures in (
            decision.figures(pack, crowd),
            bounds.figures(pack, crowd.at),
            terminal.figures(pack, crowd.texts),
            chip.figures(),
            status.figures(),
            publishing.figures(),
            chain_store.figures(),
            feed.figures(),
            link.figures(),
            propagation.figures(),
            page.figures(),
            phone_page.figures(),
            strangers.figures(),
        ):
            for figure in figures:
                show(figure)


if __name__ == "__main__":
    main()
