"""The clock floor: moved by what publishers sign, within bounds, and by nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.errors import SetupError
from tests.verify.city import DAY, HOUR, NOW
from verify import faults
from verify.clock import LONGEST_JUMP, TOLERANCE, ClockFloor

times = st.integers(0, 1 << 40)


@pytest.mark.threat("C10")
@pytest.mark.error("clock-below-floor")
def test_a_clock_below_the_floor_is_known_to_the_second() -> None:
    floor = ClockFloor(overall=NOW)
    floor.check(NOW - TOLERANCE)
    with pytest.raises(SetupError) as error:
        floor.check(NOW - TOLERANCE - 1)
    assert (error.value.fault, error.value.facts) == (faults.CLOCK_BELOW_FLOOR, {"behind_s": TOLERANCE + 1})
    assert (floor.behind(NOW - TOLERANCE), floor.behind(NOW - DAY)) == (0, DAY)


def test_a_status_head_moves_only_its_own_regions_floor() -> None:
    floor = ClockFloor(overall=NOW, regions={"CN-CQ": NOW + HOUR})
    floor.check(NOW)
    floor.check_region("CN-SC", NOW)
    floor.check_region("CN-CQ", NOW + HOUR - TOLERANCE)
    with pytest.raises(SetupError) as error:
        floor.check_region("CN-CQ", NOW)
    assert error.value.facts == {"behind_s": HOUR, "region": "CN-CQ"}


@given(floor=times, issued=times, now=times)
def test_a_timestamp_never_lowers_the_floor_nor_lifts_it_beyond_one_jump(floor: int, issued: int, now: int) -> None:
    after = ClockFloor(overall=floor).with_timestamp(issued, now=now).overall
    assert floor <= after <= max(floor, now) + LONGEST_JUMP
    assert after <= max(floor, issued)


def test_a_terminal_from_the_shelf_is_up_to_date_after_one_import_and_one_with_a_dead_clock_creeps() -> None:
    shelf = ClockFloor(overall=NOW - 365 * DAY)
    assert shelf.with_timestamp(NOW, now=NOW).overall == NOW
    assert shelf.with_timestamp(NOW, now=0).overall == NOW - 365 * DAY + LONGEST_JUMP


def test_a_stolen_timestamp_key_costs_one_jump_and_a_reset_ends_it() -> None:
    poisoned = ClockFloor(overall=NOW, regions={"CN-CQ": NOW}).with_timestamp(1 << 39, now=NOW)
    assert poisoned.overall == NOW + LONGEST_JUMP
    assert poisoned.reset_to(NOW) == ClockFloor(overall=NOW, regions={"CN-CQ": NOW})
