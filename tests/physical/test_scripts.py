"""What the record tells a chip: obeyed once, in order, for this card and this challenge only; and answered with a receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes import faults as formats
from codes.chipproof import ChipPurpose, ChipState
from codes.errors import CardError, Fault, InputError, SetupError, StateError
from codes.scripts import ChipFlag, Script, ScriptKeys, mac
from physical import faults
from tests.physical.chips import CARD_ID, INITIAL_PIN, PIN, blank, personalise
from tests.physical.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

NONCE = bytes(range(8))
STOPPING = (ChipState.SUSPENDED, ChipState.FROZEN)


def refusal(world: World, script: bytes, *, ask: bool = False) -> Fault:
    """How a script is refused, by a chip that has just been asked for a challenge or not."""
    session = world.session()
    if ask:
        session.challenge()
    before = world.snapshot()
    with pytest.raises(CardError) as refused:
        session.apply_script(script)
    assert world.snapshot() == before
    return refused.value.fault


def sealed(world: World, told: bytes, challenge: bytes = bytes(8)) -> bytes:
    """A script with a right MAC, whatever it says."""
    return told + mac(world.keys.script, b"SSC-SCR1" + CARD_ID + challenge + told) + b"\0"


@pytest.mark.parametrize("state", list(ChipState))
def test_a_live_script_sets_any_state_and_the_receipt_says_so(state: ChipState) -> None:
    world = World()
    receipt = world.tell(world.session(), 5, state)
    assert (receipt.seq, receipt.state) == (5, state)
    session = world.session()
    status = world.status(session)
    assert (status.seq, status.state, status.digest, status.flags) == (5, state, receipt.digest, ChipFlag.NONE)
    assert session.select() == (state is ChipState.ACTIVE)
    report = session.prove(ChipPurpose.STATUS, bytes(32), key=world.key, card_id=CARD_ID)
    assert (report.seq, report.state, report.digest) == (5, state, receipt.digest)
    assert world.status(session).counter == report.counter == 1


@pytest.mark.parametrize("state", STOPPING)
def test_a_premade_script_stops_a_chip_and_needs_no_question(state: ChipState) -> None:
    world = World()
    script = world.script(3, state)
    assert world.receipt(script, world.session().apply_script(script)).state is state


@pytest.mark.parametrize("state", STOPPING)
def test_the_same_version_again_gives_the_receipt_again_and_writes_nothing(state: ChipState) -> None:
    world = World()
    world.tell(world.session(), 3, state)
    before = world.snapshot()
    script = world.script(3, state)
    first, second = world.session().apply_script(script), world.session().apply_script(script)
    assert first == second
    assert world.receipt(script, first).seq == 3
    assert world.snapshot() == before


def test_versions_may_be_left_out_and_a_block_is_lifted_live() -> None:
    world = World()
    for seq, state in ((1, ChipState.SUSPENDED), (7, ChipState.FROZEN), (8, ChipState.ACTIVE), (0xFFFFFFFF, ChipState.SUSPENDED)):
        assert world.tell(world.session(), seq, state).seq == seq
    assert world.status().state is ChipState.SUSPENDED


@pytest.mark.error("script-stale")
@pytest.mark.parametrize("state", STOPPING)
def test_a_script_that_was_held_back_does_nothing_once_a_newer_one_came(state: ChipState) -> None:
    world = World()
    old = world.script(4, state)
    world.tell(world.session(), 5, ChipState.ACTIVE)
    assert refusal(world, old) is faults.SCRIPT_STALE


@pytest.mark.error("script-equivocation")
def test_two_states_under_one_version_are_told_apart() -> None:
    world = World()
    world.tell(world.session(), 4, ChipState.SUSPENDED)
    assert refusal(world, world.script(4, ChipState.FROZEN)) is faults.SCRIPT_EQUIVOCATION


def test_a_cancelled_chip_stays_cancelled_and_still_answers() -> None:
    world = World()
    world.tell(world.session(), 4, ChipState.CANCELLED)
    assert refusal(world, world.script(5, ChipState.FROZEN)) is faults.CHIP_CONDITIONS
    session = world.session()
    with pytest.raises(StateError) as refused:
        world.tell(session, 6, ChipState.ACTIVE)
    assert refused.value.fault is faults.CHIP_CONDITIONS
    assert world.tell(session, 4, ChipState.CANCELLED).seq == 4
    assert world.status(session).state is ChipState.CANCELLED


@pytest.mark.threat("E02")
def test_a_recorded_session_replayed_changes_nothing_and_no_live_script_works_twice() -> None:
    world = World()
    for seq, state in ((1, ChipState.SUSPENDED), (2, ChipState.ACTIVE), (3, ChipState.FROZEN), (4, ChipState.ACTIVE)):
        world.tell(world.session(), seq, state)
    session = world.session()
    session.verify_pin(PIN)
    session.endorse(bytes(32))
    recorded = [command for command in world.traffic if command[0] == 0x84]
    status = world.status()
    for command in recorded:
        for ask in (False, True):
            assert refusal(world, command, ask=ask) in {faults.CHIP_CONDITIONS, formats.SCRIPT_MAC}
    for command in world.traffic[-3:]:
        world.insert().transmit(command)
    after = world.status()
    assert (after.seq, after.state, after.digest) == (status.seq, status.state, status.digest)


def test_a_challenge_is_good_for_one_command_with_a_mac() -> None:
    world = World()
    session = world.session()
    challenge = session.challenge()
    with pytest.raises(InputError) as refused:
        session.apply_script(world.script(1, ChipState.ACTIVE, challenge=bytes(8)))
    assert refused.value.fault is formats.SCRIPT_MAC
    with pytest.raises(StateError) as gone:
        session.apply_script(world.script(1, ChipState.ACTIVE, challenge=challenge))
    assert gone.value.fault is faults.CHIP_CONDITIONS
    challenge = session.challenge()
    session.select()
    with pytest.raises(StateError):
        session.apply_script(world.script(1, ChipState.ACTIVE, challenge=challenge))
    first, second = session.challenge(), session.challenge()
    with pytest.raises(InputError):
        session.apply_script(world.script(1, ChipState.ACTIVE, challenge=first))
    assert first != second


@pytest.mark.error("script-mac")
@pytest.mark.parametrize("wrong", ["card", "record", "receipt key"])
def test_a_script_for_another_card_or_by_another_record_is_not_obeyed(wrong: str) -> None:
    world, script = World(), Script(seq=1, state=ChipState.FROZEN, live=False, nonce=NONCE)
    keys = {
        "card": world.keys,
        "record": ScriptKeys.derive(bytes(16), card_id=CARD_ID),
        "receipt key": ScriptKeys(script=world.keys.receipt, receipt=world.keys.script),
    }[wrong]
    assert refusal(world, script.seal(keys, card_id=bytes(16) if wrong == "card" else CARD_ID, challenge=None)) is formats.SCRIPT_MAC


@pytest.mark.parametrize("live", [True, False])
def test_no_bit_of_a_script_can_be_changed_and_nothing_changes_when_one_is(live: bool) -> None:
    world = World()
    session = world.session()
    state = ChipState.SUSPENDED
    for bit in range(27 * 8):
        changed = bytearray(world.script(9, state, challenge=session.challenge() if live else None))
        changed[bit // 8] ^= 1 << bit % 8
        before = world.snapshot()
        with pytest.raises((InputError, StateError, SetupError)):
            session.apply_script(bytes(changed))
        assert world.snapshot() == before
    assert world.status().seq == 0


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ("841E0000160000000101010203040506070809", faults.CHIP_CONDITIONS),  # live says the flag, and there was no challenge
        ("841800001600000001000001020304050607", faults.CHIP_CONDITIONS),  # active, made beforehand
        ("841600001600000001030001020304050607", faults.CHIP_CONDITIONS),  # cancelled, made beforehand
        ("841800001600000001010001020304050607", formats.SCRIPT_SHAPE),  # unblock, with the state suspended
        ("841E00001600000001040001020304050607", formats.SCRIPT_SHAPE),  # a state that does not exist
        ("841E00001600000001010201020304050607", formats.SCRIPT_SHAPE),  # a flag that does not exist
        ("841E00001600000000010001020304050607", formats.SCRIPT_SHAPE),  # no version
    ],
)
def test_what_a_right_mac_does_not_make_right(told: str, fault: Fault) -> None:
    world = World()
    assert refusal(world, sealed(world, (bytes.fromhex(told) + bytes(8))[:19])) is fault


@pytest.mark.error("script-shape")
@pytest.mark.parametrize("cut", [4, 5, 20, 27])
def test_a_script_of_another_length_is_none(cut: int) -> None:
    world = World()
    assert refusal(world, world.script(1, ChipState.FROZEN)[:cut]) is formats.SCRIPT_SHAPE


def test_nothing_is_told_before_the_mac_is_right() -> None:
    world = World()
    world.tell(world.session(), 4, ChipState.CANCELLED)
    forged = [
        bytes.fromhex(f"84{ins}000016{seq:08x}{state:02x}00") + NONCE + bytes(9)
        for ins in ("18", "1E", "16")
        for seq in (0, 4, 9)
        for state in range(5)
    ]
    assert {refusal(world, script) for script in forged} == {formats.SCRIPT_MAC}


@pytest.mark.error("chip-keys")
def test_a_chip_without_script_keys_says_so() -> None:
    session = personalise(blank())
    verbs: list[Callable[[], object]] = [lambda: session.status(NONCE), lambda: session.apply_script(World().script(1, ChipState.FROZEN))]
    for verb in verbs:
        with pytest.raises(StateError) as refused:
            verb()
        assert refused.value.fault is faults.CHIP_KEYS


def test_a_chip_in_the_making_can_be_voided_and_then_not_be_finished() -> None:
    world = World()
    world.restore(bytes(blank().content))
    session = world.session()
    session.generate_key()
    session.write_card_id(CARD_ID)
    session.write_script_keys(world.keys)
    assert world.status(session).state is ChipState.SUSPENDED
    assert world.tell(session, 1, ChipState.CANCELLED).state is ChipState.CANCELLED
    assert world.status(session).state is ChipState.CANCELLED
    writes: list[Callable[[], object]] = [
        lambda: session.write_initial_pin(INITIAL_PIN),
        lambda: session.write_credential(b"x"),
        lambda: session.write_script_keys(world.keys),
    ]
    for write in writes:
        with pytest.raises(StateError) as refused:
            write()
        assert refused.value.fault is faults.CHIP_CONDITIONS
    with pytest.raises(StateError):
        session.activate()


def test_keys_are_loaded_while_the_chip_is_made_and_never_again() -> None:
    world = World()
    session = world.session()
    loads: list[Callable[[], object]] = [lambda: session.write_script_keys(world.keys), lambda: session.write_read_key(bytes(16))]
    for load in loads:
        with pytest.raises(StateError) as refused:
            load()
        assert refused.value.fault is faults.CHIP_CONDITIONS


def test_the_log_holds_the_last_eight_versions_and_the_pin_opens_it() -> None:
    world = World()
    session = world.session()
    with pytest.raises(StateError) as closed:
        session.read_log()
    assert closed.value.fault is faults.PIN_REQUIRED
    told = [(seq, ChipState(seq % 3)) for seq in range(1, 12)]
    for seq, state in told:
        world.tell(session, seq, state)
    session.verify_pin(PIN)
    assert session.read_log() == told[:-9:-1]


def test_the_log_is_empty_before_the_first_script() -> None:
    session = World().session()
    session.verify_pin(PIN)
    with pytest.raises(StateError) as empty:
        session.read_log()
    assert empty.value.fault is faults.CHIP_FILE


def test_a_status_is_asked_for_with_eight_bytes() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        World().session().status(b"short")


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=0, max_size=40))
def test_no_bytes_make_the_script_commands_fall_over(body: bytes) -> None:
    wire = World().insert()
    wire.transmit(bytes.fromhex("00A404000BF0455353432D42494E443100"))
    for head in ("8418", "841E", "8416", "8424", "80CA"):
        wire.transmit(bytes.fromhex("0084000008"))
        assert wire.transmit(bytes.fromhex(head) + body)[-2:] != b"\x90\x00" or head == "80CA"
