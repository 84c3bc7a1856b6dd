"""What a soft card remembers, in typed records over its memory image. Every change is safe in memory before its method returns."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.chipproof import ChipState
from codes.errors import SetupError
from codes.keys import SoftwareSigner
from codes.pinscripts import PIN_BYTES
from codes.scripts import ScriptKeys
from physical import faults
from physical.generation3 import KEY_BYTES
from physical.nvm import ERASED, PAGE, ArrayMemory, Record
from physical.oldimage import old_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from physical.nvm import Memory

CARD_ID_BYTES, CREDENTIAL_CAPACITY = 16, 1024
LARGEST_COUNTER = 0xFFFFFFFF
LOGGED = 8
"""Versions that a chip remembers, the one in force included."""

_MAGIC = b"ECARDSC2"
_IDENTITY = struct.Struct(">B16s32s")
_PIN = struct.Struct(f">B{PIN_BYTES}sBB")
_COUNTER = struct.Struct(">I")
_STATE = struct.Struct(">IBB16s")
_LOGGED = struct.Struct(">IB")
_KEYS = struct.Struct(f">B32s32sB{KEY_BYTES}s")
_ISSUER_CAPACITY, _HOLDER_CAPACITY = 96, 224
_HAS_ID, _HAS_KEY, _ACTIVATED = 1, 2, 4
_PIN_SET, _PIN_CHANGED = 1, 2
_TARGET_SIZE = _STATE.size + (LOGGED - 1) * _LOGGED.size
_SIZES = (_IDENTITY.size, _PIN.size, _COUNTER.size, _TARGET_SIZE, 2 + CREDENTIAL_CAPACITY, _KEYS.size, 2 + _ISSUER_CAPACITY, 2 + _HOLDER_CAPACITY)
IMAGE_BYTES = PAGE + sum(map(Record.span, _SIZES))
"""Size of a card's image."""


def blank_image() -> bytes:
    """The image of a chip that nobody has personalised."""
    return _MAGIC + ERASED * (IMAGE_BYTES - len(_MAGIC))


def upgraded(image: bytes) -> bytes:
    """A first-version image as one of today's: the same card, without script keys. Raises `SetupError` image-damaged."""
    memory = ArrayMemory(blank_image())
    offset = PAGE
    for size, value in zip(_SIZES, old_values(image), strict=False):
        if value is not None:
            Record(memory, offset, size=size, initial=b"").store(value.ljust(size, b"\0"))
        offset += Record.span(size)
    return bytes(memory.content)


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
    """The state that the record wants, as the last script set it: version, state and digest of the script (16 bytes)."""

    seq: int
    state: ChipState
    digest: bytes


class ChipMemory:
    """The records of one chip. Raises `SetupError` image-damaged: not a card's image, or a record without which nothing it says can be believed."""

    def __init__(self, memory: Memory) -> None:
        if memory.read(0, len(_MAGIC)) != _MAGIC:
            raise SetupError(faults.IMAGE_DAMAGED, offset=0)
        offset = PAGE
        records: list[Record] = []
        for size in _SIZES:
            records.append(Record(memory, offset, size=size, initial=bytes(size)))
            offset += Record.span(size)
        self._identity, self._pin, self._counter, self._target, self._credential, self._keys, self._issuer, self._holder = records
        for vital in (self._identity, self._counter, self._target, self._keys):
            vital.believed()

    @property
    def faulty(self) -> bool:
        """Whether a record that the chip can go on without has been lost: PIN, credential, or a file of the social security application."""
        return any(record.damaged for record in (self._pin, self._credential, self._issuer, self._holder))

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
        """What the last script set; an active chip at version 0 before the first."""
        seq, state, _, digest = _STATE.unpack_from(self._target.value)
        return Target(seq=seq, state=ChipState(state), digest=digest)

    def aim(self, target: Target) -> None:
        """Keep a new target and log it, in one write."""
        earlier = b"".join(_LOGGED.pack(seq, state) for seq, state in self.log[: LOGGED - 1])
        now = _STATE.pack(target.seq, target.state, 0, target.digest)
        self._target.store((now + earlier).ljust(_TARGET_SIZE, b"\0"))

    @property
    def log(self) -> list[tuple[int, ChipState]]:
        """The last versions and their states, newest first."""
        target = self.target
        entries = [(target.seq, target.state), *((seq, ChipState(state)) for seq, state in _LOGGED.iter_unpack(self._target.value[_STATE.size :]))]
        return [entry for entry in entries if entry[0]]

    @property
    def state(self) -> ChipState:
        """What the chip calls itself: what it was told; until it is activated suspended, if not cancelled."""
        state = self.target.state
        return state if self.activated or state is ChipState.CANCELLED else ChipState.SUSPENDED

    @property
    def script_keys(self) -> ScriptKeys | None:
        """The keys shared with the record, None before they are loaded."""
        size, script, receipt, _, _ = _KEYS.unpack(self._keys.value)
        return ScriptKeys(script=script[:size], receipt=receipt[:size]) if size else None

    def write_script_keys(self, keys: ScriptKeys) -> None:
        """Keep the keys shared with the record."""
        *_, read_size, read = _KEYS.unpack(self._keys.value)
        self._keys.store(_KEYS.pack(len(keys.script), keys.script, keys.receipt, read_size, read))

    @property
    def read_key(self) -> bytes:
        """The key of external authentication, empty before it is loaded."""
        *_, size, key = _KEYS.unpack(self._keys.value)
        return bytes(key[:size])

    def write_read_key(self, key: bytes) -> None:
        """Keep the key of external authentication."""
        size, script, receipt, _, _ = _KEYS.unpack(self._keys.value)
        self._keys.store(_KEYS.pack(size, script, receipt, len(key), key))

    def records(self, file: int) -> dict[int, bytes]:
        """The records of EF05 (5) or EF06 (6) by number, each "tag length value"."""
        content, found = _content(self._file(file)), {}
        while content:
            end = 3 + content[2]
            found[content[0]], content = content[1:end], content[end:]
        return found

    def write_records(self, file: int, records: Mapping[int, bytes]) -> bool:
        """Keep the records of EF05 or EF06; False when they do not fit."""
        content = b"".join(bytes((number,)) + record for number, record in sorted(records.items()))
        capacity = _ISSUER_CAPACITY if file == 5 else _HOLDER_CAPACITY
        if len(content) > capacity:
            return False
        self._file(file).store(len(content).to_bytes(2) + content.ljust(capacity, b"\0"))
        return True

    @property
    def credential(self) -> bytes:
        """The credential file, empty before it is written."""
        return _content(self._credential)

    def write_credential(self, content: bytes) -> None:
        """Keep the credential file, at most its capacity."""
        self._credential.store(len(content).to_bytes(2) + content.ljust(CREDENTIAL_CAPACITY, b"\0"))

    def _identity_fields(self) -> tuple[int, bytes, bytes]:
        flags, card_id, scalar = _IDENTITY.unpack(self._identity.value)
        return flags, card_id, scalar

    def _file(self, file: int) -> Record:
        return self._issuer if file == 5 else self._holder


def _content(record: Record) -> bytes:
    """What a file record of changing length holds."""
    return record.value[2 : 2 + int.from_bytes(record.value[:2])]
