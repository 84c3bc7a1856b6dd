"""A region that publishes a status chain, small enough to try everything on: every version that it ever had, and the objects that lead to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codes.chain import ListSpace, StatusHead, StatusHeartbeat
from codes.chain_changes import Changes
from codes.chain_delta import StatusDelta
from codes.chain_snapshot import StatusSnapshot
from codes.claims import Profile, StatusType
from codes.merkle import Forest
from codes.trust import StatusAuthority, StatusKey
from tests.verify.city import DAY, FIRST_SHARD, LAST_SHARD, LETTERS, NOW, p256
from verify.trust import TrustView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codes.keys import SoftwareSigner
    from verify.chain_space import Space
    from verify.chain_store import ChainStore, Taken

Lists = dict[int, bytes]
FIRST = FIRST_SHARD
SECOND, THIRD = FIRST + 1, FIRST + 2
SIZE = 16 * 1024 + 400
"""Entries of a shard: two leaves, the second a short one."""
EPOCH = 5


def authority(region: str = "CN-CQ", *, keys: Iterable[str] = ("status",), epoch: int = EPOCH, not_after: int = NOW + 400 * DAY) -> StatusAuthority:
    """Who publishes a region's status, by the names of its keys."""
    found = tuple(StatusKey(key=p256(f"{name} {region}").public_key, not_before=NOW - 400 * DAY, not_after=not_after) for name in keys)
    spaces = {Profile.GENERAL: (FIRST_SHARD, LAST_SHARD), Profile.CHIP: (36, 71)}
    return StatusAuthority(region=region, letter=LETTERS[region], epoch=epoch, keys=found, spaces=spaces)


def trust(*authorities: StatusAuthority, versions: Mapping[str, int] | None = None) -> TrustView:
    """Trust in these publishers of status; in Chongqing's alone if none is named."""
    there = authorities or (authority(),)
    held = {of.region: 1 for of in there} if versions is None else versions
    return TrustView.of(version=1, expires=NOW + DAY, issuers=(), authorities=there, scenes=(), versions=held)


@dataclass
class Region:
    """The publisher of one chain. Version `seq` has the lists `versions[seq]`."""

    region: str = "CN-CQ"
    space: ListSpace = ListSpace.PHONE
    epoch: int = EPOCH
    key: str = "status"
    trust: int = 1
    seq: int = 1
    at: int = NOW
    versions: dict[int, Lists] = field(default_factory=dict)
    events: dict[int, StatusDelta] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.versions:
            first = FIRST if self.space is ListSpace.PHONE else 40
            self.versions[self.seq] = {first: bytes(SIZE // 4), first + 1: bytes(SIZE // 4)}
        self.times[self.seq] = self.at

    @property
    def signer(self) -> SoftwareSigner:
        return p256(f"{self.key} {self.region}")

    @property
    def lists(self) -> Lists:
        return self.versions[self.seq]

    def root(self, seq: int | None = None) -> bytes:
        return Forest.of(self.versions[seq or self.seq]).root

    def head(self, **changes: Any) -> StatusHead:
        head = StatusHead(self.region, self.space, self.epoch, self.seq, self.at, self.at + DAY, self.trust)
        return head._replace(**changes)

    def go(self, values: Mapping[tuple[int, int], StatusType] | None = None, *, add: Iterable[int] = (), drop: Iterable[int] = ()) -> StatusDelta:
        """The next version, two seconds later: these places of shards change, these shards come and go."""
        after = {number: bytearray(packed) for number, packed in self.lists.items() if number not in set(drop)}
        after |= {number: bytearray(SIZE // 4) for number in add}
        for (number, idx), status in (values or {}).items():
            after[number][idx >> 2] = after[number][idx >> 2] & ~(3 << 2 * (idx & 3)) | status << 2 * (idx & 3)
        before, previous = self.lists, self.root()
        self.seq, self.at = self.seq + 1, self.at + 2
        self.versions[self.seq] = {number: bytes(packed) for number, packed in after.items()}
        self.times[self.seq] = self.at
        changes = Changes.between(before, self.lists)
        delta = StatusDelta.issue(self.head(), changes, root=self.root(), previous=previous, signer=self.signer)
        self.events[self.seq] = delta
        return delta

    def merged(self, since: int, to: int) -> StatusDelta:
        return StatusDelta.merge([self.events[seq] for seq in range(since + 1, to + 1)], self.signer)

    def snapshot(self, seq: int | None = None) -> tuple[bytes, bytes]:
        """Manifest and body of a version."""
        number = seq or self.seq
        at = self.times[number]
        snapshot, body = StatusSnapshot.issue(self.head(seq=number, iat=at, exp=at + DAY), self.versions[number], self.signer)
        return snapshot.raw, body

    def beat(self, *, at: int | None = None, seq: int | None = None, **changes: Any) -> bytes:
        """A heartbeat for a version."""
        moment, number = self.at if at is None else at, seq or self.seq
        head = self.head(seq=number, iat=moment, exp=moment + DAY, **changes)
        return StatusHeartbeat.issue(head, self.root(number), self.signer).raw


def history(**changes: Any) -> Region:
    """Five versions: a few stopped; one found again and another ended; a shard comes; one goes; the new one is used."""
    region = Region(**changes)
    first, second, third = min(region.lists), max(region.lists), max(region.lists) + 1
    region.go({(first, 7): StatusType.SUSPENDED, (first, 16_500): StatusType.INVALID, (second, 1): StatusType.FROZEN})
    region.go({(first, 7): StatusType.VALID, (first, 9): StatusType.INVALID, (second, 16_400): StatusType.SUSPENDED}, add=[third])
    region.go({(third, 3): StatusType.SUSPENDED, (first, 8): StatusType.SUSPENDED}, drop=[second])
    region.go({(third, 3): StatusType.INVALID, (first, 8): StatusType.VALID})
    return region


def bring(store: ChainStore, region: Region, seq: int | None = None) -> Taken:
    """Give a store the snapshot of a version."""
    return store.take(*region.snapshot(seq), now=NOW)


def lists_of(space: Space) -> Lists:
    """What a space answers from."""
    look = space.look
    assert look is not None
    return {top.number: bytes(look.packed(top.number)) for top in look.stored.tops.tops}
