"""A folder of chains for the publisher's tests: a record that is a dictionary, keys that are thrown away, and a follower that believes nothing unsigned."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from codes.chain import ListSpace, StatusHeartbeat
from codes.chain_apply import Held, follow
from codes.chain_delta import StatusDelta
from codes.chain_snapshot import StatusSnapshot
from codes.claims import Profile, StatusRef, StatusType, parse_uri
from codes.trust import StatusAuthority, StatusKey
from ecard.chaining.edition import publish_edition
from ecard.chaining.places import ChainFolder
from ecard.chaining.publisher import ChainNews, ChainPublisher, RegionChains
from ecard.chaining.reading import stepped
from ecard.keyring import Keyring
from ecard.publishing import DEFAULT_PACE, ShardPlan

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from codes.rice import Packed
    from ecard.chaining.edition import WholeEdition

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
NOON = int(AT.timestamp())
KEYS = Keyring.derived(b"the publisher's tests")
LETTERS = {"CN-CQ": "c", "CN-SC": "s"}
SPACES = {Profile.GENERAL: (0, 99), Profile.IDENTITY: (100, 199), Profile.CHIP: (1000, 1099)}
PHONE, CHIP = ListSpace.PHONE, ListSpace.CHIP
CODE, OTHER, CARD, NEIGHBOUR = StatusRef("sl:c1", 77), StatusRef("sl:c1", 78), StatusRef("sl:crs", 5), StatusRef("sl:s1", 0)
"""A phone's place, another phone's, the chip of the same card as the first, and somebody's in the other region."""


def plan(uri: str, size: int = 1024) -> ShardPlan:
    return ShardPlan(uri=uri, size=size, region={"c": "CN-CQ", "s": "CN-SC"}[uri[3]])


@dataclass
class Truth:
    """A record that is a dictionary."""

    values: dict[StatusRef, StatusType] = field(default_factory=dict)
    plans: list[ShardPlan] = field(default_factory=lambda: [plan("sl:c1"), plan("sl:crs", 64), plan("sl:s1", 64)])

    def statuses(self, at: datetime) -> Mapping[StatusRef, StatusType]:
        assert at == at.replace(microsecond=0)
        return self.values

    def shards(self) -> Collection[ShardPlan]:
        return self.plans


def regions(*, epoch: int = 1, trust: int = 3, keys: Keyring = KEYS, floors: Mapping[ListSpace, int] | None = None) -> dict[str, RegionChains]:
    """What both regions sign by."""
    found = {}
    for region, letter in LETTERS.items():
        key = StatusKey(key=keys.status(region).public_key, not_before=NOON - 86400, not_after=NOON + 400 * 86400)
        authority = StatusAuthority(region=region, letter=letter, epoch=epoch, keys=(key,), spaces=SPACES)
        found[region] = RegionChains(authority=authority, signer=keys.status(region), trust=trust, floors=floors or {})
    return found


def publish(
    truth: Truth,
    folder: Path,
    *,
    after: float = 0,
    publisher: ChainPublisher | None = None,
    by: Mapping[str, RegionChains] | None = None,
) -> WholeEdition:
    """One whole pass, some seconds after noon, by a publisher that has just been started."""
    at = AT + timedelta(seconds=after)
    told = lambda moment: truth  # noqa: E731, ARG005 because a record is asked at a moment, and this one knows one only
    return publish_edition(told, publisher or ChainPublisher(folder), folder, by or regions(), at=at, pace=DEFAULT_PACE, note=lambda news: news)


def news(edition: WholeEdition) -> dict[tuple[str, ListSpace], ChainNews]:
    return {(chain.region, chain.space): chain for chain in edition.chains}


@dataclass
class Follower:
    """Follows one chain by what a reader of the folder finds, as its head and its index say; every signature and root is checked."""

    folder: Path
    region: str = "CN-CQ"
    space: ListSpace = PHONE
    held: Held | None = None
    by: Mapping[str, RegionChains] = field(default_factory=regions)
    fetched: list[str] = field(default_factory=list)

    @property
    def place(self) -> ChainFolder:
        return ChainFolder.of(self.folder, self.region, self.space)

    @property
    def key(self) -> object:
        return self.by[self.region].signer.public_key

    def head(self) -> StatusHeartbeat:
        beat = StatusHeartbeat.from_bytes(self.place.head.read_bytes())
        beat.check(self.by[self.region].signer.public_key.load())
        return beat

    def follow(self) -> Held:
        """Go on to the version that the head names."""
        head = self.head()
        index = json.loads(self.place.index.read_bytes())
        assert (index["epoch"], index["seq"]) == (head.head.epoch, head.head.seq)
        if self.held is None or self.held.epoch != head.head.epoch:
            self.held = self._load(head.head.epoch, index["snapshots"][-1])
        while self.held.seq < head.head.seq:
            ahead = [(since, seq) for since, seq in index["deltas"] if since <= self.held.seq < seq]
            span = max(ahead, key=lambda span: span[1])
            self.fetched.append(f"{span[0]}-{span[1]}")
            delta = StatusDelta.from_bytes(self.place.delta(head.head.epoch, span).read_bytes())
            delta.check(self.by[self.region].signer.public_key.load())
            step = follow(delta, self.held)
            self.held = step.held(self.held, stepped(self.held.lists, step))
        assert head.confirms(self.held.root)
        return self.held

    def _load(self, epoch: int, seq: int) -> Held:
        snapshot = StatusSnapshot.from_bytes(self.place.manifest(epoch, seq).read_bytes())
        snapshot.check(self.by[self.region].signer.public_key.load())
        lists: dict[int, Packed] = {}
        forest = snapshot.load(self.place.body(epoch, seq).read_bytes(), lists.__setitem__)
        self.fetched.append(f"s{seq}")
        return Held(region=self.region, space=self.space, epoch=epoch, seq=seq, root=snapshot.root, lists=lists, forest=forest)

    def status(self, ref: StatusRef) -> StatusType:
        packed = self.follow().lists[parse_uri(ref.uri)[1]]
        return StatusType(packed[ref.idx >> 2] >> 2 * (ref.idx & 3) & 3)


def read(folder: Path, ref: StatusRef) -> StatusType:
    """What somebody reads who comes anew."""
    region = {"c": "CN-CQ", "s": "CN-SC"}[ref.uri[3]]
    return Follower(folder, region, CHIP if parse_uri(ref.uri)[1] >= 1000 else PHONE).status(ref)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
