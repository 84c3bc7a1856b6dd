"""Scripts, receipts and status: bound to one card, one question and one challenge, and computed as the standards say."""

from __future__ import annotations

import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from codes import faults
from codes.chipproof import ChipState
from codes.errors import InputError
from codes.scripts import ChipFlag, ChipStatus, Script, ScriptKeys, ScriptReceipt, mac, script_is_live, script_is_sealed
from tests.vectors import cast
from tests.vectors.family_scripts import KEYS, LIVE, MASTER, NONCE, suspending

seqs = st.integers(1, 0xFFFFFFFF)
eight = st.binary(min_size=8, max_size=8)


def cmac(key: bytes, message: bytes) -> bytes:
    """AES-CMAC written down from RFC 4493, section 2.4, over the bare block cipher."""
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()

    def double(block: bytes) -> bytes:
        return (int.from_bytes(block) << 1 & (1 << 128) - 1 ^ (0x87 if block[0] & 0x80 else 0)).to_bytes(16)

    subkey = double(aes.update(bytes(16)))
    blocks = [message[at : at + 16] for at in range(0, len(message), 16)] or [b""]
    if len(blocks[-1]) < 16:
        subkey, blocks[-1] = double(subkey), (blocks[-1] + b"\x80").ljust(16, b"\0")
    blocks[-1] = bytes(a ^ b for a, b in zip(blocks[-1], subkey, strict=True))
    chained = bytes(16)
    for block in blocks:
        chained = aes.update(bytes(a ^ b for a, b in zip(chained, block, strict=True)))
    return chained


def test_the_mac_is_the_one_of_the_standard() -> None:
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    message = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411")
    assert mac(key, message).hex() == "dfa66747de9ae630"  # RFC 4493, section 4, example 3
    assert mac(key, b"").hex() == "bb1d6929e9593728"  # example 1


