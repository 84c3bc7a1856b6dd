r"""What the record tells a chip, and what the chip answers: issuer scripts, their receipts, the authenticated status (CHIP sections 4.1, 4.3).

    script    84 INS 00 00 16 | seq u32 | state 1 | flags 1 (01 live) | nonce 8 | MAC 8 | 00            INS 18 active, 1E suspended or frozen, 16 cancelled
    MAC       CMAC(script key, "SSC-SCR1" ‖ card id 16 ‖ (live: the chip's challenge 8, else zeros) ‖ everything before the MAC), first 8 bytes
    receipt   seq u32 | state 1 | digest 8 | MAC 8          CMAC(receipt key, "SSC-RCP1" ‖ card id ‖ nonce ‖ everything before the MAC)
    status    seq u32 | state 1 | digest 8 | counter u32 | flags 1 | MAC 8          the same with "SSC-STA1"; asked for by 80 CA 00 00 08 nonce 00

A script names a state and a version, never a change: versions may be left out, none can be taken back. One made beforehand can only stop a chip.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode

from codes import faults
from codes.chipproof import ChipState
from codes.errors import InputError

NONCE_BYTES, SCRIPT_CHALLENGE_BYTES, MAC_BYTES = 8, 8, 8
SCRIPT_DIGEST_BYTES = 16
LARGEST_SEQ = 0xFFFFFFFF

_SCRIPT = struct.Struct(">5sIBB8s8sc")
_RECEIPT = struct.Struct(">IB8s")
_STATUS = struct.Struct(">IB8sIB")
SCRIPT_BYTES, RECEIPT_BYTES, STATUS_BYTES = _SCRIPT.size, _RECEIPT.size + MAC_BYTES, _STATUS.size + MAC_BYTES
_SEALED = SCRIPT_BYTES - MAC_BYTES - 1
"""Where a script's MAC begins."""
_INS = {ChipState.ACTIVE: 0x18, ChipState.SUSPENDED: 0x1E, ChipState.FROZEN: 0x1E, ChipState.CANCELLED: 0x16}
_PREMADE = {ChipState.SUSPENDED, ChipState.FROZEN}
_SCRIPT_DOMAIN, _RECEIPT_DOMAIN, _STATUS_DOMAIN, _DIGEST_DOMAIN = b"SSC-SCR1", b"SSC-RCP1", b"SSC-STA1", b"SSC-DIG1"


class ChipFlag(enum.IntFlag):
    """What a chip has to say beside its state."""

    NONE = 0
    PIN_BLOCKED = 1
    FAULT = 2
    """The chip has found part of its own memory unfit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptKeys:
    """The two keys that one chip shares with the record, 16 or 32 bytes each (AES-128, AES-256). `ValueError` for another length."""

    script: bytes = field(repr=False)
    receipt: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if {len(self.script), len(self.receipt)} - {16, 32}:
            raise ValueError("a script key has 16 or 32 bytes")

    @classmethod
    def derive(cls, master: bytes, *, card_id: bytes) -> ScriptKeys:
        """The keys of one card, as long as the master key (16 or 32 bytes). See `diversified`."""
        return cls(
            script=diversified(master, label=_SCRIPT_DOMAIN, card_id=card_id), receipt=diversified(master, label=_RECEIPT_DOMAIN, card_id=card_id)
        )


def diversified(master: bytes, *, label: bytes, card_id: bytes) -> bytes:
    """A key for one purpose and one card: NIST SP 800-108r1 section 4.1, counter mode with CMAC, over (label, card identification code)."""
    kdf = KBKDFCMAC(
        algorithms.AES,
        Mode.CounterMode,
        length=len(master),
        rlen=4,
        llen=4,
        location=CounterLocation.BeforeFixed,
        label=label,
        context=card_id,
        fixed=None,
    )
    return kdf.derive(master)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One instruction: be in this state, as of this version of the record. `nonce` (8 bytes, random) makes its receipt this script's own.

    `live` scripts work only for the chip's challenge that they were made for; those made beforehand suspend or freeze and do nothing else. Raises
    `InputError` script-shape (a field out of range) and script-premade (a state that takes a live script).
    """

    seq: int
    state: ChipState
    live: bool
    nonce: bytes

    def __post_init__(self) -> None:
        if not 0 < self.seq <= LARGEST_SEQ or len(self.nonce) != NONCE_BYTES:
            raise InputError(faults.SCRIPT_SHAPE, wrong="seq or nonce")
        if not self.live and self.state not in _PREMADE:
            raise InputError(faults.SCRIPT_PREMADE, state=self.state.name.lower())

    @property
    def ins(self) -> int:
        """The instruction byte that belongs to the state."""
        return _INS[self.state]

    def digest(self) -> bytes:
        """16 bytes over version and state alone, so that every script of one version has the same digest."""
        return hashlib.sha256(_DIGEST_DOMAIN + struct.pack(">IB", self.seq, self.state)).digest()[:SCRIPT_DIGEST_BYTES]

    def seal(self, keys: ScriptKeys, *, card_id: bytes, challenge: bytes | None) -> bytes:
        """The whole command for this card. `challenge`: the chip's own 8 bytes for a live script, None for one made beforehand; else `ValueError`."""
        if self.live != (challenge is not None):
            raise ValueError("a live script takes the chip's challenge, one made beforehand takes none")
        told = struct.pack(">BBBBBIBB", 0x84, self.ins, 0, 0, _SEALED + MAC_BYTES - 5, self.seq, self.state, self.live) + self.nonce
        return told + _script_mac(keys, told, card_id=card_id, challenge=challenge) + b"\0"

    @classmethod
    def parse(cls, apdu: bytes) -> Script:
        """Read a whole command; its MAC is for the chip to check. Raises `InputError` script-shape, script-premade."""
        if len(apdu) != SCRIPT_BYTES:
            raise InputError(faults.SCRIPT_SHAPE, length=len(apdu))
        head, seq, state, flags, nonce, _, expects = _SCRIPT.unpack(apdu)
        if state not in set(ChipState) or flags > 1 or head != bytes((0x84, _INS[ChipState(state)], 0, 0, 0x16)) or expects != b"\0":
            raise InputError(faults.SCRIPT_SHAPE, wrong="header, state or flags")
        return cls(seq=seq, state=ChipState(state), live=bool(flags), nonce=nonce)


