"""The Merkle tree over status lists: one root for all shards of a chain, brought up to date by the few leaves that change (STATUS section 3).

    leaf        SHA-256(00 ‖ 4,096 bytes of a shard's two-bit array; the last leaf of a shard may be shorter)
    node        SHA-256(01 ‖ left ‖ right); a node without a right neighbour is taken up to the next level as it is
    shard       SHA-256(02 ‖ shard number, 4 bytes ‖ entries, 4 bytes ‖ top node of its leaves)
    root        SHA-256(03 ‖ count of shards, 4 bytes ‖ top node over the shards in order of their numbers, or nothing where there are none)

The first byte keeps the kinds apart, so no leaf passes for a node. A full shard of 2^20 entries is a tree of its own with 64 leaves, whose top is the
level-6 node. Shards come and go: each is bound to its number and size, so the root says which shards there are as well as what is in them, and
a shard that comes or goes changes no hash but its own and those above it.

A `Forest` is a value: what changes makes a new one, so a terminal can know the new root before it writes a byte. `Forest.tops` are the level-6 nodes: whoever
has them, checked against a signed root, knows which single shard of his is damaged, and that the one he fetches instead is right.

Hashing 27.5 MB takes tens of milliseconds, 76 changes about one.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codes.rice import Packed

LEAF_BYTES = 4096
"""Bytes of a leaf: 16,384 entries."""
_LEAF, _NODE, _SHARD, _ROOT = (bytes((kind,)) for kind in range(4))
_HASH = 32


class ShardTop(NamedTuple):
    """What the root knows of one shard."""

    number: int
    entries: int
    top: bytes
    """Top node of its leaves; of a full shard the level-6 node."""


def leaf_hash(leaf: Packed) -> bytes:
    """The hash of one leaf."""
    return hashlib.sha256(b"".join((_LEAF, leaf))).digest()


def _node(children: bytes | bytearray) -> bytes:
    return hashlib.sha256(_NODE + children).digest() if len(children) > _HASH else bytes(children)


def _above(level: bytes | bytearray) -> bytes:
    return b"".join(_node(level[at : at + 2 * _HASH]) for at in range(0, len(level), 2 * _HASH))


def root_of(tops: Iterable[ShardTop]) -> bytes:
    """The root over these shards, in order of their numbers. `ValueError` when they are not: our own bug."""
    shards = list(tops)
    if any(before.number >= after.number for before, after in pairwise(shards)):
        msg = "shards stand in order of their numbers, none twice"
        raise ValueError(msg)
    level = b"".join(_shard(top) for top in shards)
    while len(level) > _HASH:
        level = _above(level)
    return hashlib.sha256(_ROOT + len(shards).to_bytes(4) + level).digest()


def _shard(top: ShardTop) -> bytes:
    return hashlib.sha256(_SHARD + top.number.to_bytes(4) + top.entries.to_bytes(4) + top.top).digest()


class ShardTree:
    """All hashes over one shard: 4 KiB for a full one."""

    __slots__ = ("_levels", "size")

    def __init__(self, levels: tuple[bytes, ...], size: int) -> None:
        self._levels = levels
        self.size = size
        """Bytes of the shard, a quarter of its entries."""

    @classmethod
    def of(cls, packed: Packed) -> ShardTree:
        """The tree over a shard's two-bit array. `ValueError` for an empty one."""
        if not packed:
            msg = "a shard has at least four entries"
            raise ValueError(msg)
        view = memoryview(packed)
        levels = [b"".join(leaf_hash(view[at : at + LEAF_BYTES]) for at in range(0, len(view), LEAF_BYTES))]
        while len(levels[-1]) > _HASH:
            levels.append(_above(levels[-1]))
        return cls(tuple(levels), len(view))

    @property
    def top(self) -> bytes:
        """The top node."""
        return self._levels[-1]

    def with_leaves(self, leaves: Mapping[int, bytes]) -> ShardTree:
        """The tree after these leaves, by their number from 0, have these bytes. `ValueError` for a leaf that is not there or has another size."""
        for number, leaf in leaves.items():
            if not 0 <= number * LEAF_BYTES < self.size or len(leaf) != min(LEAF_BYTES, self.size - number * LEAF_BYTES):
                msg = f"leaf {number} of {len(leaf)} bytes does not fit a shard of {self.size}"
                raise ValueError(msg)
        fresh = {number: leaf_hash(leaf) for number, leaf in leaves.items()}
        levels = []
        for level in self._levels:
            changed = bytearray(level)
            for number, digest in fresh.items():
                changed[number * _HASH : (number + 1) * _HASH] = digest
            levels.append(bytes(changed))
            fresh = {above: _node(changed[2 * above * _HASH : 2 * (above + 1) * _HASH]) for above in {number // 2 for number in fresh}}
        return ShardTree(tuple(levels), self.size)


@lru_cache(maxsize=64)
def blank(entries: int) -> ShardTree:
    """The tree over a shard of so many entries, all VALID: how every shard begins."""
    return ShardTree.of(bytes(entries // 4))


class Forest:
    """The trees of all shards of a chain, by shard number."""

    __slots__ = ("trees",)

    def __init__(self, trees: Mapping[int, ShardTree]) -> None:
        self.trees = dict(sorted(trees.items()))

    @classmethod
    def of(cls, lists: Mapping[int, Packed]) -> Forest:
        """The forest over these two-bit arrays: what a terminal computes when it opens its file, before it believes a bit of it."""
        return cls({number: ShardTree.of(packed) for number, packed in lists.items()})

    @property
    def tops(self) -> tuple[ShardTop, ...]:
        """Number, size and top node of every shard, in order."""
        return tuple(ShardTop(number, 4 * tree.size, tree.top) for number, tree in self.trees.items())

    @property
    def root(self) -> bytes:
        """The 32 bytes that a head signs."""
        return root_of(self.tops)

    def after(self, *, dropped: Iterable[int], added: Mapping[int, int], leaves: Mapping[int, Mapping[int, bytes]]) -> Forest:
        """The forest without the `dropped` shards, with those `added` (number to entries, all VALID), and with these new leaves by shard and leaf number.

        `ValueError` for leaves of a shard that is not there.
        """
        trees = self.trees | {number: blank(entries) for number, entries in added.items()}
        for number in dropped:
            trees.pop(number, None)
        if missing := leaves.keys() - trees.keys():
            msg = f"no shard {min(missing)}"
            raise ValueError(msg)
        return Forest(trees | {number: trees[number].with_leaves(some) for number, some in leaves.items()})
