"""Lists of blocking scripts: one encoding, a signature, entries that can only stop, names that only the chip's holder finds."""

from __future__ import annotations

from typing import Any

import pytest

from codes import cbor, cose, faults
from codes.blocklists import BLINDED_BYTES, BLOCKS, LONGEST_LIFE, TYP_BLOCKS, BlockList, blinded
from codes.chipproof import ChipState, bind_challenge, unbind_challenge
from codes.claims import EXP, IAT, ISS
from codes.keys import SoftwareSigner
from codes.scripts import Script, ScriptKeys
from tests.codes.refusing import refusal

KEY, OTHER = SoftwareSigner.from_scalar(7), SoftwareSigner.from_scalar(8)
CARD, PRINT, SALT = bytes(range(16)), bytes(32), b"s" * 16
KEYS = ScriptKeys(script=bytes(16), receipt=bytes(16))


def script(state: ChipState = ChipState.SUSPENDED, *, live: bool = False) -> bytes:
    made = Script(seq=3, state=state, live=live, nonce=bytes(8))
    return made.seal(KEYS, card_id=CARD, challenge=bytes(8) if live else None)


def listed(*cards: bytes) -> BlockList:
    return BlockList.issue("CN-CQ", {blinded(SALT, card, PRINT): script() for card in cards}, KEY, salt=SALT, iat=1000, exp=1000 + LONGEST_LIFE)


def test_a_list_holds_what_was_put_in_and_says_it_to_whoever_holds_the_chip() -> None:
    made = listed(CARD, bytes(16))
    again = BlockList.from_bytes(made.raw)
    again.check(KEY.public_key.load())
    assert (again.region, again.iat, again.salt, len(again.blocks)) == ("CN-CQ", 1000, SALT, 2)
    assert again.script_for(CARD, PRINT) == script()
    assert again.script_for(CARD, b"\1" * 32) is None
    assert again.script_for(bytes(15) + b"\1", PRINT) is None
    assert CARD not in made.raw
    assert blinded(b"t" * 16, CARD, PRINT) != blinded(SALT, CARD, PRINT)


@pytest.mark.error("block-list-signature")
def test_a_list_of_another_signer_or_with_a_byte_changed_is_not_believed() -> None:
    made = listed(CARD)
    assert refusal(lambda: made.check(OTHER.public_key.load())) == faults.BLOCK_LIST_SIGNATURE.code
    spoilt = made.raw[:-1] + bytes((made.raw[-1] ^ 1,))
    assert refusal(lambda: BlockList.from_bytes(spoilt).check(KEY.public_key.load())) == faults.BLOCK_LIST_SIGNATURE.code


def token(claims: Any, *, headers: dict[int | str, Any] | None = None) -> bytes:
    said: dict[int | str, Any] = {cose.KID: KEY.public_key.kid(), cose.TYP: TYP_BLOCKS} if headers is None else headers
    return cose.sign1(said, cbor.encode(claims), KEY)


GOOD: dict[int | str, Any] = {ISS: "CN-CQ", EXP: 2000, IAT: 1000, BLOCKS: [SALT, b""]}
NAME = bytes(BLINDED_BYTES - 1)


@pytest.mark.parametrize(
    ("claims", "fault"),
    [
        ([1], faults.CLAIMS_SET),
        ({**GOOD, 99: 1}, faults.CLAIMS_SET),
        ({**GOOD, ISS: "Chongqing"}, faults.CLAIM_VALUE),
        ({**GOOD, ISS: 7}, faults.CLAIM_VALUE),
        ({**GOOD, EXP: 1000}, faults.CLAIM_VALUE),
        ({**GOOD, EXP: 1001 + LONGEST_LIFE}, faults.CLAIM_VALUE),
        ({**GOOD, IAT: True}, faults.CLAIM_VALUE),
        ({**GOOD, EXP: "soon"}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: b""}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: [SALT]}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: [b"short", b""]}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: ["salt", b""]}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: [SALT, []]}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: [SALT, b"\0"]}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: [SALT, NAME + b"\2" + script() + NAME + b"\1" + script()]}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: [SALT, (NAME + b"\1" + script()) * 2]}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: [SALT, NAME + b"\1" + script(live=True)]}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: [SALT, NAME + b"\1" + script(ChipState.ACTIVE, live=True)]}, faults.CLAIM_VALUE),
        ({**GOOD, BLOCKS: [SALT, NAME + b"\1" + bytes(len(script()))]}, faults.SCRIPT_SHAPE),
    ],
)
def test_what_is_not_such_a_list_is_refused_by_name(claims: Any, fault: Any) -> None:
    assert refusal(lambda: BlockList.from_bytes(token(claims))) == fault.code


@pytest.mark.parametrize("headers", [{cose.TYP: TYP_BLOCKS}, {cose.KID: b"short", cose.TYP: TYP_BLOCKS}, {cose.KID: 7, cose.TYP: TYP_BLOCKS}])
def test_a_list_names_its_key(headers: dict[int | str, Any]) -> None:
    assert refusal(lambda: BlockList.from_bytes(token(GOOD, headers=headers))) == faults.COSE_HEADER.code


def test_a_challenge_to_unbind_is_not_one_to_bind() -> None:
    terms: dict[str, Any] = {"reader_id": "r", "nonce": bytes(16), "thumbprint": PRINT, "card_number": "C00000000", "expires": 9}
    assert unbind_challenge(**terms) != bind_challenge(**terms)
    assert unbind_challenge(**terms) != unbind_challenge(**{**terms, "reader_id": "s"})
