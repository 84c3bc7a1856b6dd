"""The demonstration on a reader of the real stack, and how it says which it runs on."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from codes.errors import SetupError
from physical import faults
from physical.vpcd_service import missing
from tests.physical.real.conftest import IN_CI
from webapp.demo import slot

if TYPE_CHECKING:
    from pathlib import Path


def steps(root: Path) -> dict[str, list[dict[str, Any]]]:
    page = json.loads((root / "account.json").read_text("utf-8"))
    assert page["deviations"] == []
    return {act["name"]: [step["facts"] for step in act["steps"]] for act in page["acts"]}


@pytest.mark.real_reader
def test_the_walk_runs_on_the_virtual_reader_and_says_so(tmp_path: Path) -> None:
    if missing() is not None and not IN_CI:
        pytest.skip(f"there is no virtual reader without {missing()} (make deps)")
    root = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from webapp.cli import main; sys.exit(main())", "demo", "--once", "--dir", str(root)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
    assert "指令经由真实的 pcscd 传递" in done.stdout.decode()
    found = steps(root)
    assert found["make"][0] == {"slot": "virtual-reader"}
    assert found["activate"][1] == {"seq": 1, "state": "active"}
    assert found["chip"][0] == {"before": 1, "after": 2, "state": "suspended"}
    assert found["found"][1] == {"seq": 3, "state": "active"}


def test_without_a_reader_it_runs_in_process_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot, "missing", lambda: "/usr/sbin/pcscd")
    with ExitStack() as closing:
        chosen = slot.best_slot(closing)
    assert (chosen.kind, "pcscd" in chosen.says.zh) == ("in-process", True)


def test_a_reader_that_does_not_start_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __enter__(self) -> None:
            raise SetupError(faults.VIRTUAL_READER)

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(slot, "missing", lambda: None)
    monkeypatch.setattr(slot, "VirtualReaders", Broken)
    with ExitStack() as closing:
        assert slot.best_slot(closing).kind == "in-process"
