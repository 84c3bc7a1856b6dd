"""A terminal as a program: how long it takes to be ready, how many lines a second it judges, how much memory it holds."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from tests.bench.measure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RUNS = 7
_SCAN_AND_TELL = """
import re, sys
from pathlib import Path
from verify.__main__ import main
status = main()
sys.stderr.write(re.search(r"VmHWM:\\s*([0-9]+)", Path("/proc/self/status").read_text())[1])
sys.exit(status)
"""
"""The program, saying at its end how much memory it held at most: what the system tells of a finished child counts its parent's memory in."""


def figures(pack: Path, texts: Sequence[str]) -> Iterator[Figure]:
    """`terminal.start_ms`, `terminal.line_us` and `terminal.memory_mib`, over whole processes of `ecard-terminal scan`."""
    at = (pack / "now.txt").read_text().strip()
    one, many, memory = [], [], []
    for _ in range(_RUNS):
        one.append(_scan(pack, at, texts[:1])[0])
        taken, held = _scan(pack, at, texts)
        many.append(taken)
        memory.append(held)
    start, whole = statistics.median(one), statistics.median(many)
    yield Figure(name="terminal.start_ms", value=start * 1e3, unit="ms")
    yield Figure(name="terminal.line_us", value=(whole - start) / (len(texts) - 1) * 1e6, unit="us")
    yield Figure(name="terminal.memory_mib", value=statistics.median(memory), unit="MiB")


def _scan(pack: Path, at: str, texts: Sequence[str]) -> tuple[float, float]:
    """Seconds and peak MiB of one process that judges `texts`."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as lines:
        state = shutil.copytree(pack / "terminal" / "metro", Path(folder) / "metro")
        lines.write("".join(text + "\n" for text in texts).encode())
        lines.seek(0)
        start = perf_counter()
        command = [sys.executable, "-c", _SCAN_AND_TELL, "scan", "--state", str(state), "--at", at]
        told = subprocess.run(command, stdin=lines, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True).stderr
        taken = perf_counter() - start
    return taken, int(told) / 1024
