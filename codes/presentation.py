"""The code: a credential presented once, now, by the phone that holds its key (Key Binding Token of draft-ietf-spice-sd-cwt).

    text = "SC1:" + Base45(KBT)

FORMATS section 1. `Presentation.from_text` says what a text claims and keeps the signed bytes; it believes nothing. The decision is verify's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codes import base45, cbor, cose, faults
from codes.claims import AUD, CNONCE, IAT, Audience, Profile
from codes.credential import Credential
from codes.errors import InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.keys import Signer

TYP_KB_CWT = 294
PREFIX = "SC1:"
MAX_LENGTH = 1200
"""Characters a code may have, prefix included."""
MIN_CNONCE, MAX_CNONCE = 8, 32
"""Bytes of a terminal's challenge."""

_AUDIENCES = {str(audience): audience for audience in Audience}


class Presentation(NamedTuple):
    """A code as read: the exact bytes, whom it addresses, when the phone says it was made, and the credential inside. Not yet believed."""

    signed: cose.Sign1
    credential: Credential
    audience: Audience
    iat: int
    """Device time, whole seconds since 1970 UTC."""
    cnonce: bytes | None

    @classmethod
    def from_text(cls, text: str) -> Presentation:
        """Read a scanned text.

        Raises `InputError`: code-prefix, code-length, base45-*, cbor-*, cose-*, signature-range, signature-high-s, claims-set, claim-value,
        key-shape, chip-in-code.
        """
        return cls.from_bytes(base45.decode(body_of(text)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Presentation:
        """Read the KBT itself. Raises `InputError` as `from_text` does after its Base45."""
        signed = cose.Sign1.parse(cbor.decode(data), typ=TYP_KB_CWT)
        if len(signed.headers) != 3 or cose.KCWT not in signed.headers:
            raise InputError(faults.COSE_HEADER)
        credential = Credential.parse(signed.headers[cose.KCWT])
        if credential.says.profile is Profile.CHIP:
            raise InputError(faults.CHIP_IN_CODE)
        claims = cbor.decode(signed.payload)
        if type(claims) is not dict or AUD not in claims or IAT not in claims or len(claims) != 2 + (CNONCE in claims):
            raise InputError(faults.CLAIMS_SET)
        audience, iat, cnonce = claims[AUD], claims[IAT], claims.get(CNONCE)
        if type(audience) is not str or audience not in _AUDIENCES:
            raise InputError(faults.CLAIM_VALUE, claim="aud")
        if type(iat) is not int or iat < 0:
            raise InputError(faults.CLAIM_VALUE, claim="iat")
        if cnonce is not None and not (type(cnonce) is bytes and MIN_CNONCE <= len(cnonce) <= MAX_CNONCE):
            raise InputError(faults.CLAIM_VALUE, claim="cnonce")
        return cls(signed, credential, _AUDIENCES[audience], iat, cnonce)

    def check(self, holder: ec.EllipticCurvePublicKey) -> None:
        """Return if `holder` signed exactly these bytes; raise `InputError` holder-signature if not."""
        self.signed.check(holder, otherwise=faults.HOLDER_SIGNATURE)

    @property
    def raw(self) -> bytes:
        """The exact encoding of the KBT, tag included."""
        return self.signed.raw

    def to_text(self) -> str:
        """The one text of this presentation, as the QR code carries it."""
        return PREFIX + base45.encode(self.raw)

    @classmethod
    def make(cls, credential: Credential, signer: Signer, *, audience: Audience, iat: int, cnonce: bytes | None = None) -> Presentation:
        """Present `credential` at device time `iat` with the holder key that it names. What the phone does; the Python twin of the app.

        `ValueError` when `signer` holds another key. Raises `InputError` for values outside the format.
        """
        if signer.public_key != credential.says.holder:
            msg = "the signer does not hold the key that the credential names"
            raise ValueError(msg)
        claims: dict[int | str, cbor.Value] = {AUD: str(audience), IAT: iat}
        if cnonce is not None:
            claims[CNONCE] = cnonce
        headers: dict[int | str, cbor.Value] = {cose.KCWT: cbor.Tag18([], credential.raw), cose.TYP: TYP_KB_CWT}
        return cls.from_bytes(cose.sign1(headers, cbor.encode(claims), signer))


def body_of(text: str) -> str:
    """The Base45 part of a code text. Raises `InputError` code-prefix for anything that is not ours, code-length for more than 1,200 characters."""
    if not text.startswith(PREFIX):
        raise InputError(faults.CODE_PREFIX)
    if len(text) > MAX_LENGTH:
        raise InputError(faults.CODE_LENGTH, length=len(text), limit=MAX_LENGTH)
    return text[len(PREFIX) :]


def next_iat(now: int, last: int | None) -> int:
    """The time to put into the next code of a credential: two codes of one credential never share an iat."""
    return now if last is None else max(now, last + 1)
