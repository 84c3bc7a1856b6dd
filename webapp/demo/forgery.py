"""What somebody without the keys might try with a code. Each returns the text that a terminal is shown."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from codes import base45, cbor, cose
from codes.claims import AUD, CARD, IAT
from codes.credential import Credential
from codes.keys import SoftwareSigner
from codes.presentation import PREFIX, TYP_KB_CWT, Presentation

_SIGNATURE = b"\x58\x40"


def cheaper_fare(code: Presentation) -> str:
    """One byte changed: the fare class in the credential, from 0 (full fare) to 3 (free)."""
    payload = code.credential.signed.payload
    claims = cbor.decode(payload)
    if type(claims) is not dict or type(card := claims[CARD]) is not list:
        msg = "a credential's claims are a map with a list in it"
        raise TypeError(msg)
    forged = cbor.encode({**claims, CARD: [*card[:3], 3]})
    return PREFIX + base45.encode(code.raw.replace(payload, forged))


def without_signature(code: Presentation) -> str:
    """The phone's signature cut off, an empty one in its place."""
    return PREFIX + base45.encode(code.raw[: -len(_SIGNATURE) - 64] + b"\x40")


def by_another_phone(code: Presentation, *, iat: int) -> str:
    """The credential copied to another phone, which signs with the only key it has: its own."""
    headers: dict[int | str, cbor.Value] = {cose.KCWT: cbor.Tag18([], code.credential.raw), cose.TYP: TYP_KB_CWT}
    return PREFIX + base45.encode(cose.sign1(headers, cbor.encode({AUD: str(code.audience), IAT: iat}), _stranger()))


def by_unknown_issuer(code: Presentation, *, iat: int) -> str:
    """A whole code in perfect form, every signature right, from an issuer that made itself."""
    phone = _stranger()
    credential = Credential.issue(code.credential.says._replace(holder=phone.public_key), _stranger())
    return Presentation.make(credential, phone, audience=code.audience, iat=iat).to_text()


def _stranger() -> SoftwareSigner:
    return SoftwareSigner(ec.generate_private_key(ec.SECP256R1()))
