"""A PIN that was tried too often: only a live script of the record frees it, and nothing of the new one can be read on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codes import faults as formats
from codes.chipproof import ChipPurpose, ChipState
from codes.errors import CardError, InputError, StateError
from codes.pinscripts import PinScript
from codes.scripts import ChipFlag, ScriptKeys
from physical import faults
from tests.physical.chips import CARD_ID, PIN
from tests.physical.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

NONCE = bytes(range(8))


def blocked() -> World:
    """A chip whose PIN has been tried too often."""
    world = World()
    session = world.session()
    for _ in range(6):
        with pytest.raises(StateError):
            session.verify_pin("999999")
    return world


def about_pin(world: World, pin: str | None = None) -> bytes:
    """Make and deliver a PIN script."""
    session = world.session()
    script = PinScript(nonce=NONCE, pin=pin).seal(world.keys, card_id=CARD_ID, challenge=session.challenge())
    return session.apply_pin_script(script)


@pytest.mark.threat("E07")
def test_wrong_tries_block_the_pin_and_nothing_but_a_live_script_of_the_record_frees_it() -> None:
    world = blocked()
    session = world.session()
    assert world.status(session).flags is ChipFlag.PIN_BLOCKED
    verbs: list[Callable[[], object]] = [lambda: session.verify_pin(PIN), lambda: session.change_pin(PIN, "112233")]
    for verb in verbs:
        with pytest.raises(StateError) as refused:
            verb()
        assert refused.value.fault is faults.PIN_BLOCKED
    forged = PinScript(nonce=NONCE).seal(ScriptKeys(script=bytes(16), receipt=bytes(16)), card_id=CARD_ID, challenge=session.challenge())
    with pytest.raises(InputError) as refused_mac:
        session.apply_pin_script(forged)
    assert refused_mac.value.fault is formats.SCRIPT_MAC
    assert world.status(session).flags is ChipFlag.PIN_BLOCKED
    session.prove(ChipPurpose.PRESENCE, bytes(32), key=world.key, card_id=CARD_ID)
    about_pin(world)
    session = world.session()
    assert world.status(session).flags is ChipFlag.NONE
    assert session.pin_tries() == 6
    session.verify_pin(PIN)
    session.endorse(bytes(32))


def test_a_reset_pin_is_initial_again_and_never_crosses_the_wire() -> None:
    world = blocked()
    about_pin(world, "271828")
    assert bytes.fromhex("271828") not in world.traffic[-1]
    session = world.session()
    session.verify_pin("271828")
    with pytest.raises(StateError) as refused:
        session.endorse(bytes(32))
    assert refused.value.fault is faults.PIN_INITIAL
    session.change_pin("271828", "314159")
    session.verify_pin("314159")
    session.endorse(bytes(32))


@pytest.mark.parametrize("pin", [None, "271828"])
def test_no_bit_of_a_pin_script_can_be_changed_and_none_works_twice(pin: str | None) -> None:
    world = blocked()
    session = world.session()
    before = world.snapshot()
    script = b""
    for bit in range(8 * (21 if pin is None else 24)):
        script = PinScript(nonce=NONCE, pin=pin).seal(world.keys, card_id=CARD_ID, challenge=session.challenge())
        changed = bytearray(script)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CardError):
            session.apply_pin_script(bytes(changed))
        assert world.snapshot() == before
    for ask in (False, True):
        if ask:
            session.challenge()
        with pytest.raises(CardError) as again:
            session.apply_pin_script(script)
        assert again.value.fault is (formats.SCRIPT_MAC if ask else faults.CHIP_CONDITIONS)
    assert world.snapshot() == before


@pytest.mark.parametrize("pin", [None, "271828"])
def test_a_verified_pin_does_not_outlive_a_pin_script(pin: str | None) -> None:
    world = World()
    session = world.session()
    session.verify_pin(PIN)
    session.apply_pin_script(PinScript(nonce=NONCE, pin=pin).seal(world.keys, card_id=CARD_ID, challenge=session.challenge()))
    assert session.pin_tries() == 6


def test_a_pin_script_needs_a_finished_chip_with_a_pin() -> None:
    world = World()
    world.tell(world.session(), 1, ChipState.CANCELLED)
    with pytest.raises(StateError) as refused:
        about_pin(world)
    assert refused.value.fault is faults.CHIP_CONDITIONS
