"""Power cuts, replayed: what was written and not synced is lost, or kept in part, in any order and torn in the middle (threat I02).

A day is played once under a tracer that notes every byte. Then it is replayed: a file has what was live when it was last synced, and a list of writes since.
At any moment the power may go: the disk then holds the synced bytes, with some of the later writes, in some order, some of them torn at 512 bytes, and
perhaps without names that nobody synced the folder for. Everything that was promised before that moment must be there.
"""

from __future__ import annotations

import ast
import json
import os
import random
import re
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.durability.injection import look, trace
from tests.durability.script import play, weaken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.durability.injection import Ground

SECTOR = 512
CALLS = "openat,close,pwrite64,write,fsync,fdatasync,ftruncate,unlink"
_CALL = re.compile(r"^\d+\s+(\w+)\((.*)\)\s+= (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass
class Disk:
    """One file: what a power cut cannot take, and what it can."""

    durable: bytes = b""
    named: bool = False
    """Whether its name in the folder is durable."""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Writes since the last sync: (offset, bytes), or (size, None) for a cut to a size."""

    def sync(self) -> None:
        self.durable = apply(self.durable, self.pending)
        self.pending.clear()


def apply(content: bytes, writes: Sequence[tuple[int, bytes | None]]) -> bytes:
    """The content after some writes."""
    data = bytearray(content)
    for offset, written in writes:
        if written is None:
            del data[offset:]
            data.extend(bytes(max(0, offset - len(data))))
        else:
            data.extend(bytes(max(0, offset - len(data))))
            data[offset : offset + len(written)] = written
    return bytes(data)


def record(start: Path, folder: Path, synchronous: str) -> Path:
    """Play a day under the tracer; the trace."""
    folder.mkdir()
    shutil.copy(start, folder / "record.db")
    log = folder / "trace"
    trace(["-xx", "-s", "200000", "-o", str(log), "-e", f"trace={CALLS}"], "tests.durability.powerloss", str(folder), synchronous)
    return log


def moments(log: Path, start: Path, folder: Path) -> Iterator[tuple[dict[str, Disk], list[dict[str, Any]]]]:
    """The disk and the promises so far, before every call that changes one of the two. What is given out is live: use it before the next."""
    record_path, acks_path = str(folder / "record.db"), str(folder / "acks")
    disks = {record_path: Disk(durable=start.read_bytes(), named=True)}
    names: dict[int, str] = {}
    promises: list[dict[str, Any]] = []
    for line in log.read_text("ascii", "replace").splitlines():
        found = _CALL.match(line)
        if found is None or int(found[3]) < 0:
            continue
        call, arguments, result = found[1], found[2], int(found[3])
        texts = [ast.literal_eval(f'b"{text}"') for text in _TEXT.findall(arguments)]
        if call == "openat":
            names[result] = texts[0].decode()
            if names[result].startswith(record_path) and "O_CREAT" in arguments and not names[result].endswith("-shm"):
                disks.setdefault(names[result], Disk())
            continue
        if call == "unlink":
            disks.pop(texts[0].decode(), None)
            continue
        name = names.get(int(arguments.split(",")[0]), "")
        if call == "close":
            names.pop(int(arguments.split(",")[0]), None)
        elif name == acks_path and call == "write":
            said = json.loads(texts[0])
            if isinstance(said, dict):
                promises.append(said)
                yield disks, promises
        elif name == str(folder) and call in {"fsync", "fdatasync"}:
            for disk in disks.values():
                disk.named = True
        elif name in disks:
            if call in {"fsync", "fdatasync"}:
                yield disks, promises
                disks[name].sync()
            elif call == "pwrite64":
                disks[name].pending.append((int(arguments.rsplit(",", 1)[1]), texts[0]))
            elif call == "ftruncate":
                disks[name].pending.append((int(arguments.split(",")[1]), None))


def cut(disk: Disk, chance: random.Random, *, worst: bool) -> bytes | None:
    """What is left of a file when the power goes now; None when its name is gone too. `worst`: nothing that was not synced."""
    if worst:
        return disk.durable if disk.named else None
    if not disk.named and chance.random() < 0.5:
        return None
    kept = [write for write in disk.pending if chance.random() < 0.5]
    chance.shuffle(kept)
    return apply(disk.durable, [_torn(write, chance) for write in kept])


def _torn(write: tuple[int, bytes | None], chance: random.Random) -> tuple[int, bytes | None]:
    offset, data = write
    if data is None or len(data) <= SECTOR or chance.random() < 0.7:
        return write
    first = chance.randrange(0, len(data) // SECTOR) * SECTOR
    last = chance.randrange(first + SECTOR, len(data) + SECTOR, SECTOR)
    return offset + first, data[first:last]


def replay(log: Path, ground: Ground, folder: Path, into: Path, *, variants: int, every: int = 1, seed: int = 1) -> Counter[str]:
    """Cut the power at every `every`-th moment: once with the worst outcome and `variants` times with some outcome; what was found."""
    chance = random.Random(seed)
    found: Counter[str] = Counter(moments=0, cuts=0, lost=0, half=0)
    for number, (disks, promises) in enumerate(moments(log, ground.start, folder)):
        found["promises"] = len(promises)
        if number % every:
            continue
        found["moments"] += 1
        for variant in range(variants + 1):
            into.mkdir()
            for name, disk in disks.items():
                left = cut(disk, chance, worst=variant == 0)
                if left is not None:
                    (into / Path(name).name).write_bytes(left)
            found["cuts"] += 1
            seen = look(into / "record.db", promises[-1:], ground.course, begun=len(ground.course.steps))
            found.update({key: bool(value) for key, value in seen.items()})
            shutil.rmtree(into)
    return found


if __name__ == "__main__":
    place = Path(sys.argv[1])
    weaken(sys.argv[2])
    play(place / "record.db", os.open(place / "acks", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600))
