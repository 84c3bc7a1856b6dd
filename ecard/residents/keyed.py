"""Keyed digests: whoever has the database and not the key can neither guess what one was made of nor make another."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecard.vault import Vault

_LABEL = b"ecard residents keyed digests"


def keyed(vault: Vault, purpose: str, content: bytes) -> bytes:
    """A digest for one purpose, 32 bytes. Its key is derived from the vault's, which is not in the database."""
    return hmac.digest(vault.fingerprint(_LABEL), purpose.encode() + b"\0" + content, "sha256")
