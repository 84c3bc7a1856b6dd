"""Public keys as JWK (RFC 7517): for whoever checks what we sign with a library of their own. `kid` is the hex of the eight bytes in our headers."""

from __future__ import annotations

import base64
import binascii
import json

from cryptography.hazmat.primitives.asymmetric import ec

from codes.errors import InputError
from codes.keys import CoseKey
from webapp import faults

_COORDINATE = 32


def to_jwk(key: CoseKey) -> dict[str, str]:
    """A P-256 public key."""
    numbers = key.load().public_numbers()
    x, y = (base64.urlsafe_b64encode(number.to_bytes(_COORDINATE)).rstrip(b"=").decode() for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": key.kid().hex()}


def from_jwk(text: bytes) -> CoseKey:
    """The key again. Raises `InputError` key-file for anything else, also where `kid` is another key's."""
    try:
        page = json.loads(text)
        x, y = (int.from_bytes(base64.b64decode(page[name] + "=", altchars=b"-_", validate=True)) for name in "xy")
        key = CoseKey.of(ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key())
    except (ValueError, KeyError, TypeError, binascii.Error) as problem:
        raise InputError(faults.KEY_FILE) from problem
    if to_jwk(key) != page:
        raise InputError(faults.KEY_FILE)
    return key
