"""PIN scripts: one card, one challenge, and no PIN in the clear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import faults
from codes.errors import InputError
from codes.pinscripts import PinScript
from tests.codes.test_scripts import cmac
from tests.vectors import cast
from tests.vectors.family_scripts import KEYS, LIVE, NONCE

eight = st.binary(min_size=8, max_size=8)
pins = st.none() | st.from_regex(r"[0-9]{6}", fullmatch=True)


@given(pins, eight, eight)
def test_a_pin_script_is_made_as_the_page_says_and_read_by_its_chip(pin: str | None, nonce: bytes, challenge: bytes) -> None:
    script = PinScript(nonce=nonce, pin=pin)
    apdu = script.seal(KEYS, card_id=cast.CARD_ID, challenge=challenge)
    asked = cast.CARD_ID + challenge
    stream = cmac(KEYS.script, b"SSC-PINX" + asked + nonce)[:3]
    hidden = b"" if pin is None else bytes(a ^ b for a, b in zip(bytes.fromhex(pin), stream, strict=True))
    told = bytes.fromhex("8424000010" if pin is None else "8424000113") + nonce + hidden
    assert apdu == told + cmac(KEYS.script, b"SSC-PIN1" + asked + told)[:8] + b"\0"
    assert PinScript.open(apdu, KEYS, card_id=cast.CARD_ID, challenge=challenge) == script


@pytest.mark.parametrize("pin", [None, "271828"])
def test_no_bit_of_a_pin_script_may_change(pin: str | None) -> None:
    apdu = PinScript(nonce=NONCE, pin=pin).seal(KEYS, card_id=cast.CARD_ID, challenge=LIVE)
    for bit in range(8 * len(apdu)):
        changed = bytearray(apdu)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InputError):
            PinScript.open(bytes(changed), KEYS, card_id=cast.CARD_ID, challenge=LIVE)


@pytest.mark.parametrize("wrong", [{"pin": "12345"}, {"pin": "1234567"}, {"pin": "12345a"}, {"pin": "１２３４５６"}, {"nonce": bytes(7)}])
def test_what_cannot_be_a_pin_makes_no_script_and_shows_nowhere(wrong: dict[str, str | bytes]) -> None:
    with pytest.raises(InputError) as refused:
        PinScript(**{"nonce": NONCE, **wrong})  # type: ignore[arg-type]  # because the wrong values are the point
    assert refused.value.fault is faults.SCRIPT_SHAPE
    assert "271828" not in repr(PinScript(nonce=NONCE, pin="271828"))


def test_a_challenge_of_another_length_is_a_bug() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        PinScript(nonce=NONCE).seal(KEYS, card_id=cast.CARD_ID, challenge=bytes(4))


@given(st.binary(max_size=40))
def test_arbitrary_bytes_are_no_pin_script(data: bytes) -> None:
    with pytest.raises(InputError):
        PinScript.open(data, KEYS, card_id=cast.CARD_ID, challenge=LIVE)
