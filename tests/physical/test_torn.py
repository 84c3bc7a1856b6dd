"""Whatever tears a chip from its reader, at whatever step of its memory: it holds the old state or the new one, and one more tap settles which."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import pytest

from codes.chipproof import ChipPurpose, ChipState
from codes.errors import CardError, SetupError
from codes.pinscripts import PinScript
from physical.chipmemory import ChipMemory
from physical.nvm import Record
from tests.physical.chips import CARD_ID, INITIAL_PIN, PIN, blank, chip_credential
from tests.physical.world import PowerCutError, Tear, TornMemory, World

if TYPE_CHECKING:
    from physical.binding import BindingSession

TRANSITIONS = [
    (before, after) for before in ChipState for after in ChipState if before is not ChipState.CANCELLED and (before, after) != (ChipState.ACTIVE,) * 2
]
OLD, NEW = 4, 9


def converge(world: World, seq: int, state: ChipState, *, cut_at: int | None = None, lose_answer: int | None = None) -> None:
    """One tap from the top: ask how the chip stands, and tell it what it does not know yet."""
    session = world.session(cut_at=cut_at, lose_answer=lose_answer)
    if world.status(session).seq < seq:
        receipt = world.tell(session, seq, state)
        assert (receipt.seq, receipt.state) == (seq, state)


def steps_of(world: World, seq: int, state: ChipState) -> int:
    """Steps of memory that this script takes; the chip is left as it was."""
    before = world.snapshot()
    world.tell(world.session(), seq, state)
    world.restore(before)
    return world.memory.steps


@pytest.mark.threat("E04")
@pytest.mark.parametrize("tear", list(Tear))
@pytest.mark.parametrize("tzero", [False, True], ids=["T=1", "T=0"])
@pytest.mark.parametrize(("before", "after"), TRANSITIONS)
def test_a_script_cut_at_any_step_leaves_the_old_state_or_the_new_one(before: ChipState, after: ChipState, tear: Tear, tzero: bool) -> None:
    world = World(tzero=tzero)
    world.memory.tear = tear
    world.tell(world.session(), OLD, before)
    start = world.snapshot()
    steps = steps_of(world, NEW, after)
    assert steps >= 5
    for cut_at in range(1, steps + 1):
        world.restore(start)
        with pytest.raises(SetupError) as torn:
            converge(world, NEW, after, cut_at=cut_at)
        assert torn.value.code == "chip-outcome-unknown"
        status = world.status()
        assert (status.seq, status.state) in {(OLD, before), (NEW, after)}
        converge(world, NEW, after)
        assert (world.status().seq, world.status().state) == (NEW, after)


@pytest.mark.parametrize("tzero", [False, True], ids=["T=1", "T=0"])
@pytest.mark.parametrize(("before", "after"), TRANSITIONS)
def test_an_answer_lost_at_any_command_is_settled_by_asking_again(before: ChipState, after: ChipState, tzero: bool) -> None:
    world = World(tzero=tzero)
    world.tell(world.session(), OLD, before)
    start = world.snapshot()
    answers = 7 if tzero else 4  # to select, status, challenge and script: behind T=0 in two pieces, but for the challenge
    for lost in range(1, answers + 1):
        world.restore(start)
        with pytest.raises(SetupError):
            converge(world, NEW, after, lose_answer=lost)
        status = world.status()
        obeyed = lost > answers - (2 if tzero else 1)
        assert (status.seq, status.state) == ((NEW, after) if obeyed else (OLD, before))
        converge(world, NEW, after)
        assert world.status().state is after


def test_a_recovery_that_is_torn_as_well_still_ends_in_one_of_the_two() -> None:
    world = World()
    world.tell(world.session(), OLD, ChipState.ACTIVE)
    start = world.snapshot()
    steps = steps_of(world, NEW, ChipState.SUSPENDED)
    for first, second in itertools.product(range(1, steps + 1), repeat=2):
        world.restore(start)
        for cut_at in (first, second):
            with pytest.raises(SetupError):
                converge(world, NEW, ChipState.SUSPENDED, cut_at=cut_at)
            status = world.status()
            assert (status.seq, status.state) == (OLD, ChipState.ACTIVE)
        converge(world, NEW, ChipState.SUSPENDED)
        assert world.status().state is ChipState.SUSPENDED


def test_a_counter_torn_at_any_step_never_repeats_a_number() -> None:
    world = World()
    session = world.session()
    session.authenticate(ChipPurpose.STATUS, bytes(32))
    start = world.snapshot()
    session.authenticate(ChipPurpose.STATUS, bytes(32))
    steps = world.memory.steps // 2
    for cut_at in range(1, steps + 1):
        world.restore(start)
        with pytest.raises(SetupError):
            world.session(cut_at=cut_at).authenticate(ChipPurpose.STATUS, bytes(32))
        report = world.session().prove(ChipPurpose.STATUS, bytes(32), key=world.key, card_id=CARD_ID)
        assert report.counter in {2, 3}


def test_a_pin_torn_at_any_step_of_a_try_or_a_change_gains_no_try_and_is_one_of_the_two() -> None:
    for wrong in (True, False):
        world = World()
        start = world.snapshot()
        for cut_at in range(1, 20):
            world.restore(start)
            try:
                session = world.session(cut_at=cut_at)
                if wrong:
                    session.verify_pin("999999")
                else:
                    session.change_pin(PIN, "112233")
            except CardError as error:
                torn = error.code == "chip-outcome-unknown"
            else:
                torn = False
            left = world.session().pin_tries()
            assert left in {5, 6}
            if not torn:
                assert left == (5 if wrong else 6)
            pins = []
            for pin in (PIN, "112233"):
                try:
                    world.session().verify_pin(pin)
                except CardError:
                    continue
                pins.append(pin)
            assert len(pins) == 1


def test_a_pin_script_torn_at_any_step_leaves_the_pin_blocked_or_free() -> None:
    world = World()
    for _ in range(6):
        with pytest.raises(CardError):
            world.session().verify_pin("999999")
    start = world.snapshot()
    for cut_at in range(1, 4):
        world.restore(start)
        for cut in (cut_at, None):
            session = world.session(cut_at=cut)
            script = PinScript(nonce=bytes(8), pin="271828").seal(world.keys, card_id=CARD_ID, challenge=session.challenge())
            if cut is not None:
                with pytest.raises(SetupError):
                    session.apply_pin_script(script)
                assert world.session().pin_tries() == 0
            else:
                session.apply_pin_script(script)
        world.session().verify_pin("271828")


def test_personalisation_torn_at_any_step_can_be_resumed() -> None:
    world = World()
    for cut_at in itertools.count(1):
        world.restore(bytes(blank().content))
        try:
            _make(world.session(cut_at=cut_at), world)
        except SetupError:
            _make(world.session(), world)
            assert world.session().read_card_id() == CARD_ID
            continue
        break
    assert cut_at > 90


def _make(session: BindingSession, world: World) -> None:
    """Begin making a chip, or go on with it."""
    try:
        key = session.generate_key()
    except CardError as error:
        if error.code != "chip-conditions":
            raise
        key = session.read_public_key()
    if ChipMemory(world.memory).activated:
        return
    session.write_card_id(CARD_ID)
    session.write_script_keys(world.keys)
    session.write_initial_pin(INITIAL_PIN)
    session.write_credential(chip_credential(key))
    session.activate()


@pytest.mark.threat("E03")
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
def test_in_any_order_only_what_is_newer_changes_the_chip(size: int) -> None:
    world = World()
    states = [ChipState.SUSPENDED, ChipState.FROZEN] * 3
    scripts = [(seq, state, world.script(seq, state)) for seq, state in enumerate(states[:size], 1)]
    start = world.snapshot()
    for order in itertools.permutations(scripts):
        world.restore(start)
        session, highest = world.session(), 0
        for seq, state, script in order:
            before = world.snapshot()
            if seq > highest:
                highest = seq
                assert world.receipt(script, session.apply_script(script)).state is state
            else:
                with pytest.raises(CardError) as refused:
                    session.apply_script(script)
                assert refused.value.code == "script-stale"
                assert world.snapshot() == before
        assert ChipMemory(world.memory).target.seq == size


@pytest.mark.threat("E06")
def test_a_restored_memory_shows_in_version_and_counter() -> None:
    world = World()
    world.session().authenticate(ChipPurpose.STATUS, bytes(32))
    world.tell(world.session(), 1, ChipState.SUSPENDED)
    old = world.snapshot()
    before = world.session().prove(ChipPurpose.STATUS, bytes(32), key=world.key, card_id=CARD_ID)
    world.tell(world.session(), 2, ChipState.ACTIVE)
    world.restore(old)
    after = world.session().prove(ChipPurpose.STATUS, bytes(32), key=world.key, card_id=CARD_ID)
    assert after.counter == before.counter
    assert (after.counter, after.chip_random) != (before.counter, before.chip_random)
    assert world.status().seq == 1


def test_random_walks_of_scripts_replays_tears_and_losses_never_take_a_version_back() -> None:
    walk = random.Random(20261122)
    world = World()
    start = world.snapshot()
    refused: set[str] = set()
    for _ in range(400):
        world.restore(start)
        world.traffic.clear()
        seq, state, told = 0, ChipState.ACTIVE, [(0, ChipState.ACTIVE)]
        held: list[bytes] = []
        for _ in range(12):
            known = world.status()
            assert (known.seq, known.state) in told
            assert known.seq >= seq
            seq, state = known.seq, known.state
            step = walk.randrange(4)
            newest, wanted = told[-1]
            if step == 0 and wanted is not ChipState.CANCELLED:
                told.append((newest + walk.randint(1, 3), walk.choice(list(ChipState)[: 4 if walk.random() < 0.05 else 3])))
                if told[-1][1] in {ChipState.SUSPENDED, ChipState.FROZEN}:
                    held.append(world.script(*told[-1]))
            try:
                session = world.session(cut_at=walk.choice([None, walk.randint(1, 8)]), lose_answer=walk.choice([None, walk.randint(1, 4)]))
                if step == 1 and held:
                    session.apply_script(walk.choice(held))
                elif step == 2 and (recorded := [command for command in world.traffic if command[0] == 0x84]):
                    session.apply_script(walk.choice(recorded))
                elif newest > seq:
                    world.tell(session, newest, wanted)
            except CardError as error:
                refused.add(error.code)
        if state is not ChipState.CANCELLED and told[-1][0] > world.status().seq:
            converge(world, *told[-1])
            assert (world.status().seq, world.status().state) == told[-1]
    assert refused <= {"chip-outcome-unknown", "script-stale", "script-mac", "chip-conditions"}


def test_a_torn_memory_stays_dark_until_it_is_powered_up() -> None:
    memory = TornMemory(b"\xff" * 1024, World().entropy)
    record = Record(memory, 0, size=6, initial=bytes(6))
    memory.power_up(cut_at=2)
    for _ in range(2):
        with pytest.raises(PowerCutError):
            record.store(b"value!")
