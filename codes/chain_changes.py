"""What changes between two versions of a chain: shards that come and go, and places that take another status.

A place is one number: shard number x 2^20 + index. So changes stand on their own: they are read, put together and checked for contradiction by anybody,
without the lists that they change.

    added, dropped      runs of shards, runs of shard numbers (`chain_shards`); a new shard begins with all places VALID
    places              count of spans (varint) ‖ per span: shards left out since the one before, shards in it - 1 (varints) ‖ one block (`rice`)

Spans are the stretches of shard numbers that the changed places lie in; a new one begins where more than 32 shards in a row have no change. The block
has four sets over the places of all spans, put end to end: those that become SUSPENDED, VALID, INVALID, FROZEN. What is INVALID has ended for good:
no change takes it back.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from codes import faults, rice
from codes.chain_shards import MAX_SHARDS, NUMBERS, ShardSize
from codes.claims import StatusType
from codes.errors import InputError
from codes.status import SHARD_CAPACITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from codes.rice import Packed

MAX_CHANGES = 1 << 20
"""Places that one delta changes at most. Beyond it a snapshot is shorter, and needs less memory."""
TO = (StatusType.SUSPENDED, StatusType.VALID, StatusType.INVALID, StatusType.FROZEN)
"""The sets of a delta, in order."""
_BITS = SHARD_CAPACITY.bit_length() - 1
_WIDEST_GAP = 32
"""Shards without a change that a span spans; leaving out more costs less than spanning them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All that happens from one version to a later one. Everything in rising order; no place twice, none in a dropped shard."""

    added: Sequence[ShardSize] = ()
    dropped: Sequence[int] = ()
    to: Mapping[StatusType, Sequence[int]]
    """Places by the status that they take."""

    def __len__(self) -> int:
        return sum(map(len, self.to.values()))

    def checked(self) -> Changes:
        """These changes. Raises `InputError` chain-shards or status-index when they contradict themselves."""
        added, dropped = dict(self.added), set(self.dropped)
        places = sorted(place for some in self.to.values() for place in some)
        if dropped & added.keys() or any(before == after for before, after in pairwise(places)):
            raise InputError(faults.CHAIN_SHARDS, wrong="twice")
        for place in places if added or dropped else ():
            number, idx = place >> _BITS, place & SHARD_CAPACITY - 1
            if number in dropped:
                raise InputError(faults.CHAIN_SHARDS, wrong="dropped", shard=number)
            if idx >= added.get(number, SHARD_CAPACITY):
                raise InputError(faults.STATUS_INDEX, idx=idx, size=added[number])
        return self

    @classmethod
    def between(cls, before: Mapping[int, Packed], after: Mapping[int, Packed]) -> Changes:
        """What leads from some two-bit arrays, by shard number, to others.

        Raises `InputError`: chain-reversal (a place was INVALID and is not any more), chain-shards (a shard has another size than before).
        """
        to: dict[StatusType, list[int]] = {status: [] for status in TO}
        for number, packed in sorted(after.items()):
            old = before.get(number, bytes(len(packed)))
            if len(old) != len(packed):
                raise InputError(faults.CHAIN_SHARDS, wrong="size", shard=number)
            for idx, was, becomes in _differences(old, packed):
                if was == StatusType.INVALID:
                    raise InputError(faults.CHAIN_REVERSAL, shard=number, idx=idx)
                to[StatusType(becomes)].append(number << _BITS | idx)
        added = tuple(ShardSize(number, 4 * len(after[number])) for number in sorted(after.keys() - before.keys()))
        return cls(added=added, dropped=tuple(sorted(before.keys() - after.keys())), to=to)


def _differences(old: Packed, new: Packed) -> Iterator[tuple[int, int, int]]:
    """Index, old and new value of every place that differs."""
    if old == new:
        return
    differing = (int.from_bytes(old) ^ int.from_bytes(new)).to_bytes(len(new))
    for found in re.finditer(rb"[^\0]", differing):
        at = found.start()
        for slot in range(4):
            was, becomes = old[at] >> 2 * slot & 3, new[at] >> 2 * slot & 3
            if was != becomes:
                yield 4 * at + slot, was, becomes


def merge(parts: Iterable[Changes]) -> Changes:
    """Several changes, one after the other, as one: the last word on every place, and of shards that are gone by then only that they are gone.

    Raises `InputError`: chain-reversal (a later part takes back what an earlier one ended), chain-shards (a shard is added or dropped twice, or comes
    back, or changes after it is gone): then these parts do not follow one another.
    """
    values: dict[int, StatusType] = {}
    added: dict[int, int] = {}
    dropped: set[int] = set()
    seen: set[int] = set()
    for part in parts:
        coming = dict(part.added)
        if coming.keys() & seen or not dropped.isdisjoint(part.dropped):
            raise InputError(faults.CHAIN_SHARDS, wrong="twice")
        for status, places in part.to.items():
            for place in places:
                if values.get(place) is StatusType.INVALID and status is not StatusType.INVALID:
                    raise InputError(faults.CHAIN_REVERSAL, shard=place >> _BITS, idx=place & SHARD_CAPACITY - 1)
                if place >> _BITS in dropped:
                    raise InputError(faults.CHAIN_SHARDS, wrong="dropped", shard=place >> _BITS)
                values[place] = status
        added |= coming
        dropped.update(part.dropped)
        seen |= coming.keys() | set(part.dropped)
    to: dict[StatusType, list[int]] = {status: [] for status in TO}
    for place, status in sorted(values.items()):
        if place >> _BITS not in dropped:
            to[status].append(place)
    kept = tuple(ShardSize(*shard) for shard in sorted(added.items()) if shard[0] not in dropped)
    return Changes(added=kept, dropped=tuple(sorted(dropped)), to=to)


def encode_places(to: Mapping[StatusType, Sequence[int]]) -> bytes:
    """The bytes of places by status. `ValueError` for places that do not rise: our own bug."""
    sets = [to.get(status, ()) for status in TO]
    spans = _spans(sorted({place >> _BITS for places in sets for place in places}))
    spelled, end = [rice.varint(len(spans))], 0
    starts: dict[int, int] = {}
    for first, count in spans:
        for number in range(first, first + count):
            starts[number] = len(starts)
        spelled += [rice.varint(first - end), rice.varint(count - 1)]
        end = first + count
    near = [[starts[place >> _BITS] << _BITS | place & SHARD_CAPACITY - 1 for place in places] for places in sets]
    return b"".join((*spelled, rice.encode(near, universe=len(starts) << _BITS)))


def _spans(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """First shard and count of shards of every span."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number - sum(spans[-1]) <= _WIDEST_GAP:
            spans[-1] = (spans[-1][0], number - spans[-1][0] + 1)
        else:
            spans.append((number, 1))
    return spans


