"""Key proofs and chip proofs: made for one request, good for no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes.chipproof import ChipPurpose, ChipReport, ChipState, bind_challenge
from codes.errors import InputError
from codes.keyproof import KeyProof, ProofPurpose
from tests.codes import strategies
from tests.vectors import cast

if TYPE_CHECKING:
    from codes.keys import SoftwareSigner

u32 = st.integers(0, (1 << 32) - 1)
eight = st.binary(min_size=8, max_size=8)
reports = st.builds(
    ChipReport,
    purpose=st.sampled_from(ChipPurpose),
    card_id=st.binary(min_size=16, max_size=16),
    counter=u32,
    seq=u32,
    state=st.sampled_from(ChipState),
    digest=eight,
    chip_random=eight,
)


@settings(max_examples=40)
@given(strategies.signers, strategies.regions, st.sampled_from(ProofPurpose), st.binary(min_size=16, max_size=16), st.integers(0, strategies.UINT64))
def test_a_key_proof_proves_its_key(signer: SoftwareSigner, region: str, purpose: ProofPurpose, nonce: bytes, iat: int) -> None:
    proof = KeyProof.make(signer, region=region, purpose=purpose, nonce=nonce, iat=iat)
    found = KeyProof.check(proof, region=region, purpose=purpose, nonce=nonce)
    assert found == KeyProof(region=region, purpose=purpose, key=signer.public_key, nonce=nonce, iat=iat)
    with pytest.raises(InputError) as refusal:
        KeyProof.check(proof, region=region, purpose=purpose, nonce=nonce + b"x")
    assert refusal.value.code == "key-proof"


@given(st.binary(max_size=300))
def test_arbitrary_bytes_prove_no_key(data: bytes) -> None:
    with pytest.raises(InputError):
        KeyProof.check(data, region="CN-CQ", purpose=ProofPurpose.HOLDER, nonce=bytes(16))


@settings(max_examples=300)
@given(st.integers(0, 1000), st.integers(1, 255))
def test_a_changed_key_proof_proves_nothing(at: int, flip: int) -> None:
    proof = bytearray(KeyProof.make(cast.HOLDER, region="CN-CQ", purpose=ProofPurpose.HOLDER, nonce=bytes(16), iat=cast.NOW))
    proof[at % len(proof)] ^= flip
    with pytest.raises(InputError):
        KeyProof.check(bytes(proof), region="CN-CQ", purpose=ProofPurpose.HOLDER, nonce=bytes(16))


@settings(max_examples=60)
@given(reports, st.binary(min_size=32, max_size=32))
def test_a_chip_reports_what_it_signed(report: ChipReport, challenge: bytes) -> None:
    answer = report.body() + cast.CHIP.sign(report.signed_bytes(challenge))
    asked: dict[str, Any] = {"key": cast.CHIP.public_key.load(), "purpose": report.purpose, "card_id": report.card_id}
    assert ChipReport.check(answer, challenge=challenge, **asked) == report
    other = bytes((challenge[0] ^ 1,)) + challenge[1:]
    with pytest.raises(InputError) as refusal:
        ChipReport.check(answer, challenge=other, **asked)
    assert refusal.value.code == "chip-proof"


def judge(answer: bytes) -> ChipReport:
    """Check an answer for the request that the cast makes."""
    return ChipReport.check(answer, key=cast.CHIP.public_key.load(), purpose=ChipPurpose.BIND, card_id=cast.CARD_ID, challenge=cast.CHALLENGE)


def test_no_byte_of_an_answer_may_change() -> None:
    answer = cast.chip_answer()
    assert judge(answer) == cast.chip_report()
    for at in range(len(answer)):
        for flip in (1, 0x80, 0xFF):
            changed = bytearray(answer)
            changed[at] ^= flip
            with pytest.raises(InputError) as refusal:
                judge(bytes(changed))
            assert refusal.value.code == "chip-proof"


@given(st.binary(max_size=120) | st.binary(min_size=107, max_size=107))
def test_arbitrary_bytes_are_no_answer(data: bytes) -> None:
    with pytest.raises(InputError) as refusal:
        judge(data)
    assert refusal.value.code == "chip-proof"


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_challenge_has_its_size(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        cast.chip_report().signed_bytes(bytes(size))


def test_a_bind_challenge_depends_on_each_of_its_parts() -> None:
    good: dict[str, Any] = {"reader_id": "R-0001", "nonce": bytes(16), "thumbprint": bytes(32), "card_number": "DEMO00000001", "expires": cast.NOW}
    changes: list[dict[str, Any]] = [
        {},
        {"reader_id": "R-0002"},
        {"nonce": bytes(15)},
        {"thumbprint": b"\1" * 32},
        {"card_number": "DEMO00000002"},
        {"expires": cast.NOW + 1},
    ]
    challenges = {bind_challenge(**good | change) for change in changes}
    assert len(challenges) == len(changes)
    assert all(len(challenge) == 32 for challenge in challenges)
