"""What a look at a chain's folder finds: which version is in force, and which of its shards are as they were signed. Changes nothing.

Why nobody who looks needs a lock. A writer changes the file only after its journal lies on the disk whole, writes nothing into the file but values of
the version that the journal leads to, never gives a slot to a second shard, and puts the new head in force after the last value. So under a head that was
read before, every entry has its value of that version or of a later one, both signed; what is later is only told as older than it is. An entry's two bits
lie in one byte, and a byte is written at once: nobody is revived by a mixture, because entries do not depend on one another. A file is never cut short or
written over from its beginning: a snapshot brings a file of its own, and whoever has the old one mapped keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.chain import MARK_BYTES
from codes.chain_apply import Held
from codes.chain_delta import StatusDelta
from codes.merkle import Forest, ShardTree
from codes.status import SHARD_CAPACITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codes.rice import Packed
    from verify.chain_belief import Version
    from verify.chain_files import Files
    from verify.chain_head import StoredHead

_BITS = SHARD_CAPACITY.bit_length() - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One version as it is held."""

    name: str
    """The head file that it stands in."""
    stored: StoredHead
    says: Version
    places: Mapping[int, tuple[int, int]]
    """Where each shard begins in the file and ends, by its number."""
    view: memoryview
    """The mapped file."""
    trees: Mapping[int, ShardTree]
    """The trees of shards that are as they were signed."""
    damaged: frozenset[int]
    """Shards that are not."""
    is_settled: bool = True
    """False while a delta is being written, by another process or by one that is no more: entries may have their later value already."""

    def packed(self, number: int) -> memoryview:
        """A shard's two-bit array; shorter than it should be where the file is."""
        start, end = self.places[number]
        return self.view[start:end]

    def held(self) -> Held:
        """This version as `codes.chain_apply` wants it. Of a damaged shard the top is known, and nothing else."""
        tops = {top.number: top for top in self.stored.tops.tops}
        head = self.says.head
        trees = {number: self.trees.get(number) or ShardTree((top.top,), top.entries // 4) for number, top in tops.items()}
        lists = {number: self.view[start:end] for number, (start, end) in self.places.items()}
        return Held(region=head.region, space=head.space, epoch=head.epoch, seq=head.seq, root=self.says.root, lists=lists, forest=Forest(trees))


def look_at(files: Files, name: str, stored: StoredHead, says: Version, *, before: Look | None) -> Look:
    """Compare what lies in the file with what was signed. Shards that `before` has found right, and that are to be as they were, are not hashed again."""
    if before is None or before.stored.live != stored.live:
        before = None
    places = stored.places
    end = max((end for _, end in places.values()), default=0)
    view = before.view if before and len(before.view) >= end else files.map(stored.file)
    trees: dict[int, ShardTree] = {}
    damaged: set[int] = set()
    known = {} if before is None else {before.places[number][0]: tree for number, tree in before.trees.items()}
    for top in stored.tops.tops:
        start, end = places[top.number]
        tree = known.get(start)
        if tree is None or tree.top != top.top or 4 * tree.size != top.entries:
            packed = view[start:end]
            tree = ShardTree.of(packed) if len(packed) == end - start else None
        if tree is not None and tree.top == top.top:
            trees[top.number] = tree
        else:
            damaged.add(top.number)
    return Look(name=name, stored=stored, says=says, places=places, view=view, trees=trees, damaged=frozenset(damaged))


def succeeds(journal: StoredHead, delta: Version, look: Look) -> bool:
    """Whether a journal leads on from a version: it is not over, and of the same chain."""
    held = look.says.head
    return (
        isinstance(delta, StatusDelta)
        and journal.live == look.stored.live
        and delta.head[:3] == held[:3]
        and delta.since <= held.seq < delta.head.seq
        and (delta.since < held.seq or delta.previous == look.says.root[:MARK_BYTES])
    )


def rewritten(journal: StoredHead, delta: StatusDelta, look: Look) -> Iterable[tuple[int, bytes]]:
    """The shards that a journal changes or adds, by number, with all its values set, however many of them had been written.

    They are right where they have the journal's tops. Doing it again does no harm.
    """
    before = {top.number: top.top for top in look.stored.tops.tops}
    values: dict[int, list[tuple[int, int]]] = {}
    for status, places in delta.changes.to.items():
        for place in places:
            values.setdefault(place >> _BITS, []).append((place & SHARD_CAPACITY - 1, status))
    for top in journal.tops.tops:
        if before.get(top.number) != top.top:
            size = top.entries // 4
            packed = look.packed(top.number) if top.number in before else bytes(size)
            if len(packed) == size:
                yield top.number, _with_values(packed, values.get(top.number, ()))


def _with_values(packed: Packed, values: Iterable[tuple[int, int]]) -> bytes:
    fresh = bytearray(packed)
    for idx, status in values:
        if idx >> 2 < len(fresh):
            fresh[idx >> 2] = fresh[idx >> 2] & ~(3 << 2 * (idx & 3)) | status << 2 * (idx & 3)
    return bytes(fresh)


def in_between(journal: StoredHead, delta: StatusDelta, look: Look) -> frozenset[int]:
    """Those damaged shards of a version that are merely on their way to the journal's."""
    after = {top.number: top.top for top in journal.tops.tops}
    there = {number for number, packed in rewritten(journal, delta, look) if number in look.damaged and ShardTree.of(packed).top == after[number]}
    return frozenset(there)
