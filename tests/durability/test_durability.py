"""The short form of `make durability`: a few calls of every kind, a few dozen power cuts, and the proof that the test can fail."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ecard.lifecycle import Command
from tests.durability.door import Ending
from tests.durability.injection import KINDS, campaign, fast_folder, look, survey
from tests.durability.powerloss import record, replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.durability.injection import Ground

IN_CI = os.environ.get("CI") == "true"  # noqa: TID251 - because the test run is told by its surroundings, the product never is
POINTS = 3
ISSUING = {Command.PERSONALISE, Command.RENEW}
"""What takes two transactions: broken off between them, it is begun anew."""


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
def ground(folder: Path) -> Ground:
    return survey(folder)


def test_every_command_of_the_table_is_in_the_day_that_is_hit(folder: Path, ground: Ground) -> None:
    assert {command for step in ground.course.steps for command in step.commands} == set(Command)
    with closing(sqlite3.connect(folder / "undisturbed" / "record.db")) as hand:
        left = {command for (command,) in hand.execute("SELECT DISTINCT command FROM card_event")}
        profiles = {profile for (profile,) in hand.execute("SELECT DISTINCT profile FROM credential WHERE state = 'ready'")}
    assert left == set(Command) - {Command.RENEW}  # a renewal is a row and no event
    assert len(profiles) == 3
    assert len(set(ground.course.shapes)) == len(ground.course.shapes) > len(ground.course.steps)


def spread(kind: str, ground: Ground) -> dict[int, list[int]]:
    """A few points of one kind: each kind has a stretch of the day of its own, so that all of them together see all of it."""
    chosen, place = ground.points(kind), list(KINDS).index(kind)
    begin = len(chosen) * place // len(KINDS)
    width = max(POINTS, len(chosen) // len(KINDS))
    plan: dict[int, list[int]] = {}
    for number, point in chosen[begin : begin + width : max(1, width // POINTS)][:POINTS]:
        plan.setdefault(number, []).append(point)
    return plan


@pytest.mark.threat("I01")
@pytest.mark.threat("I03")
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_acknowledged_survives_and_nothing_is_half_done(kind: str, folder: Path, ground: Ground) -> None:
    plan = spread(kind, ground)
    found = campaign(kind, plan, ground, folder / kind.replace(" ", "-"))
    assert (found["lost"], found["half"], found["crashed"]) == (0, 0, 0)
    assert found["tries"] == POINTS
    if kind.startswith("kill"):
        assert found["killed"] == found["resent"] == found["answered"] + found["anew"] == POINTS
    if " once " in kind or kind.startswith("seven"):
        assert found["whole"] >= POINTS - sum(len(points) for number, points in plan.items() if ISSUING & set(ground.course.steps[number].commands))
    if kind.startswith("seven"):
        assert found["met"] > 0
    elif isinstance(KINDS[kind][1], Ending):
        assert found["met"] == POINTS


def test_the_look_tells_a_whole_record_from_one_that_lost_or_halved_something(folder: Path, ground: Ground) -> None:
    course, last = ground.course, len(ground.course.steps) - 1
    promise = {"number": last, "step": "the last", "cards": {}, "credentials": []}
    whole, damaged = folder / "undisturbed" / "record.db", folder / "damaged.db"
    assert look(whole, [promise], course, begun=last + 1) == {"lost": 0, "half": 0}
    assert look(whole, [{**promise, "credentials": ["ff"]}], course, begun=last + 1)["lost"] == 1
    assert look(ground.start, [promise], course, begun=last + 1)["lost"] == 1
    assert look(ground.start, [], course, begun=0) == {"lost": 0, "half": 0}
    for harm in ("DELETE FROM outbox WHERE rowid = 1", "DELETE FROM request WHERE rowid = 1", "DELETE FROM reader"):
        shutil.copy(whole, damaged)
        with closing(sqlite3.connect(damaged, isolation_level=None)) as hand:
            hand.execute(harm)
        assert look(damaged, [], course, begun=last + 1)["half"] == 1, harm


@pytest.mark.threat("I02")
def test_a_power_cut_takes_nothing_that_was_acknowledged(folder: Path, ground: Ground) -> None:
    home = folder / "power"
    found = replay(record(ground.start, home, "FULL"), ground, home, folder / "cut", variants=1, every=25)
    assert (found["lost"], found["half"]) == (0, 0)
    assert found["promises"] == len(ground.course.steps)
    assert found["cuts"] >= 20


@pytest.mark.threat("I02")
def test_with_a_weaker_setting_the_same_test_finds_the_loss(folder: Path, ground: Ground) -> None:
    home = folder / "weak"
    assert replay(record(ground.start, home, "NORMAL"), ground, home, folder / "cut weak", variants=0, every=10)["lost"] > 0
