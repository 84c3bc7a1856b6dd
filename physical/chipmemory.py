"""What a soft card remembers, in typed records over its memory image. Every change is safe in memory before its method returns."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.chipproof import ChipState
from codes.errors import SetupError
from codes.keys import SoftwareSigner
from physical import faults
from physical.nvm import ERASED, Record

if TYPE_CHECKING:
    from physical.nvm import Memory

CARD_ID_BYTES, PIN_BYTES, CREDENTIAL_CAPACITY = 16, 3, 1024
LARGEST_COUNTER = 0xFFFFFFFF

_MAGIC = b"ECARDSC1"
_IDENTITY = struct.Struct(">B16s32s")
_PIN = struct.Struct(">B3sBB")
_COUNTER = struct.Struct(">I")
_STATE = struct.Struct(">IBB16s")
_HAS_ID, _HAS_KEY, _ACTIVATED = 1, 2, 4
_PIN_SET, _PIN_CHANGED = 1, 2
_SIZES = (_IDENTITY.size, _PIN.size, _COUNTER.size, _STATE.size, 2 + CREDENTIAL_CAPACITY)
IMAGE_BYTES = len(_MAGIC) + sum(map(Record.span, _SIZES))
"""Size of a card's image."""


def blank_image() -> bytes:
    """The image of a chip that nobody has personalised."""
    return _MAGIC + ERASED * (IMAGE_BYTES - len(_MAGIC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The holder's PIN: three BCD bytes, tries left, tries at most, and whether the holder has replaced the issuer's initial one."""

    pin: bytes
    left: int
    most: int
    changed: bool

    def with_left(self, left: int) -> Pin:
        """The same PIN with other tries left."""
        return replace(self, left=left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The state that the record wants, as the last script set it: sequence number, state, reason, digest of the script (16 bytes)."""

    seq: int
    state: ChipState
    reason: int
    digest: bytes


class ChipMemory:
    """The records of one chip. Raises `SetupError` image-damaged: not a card's image, or a record that cannot be believed."""

    def __init__(self, memory: Memory) -> None:
        if memory.read(0, len(_MAGIC)) != _MAGIC:
            raise SetupError(faults.IMAGE_DAMAGED, offset=0)
        offset = len(_MAGIC)
        records: list[Record] = []
        for size in _SIZES:
            records.append(Record(memory, offset, size=size, initial=bytes(size)))
            offset += Record.span(size)
        self._identity, self._pin, self._counter, self._target, self._credential = records

    @property
    def card_id(self) -> bytes:
        """Card identification code, empty before it is written."""
        flags, card_id, _ = self._identity_fields()
        return card_id if flags & _HAS_ID else b""

    def write_card_id(self, card_id: bytes) -> None:
        """Keep the card identification code, 16 bytes."""
        flags, _, scalar = self._identity_fields()
        self._identity.store(_IDENTITY.pack(flags | _HAS_ID, card_id, scalar))

    @property
    def signer(self) -> SoftwareSigner | None:
        """The chip's key, None before it is made."""
        flags, _, scalar = self._identity_fields()
        return SoftwareSigner.from_scalar(int.from_bytes(scalar)) if flags & _HAS_KEY else None

    def write_key(self, scalar: int) -> None:
        """Keep the private key."""
        flags, card_id, _ = self._identity_fields()
        self._identity.store(_IDENTITY.pack(flags | _HAS_KEY, card_id, scalar.to_bytes(32)))

    @property
    def activated(self) -> bool:
        """Whether personalisation is over."""
        return bool(self._identity_fields()[0] & _ACTIVATED)

    def activate(self) -> None:
        """End personalisation for good."""
        flags, card_id, scalar = self._identity_fields()
        self._identity.store(_IDENTITY.pack(flags | _ACTIVATED, card_id, scalar))

    @property
    def pin(self) -> Pin | None:
        """The PIN, None before the issuer has set one."""
        flags, pin, left, most = _PIN.unpack(self._pin.value)
        return Pin(pin=pin, left=left, most=most, changed=bool(flags & _PIN_CHANGED)) if flags & _PIN_SET else None

    def write_pin(self, pin: Pin) -> None:
        """Keep PIN and tries."""
        self._pin.store(_PIN.pack(_PIN_SET | (_PIN_CHANGED if pin.changed else 0), pin.pin, pin.left, pin.most))

    @property
    def counter(self) -> int:
        """Authentications so far."""
        (counter,) = _COUNTER.unpack(self._counter.value)
        return int(counter)

    def count(self) -> int:
        """Count one authentication more and return the new count."""
        counter = self.counter + 1
        self._counter.store(_COUNTER.pack(counter))
        return counter

    @property
    def target(self) -> Target:
        """What the last script set; an active chip at sequence number 0 before the first."""
        seq, state, reason, digest = _STATE.unpack(self._target.value)
        return Target(seq=seq, state=ChipState(state), reason=reason, digest=digest)

    @property
    def state(self) -> ChipState:
        """What the chip calls itself: suspended until it is activated, then what it was told."""
        return self.target.state if self.activated else ChipState.SUSPENDED

    @property
    def credential(self) -> bytes:
        """The credential file, empty before it is written."""
        return self._credential.value[2 : 2 + int.from_bytes(self._credential.value[:2])]

    def write_credential(self, content: bytes) -> None:
        """Keep the credential file, at most its capacity."""
        self._credential.store(len(content).to_bytes(2) + content.ljust(CREDENTIAL_CAPACITY, b"\0"))

    def _identity_fields(self) -> tuple[int, bytes, bytes]:
        flags, card_id, scalar = _IDENTITY.unpack(self._identity.value)
        return flags, card_id, scalar
