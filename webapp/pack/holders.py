"""The residents whose keys are in the pack: one whose credential stands alone, and a crowd for load and timing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from codes.claims import HOUR
from webapp.jwk import to_jwk
from webapp.pack.places import CQ, DAY, NOW

if TYPE_CHECKING:
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
    return to_jwk(city.issuing[CQ].signer.public_key)


def status_jwk(city: City) -> dict[str, str]:
    """The key that signed the lists of the same region."""
    return to_jwk(city.status_keys[CQ].public_key)
