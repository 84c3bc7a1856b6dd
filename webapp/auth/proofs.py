"""Proofs of a key for one request, in the shape of DPoP (RFC 9449), and stricter: the proof also covers the body and the Idempotency-Key.

    DPoP: BASE64URL(header) . BASE64URL(payload) . BASE64URL(signature)             JWS compact, ES256, at most 2 KiB

    header    {"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x", "y"}}
    payload   {"htm": method, "htu": scheme://host/path, "iat": seconds, "jti": 22 characters, "nonce": ours,
               "bsh": SHA-256 of the body, ? "idk": the Idempotency-Key}              exactly these; iat is the caller's clock and is not judged

The nonce is ours and names the time when it was given out under a key that no caller has, so it needs no store and lives `NONCE_LIFE` seconds. For exactly
that long the record keeps each jti that it has seen of a key: while a proof could still be fresh, it is known to have been used (threat G17).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from codes import keys
from codes.errors import CardError, InputError
from codes.keys import CoseKey
from ecard import moments
from verify.strict_json import strict_json
from webapp import faults

if TYPE_CHECKING:
    from ecard.moments import Moments

HEADER, NONCE_HEADER, KEY_HEADER = "DPoP", "DPoP-Nonce", "Idempotency-Key"
ASKS_NONCE = ("WWW-Authenticate", 'DPoP algs="ES256", error="use_dpop_nonce"')
NONCE_LIFE = moments.LIFE
"""Seconds that a nonce of ours is taken, and that a jti is remembered: one number, so that neither can outlast the other."""
LONGEST = 2048

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})")
_JTI = re.compile(r"[A-Za-z0-9_-]{22}")
_HEADER = {"typ", "alg", "jwk"}
_JWK = {"kty", "crv", "x", "y"}
_PAYLOAD = {"htm", "htu", "iat", "jti", "nonce", "bsh"}


class Asked(NamedTuple):
    """The request that a proof must have been made for."""

    method: str
    url: str
    """scheme://host/path, without a query."""
    body: bytes
    idempotency_key: str | None


class Proven(NamedTuple):
    """What a proof shows once it was checked, but for its being the first of its jti."""

    key: CoseKey
    jti: str
    until: int
    """When its nonce has lost its life, and with it the proof."""


class Nonces:
    """Nonces of the moment, as they stand in headers and proofs."""

    def __init__(self, given: Moments) -> None:
        self._moments = given

    def give(self, now: int) -> str:
        """The nonce of this second."""
        return encode(self._moments.give(now))

    def until(self, nonce: str, now: int) -> int:
        """When a nonce loses its life. Raises `InputError` proof-nonce: not ours, too old, or of a time that has not come."""
        try:
            given = self._moments.given(decode(nonce))
        except ValueError:
            given = None
        if given is None or not given <= now < given + NONCE_LIFE:
            raise InputError(faults.PROOF_NONCE)
        return given + NONCE_LIFE


def check(text: str | None, asked: Asked, nonces: Nonces, *, now: int) -> Proven:
    """What a proof shows about the request that it came with; whether its jti is new the record says.

    Raises `InputError`: proof-missing, proof-shape, proof-nonce, proof-other-request, proof-signature.
    """
    if text is None:
        raise InputError(faults.PROOF_MISSING)
    found = _COMPACT.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise InputError(faults.PROOF_SHAPE, part="jws")
    key = _key(_part(found[1], "header"))
    payload = _part(found[2], "payload")
    optional = {"idk"} if asked.idempotency_key is not None else set()
    if payload.keys() - {"idk"} != _PAYLOAD or type(payload["iat"]) is not int:
        raise InputError(faults.PROOF_SHAPE, part="payload")
    if any(type(payload[name]) is not str for name in payload.keys() - {"iat"}) or not _JTI.fullmatch(payload["jti"]):
        raise InputError(faults.PROOF_SHAPE, part="payload")
    until = nonces.until(payload["nonce"], now)
    if payload.keys() != _PAYLOAD | optional:
        raise InputError(faults.PROOF_OTHER, differs="idk")
    wanted = {"htm": asked.method, "htu": asked.url, "bsh": encode(hashlib.sha256(asked.body).digest())}
    wanted |= {} if asked.idempotency_key is None else {"idk": asked.idempotency_key}
    for name, value in wanted.items():
        if payload[name] != value:
            raise InputError(faults.PROOF_OTHER, differs=name)
    if not _signed(key, f"{found[1]}.{found[2]}".encode(), found[3]):
        raise InputError(faults.PROOF_SIGNATURE)
    return Proven(key, payload["jti"], until)


def nonce_of(text: str) -> str | None:
    """The nonce that a proof names, whoever made it; None where none stands in the place of one. Nothing is proven by it."""
    found = _COMPACT.fullmatch(text) if len(text) <= LONGEST else None
    try:
        nonce = None if found is None else _part(found[2], "payload").get("nonce")
    except InputError:
        return None
    return nonce if type(nonce) is str else None


def signed_parts(text: str, key: CoseKey) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and payload of a JWS that this key signed; None for anything else."""
    found = _COMPACT.fullmatch(text) if len(text) <= LONGEST else None
    if found is None or not _signed(key, f"{found[1]}.{found[2]}".encode(), found[3]):
        return None
    try:
        return _part(found[1], "header"), _part(found[2], "payload")
    except InputError:
        return None


def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes again. `ValueError` for any text but the one that `encode` makes of them."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("not base64url") from None
    if encode(data) != text:
        raise ValueError("not base64url")
    return data


def _part(text: str, part: str) -> dict[str, Any]:
    try:
        members = strict_json(decode(text))
    except ValueError:
        raise InputError(faults.PROOF_SHAPE, part=part) from None
    if type(members) is not dict:
        raise InputError(faults.PROOF_SHAPE, part=part)
    return members


def _key(header: dict[str, Any]) -> CoseKey:
    jwk = header.get("jwk")
    if header.keys() != _HEADER or (header["typ"], header["alg"]) != ("dpop+jwt", "ES256") or type(jwk) is not dict or jwk.keys() != _JWK:
        raise InputError(faults.PROOF_SHAPE, part="header")
    try:
        x, y = (decode(jwk[name]) for name in "xy")
        if (jwk["kty"], jwk["crv"], len(x), len(y)) != ("EC", "P-256", 32, 32):
            raise ValueError(jwk["kty"])
        return CoseKey.of(ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1()).public_key())
    except (ValueError, TypeError):
        raise InputError(faults.PROOF_SHAPE, part="jwk") from None


def _signed(key: CoseKey, message: bytes, text: str) -> bool:
    """Whether the key signed. A browser's signature may have its s in either half: whoever sends it again in the other form has the same jti."""
    try:
        raw = decode(text)
        r, s = raw[:32], int.from_bytes(raw[32:])
        return keys.verifies(key.load(), keys.signature_der(r + min(s, keys.ORDER - s).to_bytes(32)), message)
    except (ValueError, OverflowError, CardError):
        return False
