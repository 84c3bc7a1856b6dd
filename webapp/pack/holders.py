"""The residents whose keys are in the pack: one whose credential stands alone, and a crowd for load and timing."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from codes.claims import HOUR
from webapp.pack.places import CQ, DAY, NOW

if TYPE_CHECKING:
    from codes.keys import CoseKey
    from webapp.pack.city import City

CROWD = 600
MAIN = "main resident"
_COORDINATE = 32


def main_credential(city: City) -> bytes:
    """A general credential that metro, library and bus accept."""
    return city.draft(MAIN).credential()


def main_key_pem(city: City) -> bytes:
    """Its holder key, PKCS#8 PEM."""
    private = ec.derive_private_key(city.seed.scalar(f"{MAIN} holder"), ec.SECP256R1())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def crowd_lines(city: City) -> bytes:
    """600 general credentials of the same issuer, one JSON object a line: {"credential": hex, "holder": hex of the private scalar}."""
    lines = []
    for number in range(CROWD):
        label = f"crowd {number}"
        draft = city.draft(label, iat=NOW - DAY - HOUR * (number % 48), fare=number % 4)
        page = {"credential": draft.credential().hex(), "holder": city.seed.scalar(f"{label} holder").to_bytes(_COORDINATE).hex()}
        lines.append(json.dumps(page) + "\n")
    return "".join(lines).encode()


def issuer_jwk(city: City) -> dict[str, str]:
    """The key that signed all of these, as JWK (RFC 7517); kid is the hex of the eight bytes in headers."""
    return jwk(city.issuing[CQ].signer.public_key)


def status_jwk(city: City) -> dict[str, str]:
    """The key that signed the lists of the same region."""
    return jwk(city.status_keys[CQ].public_key)


def jwk(key: CoseKey) -> dict[str, str]:
    """A P-256 public key as JWK."""
    numbers = key.load().public_numbers()
    x, y = (base64.urlsafe_b64encode(number.to_bytes(_COORDINATE)).rstrip(b"=").decode() for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": key.kid().hex()}
