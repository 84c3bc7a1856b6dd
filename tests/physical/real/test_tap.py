"""One tap over the real PC/SC stack: in step, a script delivered, a block lifted live, and a chip torn out on the way, which the next tap settles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codes.chipproof import ChipState
from codes.errors import SetupError
from physical import pcsc
from physical.mirror import Action, Held, Tapped, tap
from physical.softcard import SoftCard
from physical.vpcd import Mishap
from tests.bench.chip import MemoryDesk
from tests.physical.world import World

if TYPE_CHECKING:
    from tests.physical.real.conftest import Slot

COMMANDS = 7
"""Of a tap with one script: SELECT, two for the identification code, proof, status, challenge, script."""


def tapped(slot: Slot, desk: MemoryDesk) -> Tapped:
    with pcsc.inserted(slot.name) as transport:
        return tap(transport, desk)


def test_a_lost_chip_is_blocked_at_its_next_tap_and_unblocked_live(slot: Slot) -> None:
    world = World()
    desk = MemoryDesk(world)
    slot.insert(SoftCard(world.memory, world.entropy))
    assert tapped(slot, desk).scripts == ()
    for seq, state in enumerate((ChipState.SUSPENDED, ChipState.ACTIVE, ChipState.FROZEN, ChipState.CANCELLED), 1):
        desk.wanted = Held(seq, state)
        done = tapped(slot, desk)
        assert (done.after, done.action, len(done.scripts)) == (desk.wanted, Action.NOTHING, 1)
        assert tapped(slot, desk).scripts == ()


@pytest.mark.threat("E04")
@pytest.mark.threat("E05")
@pytest.mark.parametrize("torn_at", range(1, COMMANDS + 1))
def test_a_chip_torn_out_at_any_command_is_brought_in_step_by_the_next_tap(slot: Slot, torn_at: int) -> None:
    world = World()
    desk = MemoryDesk(world)
    desk.wanted = Held(1, ChipState.SUSPENDED)
    slot.insert(SoftCard(world.memory, world.entropy))
    slot.port.mishaps += [Mishap.NOTHING] * (torn_at - 1) + [Mishap.TORN_AFTER]
    with pytest.raises(SetupError) as torn:
        tapped(slot, desk)
    assert torn.value.code == "chip-outcome-unknown"
    slot.empty()
    slot.insert(SoftCard(world.memory, world.entropy))
    done = tapped(slot, desk)
    assert (done.after, done.action) == (desk.wanted, Action.NOTHING)
    assert len(done.scripts) == (torn_at < COMMANDS)  # the last command was the script, and the chip had obeyed it
