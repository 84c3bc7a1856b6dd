"""The next version of one chain: what has to be signed so that it says what the lists are to say, and no more than that.

What ended never comes back: a place that a version called INVALID stays so, whatever is wanted of it. Every delta is followed once, as a terminal will,
before it leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.chain_apply import Held, follow
from codes.chain_changes import MAX_CHANGES, Changes
from codes.chain_delta import StatusDelta
from codes.chain_snapshot import StatusSnapshot
from codes.errors import SetupError
from codes.merkle import Forest, ShardTree
from ecard import faults
from ecard.chaining.folding import fold
from ecard.chaining.reading import Chain, Made, stepped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.chain import StatusHead
    from codes.keys import Signer
    from codes.rice import Packed

DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """A chain after a run, and what the run signed for it."""

    chain: Chain
    delta: StatusDelta | None = None
    merged: tuple[StatusDelta, ...] = ()
    snapshot: StatusSnapshot | None = None
    body: bytes = b""

    begins: bool = False
    """Whether the version is known by its snapshot alone: the first of an epoch, or one that no delta leads to."""

    @property
    def is_new(self) -> bool:
        """Whether there is a new version."""
        return self.begins or self.delta is not None


def begin(wanted: Mapping[int, Packed], head: StatusHead, signer: Signer) -> Advance:
    """A chain, or an epoch of one, or one whose newest version is lost: it goes on with a snapshot."""
    snapshot, body = StatusSnapshot.issue(head, wanted, signer)
    held = Held(
        region=head.region, space=head.space, epoch=head.epoch, seq=head.seq, root=snapshot.root, lists=dict(wanted), forest=Forest.of(wanted)
    )
    made = (Made(head.seq, head.iat),)
    chain = Chain(held=held, iat=head.iat, snapshot=snapshot, trail=(), spans=frozenset(), head=None, made=made)
    return Advance(chain=chain, snapshot=snapshot, body=body, begins=True)


def advance(chain: Chain, wanted: Mapping[int, Packed], head: StatusHead, signer: Signer, *, whole: bool) -> Advance:
    """The chain brought to what is wanted, under the version of `head` if that is a change.

    `whole`: `wanted` is every list there is, and the day's snapshot is made; otherwise lists that are not named stay as they are. Raises `SetupError`
    status-shard when a list has changed its size.
    """
    held = chain.held
    before = held.lists if whole else {number: held.lists[number] for number in wanted.keys() & held.lists.keys()}
    for number in wanted.keys() & before.keys():
        if len(wanted[number]) != len(before[number]):
            raise SetupError(faults.STATUS_SHARD, shard=number, problem="another size than published")
    changes = Changes.between(before, wanted)
    if len(changes) > MAX_CHANGES:
        lists = dict(wanted) if whole else {**held.lists, **wanted}
        begun = begin(lists, head, signer)
        return replace(begun, chain=replace(begun.chain, spans=chain.spans, head=chain.head, made=(*chain.made, *begun.chain.made)))
    made = _told(chain, changes, wanted, head, signer) if changes or changes.added or changes.dropped else Advance(chain=chain)
    trail, merged = fold(made.chain.trail, signer, at=head.iat)
    spans = made.chain.spans | {(delta.since, delta.head.seq) for delta in merged}
    made = replace(made, chain=replace(made.chain, trail=trail, spans=spans), merged=merged)
    if whole and chain.snapshot.head.iat // DAY < head.iat // DAY:
        snapshot, body = StatusSnapshot.issue(head._replace(seq=made.chain.held.seq), made.chain.held.lists, signer)
        made = replace(made, chain=replace(made.chain, snapshot=snapshot), snapshot=snapshot, body=body)
    return made


def _told(chain: Chain, changes: Changes, wanted: Mapping[int, Packed], head: StatusHead, signer: Signer) -> Advance:
    held = chain.held
    trees = {number: tree for number, tree in held.forest.trees.items() if number not in changes.dropped}
    trees |= {number: ShardTree.of(packed) for number, packed in wanted.items() if packed != held.lists.get(number)}
    delta = StatusDelta.issue(head, changes, root=Forest(trees).root, previous=held.root, signer=signer)
    step = follow(delta, held)
    after = step.held(held, stepped(held.lists, step))
    made = (*chain.made, Made(head.seq, head.iat))
    spans = chain.spans | {(delta.since, head.seq)}
    grown = replace(chain, held=after, iat=head.iat, trail=(*chain.trail, delta), spans=spans, made=made)
    return Advance(chain=grown, delta=delta)
