"""What stands published of a chain, read back: nothing on the disk is believed without the signature of a key of its region, and the root that it signs.

The newest version is found from the newest whole snapshot on, by every delta that follows; a version that a killed run had signed and not announced
counts, because somebody may have it. What was announced and cannot be reached any more, because files are lost, is at least never numbered again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from codes.chain import MARK_BYTES, StatusHeartbeat
from codes.chain_apply import Held, follow
from codes.chain_delta import StatusDelta
from codes.chain_snapshot import StatusSnapshot
from codes.errors import CardError
from codes.merkle import LEAF_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from codes.chain import ListSpace
    from codes.chain_apply import Step
    from codes.rice import Packed
    from codes.trust import StatusAuthority
    from ecard.chaining.places import ChainFolder, Span

_Kind = TypeVar("_Kind", StatusSnapshot, StatusDelta, StatusHeartbeat)
_LONGEST_TRAIL = 4096


class Made(NamedTuple):
    """A version, and when it was signed."""

    seq: int
    iat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One chain as it stands published, and as its publisher holds it."""

    held: Held
    iat: int
    """When its newest version was signed."""
    snapshot: StatusSnapshot
    """The newest."""
    trail: tuple[StatusDelta, ...]
    """Deltas in a row that lead to the newest version: the finest of the present window, merged ones of those before."""
    spans: frozenset[Span]
    """Every delta that lies there, by name."""
    head: StatusHeartbeat | None
    """The newest heartbeat, if it is signed."""
    made: tuple[Made, ...]
    """Versions that were met while reading or made since, oldest first: what is to be noted in the record."""

    @property
    def announced(self) -> int:
        """The highest seq that a head has told of."""
        return max(self.held.seq, self.head.head.seq if self.head else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReader:
    """Reads one chain of the epoch that its region's authority names, and believes that authority's keys."""

    folder: ChainFolder
    space: ListSpace
    authority: StatusAuthority

    def head(self) -> StatusHeartbeat | None:
        """The heartbeat that stands, whatever it speaks of."""
        return self._read(self.folder.head, StatusHeartbeat)

    def chain(self) -> Chain | None:
        """The chain as far as the newest version that can be reached; None where there is no whole snapshot."""
        epoch = self.authority.epoch
        spans = self.folder.deltas(epoch)
        for seq in reversed(self.folder.snapshots(epoch)):
            snapshot = self._read(self.folder.manifest(epoch, seq), StatusSnapshot)
            held = self._loaded(snapshot) if snapshot and snapshot.head.seq == seq else None
            if snapshot and held:
                begun = Chain(
                    held=held,
                    iat=snapshot.head.iat,
                    snapshot=snapshot,
                    trail=(),
                    spans=frozenset(spans),
                    head=self.head(),
                    made=(Made(seq, snapshot.head.iat),),
                )
                chain = self.further(begun)
                return replace(chain, trail=self._trail(chain.held, spans))
        return None

    def further(self, chain: Chain) -> Chain:
        """The chain with every version that lies beyond the one held, and the head that stands now."""
        head = self.head()
        if head != chain.head:  # somebody else was here
            chain = replace(chain, head=head, spans=frozenset(self.folder.deltas(self.authority.epoch)))
        while True:
            ahead = [(first, last) for first, last in chain.spans if first <= chain.held.seq < last]
            fresh = (chain.held.seq, chain.held.seq + 1)
            found = self._first(chain.held, [*sorted(ahead, key=lambda span: (-span[1], span[0])), fresh])
            if found is None:
                return chain
            delta, held = found
            made = (*chain.made, Made(delta.head.seq, delta.head.iat))
            spans = chain.spans | {(delta.since, delta.head.seq)}
            chain = replace(chain, held=held, iat=delta.head.iat, trail=(*chain.trail, delta), spans=spans, made=made)

    def _first(self, held: Held, spans: Iterable[Span]) -> tuple[StatusDelta, Held] | None:
        """The first of these deltas that leads on."""
        for span in spans:
            delta = self._delta(span)
            if delta is not None:
                try:
                    step = follow(delta, held)
                except CardError:  # signed, and yet it does not lead on from what we hold: another one may
                    continue
                return delta, step.held(held, stepped(held.lists, step))
        return None

    def _trail(self, held: Held, spans: Iterable[Span]) -> tuple[StatusDelta, ...]:
        """The way back from the version held, in the longest steps that there are."""
        into: dict[int, list[Span]] = {}
        for span in spans:
            into.setdefault(span[1], []).append(span)
        trail: list[StatusDelta] = []
        seq, mark = held.seq, held.root[:MARK_BYTES]
        while len(trail) < _LONGEST_TRAIL:
            found = (self._delta(span) for span in sorted(into.get(seq, ())))
            delta = next((delta for delta in found if delta is not None and delta.root[:MARK_BYTES] == mark), None)
            if delta is None:
                break
            trail.append(delta)
            seq, mark = delta.since, delta.previous
        return tuple(reversed(trail))

    def _delta(self, span: Span) -> StatusDelta | None:
        delta = self._read(self.folder.delta(self.authority.epoch, span), StatusDelta)
        return delta if delta and (delta.since, delta.head.seq) == span else None

    def _loaded(self, snapshot: StatusSnapshot) -> Held | None:
        head = snapshot.head
        lists: dict[int, Packed] = {}
        try:
            body = self.folder.body(head.epoch, head.seq).read_bytes()
            forest = snapshot.load(body, lists.__setitem__)
        except (OSError, CardError):
            return None
        lists = {number: bytes(packed) for number, packed in lists.items()}
        return Held(region=head.region, space=head.space, epoch=head.epoch, seq=head.seq, root=snapshot.root, lists=lists, forest=forest)

    def _read(self, path: Path, kind: type[_Kind]) -> _Kind | None:
        """A file, if it is what it should be, of this chain and its epoch, signed by a key in its time."""
        here = (self.authority.region, self.space, self.authority.epoch)
        try:
            found = kind.from_bytes(path.read_bytes())
            head = found.head
            key = next((key for key in self.authority.keys if key.kid == found.kid and key.not_before <= head.iat < key.not_after), None)
            if key is None or (head.region, head.space, head.epoch) != here:
                return None
            found.check(key.key.load())
        except (OSError, CardError):  # what cannot be believed is as good as lost
            return None
        return found


def stepped(lists: Mapping[int, Packed], step: Step) -> dict[int, Packed]:
    """The lists after a step."""
    after = {number: packed for number, packed in lists.items() if number not in step.dropped}
    after |= {number: bytes(entries // 4) for number, entries in step.added.items()}
    for number, leaves in step.leaves.items():
        packed = bytearray(after[number])
        for leaf, content in leaves.items():
            packed[leaf * LEAF_BYTES : leaf * LEAF_BYTES + len(content)] = content
        after[number] = bytes(packed)
    return after
