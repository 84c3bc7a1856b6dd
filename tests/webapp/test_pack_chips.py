"""The chip cases of a pack: a terminal set up from it gives exactly the answers that stand in them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from codes.errors import SetupError
from verify.terminal import Terminal
from webapp.pack.chips import read_chip_cases
from webapp.pack.writer import write_pack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack") / "pack"
    write_pack(folder, seed=3)
    return folder


@pytest.mark.threat("E01")
def test_a_terminal_answers_every_chip_as_its_case_says(pack: Path) -> None:
    terminals = {scene: Terminal(pack / "terminal" / scene, read_only=True) for scene in ("hospital", "hall", "metro")}
    wrong = []
    for case in read_chip_cases(pack):
        said = (
            terminals[case.scene]
            .judge_chip(case.credential, case.answer, challenge=case.challenge, at=datetime.fromtimestamp(case.at, UTC))
            .to_json()
        )
        found = {member: said[member] for member in ("verdict", "reason", "step")}
        wanted = {member: value for member, value in case.expect.to_json().items() if member != "notes"}
        if found != wanted:
            wrong.append((case.name, found, wanted))
    assert wrong == []


def test_the_cases_meet_every_step_that_a_chip_can_end_at_and_the_manifest_counts_them(pack: Path) -> None:
    cases = read_chip_cases(pack)
    steps = Counter(case.expect.step for case in cases)
    assert set(steps) == {None, 1, 2, 3, 4, 5, 6, 7, 10}
    assert json.loads((pack / "manifest.json").read_bytes())["chips"] == len(cases) >= 35
    assert all((case.expect.step is None) == (not case.name.endswith(("_fail", "_inconclusive"))) for case in cases)


@pytest.mark.error("pack-unreadable")
def test_a_chip_case_that_is_broken_is_named(tmp_path: Path) -> None:
    (tmp_path / "chips").mkdir()
    (tmp_path / "chips" / "x.json").write_text('{"scene": "hall"}')
    with pytest.raises(SetupError, match="pack-unreadable"):
        read_chip_cases(tmp_path)
