"""One run over the chains of a published folder (STATUS section 5.3, 5.7).

Every chain is read back first, then what is new is signed, then it is written: all objects of all chains, after them every head, the index last. So a run
that is killed at any write leaves what was there before, or more of it than anybody has been told; the next run finds that and goes on from there.
The versions of a card's two spaces are on the disk before either head tells of one, and bear one time.

A publisher that lives on keeps what it holds in memory and looks before each run whether another was here; its folder has one writer at a time.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from codes.chain import MAX_SEQ, ListSpace, StatusHead, StatusHeartbeat
from codes.errors import SetupError
from ecard import faults
from ecard.chaining.advancing import DAY, Advance, advance, begin
from ecard.chaining.places import FOLDER, ChainFolder
from ecard.chaining.reading import Chain, ChainReader
from ecard.folder import sole_writer, write_all

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from codes.claims import Region, StatusType
    from codes.keys import Signer
    from codes.rice import Packed
    from codes.trust import StatusAuthority
    from ecard.chaining.reading import Made

ChainKey = tuple[str, ListSpace]
HEARTBEAT = 60
"""Seconds after which a head is signed again though nothing changed."""
EVENTS_KEPT, DELTAS_KEPT, SNAPSHOTS_KEPT = DAY, 30 * DAY, 3
"""Seconds that events and merged deltas stay, and how many snapshots do."""
_LARGEST_LEAP = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionChains:
    """What a region signs its chains by."""

    authority: StatusAuthority
    signer: Signer
    trust: int = 1
    """The version of the region's delegated trust role that stands now: the lowest that a terminal must have."""
    floors: Mapping[ListSpace, int] = field(default_factory=dict)
    """The highest seq of this epoch that the record knows of: a folder that was lost does not begin again below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainNews:
    """What a run did to one chain."""

    region: Region
    space: ListSpace
    epoch: int
    seq: int
    iat: int
    """Of its newest head."""
    lists: int
    flipped: Mapping[StatusType, int]
    """How many places took each status in this version; empty where nothing changed, or where the version is known by its snapshot alone."""
    is_new: bool
    delta_bytes: int
    snapshot_bytes: int
    merged: int
    """Merged deltas that were made."""
    made: tuple[Made, ...]
    """Versions to be noted in the record, if they are not."""


class ChainPublisher:
    """Publishes the chains of one folder. Not for several threads at once; for as many processes as you like."""

    def __init__(self, published: Path, *, life: timedelta = timedelta(hours=24)) -> None:
        self._published = published
        self._life = int(life.total_seconds())
        self._chains: dict[ChainKey, Chain] = {}
        self._told: dict[ChainKey, StatusHead] = {}
        """The heads that stand, also where no chain can be read."""

    @contextmanager
    def turn(self, *, patience: float = 0) -> Iterator[None]:
        """Hold the chains against other publishers, waiting for at most `patience` seconds. Raises `SetupError` publisher-busy, folder-unwritable.

        What is to be published is asked of the record inside: so nobody publishes an older truth after a newer one.
        """
        with sole_writer(self._published / FOLDER, patience=patience):
            yield

    def standing(self, regions: Mapping[Region, RegionChains]) -> dict[ChainKey, Chain]:
        """Every chain as it stands now, inside a turn; what is not here yet is missing."""
        for region, says in regions.items():
            for space in ListSpace:
                reader = ChainReader(folder=ChainFolder.of(self._published, region, space), space=space, authority=says.authority)
                chain = self._chains.pop((region, space), None)
                if chain is not None and chain.held.epoch == says.authority.epoch:
                    chain = reader.further(chain)
                if chain is None or chain.held.epoch != says.authority.epoch or chain.announced > chain.held.seq:
                    chain = reader.chain()
                if chain is not None:
                    self._chains[region, space] = chain
                if head := (chain.head if chain else reader.head()):
                    self._told[region, space] = head.head
        return self._chains

    def run(
        self, wanted: Mapping[ChainKey, Mapping[int, Packed]], regions: Mapping[Region, RegionChains], *, at: int, whole: bool
    ) -> list[ChainNews]:
        """Bring chains to what is wanted, inside a turn. `whole`: what is wanted is every list there is; otherwise a chain keeps its other lists.

        Raises `SetupError`: publisher-clock-back, key-missing, status-shard, publisher-epoch, folder-unwritable; `InputError` for what is outside the format.
        """
        standing = self.standing(regions)
        iat = max([at, *(chain.iat for chain in standing.values()), *(head.iat for head in self._told.values())])
        if iat - at > _LARGEST_LEAP:
            raise SetupError(faults.PUBLISHER_CLOCK, behind_s=iat - at)
        for region, says in regions.items():
            _refuse_strange_key(region, says, iat)
        keys = [(region, space) for region in regions for space in ListSpace if whole or (region, space) in standing or wanted.get((region, space))]
        steps = {key: self._step(key, standing.get(key), wanted.get(key, {}), regions[key[0]], iat=iat, whole=whole) for key in keys}
        moved = {region for (region, _), step in steps.items() if step.is_new}
        heads = {
            key: self._heartbeat(step.chain, regions[key[0]], iat=iat)
            for key, step in steps.items()
            if key[0] in moved or self._is_due(step.chain, regions[key[0]], iat=iat, whole=whole)
        }
        self._write(steps, heads)
        for key, step in steps.items():
            self._chains[key] = replace(step.chain, head=heads.get(key, step.chain.head), made=step.chain.made[-1:])
        return [_news(key, step, self._chains[key]) for key, step in steps.items()]

    def prune(self, regions: Collection[Region], *, at: int) -> int:
        """Remove events older than a day, merged deltas older than 30 days, and old snapshots; how many files. Inside a turn, after a run."""
        removed = 0
        for (region, space), chain in list(self._chains.items()):
            if region not in regions:
                continue
            folder, epoch = ChainFolder.of(self._published, region, space), chain.held.epoch
            day, month = (
                max((delta.head.seq for delta in chain.trail if delta.head.iat < at - kept), default=0) for kept in (EVENTS_KEPT, DELTAS_KEPT)
            )
            trail = {(delta.since, delta.head.seq) for delta in chain.trail}
            over = {span for span in chain.spans if span[1] <= month or (span[1] <= day and span[1] - span[0] == 1 and span not in trail)}
            old = folder.snapshots(epoch)[:-SNAPSHOTS_KEPT]
            paths = [folder.delta(epoch, span) for span in over]
            paths += [path for seq in old for path in (folder.manifest(epoch, seq), folder.body(epoch, seq))]
            for path in paths:
                _remove(path)
            removed += len(paths)
            kept = tuple(delta for delta in chain.trail if (delta.since, delta.head.seq) not in over)
            left = self._chains[region, space] = replace(chain, spans=chain.spans - over, trail=kept)
            if paths:
                write_all({folder.index: _index(folder, left)})
        return removed

    def _step(self, key: ChainKey, chain: Chain | None, wanted: Mapping[int, Packed], says: RegionChains, *, iat: int, whole: bool) -> Advance:
        region, space = key
        told = self._told.get(key)
        lowest = max(says.floors.get(space, 0), told.seq if told and told.epoch == says.authority.epoch else 0)
        seq = max(lowest, chain.held.seq if chain else 0) + 1
        if seq > MAX_SEQ:
            raise SetupError(faults.PUBLISHER_EPOCH, region=region, space=space.name.lower())
        head = StatusHead(region, space, says.authority.epoch, seq, iat, iat + self._life, says.trust)
        if chain is not None and lowest <= chain.held.seq:
            return advance(chain, wanted, head, says.signer, whole=whole)
        if chain is not None and not whole:
            wanted = {**chain.held.lists, **wanted}
        return begin(wanted, head, says.signer)

    def _heartbeat(self, chain: Chain, says: RegionChains, *, iat: int) -> StatusHeartbeat:
        held = chain.held
        head = StatusHead(held.region, held.space, held.epoch, held.seq, iat, iat + self._life, says.trust)
        beat = StatusHeartbeat.issue(head, held.root, says.signer)
        beat.check(says.signer.public_key.load())
        return beat

    def _is_due(self, chain: Chain, says: RegionChains, *, iat: int, whole: bool) -> bool:
        """Whether a head has to be signed though nothing changed."""
        if chain.head is None:
            return True
        head = chain.head.head
        return head.seq != chain.held.seq or head.trust != says.trust or iat - head.iat >= (1 if whole else HEARTBEAT)

    def _write(self, steps: Mapping[ChainKey, Advance], heads: Mapping[ChainKey, StatusHeartbeat]) -> None:
        objects: dict[Path, bytes] = {}
        for key, step in steps.items():
            folder, epoch = ChainFolder.of(self._published, *key), step.chain.held.epoch
            for delta in (*([step.delta] if step.delta else []), *step.merged):
                objects[folder.delta(epoch, (delta.since, delta.head.seq))] = delta.raw
            if step.snapshot is not None:  # after the delta that leads to it, and the body first: so nothing lies there that cannot be gone on from
                objects[folder.body(epoch, step.snapshot.head.seq)] = step.body
                objects[folder.manifest(epoch, step.snapshot.head.seq)] = step.snapshot.raw
        write_all(objects)
        write_all({ChainFolder.of(self._published, *key).head: beat.raw for key, beat in heads.items()})
        indexes = {(folder := ChainFolder.of(self._published, *key)).index: _index(folder, step.chain) for key, step in steps.items()}
        write_all({path: content for path, content in indexes.items() if not path.is_file() or path.read_bytes() != content})


def _refuse_strange_key(region: Region, says: RegionChains, iat: int) -> None:
    """Nothing is signed by a key that terminals would not believe at that time."""
    kid = says.signer.public_key.kid()
    if not any(key.kid == kid and key.not_before <= iat < key.not_after for key in says.authority.keys):
        raise SetupError(faults.KEY_MISSING, region=region, purpose="status", problem="this key is not in force")


def _index(folder: ChainFolder, chain: Chain) -> bytes:
    """What is worth fetching: the way that leads to the newest version, and merged deltas of the last day for those who are only a little behind."""
    epoch, last = chain.held.epoch, max((delta.head.iat for delta in chain.trail), default=0)
    day = max((delta.head.seq for delta in chain.trail if delta.head.iat < last - DAY), default=0)
    spans = {(delta.since, delta.head.seq) for delta in chain.trail} | {span for span in chain.spans if span[1] > day and span[1] - span[0] > 1}
    page = {"epoch": epoch, "seq": chain.held.seq, "snapshots": folder.snapshots(epoch), "deltas": sorted(map(list, spans))}
    return json.dumps(page).encode() + b"\n"


def _news(key: ChainKey, step: Advance, chain: Chain) -> ChainNews:
    flipped = {} if step.delta is None else {status: len(places) for status, places in step.delta.changes.to.items() if places}
    return ChainNews(
        region=key[0],
        space=key[1],
        epoch=chain.held.epoch,
        seq=chain.held.seq,
        iat=chain.head.head.iat if chain.head else chain.iat,
        lists=len(chain.held.lists),
        flipped=flipped,
        is_new=step.is_new,
        delta_bytes=len(step.delta.raw) if step.delta else 0,
        snapshot_bytes=len(step.snapshot.raw) + len(step.body) if step.snapshot else 0,
        merged=len(step.merged),
        made=step.chain.made,
    )


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        raise SetupError(faults.FOLDER_UNWRITABLE, file=path.name, problem=problem.strerror) from problem
