"""What stands in head.a, head.b and the journal of a chain: one version, where its shards lie in the file, and the signed object that proves it.

    file        "SCCH1" ‖ u32 length ‖ SHA-256 ‖ CBOR [1, turn, live, used, [slot ..], shard tops, signed object]

The hash finds a torn write and proves nothing. What counts is the signed object (a snapshot's manifest or a delta), whose root the shard tops must have;
each top then proves its shard, wherever the slots say that it lies. So one wrong byte anywhere in a folder costs one shard at the most, or the version.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import NamedTuple

from codes import cbor
from codes.chain_delta import MAX_DELTA_BYTES
from codes.chain_shards import MAX_SHARDS, ShardTops
from codes.errors import InputError
from codes.status import SHARD_CAPACITY

SLOT = SHARD_CAPACITY // 4
"""Bytes that a shard may take in the file."""
MAX_SLOTS = 2 * MAX_SHARDS + 16
"""Slots of a file. None is ever used twice, so that no reader finds another shard where its own was; a file that runs out of them is written anew."""
_MAGIC = b"SCCH1"
_FRAME = struct.Struct(">5sI32s")
_FORMAT = 1
LONGEST_FILE = MAX_DELTA_BYTES + (1 << 17)
"""Bytes of a head file that are looked at."""


class StoredHead(NamedTuple):
    """One version as it is stored. Not believed by its own word."""

    turn: int
    """Rises with every version that is put in force: the higher of two heads counts."""
    live: int
    """Number of the file that its shards lie in."""
    used: int
    """Slots of that file that have ever been given away."""
    slots: tuple[int, ...]
    """Where each shard lies, in the order of `tops`."""
    tops: ShardTops
    signed: bytes
    """The manifest or delta that this version is proven by."""

    @property
    def file(self) -> str:
        """Name of the file that its shards lie in."""
        return live_name(self.live)

    @property
    def places(self) -> dict[int, tuple[int, int]]:
        """Where each shard begins in the file and ends, by its number."""
        return {top.number: (slot * SLOT, slot * SLOT + top.entries // 4) for slot, top in zip(self.slots, self.tops.tops, strict=True)}

    def to_bytes(self) -> bytes:
        """The bytes of a head file."""
        slots: list[cbor.Value] = list(self.slots)
        return framed(cbor.encode([_FORMAT, self.turn, self.live, self.used, slots, self.tops.to_bytes(), self.signed]))

    @classmethod
    def from_bytes(cls, data: bytes | None) -> StoredHead | None:
        """Read a head file; None for one that is torn, damaged, of another format, or not there."""
        content = unframed(data)
        try:
            value = cbor.decode(content or b"", limit=LONGEST_FILE)
            if type(value) is not list or len(value) != 7:
                return None
            form, turn, live, used, slots, tops, signed = value
            if type(slots) is not list or type(tops) is not bytes or type(signed) is not bytes:
                return None
            numbers = [number for number in (form, turn, live, used, *slots) if type(number) is int and number >= 0]
            if len(numbers) != 4 + len(slots) or numbers[0] != _FORMAT:
                return None
            shards = ShardTops.from_bytes(tops)
        except InputError:
            return None
        _, turn, live, used, *places = numbers
        if used > MAX_SLOTS or len(places) != len(shards.tops) or len(set(places)) != len(places) or max(places, default=-1) >= used:
            return None
        return cls(turn, live, used, tuple(places), shards, signed)


HEADS = ("head.a", "head.b")


def live_name(number: int) -> str:
    """Name of the file with this number."""
    return f"live-{number}.bin"


def framed(data: bytes) -> bytes:
    """Bytes with what shows whether all of them have been written."""
    return _FRAME.pack(_MAGIC, len(data), sha256(data).digest()) + data


def unframed(data: bytes | None) -> bytes | None:
    """The bytes inside, None if they are not whole. What follows them is left from something longer that was there before."""
    if data is None or len(data) < _FRAME.size:
        return None
    magic, size, digest = _FRAME.unpack_from(data)
    content = data[_FRAME.size : _FRAME.size + size]
    return content if magic == _MAGIC and len(content) == size and sha256(content).digest() == digest else None
