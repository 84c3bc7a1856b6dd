"""Random walks of a card and its chip: everything that can happen to either, in any order; at the end they agree again.

    python -m tests.mirror.walks --walks 10000 --seed 1 --folder /dev/shm/walks

One walk is a handful of steps drawn from `STEPS`, then quiet. Each step keeps the invariants of `Pair.check`; each walk ends in `Pair.settle`, and the
record's own checker finds nothing bad.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ecard.check import PublicKeys, check_record
from ecard.lifecycle import Command
from ecard.model import seconds
from ecard.store import Store
from tests.ecard.city import CQ, SC, Stream, key, open_city
from tests.mirror.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS_IN_A_WALK = 6
"""On average."""
CHANGES = [Command.REPORT_LOSS, Command.WITHDRAW_LOSS, Command.FREEZE, Command.UNFREEZE]
KEYS = PublicKeys(receipts={region: key(f"{region} receipts").public_key.load() for region in (CQ, SC)})


class Walk:
    """One card and its chip, another card to swap it with, and what was kept of both."""

    def __init__(self, pair: Pair, other: Pair, chance: random.Random) -> None:
        self.chance, self.pair, self.other = chance, pair, other
        self.memory = pair.chip.snapshot()
        self.backup = pair.city.path.with_name("backup.db")
        pair.keep_record(self.backup)
        self.tally: Counter[str] = Counter()

    def step(self) -> None:
        """Do one thing."""
        name = self.chance.choice(list(STEPS))
        said = STEPS[name](self)
        self.tally[f"{name}: {said}"] += 1
        self.pair.check()

    def keep(self) -> str:
        """Remember chip or record as they are, to be put back later."""
        if self.chance.random() < 0.5:
            self.memory = self.pair.chip.snapshot()
            return "chip"
        self.pair.keep_record(self.backup)
        return "record"

    def put_back(self) -> str:
        """Put chip or record back to what was kept."""
        if self.chance.random() < 0.5:
            self.pair.put_chip_back(self.memory)
            return "chip"
        self.pair.put_record_back(self.backup)
        return "record"

    def change(self) -> str:
        """Something happens to the card: it is lost or found, frozen or thawed."""
        before = self.pair.file.dossier.card.revision
        for command in self.chance.sample(CHANGES, len(CHANGES)):
            self.pair.act(command)
            if self.pair.file.dossier.card.revision != before:
                return command.value
        raise AssertionError("nothing can happen to this card")

    def swap(self) -> str:
        """The card is taken out in the middle of a tap and another put in."""
        return str(self.pair.tap(swap=(self.other, self.chance.randrange(1, 9))))


def _tap(**limits: int) -> Callable[[Walk], str]:
    def step(walk: Walk) -> str:
        drawn = {name: walk.chance.randrange(1, limit) for name, limit in limits.items()}
        return str(walk.pair.tap(**drawn))  # type: ignore[arg-type]  # because the names are those of its arguments

    return step


def _carry(walk: Walk) -> str:
    walk.pair.carry(walk.chance.randrange(100))
    return "ok"


STEPS: dict[str, Callable[[Walk], str]] = {
    "tap": _tap(),
    "tap that is torn": _tap(cut_at=24),
    "tap whose answer is lost": _tap(lose_answer=11),
    "change and a torn tap": lambda walk: f"{walk.change()}, {_tap(cut_at=24)(walk)}",
    "change and a lost answer": lambda walk: f"{walk.change()}, {_tap(lose_answer=11)(walk)}",
    "change and an office that does not hear": lambda walk: f"{walk.change()}, {walk.pair.tap(deaf=True)}",
    "change and a swap": lambda walk: f"{walk.change()}, {walk.swap()}",
    "change": lambda walk: walk.change(),
    "tap that the office does not hear of": lambda walk: str(walk.pair.tap(deaf=True)),
    "card swapped in a tap": Walk.swap,
    "old script replayed": lambda walk: walk.pair.replay(walk.chance.randrange(100)),
    "receipt late or again": _carry,
    "blocked without a line": lambda walk: walk.pair.block_offline(),
    "settled by a clerk": lambda walk: walk.pair.act(Command.RECONCILE),
    "something kept": Walk.keep,
    "something put back": Walk.put_back,
}


class Course:
    """Where walks begin: an office with two cards in their holders' hands, made once, copied for each walk."""

    def __init__(self, folder: Path) -> None:
        self._city = open_city(folder / "course.db", seed="course")
        self._pairs = Pair(self._city, 1), Pair(self._city, 2)
        self._city.office.store.close()

    def walk(self, seed: int) -> Counter[str]:
        """One whole walk."""
        chance = random.Random(seed)
        path = self._city.path.with_name("walk.db")
        shutil.copyfile(self._city.path, path)
        city = replace(self._city, path=path, where=path)
        city.office = replace(city.office, store=Store.open(path), entropy=Stream(f"walk {seed}"))
        pair, other = (each.copied(city) for each in self._pairs)
        pair.chip.tzero = chance.random() < 0.2
        going = Walk(pair, other, chance)
        try:
            for _ in range(chance.randrange(2, 2 * STEPS_IN_A_WALK)):
                going.step()
            pair.settle()
            with city.office.store.reading() as work:
                report = check_record(work.connection, KEYS, at=seconds(city.at))
            assert report.bad == 0, report.to_text()
        except AssertionError as failed:
            failed.add_note(f"walk {seed}: {dict(going.tally)}")
            raise
        finally:
            city.office.store.close()
            for left in path.parent.glob("walk.db*"):
                left.unlink()
        return going.tally


def main() -> None:
    """Walk, and say what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--walks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the records lie; in memory if the machine has /dev/shm")
    options = parser.parse_args()
    memory = Path("/dev/shm")
    base = options.folder or (memory if memory.is_dir() else None)
    tally: Counter[str] = Counter()
    since = time.monotonic()
    with tempfile.TemporaryDirectory(dir=base) as folder:
        course = Course(Path(folder))
        for number in range(options.walks):
            tally += course.walk(options.seed * 1_000_000 + number)
            if (number + 1) % 500 == 0:
                print(f"{number + 1} walks, {sum(tally.values())} steps, {time.monotonic() - since:.0f} s", flush=True)
    for name, count in sorted(tally.items()):
        print(f"{count:>8}  {name}")
    print(f"{options.walks} walks, {sum(tally.values())} steps, 0 that did not converge, {time.monotonic() - since:.0f} s")


if __name__ == "__main__":
    main()