def decode_places(data: bytes) -> dict[StatusType, Sequence[int]]:
    """The places by status that `encode_places` wrote. Raises `InputError` status-block, also for more than 2^20 places."""
    count, at = rice.read_varint(data, 0)
    if count > MAX_SHARDS:
        raise InputError(faults.STATUS_BLOCK, wrong="spans", count=count, limit=MAX_SHARDS)
    numbers: list[int] = []
    spans: list[tuple[int, int]] = []
    for _ in range(count):
        skipped, at = rice.read_varint(data, at)
        more, at = rice.read_varint(data, at)
        first = skipped + sum(spans[-1] if spans else (0, 0))
        if first + more >= NUMBERS or len(numbers) + more >= MAX_SHARDS * (_WIDEST_GAP + 1):
            raise InputError(faults.STATUS_BLOCK, wrong="spans", first=first, more=more)
        numbers += range(first, first + more + 1)
        spans.append((first, more + 1))
    sets = rice.decode(data[at:], universe=len(numbers) << _BITS, sets=len(TO), limit=MAX_CHANGES)
    far = [array("Q", [numbers[near >> _BITS] << _BITS | near & SHARD_CAPACITY - 1 for near in some]) for some in sets]
    if _spans(sorted({place >> _BITS for places in far for place in places})) != spans:
        raise InputError(faults.STATUS_BLOCK, wrong="spans")
    return dict(zip(TO, far, strict=True))
