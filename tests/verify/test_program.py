"""The program as whoever starts it finds it: streams that were closed, names that are no text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.verify.city import AT, Gate
from verify.__main__ import main
from verify.cli import NOBODY_READS


def program(*arguments: str | bytes | Path, closed: int | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run it with one of its three standard streams closed."""
    options: dict[str, Any] = {} if closed is None else {"preexec_fn": lambda: os.close(closed)}
    return subprocess.run([sys.executable, "-m", "verify", *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False, **options)


@pytest.mark.parametrize("closed", [0, 2])
def test_a_closed_input_is_an_empty_one_and_a_closed_error_stream_disturbs_nobody(gate: Gate, closed: int) -> None:
    assert json.loads(program("health", "--state", gate.path, closed=closed).stdout)["terminal"] == "T-0001"
    assert program("scan", "--state", gate.path, "--at", AT, closed=closed).returncode == 0


def test_nothing_is_judged_for_nobody(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    before = gate.snapshot()
    assert program("scan", "--state", gate.path, closed=1).returncode == NOBODY_READS
    assert gate.snapshot() == before
    monkeypatch.setattr(sys, "stdout", None)
    assert main() == NOBODY_READS


def test_a_full_disk_under_the_answers_leaves_no_trace_of_python(gate: Gate) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "verify", "health", "--state", gate.path],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, json.loads(done.stderr)["code"]) == (3, "answers-unwritable")


def test_a_name_that_is_no_text_is_told_all_the_same(tmp_path: Path) -> None:
    done = program("init", "--state", tmp_path / "gate", "--root", os.fsencode(tmp_path) + b"/\xff", "--scene", "metro", "--terminal", "T-1")
    assert (done.returncode, json.loads(done.stderr)["code"]) == (2, "import-unreadable")
