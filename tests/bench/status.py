"""The status chain at its full width: the chips and the phones of a province, how large its objects are and what following them costs a terminal."""

from __future__ import annotations

import math
import mmap
import random
import tempfile
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from codes.chain import ListSpace, StatusHead
from codes.chain_apply import Held, follow
from codes.chain_changes import Changes
from codes.chain_delta import StatusDelta
from codes.chain_snapshot import StatusSnapshot
from codes.merkle import Forest
from codes.status import SHARD_CAPACITY, StatusList
from tests.bench.measure import Figure, pairs
from tests.vectors import cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from codes.rice import Packed

_RATIO, _DELTA_BYTES, _LOOKUP_US, _LOAD_S, _FOLLOW_MS = 1.02, 450, 1.0, 1.0, 10.0
"""What the figures are held against."""
_KINDS = (2, 0.3), (1, 0.69), (3, 0.01)
"""Values of places that are not valid, and how many of those hold each: suspended, ended, frozen."""
_SHARES = (0.001, 0.01, 0.03)
_KEY = cast.PUBLISHER.public_key.load()


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """One list space: its first shard number, and how many places it has."""

    name: str
    space: ListSpace
    first: int
    places: int
    changes: int
    """In five minutes."""

    @property
    def head(self) -> StatusHead:
        """Of a chain that has run for a year."""
        return StatusHead("CN-CQ", self.space, 1, 6_000_000, cast.NOW, cast.NOW + cast.DAY, 30)


SPACES = (
    Space(name="chip", space=ListSpace.CHIP, first=1_300_000, places=110_000_000, changes=76),
    Space(name="phone", space=ListSpace.PHONE, first=4000, places=115_000_000, changes=340),
)


