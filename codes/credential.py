"""The credential: what an issuer says about one holder key for a while, as an SD-CWT (draft-ietf-spice-sd-cwt) of one fixed shape.

FORMATS section 1. A `Credential` read from the wire is a well-formed statement and nothing more: its issuer's signature is checked by whoever holds
the issuer's key (`Credential.check`). Neither full name nor identity number nor card number has a place in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, cose, faults
from codes.claims import CARD, CNF, EXP, HOUR, IAT, ISS, NAME, STATUS, SUB, SUB_PATTERN, TAIL, Profile, StatusRef, is_region
from codes.errors import InputError
from codes.keys import CoseKey, Signer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

TYP_SD_CWT = 293
MAX_MAX_AGE = 3600
"""Longest life of one code in seconds that the format can express at all; issuer keys and scenes narrow it."""
MAX_NAME_BYTES = 60
"""Keeps an identity code with the longest challenge within symbol version 16."""
CHIP_TAG_BYTES = 8
FARE_CLASSES = 8

_IDENTITY_CLAIMS = {Profile.GENERAL: (0,), Profile.IDENTITY: (2,), Profile.CHIP: (0,), Profile.DELEGATE: (0, 2)}
"""How many of the two identity claims each profile may carry."""
_GENERAL_CLAIMS = 7
_PROFILES = {int(profile): profile for profile in Profile}


class Statement(NamedTuple):
    """What a credential says. Times are whole seconds since 1970 UTC; `iat` and `exp` lie on the hour, so that they tell nothing about the holder."""

    iss: str
    """ISO 3166-2 code of the issuing region."""
    sub: str
    """8 characters base64url, random and new for every credential."""
    exp: int
    iat: int
    holder: CoseKey
    """The key that presents it: the phone's key of this credential, or the chip's key."""
    status: StatusRef
    chip_tag: bytes
    """8 bytes that bind it to one physical card; only the issuer can tell which."""
    max_age: int
    """How long one code lives, in seconds."""
    profile: Profile
    fare: int
    """Opaque class 0-7; its meaning stands in the transit scene rules only."""
    name: str | None = None
    """Masked name, profile 2 (and 4 for identity): 王*芳."""
    tail: str | None = None
    """Last four characters of the identity number, with `name`."""


class Credential(NamedTuple):
    """A credential as read: the exact bytes, the signed parts and what they say. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    says: Statement

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    @classmethod
    def from_bytes(cls, data: bytes) -> Credential:
        """Read a credential that stands alone. Raises `InputError` as `parse` does, and the cbor-* codes."""
        return cls.parse(cbor.decode(data))

    @classmethod
    def parse(cls, value: cbor.Value) -> Credential:
        """Read a decoded tag 18.

        Raises `InputError`: cose-shape, cose-unprotected, cose-header, cose-algorithm, cose-type, signature-range, signature-high-s, claims-set,
        claim-value, key-shape, and the cbor-* codes for header and payload.
        """
        signed = cose.Sign1.parse(value, typ=TYP_SD_CWT)
        kid = signed.headers.get(cose.KID)
        if type(kid) is not bytes or len(kid) != 8 or len(signed.headers) != 3:
            raise InputError(faults.COSE_HEADER)
        return cls(signed, kid, _statement(cbor.decode(signed.payload)))

    def check(self, issuer: ec.EllipticCurvePublicKey) -> None:
        """Return if `issuer` signed exactly these bytes; raise `InputError` issuer-signature if not."""
        self.signed.check(issuer, otherwise=faults.ISSUER_SIGNATURE)

    @classmethod
    def issue(cls, says: Statement, signer: Signer) -> Credential:
        """Sign a statement. The result has been read back by `from_bytes`, so nothing leaves that a terminal could not read.

        Raises `InputError` for a statement outside the format.
        """
        claims: dict[int | str, cbor.Value] = {
            ISS: says.iss,
            SUB: says.sub,
            EXP: says.exp,
            IAT: says.iat,
            CNF: {1: says.holder.to_cbor()},
            STATUS: says.status.to_cbor(),
            CARD: [says.chip_tag, says.max_age, int(says.profile), says.fare],
        }
        if says.name is not None:
            claims[NAME] = says.name
        if says.tail is not None:
            claims[TAIL] = says.tail
        return cls.from_bytes(cose.sign1({cose.KID: signer.public_key.kid(), cose.TYP: TYP_SD_CWT}, cbor.encode(claims), signer))


def _statement(claims: cbor.Value) -> Statement:
    """Shapes, types and ranges of every claim; nothing optional beyond what the profile names."""
    if type(claims) is not dict:
        raise InputError(faults.CLAIMS_SET)
    try:
        iss, sub, exp, iat, cnf, status, card = (
            claims[ISS], claims[SUB], claims[EXP], claims[IAT], claims[CNF], claims[STATUS], claims[CARD]
        )  # fmt: skip
    except KeyError as error:
        raise InputError(faults.CLAIMS_SET, missing=str(error)) from None
    if type(iss) is not str or not is_region(iss):
        raise InputError(faults.CLAIM_VALUE, claim="iss")
    if type(sub) is not str or not SUB_PATTERN.fullmatch(sub):
        raise InputError(faults.CLAIM_VALUE, claim="sub")
    if type(exp) is not int or type(iat) is not int or not 0 <= iat < exp or iat % HOUR or exp % HOUR:
        raise InputError(faults.CLAIM_VALUE, claim="exp and iat")
    if type(cnf) is not dict or len(cnf) != 1 or 1 not in cnf:
        raise InputError(faults.CLAIM_VALUE, claim="cnf")
    if type(card) is not list or len(card) != 4:
        raise InputError(faults.CLAIM_VALUE, claim="card")
    chip_tag, max_age, profile, fare = card
    if type(chip_tag) is not bytes or len(chip_tag) != CHIP_TAG_BYTES:
        raise InputError(faults.CLAIM_VALUE, claim="chip_tag")
    if type(max_age) is not int or not 0 < max_age <= MAX_MAX_AGE:
        raise InputError(faults.CLAIM_VALUE, claim="max_age")
    if type(profile) is not int or profile not in _PROFILES:
        raise InputError(faults.CLAIM_VALUE, claim="profile")
    if type(fare) is not int or not 0 <= fare < FARE_CLASSES:
        raise InputError(faults.CLAIM_VALUE, claim="fare")
    name, tail = claims.get(NAME), claims.get(TAIL)
    identity = (name is not None) + (tail is not None)
    if len(claims) != _GENERAL_CLAIMS + identity or identity not in _IDENTITY_CLAIMS[_PROFILES[profile]]:
        raise InputError(faults.CLAIMS_SET, profile=profile)
    if name is not None and not (type(name) is str and "*" in name and name.isprintable() and len(name.encode()) <= MAX_NAME_BYTES):
        raise InputError(faults.CLAIM_VALUE, claim="name")
    if tail is not None and not (
        type(tail) is str and len(tail) == 4 and tail.isascii() and tail[:3].isdigit() and (tail[3].isdigit() or tail[3] == "X")
    ):
        raise InputError(faults.CLAIM_VALUE, claim="tail")
    return Statement(
        iss, sub, exp, iat, CoseKey.parse(cnf[1]), StatusRef.parse(status), chip_tag, max_age, _PROFILES[profile], fare, name, tail
    )  # fmt: skip
