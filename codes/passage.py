"""What gates of one station tell one another: a passage was given to a credential, or did not happen; and that it was heard.

    passage    18([ << { 1: -9, 4: kid, 16: "ecard-passage" } >>, {}, << { 1: iss, 2: sub, 6: iat, -65552: [terminal, code's iat, until] } >>, signature 64 ])
    heard      18([ << { 1: -9, 4: kid, 16: "ecard-heard" } >>, {}, << { 6: iat, -65553: [terminal, SHA-256 of the passage, knew] } >>, signature 64 ])

iat is the terminal's time of saying so, until how long the credential's codes are refused, 0 for a passage that did not happen after all. `knew` says
that the one who hears had given a passage to this credential itself. A sub is random and lives a week: no message says who passed.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, cose, faults
from codes.claims import IAT, ISS, REGION_PATTERN, SUB, SUB_PATTERN
from codes.errors import InputError
from codes.journal import NAME_BYTES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.keys import Signer

TYP_PASSAGE, TYP_HEARD = "ecard-passage", "ecard-heard"
GIVEN, HEARD = -65552, -65553
"""Private claims: [terminal, code's iat, until] and [terminal, digest, knew]."""
MAX_MESSAGE = 512
"""Bytes of either."""


class GivenPassage(NamedTuple):
    """What a gate says. Times are whole seconds since 1970 UTC."""

    terminal: str
    iat: int
    """When the terminal says it, by its clock."""
    iss: str
    sub: str
    made: int
    """When the accepted code was made, by its phone's clock."""
    until: int
    """Through when the credential's codes are refused; 0: that passage did not happen."""


class PassageMessage(NamedTuple):
    """A passage message as read. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    says: GivenPassage

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    @property
    def digest(self) -> bytes:
        """What an answer to it names."""
        return sha256(self.raw).digest()

    @classmethod
    def from_bytes(cls, data: bytes) -> PassageMessage:
        """Read a message. Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value."""
        signed, kid = _read(data, TYP_PASSAGE)
        claims = cbor.decode(signed.payload)
        if type(claims) is not dict or claims.keys() != {ISS, SUB, IAT, GIVEN}:
            raise InputError(faults.CLAIMS_SET)
        iss, sub, iat, given = claims[ISS], claims[SUB], claims[IAT], claims[GIVEN]
        if type(iss) is not str or not REGION_PATTERN.fullmatch(iss) or type(sub) is not str or not SUB_PATTERN.fullmatch(sub):
            raise InputError(faults.CLAIM_VALUE, claim="iss or sub")
        if type(given) is not list or len(given) != 3:
            raise InputError(faults.CLAIM_VALUE, claim="passage")
        terminal, made, until = given
        return cls(signed, kid, GivenPassage(_name(terminal), _time(iat, "iat"), iss, sub, _time(made, "made"), _time(until, "until")))

    @classmethod
    def issue(cls, says: GivenPassage, signer: Signer) -> PassageMessage:
        """Sign a passage; read back before it is returned. Raises `InputError` for what is outside the format."""
        claims: dict[int | str, cbor.Value] = {ISS: says.iss, SUB: says.sub, IAT: says.iat, GIVEN: [says.terminal, says.made, says.until]}
        return cls.from_bytes(_sign(TYP_PASSAGE, claims, signer))

    def check(self, terminal: ec.EllipticCurvePublicKey) -> None:
        """Return if the terminal's key signed exactly these bytes; raise `InputError` passage-signature if not."""
        self.signed.check(terminal, otherwise=faults.PASSAGE_SIGNATURE)


class Hearing(NamedTuple):
    """What the one who heard says."""

    terminal: str
    iat: int
    digest: bytes
    """SHA-256 of the message that was heard."""
    knew: bool
    """It had given a passage to this credential itself, before it heard."""


class HeardMessage(NamedTuple):
    """An answer as read. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    says: Hearing

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    @classmethod
    def from_bytes(cls, data: bytes) -> HeardMessage:
        """Read an answer. Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value."""
        signed, kid = _read(data, TYP_HEARD)
        claims = cbor.decode(signed.payload)
        if type(claims) is not dict or claims.keys() != {IAT, HEARD}:
            raise InputError(faults.CLAIMS_SET)
        heard = claims[HEARD]
        if type(heard) is not list or len(heard) != 3:
            raise InputError(faults.CLAIM_VALUE, claim="heard")
        terminal, digest, knew = heard
        if type(digest) is not bytes or len(digest) != 32 or type(knew) is not bool:
            raise InputError(faults.CLAIM_VALUE, claim="digest or knew")
        return cls(signed, kid, Hearing(_name(terminal), _time(claims[IAT], "iat"), digest, knew))

    @classmethod
    def issue(cls, says: Hearing, signer: Signer) -> HeardMessage:
        """Sign an answer; read back before it is returned. Raises `InputError` for what is outside the format."""
        return cls.from_bytes(_sign(TYP_HEARD, {IAT: says.iat, HEARD: [says.terminal, says.digest, says.knew]}, signer))

    def check(self, terminal: ec.EllipticCurvePublicKey) -> None:
        """Return if the terminal's key signed exactly these bytes; raise `InputError` passage-signature if not."""
        self.signed.check(terminal, otherwise=faults.PASSAGE_SIGNATURE)


def _read(data: bytes, typ: str) -> tuple[cose.Sign1, bytes]:
    if len(data) > MAX_MESSAGE:
        raise InputError(faults.CBOR_SIZE, size=len(data), limit=MAX_MESSAGE)
    signed = cose.Sign1.parse(cbor.decode(data), typ=typ)
    kid = signed.headers.get(cose.KID)
    if type(kid) is not bytes or len(kid) != 8 or len(signed.headers) != 3:
        raise InputError(faults.COSE_HEADER)
    return signed, kid


def _sign(typ: str, claims: dict[int | str, cbor.Value], signer: Signer) -> bytes:
    return cose.sign1({cose.KID: signer.public_key.kid(), cose.TYP: typ}, cbor.encode(claims), signer)


def _name(value: cbor.Value) -> str:
    if type(value) is not str or not NAME_BYTES[0] <= len(value) <= NAME_BYTES[1]:
        raise InputError(faults.CLAIM_VALUE, claim="terminal")
    return value


def _time(value: cbor.Value, claim: str) -> int:
    if type(value) is not int or value < 0:
        raise InputError(faults.CLAIM_VALUE, claim=claim)
    return value
