"""From one version of a chain to a later one, without touching what is there: which leaves change, and what the root is then.

    held = Held(region=.., space=.., epoch=.., seq=.., root=.., lists=lists, forest=forest)
    step = follow(delta, held)                     # delta.check(key) comes first; raises, and nothing has happened
    # now the new root is known and is the signed one. To make it last:
    #   1 write delta.raw (or step.leaves) to the journal and sync it     doing the whole step again from there is harmless
    #   2 drop the shards of step.dropped, make room for those of step.added, all zero bytes
    #   3 write each of step.leaves at shard's place + leaf number x 4096, sync
    #   4 write the new head, sync
    held = step.held(held, lists)                  # the arrays as they are now: mapped views of shards that stayed are still good

`lists` are two-bit arrays, low bits first: exactly the bytes that the shard's Token Status List token inflates to. They can be views of a mapped file;
only leaves that change are read.

A merged delta may start before the version that is held, as long as it leads beyond it: what it says again is true already, and the root proves that it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes import faults
from codes.chain import MARK_BYTES
from codes.claims import StatusType
from codes.errors import InputError, StateError
from codes.merkle import LEAF_BYTES, Forest
from codes.status import SHARD_CAPACITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codes.chain import ListSpace
    from codes.chain_changes import Changes
    from codes.chain_delta import StatusDelta
    from codes.rice import Packed

_SHARD_BITS = SHARD_CAPACITY.bit_length() - 1
_LEAF_BITS = (4 * LEAF_BYTES).bit_length() - 1
_LEAVES = 1 << _SHARD_BITS - _LEAF_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One version of a chain as somebody holds it: `forest` is over `lists` and its root is `root`, which a head of this epoch and seq has signed."""

    region: str
    space: ListSpace
    epoch: int
    seq: int
    root: bytes
    lists: Mapping[int, Packed]
    forest: Forest


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What has to be written for the later version."""

    seq: int
    root: bytes
    dropped: Sequence[int]
    """Numbers of held shards that are no more."""
    added: Mapping[int, int]
    """Entries of new shards by their number; all bytes zero, but for `leaves`."""
    leaves: Mapping[int, Mapping[int, bytes]]
    """New bytes by shard number and number of the leaf, 4,096 bytes each; the last of a shard may be shorter."""
    forest: Forest

    def held(self, before: Held, lists: Mapping[int, Packed]) -> Held:
        """The later version as it is held once it is written: `lists` are its two-bit arrays."""
        return replace(before, seq=self.seq, root=self.root, lists=lists, forest=self.forest)


def follow(delta: StatusDelta, held: Held) -> Step:
    """What the delta does to what is held. Changes nothing.

    Raises `StateError` chain-gap (of another chain or epoch, starts after the held version, is no news, or starts from another version of the same seq);
    `InputError` chain-shards, status-index, chain-reversal, chain-root (the outcome is not what was signed: what is held is damaged, or the publisher erred).
    """
    head = delta.head
    starts_here = delta.since == held.seq and delta.previous == held.root[:MARK_BYTES]
    starts_before = delta.since < held.seq < head.seq
    if (head.region, head.space, head.epoch) != (held.region, held.space, held.epoch) or not (starts_here or starts_before):
        raise StateError(faults.CHAIN_GAP, epoch=head.epoch, since=delta.since, seq=head.seq, held_epoch=held.epoch, held_seq=held.seq)
    dropped, added = _shards(delta.changes, held, again=starts_before)
    leaves = _leaves(delta.changes, {number: held.lists[number] for number in held.lists.keys() - set(dropped)}, added)
    forest = held.forest.after(dropped=dropped, added=added, leaves=leaves)
    if forest.root != delta.root:
        raise InputError(faults.CHAIN_ROOT, epoch=head.epoch, seq=head.seq)
    return Step(seq=head.seq, root=delta.root, dropped=dropped, added=added, leaves=leaves, forest=forest)


def _shards(changes: Changes, held: Held, *, again: bool) -> tuple[list[int], dict[int, int]]:
    """The shards that really go and come. One that is not there may have come and gone in between; one that is there may be added `again`."""
    there = {number: 4 * len(packed) for number, packed in held.lists.items()}
    added = {number: entries for number, entries in changes.added if not (again and there.get(number) == entries)}
    if twice := added.keys() & there.keys():
        raise InputError(faults.CHAIN_SHARDS, wrong="twice", shard=min(twice))
    return [number for number in changes.dropped if number in there], added


def _leaves(changes: Changes, lists: Mapping[int, Packed], added: Mapping[int, int]) -> dict[int, dict[int, bytes]]:
    """The new bytes of every leaf in which a place changes."""
    fresh: dict[int, bytearray] = {}
    for status, places in changes.to.items():
        for place in places:
            leaf = fresh.get(place >> _LEAF_BITS)
            if leaf is None:
                leaf = fresh[place >> _LEAF_BITS] = _leaf(place >> _LEAF_BITS, lists, added)
            at, shift = place >> 2 & LEAF_BYTES - 1, 2 * (place & 3)
            if at >= len(leaf):
                raise InputError(faults.STATUS_INDEX, shard=place >> _SHARD_BITS, idx=place & SHARD_CAPACITY - 1)
            was = leaf[at] >> shift & 3
            if was == StatusType.INVALID and status != was:
                raise InputError(faults.CHAIN_REVERSAL, shard=place >> _SHARD_BITS, idx=place & SHARD_CAPACITY - 1)
            leaf[at] ^= (was ^ status) << shift
    leaves: dict[int, dict[int, bytes]] = {}
    for number, leaf in fresh.items():
        leaves.setdefault(number // _LEAVES, {})[number % _LEAVES] = bytes(leaf)
    return leaves


def _leaf(number: int, lists: Mapping[int, Packed], added: Mapping[int, int]) -> bytearray:
    """A copy of one leaf, by its number among all leaves of all shards; empty where the shard is shorter."""
    shard, start = number // _LEAVES, number % _LEAVES * LEAF_BYTES
    if shard in added:
        return bytearray(max(0, min(LEAF_BYTES, added[shard] // 4 - start)))
    if shard not in lists:
        raise InputError(faults.CHAIN_SHARDS, wrong="missing", shard=shard)
    return bytearray(lists[shard][start : start + LEAF_BYTES])
