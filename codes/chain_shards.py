"""Which shards a chain has, and the proof of each: small parts that snapshots, deltas and repairs share.

    shards      [* [first, count, entries]]         runs of shards with successive numbers and one size, in order, as few runs as there can be
    numbers     [* [first, count]]                  runs of successive numbers, the same way
    shard tops  [shards, top nodes of all of them, 32 bytes each]

`ShardTops` is not signed: it proves itself against the root that a head signed. A terminal whose file does not have its root any more fetches them, checks
`tops.root` against the root of its head, compares each with the tops of its own forest, and fetches the one shard that differs: its bytes are right when
`ShardTree.of` has that top. One shard travels as the block that stands for it in a snapshot (`encode_shard`, `decode_shard`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, faults, rice
from codes.claims import StatusType
from codes.errors import InputError
from codes.merkle import ShardTop, root_of
from codes.status import SHARD_CAPACITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codes.rice import Packed

MAX_SHARDS = 1024
"""Shards that a chain has at one time: a thousand million entries, ten times a province."""
NUMBERS = 36**4
"""Shard numbers are below this: four digits in base 36."""
MAX_TOPS_BYTES = 1 << 16
STOPPED = (StatusType.SUSPENDED, StatusType.INVALID, StatusType.FROZEN)
"""The sets of a shard's block, in order; all other places are VALID."""


class ShardSize(NamedTuple):
    """One shard: the number in its list uri, and how many entries it has, a multiple of 4."""

    number: int
    entries: int


def encode_shard(packed: Packed) -> bytes:
    """The block of one shard's two-bit array."""
    return rice.encode_values(packed, STOPPED)


def decode_shard(block: bytes, *, entries: int) -> bytearray:
    """The two-bit array of one shard: what its Token Status List token inflates to. Raises `InputError` status-block."""
    return rice.decode_values(block, entries=entries, values=STOPPED)


def longest_block(entries: int) -> int:
    """Bytes that no block of a shard exceeds, whatever is in it."""
    return entries // 2 + 16


def shards_to_cbor(shards: Iterable[ShardSize]) -> list[cbor.Value]:
    """The runs of shards in order of their numbers."""
    runs: list[list[int]] = []
    for shard in shards:
        if runs and shard == (runs[-1][0] + runs[-1][1], runs[-1][2]):
            runs[-1][1] += 1
        else:
            runs.append([shard.number, 1, shard.entries])
    return [list[cbor.Value](run) for run in runs]


def numbers_to_cbor(numbers: Iterable[int]) -> list[cbor.Value]:
    """The runs of rising numbers."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == sum(runs[-1]):
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    return [list[cbor.Value](run) for run in runs]


def parse_shards(value: cbor.Value) -> tuple[ShardSize, ...]:
    """Read runs of shards. Raises `InputError` claim-value: not in order, not in as few runs, too many, a size no shard has."""
    shards = tuple(
        ShardSize(number, entries) for first, count, entries in _runs(value, 3) for number in range(first, first + count) if _is_size(entries)
    )
    if shards_to_cbor(shards) != value:
        raise InputError(faults.CLAIM_VALUE, claim="shards")
    return shards


def parse_numbers(value: cbor.Value) -> tuple[int, ...]:
    """Read runs of numbers. Raises `InputError` claim-value: not in order, not in as few runs, too many."""
    numbers = tuple(number for first, count in _runs(value, 2) for number in range(first, first + count))
    if numbers_to_cbor(numbers) != value:
        raise InputError(faults.CLAIM_VALUE, claim="shards")
    return numbers


def _is_size(entries: int) -> bool:
    return 0 < entries <= SHARD_CAPACITY and entries % 4 == 0


def _runs(value: cbor.Value, width: int) -> list[list[int]]:
    """The runs as they stand, known to be few and in order before one of them is written out."""
    runs: list[list[int]] = []
    left, end = MAX_SHARDS, 0
    for run in value if type(value) is list else [value]:
        if type(run) is not list or len(run) != width:
            raise InputError(faults.CLAIM_VALUE, claim="shards")
        numbers = [number for number in run if type(number) is int and number >= 0]
        if len(numbers) != width or not end <= numbers[0] < NUMBERS or not 0 < numbers[1] <= min(left, NUMBERS - numbers[0]):
            raise InputError(faults.CLAIM_VALUE, claim="shards")
        left, end = left - numbers[1], numbers[0] + numbers[1]
        runs.append(numbers)
    return runs


class ShardTops(NamedTuple):
    """Size and top node of every shard of a chain, as read. Believed when `root` is one that a head has signed."""

    tops: Sequence[ShardTop]

    @property
    def root(self) -> bytes:
        """The root that these make."""
        return root_of(self.tops)

    def to_bytes(self) -> bytes:
        """The bytes that `from_bytes` reads."""
        shards = shards_to_cbor(ShardSize(top.number, top.entries) for top in self.tops)
        return cbor.encode([shards, b"".join(top.top for top in self.tops)])

    @classmethod
    def from_bytes(cls, data: bytes) -> ShardTops:
        """Read what another terminal or the publisher sent. Raises `InputError`: cbor-*, claims-set, claim-value."""
        value = cbor.decode(data, limit=MAX_TOPS_BYTES)
        if type(value) is not list or len(value) != 2:
            raise InputError(faults.CLAIMS_SET)
        shards, nodes = parse_shards(value[0]), value[1]
        if type(nodes) is not bytes or len(nodes) != 32 * len(shards):
            raise InputError(faults.CLAIM_VALUE, claim="tops")
        return cls(tuple(ShardTop(*shard, nodes[32 * at : 32 * at + 32]) for at, shard in enumerate(shards)))
