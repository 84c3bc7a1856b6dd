"""P-256 keys as COSE_Key, and the one `Signer` protocol with its many bearers.

RFC 9052 section 7 (COSE_Key), RFC 9053 section 7.1.1 (EC2, compressed point), RFC 9679 (thumbprint), RFC 9864 (ESP256), RFC 6979 (deterministic
signatures, so that the same message never leaks two nonces).
"""

from __future__ import annotations

import functools
import hashlib
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from codes import cbor, faults
from codes.errors import InputError

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order n of P-256."""
HALF_ORDER = ORDER // 2

KEPT = 1024
"""Public keys that were loaded a moment ago, and their thumbprints: one request asks for each of its keys several times."""

KTY, CRV, X, Y = 1, -1, -2, -3
EC2, P256 = 2, 1

_CURVE = ec.SECP256R1()
_VERIFY = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
_SIGN = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


class CoseKey(NamedTuple):
    """A P-256 public key as it stands on the wire: the x coordinate and which of the two points has it. Not yet known to lie on the curve."""

    x: bytes
    y_is_odd: bool

    @classmethod
    def parse(cls, value: cbor.Value) -> CoseKey:
        """Read `{1: 2, -1: 1, -2: x, -3: bool}`: exactly these. Raises `InputError` key-shape."""
        if type(value) is dict and len(value) == 4 and value.get(KTY) == EC2 and value.get(CRV) == P256:
            x, y_is_odd = value.get(X), value.get(Y)
            if type(x) is bytes and len(x) == 32 and type(y_is_odd) is bool and type(value[KTY]) is int and type(value[CRV]) is int:
                return cls(x, y_is_odd)
        raise InputError(faults.KEY_SHAPE)

    @classmethod
    def of(cls, key: ec.EllipticCurvePublicKey) -> CoseKey:
        """The wire form of a loaded key. `ValueError` for another curve."""
        if key.curve.name != _CURVE.name:
            msg = f"{key.curve.name} is not P-256"
            raise ValueError(msg)
        point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return cls(point[1:], point[0] == 3)

    def to_cbor(self) -> dict[int | str, cbor.Value]:
        """The COSE_Key map that `parse` reads."""
        return {KTY: EC2, CRV: P256, X: self.x, Y: self.y_is_odd}

    def load(self) -> ec.EllipticCurvePublicKey:
        """The point itself, checked to lie on the curve. Raises `InputError` key-point."""
        return _loaded(self)

    def thumbprint(self) -> bytes:
        """COSE key thumbprint (RFC 9679): SHA-256 over the required members with the full y coordinate. 32 bytes."""
        return _thumbprint(self)

    def kid(self) -> bytes:
        """The key's name in headers: the first 8 bytes of its thumbprint. A hint, never a proof."""
        return self.thumbprint()[:8]


@functools.lru_cache(KEPT)
def _loaded(key: CoseKey) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, (b"\x03" if key.y_is_odd else b"\x02") + key.x)
    except ValueError:
        raise InputError(faults.KEY_POINT) from None


@functools.lru_cache(KEPT)
def _thumbprint(key: CoseKey) -> bytes:
    point = key.load().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return hashlib.sha256(cbor.encode({KTY: EC2, CRV: P256, X: point[1:33], Y: point[33:]})).digest()


class Signer(Protocol):
    """Whatever holds a private P-256 key: a file, a hardware module, the chip, the phone."""

    @property
    def public_key(self) -> CoseKey:
        """The public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """ECDSA over SHA-256 of `message`: r and s, 32 bytes each, s in the lower half of the order."""
        ...


class SoftwareSigner:
    """A `Signer` whose private key lies in memory. Signatures are deterministic (RFC 6979)."""

    __slots__ = ("_private", "public_key")

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self.public_key = CoseKey.of(private.public_key())

    @classmethod
    def from_scalar(cls, scalar: int) -> SoftwareSigner:
        """The signer with this private scalar, 1 to n - 1."""
        return cls(ec.derive_private_key(scalar, _CURVE))

    def sign(self, message: bytes) -> bytes:
        """See `Signer.sign`."""
        r, s = utils.decode_dss_signature(self._private.sign(message, _SIGN))
        return r.to_bytes(32) + min(s, ORDER - s).to_bytes(32)


def signature_der(signature: bytes) -> bytes:
    """Check the 64 bytes r ‖ s and turn them into the DER form that the library takes.

    Raises `InputError`: signature-range (r or s is 0 or not below n), signature-high-s (the malleable twin; one signature has one text).
    """
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise InputError(faults.SIGNATURE_RANGE)
    if s > HALF_ORDER:
        raise InputError(faults.SIGNATURE_HIGH_S)
    return utils.encode_dss_signature(r, s)


def verifies(key: ec.EllipticCurvePublicKey, der: bytes, message: bytes) -> bool:
    """Whether `der` is a signature of `message` under `key`. Callers turn a no into their own named refusal at once."""
    try:
        key.verify(der, hashlib.sha256(message).digest(), _VERIFY)
    except InvalidSignature:
        return False
    return True
