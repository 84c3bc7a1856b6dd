"""The checker's own reading of bytes: CBOR, COSE_Sign1, status lists, digests. Written from the page of formats, not from the code it checks."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

_LENGTHS = {24: 1, 25: 2, 26: 4, 27: 8}


class Tagged(NamedTuple):
    """A tagged item."""

    tag: int
    item: Any


class Signed(NamedTuple):
    """A COSE_Sign1, taken apart."""

    headers: dict[Any, Any]
    claims: dict[Any, Any]
    to_be_signed: bytes
    signature: bytes

    def by(self, key: ec.EllipticCurvePublicKey | None) -> bool:
        """Whether this key signed it."""
        if key is None or len(self.signature) != 64:
            return False
        der = utils.encode_dss_signature(int.from_bytes(self.signature[:32]), int.from_bytes(self.signature[32:]))
        try:
            key.verify(der, self.to_be_signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def read(data: bytes) -> Any:
    """The one CBOR item of `data`. `ValueError` for anything else."""
    try:
        item, end = _item(data, 0)
    except (IndexError, TypeError, RecursionError) as error:
        raise ValueError("broken CBOR") from error
    if end != len(data):
        raise ValueError("bytes after the item")
    return item


def _item(data: bytes, at: int) -> tuple[Any, int]:
    major, extra = data[at] >> 5, data[at] & 31
    at += 1
    number = extra
    if extra in _LENGTHS:
        end = at + _LENGTHS[extra]
        number, at = int.from_bytes(data[at:end]), end
    elif extra > 27:
        raise ValueError("indefinite or reserved")
    if major < 2:
        return (number if major == 0 else -1 - number), at
    if major < 4:
        piece = data[at : at + number]
        if len(piece) != number:
            raise ValueError("cut off")
        return (piece if major == 2 else piece.decode()), at + number
    if major == 4:
        items = []
        for _ in range(number):
            item, at = _item(data, at)
            items.append(item)
        return items, at
    if major == 5:
        pairs = {}
        for _ in range(number):
            key, at = _item(data, at)
            pairs[key], at = _item(data, at)
        return pairs, at
    if major == 6:
        item, at = _item(data, at)
        return Tagged(number, item), at
    if extra in {20, 21}:
        return extra == 21, at
    raise ValueError("no such simple value")


def write(value: Any) -> bytes:
    """The canonical encoding of a value."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(write(item) for item in value)
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(sorted(write(key) + write(item) for key, item in value.items()))
    return _head(2, len(value)) + bytes(value)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    size = next(size for size in (1, 2, 4, 8) if number < 1 << 8 * size)
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + number.to_bytes(size)


def digest(value: Any) -> bytes:
    """SHA-256 of the canonical encoding."""
    return hashlib.sha256(write(value)).digest()


def take_apart(data: bytes) -> Signed:
    """A COSE_Sign1. `ValueError` when it is none."""
    tagged = read(data)
    if not isinstance(tagged, Tagged) or tagged.tag != 18 or not isinstance(tagged.item, list) or len(tagged.item) != 4:
        raise ValueError("not a COSE_Sign1")
    protected, _, payload, signature = tagged.item
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise ValueError("not a COSE_Sign1")  # noqa: TRY004 - because it is the world's mistake, and has one name here
    return Signed(read(protected), read(payload), write(["Signature1", protected, b"", payload]), signature)


def point(x: bytes, y_is_odd: object) -> ec.EllipticCurvePublicKey:
    """A public key of the curve P-256 from its x coordinate. `ValueError` when there is no such point."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), (b"\x03" if y_is_odd else b"\x02") + bytes(x))


def thumbprint(key: ec.EllipticCurvePublicKey) -> bytes:
    """RFC 9679."""
    numbers = key.public_numbers()
    return digest({1: 2, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})


def two_bits(compressed: bytes) -> bytes:
    """One byte for each entry of a compressed status list, 0 to 3. `ValueError` when it does not inflate."""
    try:
        packed = zlib.decompress(compressed)
    except zlib.error as error:
        raise ValueError("does not inflate") from error
    return bytes(byte >> shift & 3 for byte in packed for shift in (0, 2, 4, 6))
