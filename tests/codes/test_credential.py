"""Credentials: what was signed is what is read, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes import cose
from codes.claims import Profile
from codes.credential import Credential, Statement
from codes.errors import InputError
from codes.keyproof import KeyProof, ProofPurpose
from codes.presentation import Presentation
from codes.status import StatusListToken
from tests.codes import strategies
from tests.codes.refusing import refusal
from tests.vectors import cast, loose


@settings(max_examples=60)
@given(strategies.statements())
def test_what_is_issued_says_what_was_meant(says: Statement) -> None:
    credential = Credential.issue(says, cast.ISSUER)
    assert credential.says == says
    assert credential.kid == cast.ISSUER.public_key.kid()
    again = Credential.from_bytes(credential.raw)
    assert again.says == says
    assert again.raw == credential.raw
    again.check(cast.ISSUER.public_key.load())
    with pytest.raises(InputError) as refusal:
        again.check(cast.STRANGER.public_key.load())
    assert refusal.value.code == "issuer-signature"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "Chongqing"},
        {"sub": "short"},
        {"exp": cast.NOW + 1},
        {"iat": cast.NOW + 999 * cast.DAY},
        {"chip_tag": b""},
        {"max_age": 0},
        {"fare": 8},
        {"name": "王*芳"},
        {"tail": "204X"},
        {"profile": Profile.IDENTITY},
    ],
)
def test_nothing_is_issued_that_a_terminal_could_not_read(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Credential.issue(cast.statement(**change), cast.ISSUER)


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_refused_with_a_code(data: bytes) -> None:
    with pytest.raises(InputError):
        Credential.from_bytes(data)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 255)), min_size=1, max_size=3))
def test_a_changed_credential_is_never_read_and_verified(edits: list[tuple[int, int]]) -> None:
    original = cast.credential().raw
    data = bytearray(original)
    for at, flip in edits:
        data[at % len(data)] ^= flip
    if bytes(data) == original:
        return
    with pytest.raises(InputError):
        Credential.from_bytes(bytes(data)).check(cast.ISSUER.public_key.load())


@given(strategies.values, st.sampled_from([1, 2, 4, 6, 8, 65535, -65537, -65538, -65539]))
def test_whatever_stands_for_a_claim_the_reader_answers_with_a_code(value: object, claim: int) -> None:
    tree = loose.read(Credential.issue(cast.identity_statement(), cast.ISSUER).raw)
    cast.inner(cast.parts_of(tree)[2]).put(claim, value)
    code = refusal(lambda: Credential.from_bytes(tree.write()))
    assert code in {None, "claims-set", "claim-value", "key-shape", "cbor-depth"}
    assert code or Credential.from_bytes(tree.write()).raw == tree.write()


@pytest.mark.threat("B16")
def test_no_signed_thing_can_pose_as_another() -> None:
    things = {
        "credential": cast.credential().raw,
        "code": cast.presentation().raw,
        "status": cast.status_token().raw,
        "proof": KeyProof.make(cast.HOLDER, region="CN-CQ", purpose=ProofPurpose.HOLDER, nonce=bytes(16), iat=cast.NOW),
    }

    def read(kind: str, data: bytes) -> object:
        match kind:
            case "credential":
                return Credential.from_bytes(data)
            case "code":
                return Presentation.from_bytes(data)
            case "status":
                return StatusListToken.from_bytes(data)
            case _:
                return KeyProof.check(data, region="CN-CQ", purpose=ProofPurpose.HOLDER, nonce=bytes(16))

    for place in things:
        for kind, data in things.items():
            if place == kind:
                assert read(place, data)
            else:
                with pytest.raises(InputError) as refusal:
                    read(place, data)
                assert refusal.value.code == "cose-type"


def test_a_remembered_header_is_remembered_whole() -> None:
    credential = cast.credential()
    other = Credential.issue(cast.statement(), cast.ISSUER_SC)
    for found, signer in ((credential, cast.ISSUER), (other, cast.ISSUER_SC), (Credential.from_bytes(credential.raw), cast.ISSUER)):
        assert found.kid == signer.public_key.kid()
        assert cose.sig_structure(found.signed.protected, b"").endswith(b"\x40\x40")
