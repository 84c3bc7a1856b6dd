"""Bytes that only this office can read, sealed for one place: secrets of operators, requests that wait for a second person.

    algorithm 1 ‖ length of name ‖ name ‖ length u16 ‖ wrapped key ‖ nonce 12 ‖ ciphertext and tag          algorithm 1: AES-256-GCM; others may join
    associated data = place, "table|column|row"

Each piece has a fresh key, wrapped by the vault's key-encryption key, which is never in the database. Moved to another row, it does not open.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from codes.errors import SetupError
from ecard import faults
from ecard.vault import AES_256_GCM, KEY_BYTES

if TYPE_CHECKING:
    from ecard.model import Entropy
    from ecard.vault import KeyWrapper

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals and opens. `wrapper` is the vault's."""

    wrapper: KeyWrapper
    entropy: Entropy

    def seal(self, content: bytes, *, place: str) -> bytes:
        """`content`, readable only at `place`."""
        key, nonce = self.entropy(KEY_BYTES), self.entropy(_NONCE_BYTES)
        name, wrapped = self.wrapper.name.encode(), self.wrapper.wrap(key)
        head = struct.pack(">BB", AES_256_GCM, len(name)) + name + struct.pack(">H", len(wrapped)) + wrapped
        return head + nonce + AESGCM(key).encrypt(nonce, content, place.encode())

    def unseal(self, sealed: bytes, *, place: str) -> bytes:
        """What was sealed at `place`. Raises `SetupError`: vault-key (another key-encryption key), vault-field (moved or altered)."""
        try:
            algorithm, length = struct.unpack_from(">BB", sealed)
            name, rest = sealed[2 : 2 + length].decode(), sealed[2 + length :]
            (size,) = struct.unpack_from(">H", rest)
        except (struct.error, UnicodeDecodeError):
            raise SetupError(faults.VAULT_FIELD, place=place.partition("|")[0]) from None
        wrapped, nonce, sealed_content = rest[2 : 2 + size], rest[2 + size : 2 + size + _NONCE_BYTES], rest[2 + size + _NONCE_BYTES :]
        if algorithm != AES_256_GCM or len(nonce) != _NONCE_BYTES:
            raise SetupError(faults.VAULT_FIELD, place=place.partition("|")[0], algorithm=algorithm)
        if name != self.wrapper.name:
            raise SetupError(faults.VAULT_KEY, wanted=name, loaded=self.wrapper.name)
        try:
            return AESGCM(self.wrapper.unwrap(wrapped)).decrypt(nonce, sealed_content, place.encode())
        except InvalidTag:
            raise SetupError(faults.VAULT_FIELD, place=place.partition("|")[0]) from None
