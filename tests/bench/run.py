"""`make bench`: every figure as one JSON line, measured side by side in one run."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench import bounds, chip, decision, status, terminal
from tests.bench.measure import show
from webapp.pack.writer import write_pack


def main() -> None:
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
        ):
            for figure in figures:
                show(figure)


if __name__ == "__main__":
    main()