def lists_of(space: Space, share: float) -> tuple[dict[int, bytes], float]:
    """Two-bit arrays with so many places not valid, drawn by chance, and the bytes that no coding of them can go below."""
    chance = np.random.default_rng(1)
    shards = -(-space.places // SHARD_CAPACITY)
    held = np.zeros(shards * SHARD_CAPACITY, np.uint8)
    drawn = chance.choice(space.places, int(space.places * share), replace=False)
    values, shares = zip(*_KINDS, strict=True)
    held[drawn] = chance.choice(np.array(values, np.uint8), len(drawn), p=shares)
    counts = [int(count) for count in np.bincount(held[: space.places], minlength=4)]
    packed = (held[::4] | held[1::4] << 2 | held[2::4] << 4 | held[3::4] << 6).tobytes()
    size = SHARD_CAPACITY // 4
    bound = sum(count * math.log2(space.places / count) for count in counts if count) / 8
    return {space.first + number: packed[number * size : (number + 1) * size] for number in range(shards)}, bound


def five_minutes(space: Space, lists: Mapping[int, bytes], seed: int = 5) -> dict[int, bytes]:
    """The lists five minutes later: six in ten changes a loss, two a card found again, two an end for good."""
    chance, after = random.Random(seed), {number: bytearray(packed) for number, packed in lists.items()}
    for nth in range(space.changes):
        was, becomes = ((0, 2), (0, 2), (0, 2), (2, 0), (2, 1))[nth % 5]
        while True:
            number, idx = divmod(space.first * SHARD_CAPACITY + chance.randrange(space.places), SHARD_CAPACITY)
            at, shift = idx >> 2, 2 * (idx & 3)
            if after[number][at] >> shift & 3 == was and lists[number][at] == after[number][at]:
                after[number][at] ^= (was ^ becomes) << shift
                break
    return {number: bytes(packed) for number, packed in after.items()}


def figures() -> Iterator[Figure]:
    """Sizes against their bounds, and times on this machine."""
    worst = 0.0
    for space in SPACES:
        for share in _SHARES:
            lists, bound = lists_of(space, share)
            snapshot, body = StatusSnapshot.issue(space.head, lists, cast.PUBLISHER)
            size = len(snapshot.raw) + len(body)
            worst = max(worst, size / bound)
            name = f"{space.name}_{share * 100:g}pct"
            yield Figure(name=f"status.snapshot_bytes.{name}", value=size, unit="B", floor=bound, ratio=size / bound)
            taken = _cold_load(snapshot.raw, body)
            yield Figure(name=f"status.cold_load_s.{name}", value=taken, unit="s", floor=_LOAD_S, ratio=taken / _LOAD_S)
            if share == _SHARES[1]:
                yield from _following(space, lists)
    yield Figure(name="status.snapshot_ratio", value=worst, unit="x", floor=_RATIO, ratio=worst / _RATIO)
    yield _lookup(lists[space.first])


def _cold_load(manifest: bytes, body: bytes) -> float:
    """Seconds from the bytes of a snapshot to a checked file that can be asked; the best of three."""
    best = math.inf
    for _ in range(3):
        start = perf_counter()
        snapshot = StatusSnapshot.from_bytes(manifest)
        snapshot.check(_KEY)
        with tempfile.TemporaryFile() as file:
            file.truncate(sum(shard.entries for shard in snapshot.shards) // 4)
            with mmap.mmap(file.fileno(), 0) as view:
                places = {shard.number: nth * SHARD_CAPACITY // 4 for nth, shard in enumerate(snapshot.shards)}

                snapshot.load(body, partial(_put, view, places))
                best = min(best, perf_counter() - start)
    return best


def _put(view: mmap.mmap, places: Mapping[int, int], number: int, packed: bytearray) -> None:
    view[places[number] : places[number] + len(packed)] = bytes(packed)


def _following(space: Space, lists: Mapping[int, bytes]) -> Iterator[Figure]:
    """The delta of five minutes: its size, and what reading, checking, applying and the new root take without the disk."""
    after, forest = five_minutes(space, lists), Forest.of(lists)
    root, changes = Forest.of(after).root, Changes.between(lists, after)
    head = space.head._replace(seq=space.head.seq + 1)
    data = StatusDelta.issue(head, changes, root=root, previous=forest.root, signer=cast.PUBLISHER).raw
    name = "status.delta_5min_bytes" + ("" if space.space is ListSpace.CHIP else f".{space.name}_{space.changes}")
    bound = (math.log2(math.comb(space.places, space.changes)) + 1.371 * space.changes) / 8  # 1.371 bits for six, two and two in ten
    limit = _DELTA_BYTES if space.space is ListSpace.CHIP else None
    yield Figure(name=name, value=len(data), unit="B", floor=limit, ratio=len(data) / limit if limit else None)
    yield Figure(name=f"{name}.body", value=len(data) - _envelope(space), unit="B", floor=bound, ratio=(len(data) - _envelope(space)) / bound)
    held = Held(region="CN-CQ", space=space.space, epoch=1, seq=space.head.seq, root=forest.root, lists=lists, forest=forest)

    def go_on() -> None:
        delta = StatusDelta.from_bytes(data)
        delta.check(_KEY)
        follow(delta, held)

    best = min(_timed(go_on) for _ in range(15))
    yield Figure(name=f"status.delta_follow_ms.{space.name}", value=best * 1e3, unit="ms", floor=_FOLLOW_MS, ratio=best * 1e3 / _FOLLOW_MS)


def _envelope(space: Space) -> int:
    """Bytes of a delta that changes nothing."""
    empty = StatusDelta.issue(space.head, Changes(to={}), root=bytes(32), previous=bytes(8), signer=cast.PUBLISHER)
    return len(empty.raw)


def _timed(act: Callable[[], None]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def _lookup(packed: Packed) -> Figure:
    """One place asked for at random, beside a loop that asks nothing."""
    statuses, chance = StatusList(memoryview(packed)), random.Random(1)
    places = [chance.randrange(SHARD_CAPACITY) for _ in range(20_000)]

    def asked() -> None:
        for place in places:
            statuses[place]

    def unasked() -> None:
        for _ in places:
            pass

    found = pairs("status.lookup_us", subject=lambda: asked, floor=unasked, times=len(places))
    return Figure(name=found.name, value=found.value, unit="us", floor=_LOOKUP_US, ratio=found.value / _LOOKUP_US)
