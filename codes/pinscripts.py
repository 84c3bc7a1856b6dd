r"""PIN scripts: the record gives a blocked PIN its tries back, or puts a new initial PIN in its place, live at a counter (CHIP "Decisions after review").

    unblock   84 24 00 00 10 | nonce 8 | MAC 8 | 00
    reset     84 24 00 01 13 | nonce 8 | hidden PIN 3 | MAC 8 | 00
    MAC       CMAC(script key, "SSC-PIN1" ‖ card id 16 ‖ the chip's challenge 8 ‖ everything before the MAC), first 8 bytes
    hidden    PIN in BCD, exclusive-or the first 3 bytes of CMAC(script key, "SSC-PINX" ‖ card id ‖ challenge ‖ nonce)
    answer    the chip's status for this nonce (codes.scripts.ChipStatus)

There is none made beforehand: each works for one challenge of one chip. The challenge is never used twice, so neither is what hides the PIN.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from codes import faults
from codes.errors import InputError
from codes.scripts import MAC_BYTES, NONCE_BYTES, SCRIPT_CHALLENGE_BYTES, ScriptKeys, mac

PIN_BYTES = 3
PIN_SCRIPT_INS = 0x24
_MAC_DOMAIN, _HIDING_DOMAIN = b"SSC-PIN1", b"SSC-PINX"
_UNBLOCK, _RESET = (
    bytes((0x84, PIN_SCRIPT_INS, 0, 0, NONCE_BYTES + MAC_BYTES)),
    bytes((0x84, PIN_SCRIPT_INS, 0, 1, NONCE_BYTES + PIN_BYTES + MAC_BYTES)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PinScript:
    """All tries again; with `pin` (six digits), that one as the new initial PIN. Raises `InputError` script-shape: not six digits, or no 8 bytes of nonce."""

    nonce: bytes
    pin: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        digits = self.pin is None or (len(self.pin) == 2 * PIN_BYTES and self.pin.isascii() and self.pin.isdecimal())
        if len(self.nonce) != NONCE_BYTES or not digits:
            raise InputError(faults.SCRIPT_SHAPE, wrong="nonce or PIN")

    def seal(self, keys: ScriptKeys, *, card_id: bytes, challenge: bytes) -> bytes:
        """The whole command for this card and its challenge of 8 bytes, else `ValueError`."""
        if len(challenge) != SCRIPT_CHALLENGE_BYTES:
            raise ValueError(f"a script's challenge has {SCRIPT_CHALLENGE_BYTES} bytes")
        asked = card_id + challenge
        hidden = b"" if self.pin is None else _hide(bytes.fromhex(self.pin), keys, asked + self.nonce)
        told = (_UNBLOCK if self.pin is None else _RESET) + self.nonce + hidden
        return told + mac(keys.script, _MAC_DOMAIN + asked + told) + b"\0"

    @classmethod
    def open(cls, apdu: bytes, keys: ScriptKeys, *, card_id: bytes, challenge: bytes) -> PinScript:
        """Read and believe a command for this card and challenge: the chip's side. Raises `InputError` script-shape, script-mac."""
        head = apdu[:5]
        if head not in (_UNBLOCK, _RESET) or len(apdu) != 5 + head[4] + 1 or apdu[-1]:
            raise InputError(faults.SCRIPT_SHAPE, length=len(apdu))
        told, found = apdu[: -MAC_BYTES - 1], apdu[-MAC_BYTES - 1 : -1]
        asked = card_id + challenge
        if not hmac.compare_digest(found, mac(keys.script, _MAC_DOMAIN + asked + told)):
            raise InputError(faults.SCRIPT_MAC)
        nonce, hidden = told[5 : 5 + NONCE_BYTES], told[5 + NONCE_BYTES :]
        return cls(nonce=nonce, pin=_hide(hidden, keys, asked + nonce).hex() if hidden else None)


def _hide(pin: bytes, keys: ScriptKeys, asked: bytes) -> bytes:
    """Hide a PIN, or bring it to light."""
    return bytes(a ^ b for a, b in zip(pin, mac(keys.script, _HIDING_DOMAIN + asked), strict=False))
