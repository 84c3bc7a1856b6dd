"""Plays the day many times in forked children, under a tracer that makes the three thousandth call of a kind fail in each of them.

The tracer counts the calls of every process from one. A child that is to be hit at its k-th real call makes 3000 - k calls that touch nothing first.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from pathlib import Path

from tests.durability.script import play

WHEN = 3000
DEADLINE = 120


def burn(call: str, times: int, folder: Path) -> None:
    descriptor = os.open(folder / "burnt", os.O_CREAT | os.O_RDWR, 0o600)
    for _ in range(times):
        if call == "fdatasync":
            os.fdatasync(descriptor)
        else:
            os.pwrite(descriptor, b"x", 0)
    os.close(descriptor)


def child(folder: Path, call: str, point: int) -> None:
    acks = os.open(folder / "acks", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    burn(call, WHEN - point, folder)
    whole = play(folder / "record.db", acks)
    os.write(acks, b'"whole"\n' if whole else b'"gave up"\n')
    os._exit(0)


def main() -> None:
    template, into, call = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    for point in json.loads(sys.argv[4]):
        folder = into / f"{call}-{point}"
        folder.mkdir()
        shutil.copy(template, folder / "record.db")
        pid = os.fork()
        if pid == 0:
            try:
                child(folder, call, point)
            except BaseException:  # noqa: BLE001 - because whatever it was belongs into the report of this child
                (folder / "crash").write_text(traceback.format_exc(), "utf-8")
                os._exit(9)
        _, status = os.waitpid(pid, 0)
        (folder / "status").write_text(str(status), "ascii")


if __name__ == "__main__":
    main()
