"""COSE_Sign1 (RFC 9052 section 4.2) in the one shape this house signs: tag 18, ESP256, everything protected.

A `Sign1` keeps the bytes it was read from. What was signed is what is checked: nothing is encoded again on the way to a signature check.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, faults, keys
from codes.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import ec

ALG, KID, KCWT, TYP = 1, 4, 13, 16
"""Header parameters: algorithm, key id, the CWT that names the key (RFC 9528), type (RFC 9596)."""
ESP256 = -9
"""ECDSA with P-256 and SHA-256, fully specified (RFC 9864)."""

SHORT_HEADER = 32
"""Bytes up to which a protected header is remembered: an issuer's key id and types fit, a holder's header with its credential does not."""

_SIGNATURE_SIZES = (64, 0)
_TAG_AND_ARRAY = b"\xd2\x84"
_EMPTY_MAP = b"\xa0"
_SIGNATURE_HEAD = b"\x58\x40"
_CONTEXT = b"\x84\x6aSignature1"
_NO_EXTERNAL_DATA = b"\x40"


class Sign1(NamedTuple):
    """One COSE_Sign1 as read: well-formed and canonical, its signature not yet checked by anyone."""

    raw: bytes
    protected: bytes
    headers: Mapping[int | str, cbor.Value]
    payload: bytes
    der: bytes

    @classmethod
    def parse(cls, value: cbor.Value, *, typ: int | str) -> Sign1:
        """Read a decoded tag 18 whose protected type header is `typ`.

        An empty signature is an absent one: well-formed, and refused by `check` as any wrong one is.

        Raises `InputError`: cose-shape, cose-unprotected, cose-header, cose-algorithm, cose-type, signature-range, signature-high-s, and the cbor-*
        codes for the protected header.
        """
        if type(value) is not cbor.Tag18 or type(parts := value.item) is not list or len(parts) != 4:
            raise InputError(faults.COSE_SHAPE)
        protected, unprotected, payload, signature = parts
        if not (type(protected) is type(payload) is type(signature) is bytes and len(signature) in _SIGNATURE_SIZES):
            raise InputError(faults.COSE_SHAPE)
        if unprotected or type(unprotected) is not dict:
            raise InputError(faults.COSE_UNPROTECTED)
        headers = _headers(protected) if len(protected) > SHORT_HEADER else _short_headers(protected)
        if headers.get(TYP) != typ:
            raise InputError(faults.COSE_TYPE)
        return cls(value.raw, protected, headers, payload, keys.signature_der(signature) if signature else b"")

    def check(self, key: ec.EllipticCurvePublicKey, *, otherwise: Fault) -> None:
        """Return if `key` made this signature; raise `InputError` with `otherwise` if not."""
        if not keys.verifies(key, self.der, sig_structure(self.protected, self.payload)):
            raise InputError(otherwise)


def _headers(protected: bytes) -> Mapping[int | str, cbor.Value]:
    headers = cbor.decode(protected)
    if type(headers) is not dict:
        raise InputError(faults.COSE_HEADER)
    if headers.get(ALG) != ESP256:
        raise InputError(faults.COSE_ALGORITHM)
    return headers


_short_headers = lru_cache(maxsize=64)(_headers)  # every credential of one issuer key has the very same header


@lru_cache(maxsize=1024)
def _bytes_head(length: int) -> bytes:
    return cbor.head(2, length)


def sig_structure(protected: bytes, payload: bytes) -> bytes:
    """The bytes that a COSE_Sign1 signature covers (RFC 9052 section 4.4), with no external data."""
    return b"".join((_CONTEXT, _bytes_head(len(protected)), protected, _NO_EXTERNAL_DATA, _bytes_head(len(payload)), payload))


def sign1(headers: dict[int | str, cbor.Value], payload: bytes, signer: keys.Signer) -> bytes:
    """Sign `payload` and return the whole tagged COSE_Sign1. `headers` are protected; the algorithm is added."""
    protected = cbor.encode({ALG: ESP256, **headers})
    signature = signer.sign(sig_structure(protected, payload))
    return b"".join(
        (
            _TAG_AND_ARRAY,
            cbor.head(2, len(protected)),
            protected,
            _EMPTY_MAP,
            cbor.head(2, len(payload)),
            payload,
            _SIGNATURE_HEAD,
            signature,
        )
    )
