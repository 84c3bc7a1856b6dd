"""Vectors of key proofs at enrolment and of what chips sign."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from codes import faults
from codes.chipproof import ChipPurpose, ChipState
from codes.keyproof import KeyProof, ProofPurpose
from codes.keys import ORDER
from tests.vectors import cast, loose
from tests.vectors.case import Family
from tests.vectors.family_signed import OFF_CURVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.errors import Fault
    from tests.vectors.loose import Node

NONCE = bytes(range(16))
CHIP_KEY = loose.of(cast.CHIP.public_key.to_cbor()).write().hex()


def families() -> list[Family]:
    """Key proofs, chip proofs."""
    return [_key_proof(), _chip_proof()]


def _key_proof() -> Family:
    family = Family(name="key-proof", about="A phone proves that it holds a key.", spec="FORMATS 1, codes/FORMAT.md 6")
    asked = {"region": "CN-CQ", "purpose": 1, "nonce": NONCE.hex()}
    proof = KeyProof.make(cast.HOLDER, region="CN-CQ", purpose=ProofPurpose.ENROLMENT, nonce=NONCE, iat=cast.NOW)
    holder = KeyProof.make(cast.HOLDER, region="CN-SC", purpose=ProofPurpose.HOLDER, nonce=NONCE, iat=0)
    says = {"key": cast.HOLDER.public_key.x.hex(), "iat": cast.NOW}
    family.good("enrolment", "key-proof", proof, says, "for the long-lived enrolment key", **asked)
    family.good(
        "holder",
        "key-proof",
        holder,
        {**says, "iat": 0},
        "for the key of one credential, in Sichuan, by a phone without a clock",
        **asked | {"region": "CN-SC", "purpose": 2},
    )

    for name, told, comment in (
        ("other-region", {"region": "CN-SC"}, "a proof for one region shown to the other"),
        ("other-purpose", {"purpose": 2}, "a proof for one act used for another"),
        ("other-nonce", {"nonce": bytes(16).hex()}, "a proof of yesterday"),
        ("empty-nonce", {"nonce": ""}, "a request without a nonce matches nothing"),
    ):
        family.bad(name, "key-proof", proof, faults.KEY_PROOF, comment, **asked | told)

    def bad(name: str, change: Callable[[Node, Node], object], fault: Fault, comment: str) -> None:
        tree = loose.read(proof)
        change(cast.inner(cast.parts_of(tree)[0]), cast.inner(cast.parts_of(tree)[2]))
        cast.seal(tree, cast.HOLDER)
        family.bad(name, "key-proof", tree.write(), fault, comment, **asked)

    bad("other-key", lambda _, claims: claims.put(8, {1: cast.STRANGER.public_key.to_cbor()}), faults.KEY_PROOF, "one key claimed, another signs")
    bad("purpose-true", lambda _, claims: claims.put(-65540, True), faults.KEY_PROOF, "true is 1 in some languages")
    bad("purpose-unknown", lambda _, claims: claims.put(-65540, 9), faults.KEY_PROOF, "a purpose nobody asked for")
    bad("region-bytes", lambda _, claims: claims.put(3, b"CN-CQ"), faults.KEY_PROOF, "bytes for text")
    bad("kid-header", lambda header, _: header.put(4, b"12345678"), faults.COSE_HEADER, "a key id beside the key")
    bad("type-code", lambda header, _: header.put(16, 294), faults.COSE_TYPE, "a code's type")
    bad("without-nonce", lambda _, claims: claims.drop(39), faults.CLAIMS_SET, "a proof for ever")
    bad("without-purpose", lambda _, claims: claims.drop(-65540), faults.CLAIMS_SET, "a proof for anything")
    bad("extra-claim", lambda _, claims: claims.put(2, "x"), faults.CLAIMS_SET, "a claim too many")
    bad("iat-negative", lambda _, claims: claims.put(6, -1), faults.CLAIM_VALUE, "before 1970")
    bad("iat-text", lambda _, claims: claims.put(6, "now"), faults.CLAIM_VALUE, "a time in letters")
    bad("cnf-kid", lambda _, claims: claims.put(8, {3: b"12345678"}), faults.CLAIM_VALUE, "a key named instead of shown")
    bad("cnf-array", lambda _, claims: claims.put(8, []), faults.CLAIM_VALUE, "an array for a map")
    bad("key-shape", lambda _, claims: claims.get(8).get(1).put(-3, bytes(32)), faults.KEY_SHAPE, "a key in its other spelling")
    bad("key-point", lambda _, claims: claims.get(8).get(1).put(-2, OFF_CURVE), faults.KEY_POINT, "a key that is no point")
    tree = cast.sign1(loose.of({1: -9, 16: "ecard-key-proof"}), loose.of([1]), cast.HOLDER)
    family.bad("claims-array", "key-proof", tree.write(), faults.CLAIMS_SET, "an array for the claims", **asked)
    family.bad(
        "code", "key-proof", cast.presentation().raw, faults.COSE_TYPE, "a code in the place of a proof: no signed thing can pose as another", **asked
    )
    return family


def _chip_proof() -> Family:
    family = Family(
        name="chip-proof", about="What a chip signs about itself, and what makes it endorse a phone's key.", spec="CHIP 4.3, codes/FORMAT.md 7"
    )
    asked = {"key": CHIP_KEY, "purpose": 2, "card_id": cast.CARD_ID.hex(), "challenge": cast.CHALLENGE.hex()}
    answer = cast.chip_answer()
    says = {"counter": 41, "seq": 3, "state": 0, "digest": bytes(8).hex(), "chip_random": "a1b2c3d4e5f60718"}
    family.good("bind", "chip-proof", answer, says, "an active chip endorses a phone's key", **asked)
    high = answer[:-64] + cast.high_s(answer[-64:])
    family.good("high-s", "chip-proof", high, says, "real chips do not normalise, and nothing remembers a chip by its signature", **asked)
    for state in ChipState:
        found = cast.chip_answer(state=state, purpose=ChipPurpose.STATUS, counter=0, seq=(1 << 32) - 1)
        expected = says | {"counter": 0, "seq": (1 << 32) - 1, "state": int(state)}
        family.good(f"state-{state.name.lower()}", "chip-proof", found, expected, "every state reports itself", **asked | {"purpose": 1})

    def bad(name: str, source: bytes, comment: str, **told: object) -> None:
        family.bad(name, "chip-proof", source, faults.CHIP_PROOF, comment, **asked | told)

    r, s = answer[-64:-32], answer[-32:]
    bad("empty", b"", "no answer")
    bad("short", answer[:-1], "an answer cut off")
    bad("long", answer + b"\x00", "a byte too many")
    bad("version-2", b"\x02" + answer[1:], "a version that does not exist yet")
    bad("purpose-other", answer, "an answer for one act used for another", purpose=3)
    bad("purpose-0", cast.chip_answer()[:1] + b"\x00" + answer[2:], "no purpose")
    bad("state-4", answer[:26] + b"\x04" + answer[27:], "a state that no chip has")
    bad("card-other", answer, "another card's answer", card_id=bytes(16).hex())
    bad("challenge-other", answer, "an answer to another challenge", challenge=bytes(32).hex())
    bad("key-other", answer, "another chip's key", key=loose.of(cast.STRANGER.public_key.to_cbor()).write().hex())
    bad("counter-changed", answer[:18] + b"\x00\x00\x00\x01" + answer[22:], "a counter set back")
    bad("state-changed", answer[:26] + b"\x01" + answer[27:], "another state under the same signature")
    bad("r-zero", answer[:-64] + bytes(32) + s, "r is 0")
    bad("s-zero", answer[:-64] + r + bytes(32), "s is 0")
    bad("r-order", answer[:-64] + ORDER.to_bytes(32, "big") + s, "r is the order")
    bad("s-order", answer[:-64] + r + ORDER.to_bytes(32, "big"), "s is the order")
    bad("code", cast.presentation().raw[: len(answer)], "the beginning of a code")

    told = {"reader_id": "R-0001", "nonce": NONCE.hex(), "card_number": "DEMO00000001", "expires": cast.NOW + 300}
    thumbprint = bytes(range(32, 64))
    challenge = loose.of(["ecard-bind", 1, "R-0001", NONCE, thumbprint, "DEMO00000001", cast.NOW + 300]).write()
    family.good(
        "bind-challenge",
        "bind-challenge",
        thumbprint,
        hashlib.sha256(challenge).hexdigest(),
        "what a chip endorses: this key, this card, this reader, until then",
        **told,
    )
    return family
