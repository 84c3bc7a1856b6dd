"""`ecard db space`, and what `ecard tick` says when the disk of the record fills up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ecard import headroom
from tests.webapp.officehouse import FORM, NAME, number
from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]


def test_a_new_office_has_a_reserve_and_says_how_much_room_there_is(shell: Shell) -> None:
    reserve = headroom.reserve_of(shell.folder / "record.db")
    assert reserve.stat().st_size == headroom.RESERVE
    page = shell("db", "space", "--json").page["space"]
    assert page["reserve"] is True
    assert page["room"] in {"plenty", "low"}
    reserve.unlink()
    shell.done("db", "upgrade")
    assert reserve.stat().st_size == headroom.RESERVE


@pytest.mark.threat("I04")
def test_the_tick_sounds_the_alarm_when_there_is_little_room_and_goes_on(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headroom, "LOW_WATER", 0)
    assert shell("tick", "--json").page["space"]["room"] == "plenty"
    assert "alarm" not in shell("tick").out
    monkeypatch.setattr(headroom, "LOW_WATER", 1 << 60)
    low = shell("tick")
    assert (low.status, "告警 / alarm" in low.out, "little room on the disk" in low.out) == (1, True, True)
    assert shell("tick", "--json").page["failed"] == {}
    space = shell("db", "space")
    assert (space.status, "磁盘空间不多" in space.out, "备用空间完好" in space.out) == (1, True, True)


@pytest.mark.threat("I04")
def test_a_full_disk_leaves_an_office_that_can_look_and_verify_and_the_tick_says_why(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    card = shell.applied()
    with monkeypatch.context() as full:
        full.setattr(headroom, "FLOOR", 1 << 60)
        assert shell.done("card", "show", card)["card"]
        assert shell("db", "verify").status == 0
        told = shell("tick", "--json")
        assert (told.status, told.page["space"]["room"]) == (1, "read-only")
        assert set(told.page["failed"].values()) == {"record-read-only"}
        assert shell.refused("card", "apply", "--as", "clerk-1", "--form", shell.form(name=NAME, identity_number=number(2)), *FORM, "--yes") == (
            3,
            "record-read-only",
        )
    os.truncate(headroom.reserve_of(shell.folder / "record.db"), 0)
    assert shell("tick", "--json").page["space"]["reserve"] is True