@given(st.sampled_from([16, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size)), st.binary(min_size=16, max_size=16))
def test_a_chips_keys_are_derived_as_sp_800_108_says(master: bytes, card_id: bytes) -> None:
    def derived(label: bytes) -> bytes:
        blocks = [
            cmac(master, struct.pack(">I", number) + label + b"\0" + card_id + struct.pack(">I", 8 * len(master)))
            for number in range(1, len(master) // 16 + 1)
        ]
        return b"".join(blocks)

    keys = ScriptKeys.derive(master, card_id=card_id)
    assert (keys.script, keys.receipt) == (derived(b"SSC-SCR1"), derived(b"SSC-RCP1"))
    assert keys.script.hex() not in repr(keys)


@given(seqs, st.sampled_from(ChipState), eight, eight)
def test_the_mac_of_a_script_covers_what_the_page_says(seq: int, state: ChipState, nonce: bytes, challenge: bytes) -> None:
    script = Script(seq=seq, state=state, live=True, nonce=nonce)
    apdu = script.seal(KEYS, card_id=cast.CARD_ID, challenge=challenge)
    told = bytes((0x84, (0x18, 0x1E, 0x1E, 0x16)[state], 0, 0, 0x16)) + struct.pack(">IBB", seq, state, 1) + nonce
    assert apdu == told + cmac(KEYS.script, b"SSC-SCR1" + cast.CARD_ID + challenge + told)[:8] + b"\0"
    assert len(apdu) == 28
    assert Script.parse(apdu) == script
    assert script_is_live(apdu)


@pytest.mark.parametrize("live", [True, False])
def test_no_bit_of_a_script_may_change(live: bool) -> None:
    challenge = LIVE if live else None
    apdu = suspending(live=live).seal(KEYS, card_id=cast.CARD_ID, challenge=challenge)
    assert script_is_sealed(apdu, KEYS, card_id=cast.CARD_ID, challenge=challenge)
    for bit in range(8 * (len(apdu) - 1)):
        changed = bytearray(apdu)
        changed[bit // 8] ^= 1 << bit % 8
        assert not script_is_sealed(bytes(changed), KEYS, card_id=cast.CARD_ID, challenge=challenge)


def test_a_live_script_obeys_one_challenge_only_and_cannot_pass_for_a_premade_one() -> None:
    apdu = suspending(live=True).seal(KEYS, card_id=cast.CARD_ID, challenge=LIVE)
    assert not script_is_sealed(apdu, KEYS, card_id=cast.CARD_ID, challenge=bytes(8))
    assert not script_is_sealed(apdu, KEYS, card_id=cast.CARD_ID, challenge=None)
    zeros = suspending(live=True).seal(KEYS, card_id=cast.CARD_ID, challenge=bytes(8))
    premade = zeros[:10] + b"\0" + zeros[11:]
    assert not script_is_sealed(premade, KEYS, card_id=cast.CARD_ID, challenge=None)


def test_all_scripts_of_one_version_have_one_digest_and_no_others_do() -> None:
    assert suspending().digest() == suspending(live=True).digest()
    digests = {Script(seq=seq, state=state, live=True, nonce=NONCE).digest() for seq in range(1, 50) for state in ChipState}
    assert len(digests) == 49 * 4


@pytest.mark.parametrize("state", [ChipState.ACTIVE, ChipState.CANCELLED])
def test_only_stopping_can_be_made_beforehand(state: ChipState) -> None:
    with pytest.raises(InputError) as refused:
        Script(seq=1, state=state, live=False, nonce=NONCE)
    assert refused.value.fault is faults.SCRIPT_PREMADE


@pytest.mark.parametrize("wrong", [{"seq": 0}, {"seq": 1 << 32}, {"nonce": bytes(7)}])
def test_a_field_out_of_range_makes_no_script(wrong: dict[str, int | bytes]) -> None:
    with pytest.raises(InputError) as refused:
        Script(**{"seq": 1, "state": ChipState.FROZEN, "live": False, "nonce": NONCE, **wrong})  # type: ignore[arg-type]  # because the wrong values are the point
    assert refused.value.fault is faults.SCRIPT_SHAPE


def test_misuse_is_a_bug_of_ours() -> None:
    for live, challenge in ((True, None), (False, LIVE)):
        with pytest.raises(ValueError, match="beforehand"):
            suspending(live=live).seal(KEYS, card_id=cast.CARD_ID, challenge=challenge)
    with pytest.raises(ValueError, match="8 bytes"):
        suspending(live=True).seal(KEYS, card_id=cast.CARD_ID, challenge=bytes(4))
    with pytest.raises(ValueError, match="identification code 16"):
        suspending().seal(KEYS, card_id=b"", challenge=None)
    with pytest.raises(ValueError, match="16 or 32"):
        ScriptKeys(script=MASTER, receipt=bytes(8))


@given(st.builds(ScriptReceipt, seq=seqs, state=st.sampled_from(ChipState), digest=eight), eight)
def test_a_receipt_is_read_as_it_was_given(receipt: ScriptReceipt, nonce: bytes) -> None:
    answer = receipt.seal(KEYS, card_id=cast.CARD_ID, nonce=nonce)
    assert answer[-8:] == cmac(KEYS.receipt, b"SSC-RCP1" + cast.CARD_ID + nonce + answer[:-8])[:8]
    assert ScriptReceipt.check(answer, keys=KEYS, card_id=cast.CARD_ID, nonce=nonce) == receipt


@given(
    st.builds(
        ChipStatus, seq=seqs, state=st.sampled_from(ChipState), digest=eight, counter=seqs, flags=st.sampled_from([ChipFlag(n) for n in range(4)])
    ),
    eight,
)
def test_a_status_is_read_as_it_was_given(status: ChipStatus, nonce: bytes) -> None:
    answer = status.seal(KEYS, card_id=cast.CARD_ID, nonce=nonce)
    assert answer[-8:] == cmac(KEYS.receipt, b"SSC-STA1" + cast.CARD_ID + nonce + answer[:-8])[:8]
    assert ChipStatus.check(answer, keys=KEYS, card_id=cast.CARD_ID, nonce=nonce) == status


def test_no_bit_of_an_answer_may_change() -> None:
    receipt = ScriptReceipt(seq=4, state=ChipState.FROZEN, digest=bytes(8)).seal(KEYS, card_id=cast.CARD_ID, nonce=NONCE)
    status = ChipStatus(seq=4, state=ChipState.FROZEN, digest=bytes(8), counter=9, flags=ChipFlag.FAULT).seal(KEYS, card_id=cast.CARD_ID, nonce=NONCE)
    for kind, answer in ((ScriptReceipt, receipt), (ChipStatus, status)):
        for bit in range(8 * len(answer)):
            changed = bytearray(answer)
            changed[bit // 8] ^= 1 << bit % 8
            with pytest.raises(InputError):
                kind.check(bytes(changed), keys=KEYS, card_id=cast.CARD_ID, nonce=NONCE)


@given(st.binary(max_size=40) | st.binary(min_size=28, max_size=28))
def test_arbitrary_bytes_are_no_script(data: bytes) -> None:
    with pytest.raises(InputError):
        Script.parse(data)
