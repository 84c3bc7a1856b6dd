"""The short form of `make durability`: a few calls of every kind, a few dozen power cuts, and the proof that the test can fail."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.durability.injection import KINDS, campaign, count_calls, fast_folder, template
from tests.durability.powerloss import record, replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IN_CI = os.environ.get("CI") == "true"  # noqa: TID251 - because the test run is told by its surroundings, the product never is
POINTS = 3


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    if shutil.which("strace") is None:
        if IN_CI:
            pytest.fail("strace is missing (make deps)", pytrace=False)
        pytest.skip("strace is missing (make deps)")
    made = fast_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def start(folder: Path) -> Path:
    return template(folder)


@pytest.fixture(scope="module")
def calls(folder: Path, start: Path) -> dict[str, int]:
    return count_calls(start, folder / "counted")


@pytest.mark.threat("I01")
@pytest.mark.threat("I03")
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_acknowledged_survives_and_nothing_is_half_done(kind: str, folder: Path, start: Path, calls: dict[str, int]) -> None:
    count = calls[KINDS[kind][0]]
    assert count > 20
    points = [1 + round(step * 0.9 * count / (POINTS - 1)) for step in range(POINTS)]
    found = campaign(kind, points, start, folder / kind.replace(" ", "-"))
    assert (found["lost"], found["half"], found["crashed"]) == (0, 0, 0)
    assert found["days"] == len(points)
    if kind.startswith("kill"):
        assert found["killed"] == len(points)
    assert found["acknowledged"] > 0


@pytest.mark.threat("I02")
def test_a_power_cut_takes_nothing_that_was_acknowledged(folder: Path, start: Path) -> None:
    home = folder / "power"
    found = replay(record(start, home, "FULL"), start, home, folder / "cut", variants=1, every=5)
    assert (found["lost"], found["half"]) == (0, 0)
    assert found["promises"] == 19
    assert found["cuts"] >= 20


@pytest.mark.threat("I02")
def test_with_a_weaker_setting_the_same_test_finds_the_loss(folder: Path, start: Path) -> None:
    home = folder / "weak"
    assert replay(record(start, home, "NORMAL"), start, home, folder / "cut weak", variants=0, every=8)["lost"] > 0
