"""Checkpoints: a signature over the newest link of every chain that has moved, so that the end of a chain cannot be cut off unseen (threat F09).

    18([ << { 1: -9, 4: kid, 16: "ecard-checkpoint" } >>, {},
         << { 6: iat, -65542: [number, previous, links, heads, digest] } >>, signature 64 ])

Checkpoints are a chain of their own: `previous` is the SHA-256 of the checkpoint before, whole. Who keeps the newest one, the other region for example,
sees whether the record it is shown later still goes on from it, or is another story (threat D11).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, cose, faults
from codes.claims import IAT
from codes.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.keys import Signer

TYP_CHECKPOINT = "ecard-checkpoint"
SEALED = -65542
"""Private claim: [number, previous, links, heads, digest]."""
FIRST = bytes(32)
"""What stands as `previous` in the first checkpoint."""


class Head(NamedTuple):
    """The newest link of one chain."""

    chain: str
    """What kind of chain: "card" or "person"."""
    subject: str
    """Whose: the reference of the card or of the holder."""
    seq: int
    hash: bytes


class Seal(NamedTuple):
    """What a checkpoint says."""

    iat: int
    number: int
    """Counted from 1 without a gap."""
    previous: bytes
    links: int
    """How many links have been sealed so far, in this checkpoint and in all before it."""
    heads: int
    """How many chains have moved since the checkpoint before."""
    digest: bytes
    """`heads_digest` of their newest links."""


class Checkpoint(NamedTuple):
    """A checkpoint as read. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    says: Seal

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    @property
    def hash(self) -> bytes:
        """What the next checkpoint names as `previous`."""
        return hashlib.sha256(self.signed.raw).digest()

    @classmethod
    def from_bytes(cls, data: bytes) -> Checkpoint:
        """Read a checkpoint. Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value."""
        signed = cose.Sign1.parse(cbor.decode(data), typ=TYP_CHECKPOINT)
        kid = signed.headers.get(cose.KID)
        if type(kid) is not bytes or len(kid) != 8 or len(signed.headers) != 3:
            raise InputError(faults.COSE_HEADER)
        return cls(signed, kid, _seal(cbor.decode(signed.payload)))

    def check(self, audit: ec.EllipticCurvePublicKey) -> None:
        """Return if the audit key signed exactly these bytes; raise `InputError` checkpoint-signature if not."""
        self.signed.check(audit, otherwise=faults.CHECKPOINT_SIGNATURE)

    @classmethod
    def issue(cls, says: Seal, signer: Signer) -> Checkpoint:
        """Sign a checkpoint; read back before it is returned. Raises `InputError` for what is outside the format."""
        sealed: list[cbor.Value] = [says.number, says.previous, says.links, says.heads, says.digest]
        claims: dict[int | str, cbor.Value] = {IAT: says.iat, SEALED: sealed}
        return cls.from_bytes(cose.sign1({cose.KID: signer.public_key.kid(), cose.TYP: TYP_CHECKPOINT}, cbor.encode(claims), signer))


def heads_digest(heads: Iterable[Head]) -> bytes:
    """SHA-256 over CBOR [chain, subject, seq, hash] of every head, one after the other, in the order of these encodings."""
    return hashlib.sha256(b"".join(sorted(cbor.encode([head.chain, head.subject, head.seq, head.hash]) for head in heads))).digest()


def _seal(claims: cbor.Value) -> Seal:
    if type(claims) is not dict or claims.keys() != {IAT, SEALED}:
        raise InputError(faults.CLAIMS_SET)
    iat, sealed = claims[IAT], claims[SEALED]
    if type(iat) is not int or iat < 0:
        raise InputError(faults.CLAIM_VALUE, claim="iat")
    if type(sealed) is not list or len(sealed) != 5:
        raise InputError(faults.CLAIM_VALUE, claim="sealed")
    number, previous, links, heads, digest = sealed
    if type(number) is not int or type(links) is not int or type(heads) is not int or not 1 <= heads <= links or number < 1:
        raise InputError(faults.CLAIM_VALUE, claim="number, links and heads")
    if type(previous) is not bytes or type(digest) is not bytes or len(previous) != 32 or len(digest) != 32:
        raise InputError(faults.CLAIM_VALUE, claim="previous and digest")
    if (number == 1) != (previous == FIRST):
        raise InputError(faults.CLAIM_VALUE, claim="number and previous")
    return Seal(iat, number, previous, links, heads, digest)
