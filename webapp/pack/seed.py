"""Everything secret in a pack, from one number: HKDF-SHA-256 (RFC 5869), one label per key, so that the same seed makes the same bytes anywhere.

Throw-away keys only. Nothing derived here has a place in a real trust list; a pack's root key is written down in every pack of that seed.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from codes.keys import ORDER, SoftwareSigner

_SALT = b"conformance pack, throw-away keys"


class Seed:
    """The source of every key and every random-looking value of one pack."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def derive(self, label: str, size: int) -> bytes:
        """`size` bytes (at most 8160) that belong to `label`."""
        return HKDF(algorithm=hashes.SHA256(), length=size, salt=_SALT, info=label.encode()).derive(str(self.number).encode())

    def scalar(self, label: str) -> int:
        """A private P-256 scalar, 1 to n - 1, without measurable bias (FIPS 186-5 appendix A.2.1: 64 surplus bits)."""
        return int.from_bytes(self.derive(label, 40)) % (ORDER - 1) + 1

    def signer(self, label: str) -> SoftwareSigner:
        """The P-256 key of `label`."""
        return SoftwareSigner.from_scalar(self.scalar(label))

    def sub(self, label: str) -> str:
        """Eight characters base64url: the subject of one credential."""
        return urlsafe_b64encode(self.derive(label, 6)).decode()

    def below(self, label: str, limit: int) -> int:
        """A number from 0 to `limit` - 1."""
        return int.from_bytes(self.derive(label, 16)) % limit