def script_is_live(apdu: bytes) -> bool:
    """Whether these bytes, of the length of a script, call themselves live: what a chip asks before it can check anything."""
    return bool(apdu[10] & 1)


def script_is_sealed(apdu: bytes, keys: ScriptKeys, *, card_id: bytes, challenge: bytes | None) -> bool:
    """Whether these bytes, of the length of a script, carry the right MAC for this card: the chip's check, before it believes any of them."""
    return hmac.compare_digest(apdu[_SEALED:-1], _script_mac(keys, apdu[:_SEALED], card_id=card_id, challenge=challenge))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptReceipt:
    """The chip's word that it holds this version: made by the script that set it, and again by every repetition."""

    seq: int
    state: ChipState
    digest: bytes
    """First 8 bytes of the script's digest."""

    def seal(self, keys: ScriptKeys, *, card_id: bytes, nonce: bytes) -> bytes:
        """The chip's answer to the script that had this nonce."""
        return _sealed(_RECEIPT.pack(self.seq, self.state, self.digest), keys, _RECEIPT_DOMAIN, card_id=card_id, nonce=nonce)

    @classmethod
    def check(cls, answer: bytes, *, keys: ScriptKeys, card_id: bytes, nonce: bytes) -> ScriptReceipt:
        """Read and verify the answer to the script that had this nonce. Raises `InputError` script-receipt."""
        if len(answer) != RECEIPT_BYTES:
            raise InputError(faults.SCRIPT_RECEIPT, length=len(answer))
        if not _is_sealed(answer, keys, _RECEIPT_DOMAIN, card_id=card_id, nonce=nonce):
            raise InputError(faults.SCRIPT_RECEIPT, wrong="mac")
        seq, state, digest = _RECEIPT.unpack(answer[:-MAC_BYTES])
        if state not in set(ChipState):
            raise InputError(faults.SCRIPT_RECEIPT, wrong="state")
        return cls(seq=seq, state=ChipState(state), digest=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipStatus:
    """How a chip stands, on its own authenticated word, given without writing anything."""

    seq: int
    state: ChipState
    digest: bytes
    """First 8 bytes of the last script's digest; zeros before the first."""
    counter: int
    """Authentications so far."""
    flags: ChipFlag

    def seal(self, keys: ScriptKeys, *, card_id: bytes, nonce: bytes) -> bytes:
        """The chip's answer to whoever sent this nonce."""
        return _sealed(_STATUS.pack(self.seq, self.state, self.digest, self.counter, self.flags), keys, _STATUS_DOMAIN, card_id=card_id, nonce=nonce)

    @classmethod
    def check(cls, answer: bytes, *, keys: ScriptKeys, card_id: bytes, nonce: bytes) -> ChipStatus:
        """Read and verify the answer to this nonce. Raises `InputError` chip-status."""
        if len(answer) != STATUS_BYTES:
            raise InputError(faults.CHIP_STATUS, length=len(answer))
        if not _is_sealed(answer, keys, _STATUS_DOMAIN, card_id=card_id, nonce=nonce):
            raise InputError(faults.CHIP_STATUS, wrong="mac")
        seq, state, digest, counter, flags = _STATUS.unpack(answer[:-MAC_BYTES])
        if state not in set(ChipState) or flags > sum(ChipFlag):
            raise InputError(faults.CHIP_STATUS, wrong="state or flags")
        return cls(seq=seq, state=ChipState(state), digest=digest, counter=counter, flags=ChipFlag(flags))


def _script_mac(keys: ScriptKeys, told: bytes, *, card_id: bytes, challenge: bytes | None) -> bytes:
    asked = bytes(SCRIPT_CHALLENGE_BYTES) if challenge is None else challenge
    if len(asked) != SCRIPT_CHALLENGE_BYTES or len(card_id) != 16:
        raise ValueError(f"a script's challenge has {SCRIPT_CHALLENGE_BYTES} bytes, a card identification code 16")
    return mac(keys.script, _SCRIPT_DOMAIN + card_id + asked + told)


def _sealed(body: bytes, keys: ScriptKeys, domain: bytes, *, card_id: bytes, nonce: bytes) -> bytes:
    return body + mac(keys.receipt, domain + card_id + nonce + body)


def _is_sealed(answer: bytes, keys: ScriptKeys, domain: bytes, *, card_id: bytes, nonce: bytes) -> bool:
    return hmac.compare_digest(answer, _sealed(answer[:-MAC_BYTES], keys, domain, card_id=card_id, nonce=nonce))


def mac(key: bytes, message: bytes) -> bytes:
    """AES-CMAC (NIST SP 800-38B), the first 8 bytes: as long as a chip's answer has room for, and out of reach of guessing."""
    cmac = CMAC(algorithms.AES(key))
    cmac.update(message)
    return cmac.finalize()[:MAC_BYTES]
