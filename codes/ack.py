"""What a terminal says of the status versions that it holds and judges by: so a resident can be told how many gates know of a loss.

18([ << { 1: -9, 4: kid, 16: "ecard-ack" } >>, {}, << { 6: iat, -65551: [terminal, [* [region, space, epoch, seq]]] } >>, signature 64 ])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, cose, faults
from codes.chain import MAX_EPOCH, MAX_SEQ, ListSpace
from codes.claims import IAT, REGION_PATTERN
from codes.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.keys import Signer

TYP_ACK = "ecard-ack"
HOLDS = -65551
"""Private claim: [terminal, versions]."""
MAX_VERSIONS = 64
_SPACES = {int(space): space for space in ListSpace}


class HeldVersions(NamedTuple):
    """What an acknowledgement says."""

    iat: int
    terminal: str
    versions: Sequence[tuple[str, ListSpace, int, int]]
    """Region, space, epoch and seq, in order, one for each chain."""


class StatusAck(NamedTuple):
    """An acknowledgement as read. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    says: HeldVersions

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    @classmethod
    def from_bytes(cls, data: bytes) -> StatusAck:
        """Read an acknowledgement. Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value."""
        signed = cose.Sign1.parse(cbor.decode(data), typ=TYP_ACK)
        kid = signed.headers.get(cose.KID)
        if type(kid) is not bytes or len(kid) != 8 or len(signed.headers) != 3:
            raise InputError(faults.COSE_HEADER)
        return cls(signed, kid, _held(cbor.decode(signed.payload)))

    @classmethod
    def issue(cls, says: HeldVersions, signer: Signer) -> StatusAck:
        """Sign what is held; read back before it is returned. Raises `InputError` for what is outside the format."""
        versions: list[cbor.Value] = [[region, int(space), epoch, seq] for region, space, epoch, seq in says.versions]
        claims: dict[int | str, cbor.Value] = {IAT: says.iat, HOLDS: [says.terminal, versions]}
        return cls.from_bytes(cose.sign1({cose.KID: signer.public_key.kid(), cose.TYP: TYP_ACK}, cbor.encode(claims), signer))

    def check(self, terminal: ec.EllipticCurvePublicKey) -> None:
        """Return if the terminal's key signed exactly these bytes; raise `InputError` ack-signature if not."""
        self.signed.check(terminal, otherwise=faults.ACK_SIGNATURE)


def _held(claims: cbor.Value) -> HeldVersions:
    if type(claims) is not dict or claims.keys() != {IAT, HOLDS}:
        raise InputError(faults.CLAIMS_SET)
    iat, holds = claims[IAT], claims[HOLDS]
    if type(iat) is not int or iat < 0 or type(holds) is not list or len(holds) != 2:
        raise InputError(faults.CLAIM_VALUE, claim="iat or holds")
    terminal, versions = holds
    if type(terminal) is not str or not 1 <= len(terminal) <= 64 or type(versions) is not list or len(versions) > MAX_VERSIONS:
        raise InputError(faults.CLAIM_VALUE, claim="terminal or versions")
    found = [_version(version) for version in versions]
    if [version[:2] for version in found] != sorted({version[:2] for version in found}):
        raise InputError(faults.CLAIM_VALUE, claim="versions", wrong="order")
    return HeldVersions(iat, terminal, found)


def _version(version: cbor.Value) -> tuple[str, ListSpace, int, int]:
    if type(version) is not list or len(version) != 4:
        raise InputError(faults.CLAIM_VALUE, claim="version")
    region, space, epoch, seq = version
    if type(region) is not str or not REGION_PATTERN.fullmatch(region) or type(space) is not int or space not in _SPACES:
        raise InputError(faults.CLAIM_VALUE, claim="region or space")
    if type(epoch) is not int or type(seq) is not int or not 0 <= epoch <= MAX_EPOCH or not 1 <= seq <= MAX_SEQ:
        raise InputError(faults.CLAIM_VALUE, claim="epoch or seq")
    return region, _SPACES[space], epoch, seq
