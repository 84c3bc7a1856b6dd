"""Nonces of the moment: what everybody who calls within one second is given. Whoever signs one shows that this was done after it, and they need no store.

moment    8 bytes  the second, since 1970, big-endian
          16 bytes  of a digest over that, under a key that no caller has
"""

from __future__ import annotations

import hmac
import struct
from typing import TYPE_CHECKING

from ecard.residents.keyed import keyed

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecard.vault import Vault

LIFE = 300
"""Seconds for which one is taken."""
BYTES = 24

_SECOND = struct.Struct(">Q")


class Moments:
    """The nonces of one office, the same in every process of it."""

    def __init__(self, digest: Callable[[bytes], bytes]) -> None:
        self._digest = digest

    @classmethod
    def of(cls, vault: Vault) -> Moments:
        """By a key that is derived from the vault's."""
        return cls(lambda told: keyed(vault, "nonce of a proof", told))

    def give(self, now: int) -> bytes:
        """The nonce of this second."""
        told = _SECOND.pack(now)
        return told + self._digest(told)[: BYTES - _SECOND.size]

    def given(self, nonce: bytes) -> int | None:
        """The second in which these bytes were given out; None where they were not, by this office."""
        told = nonce[: _SECOND.size]
        if len(nonce) != BYTES or not hmac.compare_digest(nonce[_SECOND.size :], self._digest(told)[: BYTES - _SECOND.size]):
            return None
        return int(_SECOND.unpack(told)[0])
