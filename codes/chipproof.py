r"""What a chip signs about itself: the answer to INTERNAL AUTHENTICATE (CHIP sections 4.3 and "Decisions after review").

    signed   "SSC-IA1\0" ‖ version 1 ‖ purpose 1 ‖ card id 16 ‖ counter u32 ‖ seq u32 ‖ state 1 ‖ digest 8 ‖ chip random 8 ‖ challenge 32
    answer   the fields from version to chip random, then r ‖ s 64
    bind     challenge = SHA-256 of CBOR ["ecard-bind", 1, reader id, nonce, thumbprint of the phone's enrolment key, card number, expiry]
    unbind   the same with "ecard-unbind"

A chip's signature may have a high s: real chips do not normalise, and nothing remembers a chip by its signature.
"""

from __future__ import annotations

import enum
import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import utils

from codes import cbor, faults, keys
from codes.errors import InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

_DOMAIN = b"SSC-IA1\0"
_BODY = struct.Struct(">BB16sIIB8s8s")
_VERSION = 1
CHALLENGE_BYTES = 32
ANSWER_BYTES = _BODY.size + 64


class ChipPurpose(enum.IntEnum):
    """Why the chip is asked to sign."""

    STATUS = 1
    BIND = 2
    PRESENCE = 3
    UNBIND = 4


class ChipState(enum.IntEnum):
    """The chip's own dialect of the status vocabulary."""

    ACTIVE = 0
    SUSPENDED = 1
    FROZEN = 2
    CANCELLED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipReport:
    """What the chip says of itself in one answer."""

    purpose: ChipPurpose
    card_id: bytes
    """Card identification code, 16 bytes."""
    counter: int
    """Authentications so far, this one included; never falls."""
    seq: int
    state: ChipState
    digest: bytes
    """First 8 bytes of the digest of the last script; zeros before the first."""
    chip_random: bytes

    def body(self) -> bytes:
        """The fields from version to chip random."""
        return _BODY.pack(_VERSION, self.purpose, self.card_id, self.counter, self.seq, self.state, self.digest, self.chip_random)

    def signed_bytes(self, challenge: bytes) -> bytes:
        """What the chip's key signs. `ValueError` unless the challenge has 32 bytes."""
        if len(challenge) != CHALLENGE_BYTES:
            msg = f"a challenge has {CHALLENGE_BYTES} bytes, not {len(challenge)}"
            raise ValueError(msg)
        return _DOMAIN + self.body() + challenge

    @classmethod
    def check(
        cls, answer: bytes, *, key: ec.EllipticCurvePublicKey, purpose: ChipPurpose, challenge: bytes, card_id: bytes | None = None
    ) -> ChipReport:
        """Read and verify an answer: this chip's key, this purpose, this challenge, and this card where the caller knows which it must be.

        Raises `InputError` chip-proof naming what is wrong.
        """
        if len(answer) != ANSWER_BYTES:
            raise InputError(faults.CHIP_PROOF, wrong="length", length=len(answer))
        version, found_purpose, found_card, counter, seq, state, digest, chip_random = _BODY.unpack(answer[: _BODY.size])
        if version != _VERSION or found_purpose != purpose or state not in set(ChipState):
            raise InputError(faults.CHIP_PROOF, wrong="version, purpose or state")
        if card_id is not None and found_card != card_id:
            raise InputError(faults.CHIP_PROOF, wrong="card")
        r, s = int.from_bytes(answer[-64:-32]), int.from_bytes(answer[-32:])
        if not (0 < r < keys.ORDER and 0 < s < keys.ORDER):
            raise InputError(faults.CHIP_PROOF, wrong="signature range")
        report = cls(purpose=purpose, card_id=found_card, counter=counter, seq=seq, state=ChipState(state), digest=digest, chip_random=chip_random)
        if not keys.verifies(key, utils.encode_dss_signature(r, s), report.signed_bytes(challenge)):
            raise InputError(faults.CHIP_PROOF, wrong="signature")
        return report


def bind_challenge(*, reader_id: str, nonce: bytes, thumbprint: bytes, card_number: str, expires: int) -> bytes:
    """The 32-byte challenge with which a chip endorses exactly this enrolment key, at this reader, once, until `expires` (seconds since 1970)."""
    return hashlib.sha256(cbor.encode(["ecard-bind", 1, reader_id, nonce, thumbprint, card_number, expires])).digest()


def unbind_challenge(*, reader_id: str, nonce: bytes, thumbprint: bytes, card_number: str, expires: int) -> bytes:
    """The same for a phone that is to be unbound."""
    return hashlib.sha256(cbor.encode(["ecard-unbind", 1, reader_id, nonce, thumbprint, card_number, expires])).digest()
