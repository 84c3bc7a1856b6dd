"""A whole pass: every list of the record at one moment, as versions of the chains and as Token Status Lists that inflate to the same bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from codes.chain import ListSpace
from codes.claims import parse_uri
from codes.errors import SetupError
from codes.status import StatusList
from ecard import faults
from ecard.ceremony import whole_second
from ecard.folder import sole_writer
from ecard.publishing import lists_of, never_back, publish_lists, standing_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from codes.claims import Region, StatusRef, StatusType
    from codes.rice import Packed
    from ecard.chaining.publisher import ChainKey, ChainNews, ChainPublisher, RegionChains
    from ecard.chaining.reading import Chain
    from ecard.publishing import Edition, Pace, ShardPlan, StatusTruth

PATIENCE = 30.0
"""Seconds that a pass waits for another publisher to finish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeEdition:
    """What a whole pass did."""

    lists: Edition
    chains: tuple[ChainNews, ...]


def publish_edition(
    truth: Callable[[datetime], StatusTruth],
    publisher: ChainPublisher,
    folder: Path,
    regions: Mapping[Region, RegionChains],
    *,
    at: datetime,
    pace: Pace,
    note: Callable[[Iterable[ChainNews]], object],
) -> WholeEdition:
    """Bring chains and lists in `folder` to the truth at `at`, asked for when nobody else publishes. Idempotent, and finished by the next run if it dies.

    `note` is told, still inside, which versions there are. Raises `SetupError`: key-missing, status-shard, publisher-clock-back, publisher-busy,
    publisher-epoch, folder-unwritable, and what `truth` raises.
    """
    moment = whole_second(at)
    with publisher.turn(patience=PATIENCE), sole_writer(folder / "status", patience=PATIENCE):
        told = truth(moment)
        statuses = told.statuses(moment)
        plans = {plan.uri: plan for plan in told.shards()}
        standing = publisher.standing(regions)
        lists, resisted = _lasting(lists_of(plans, statuses), plans, folder, regions, standing)
        wanted: dict[ChainKey, dict[int, Packed]] = {}
        for uri, packed in lists.items():
            says = _region(regions, plans[uri])
            wanted.setdefault((plans[uri].region, space_of(says, uri)), {})[parse_uri(uri)[1]] = packed
        news = publisher.run(wanted, regions, at=int(moment.timestamp()), whole=True)
        note(news)
        signers = {region: says.signer for region, says in regions.items()}
        signed = datetime.fromtimestamp(max(chain.iat for chain in news), UTC)  # one edition, one time
        edition = publish_lists({uri: StatusList(packed) for uri, packed in lists.items()}, plans, folder, signers, at=signed, pace=pace)
        publisher.prune(regions, at=int(moment.timestamp()))
    return WholeEdition(lists=replace(edition, ended_for_good=resisted), chains=tuple(news))


def touched(
    values: Mapping[StatusRef, StatusType], plans: Iterable[ShardPlan], regions: Mapping[Region, RegionChains], standing: Mapping[ChainKey, Chain]
) -> dict[ChainKey, dict[int, Packed]]:
    """The lists of `plans` as they stand, with some places changed; what ended stays. Raises `SetupError` status-shard."""
    wanted: dict[ChainKey, dict[int, Packed]] = {}
    known = {plan.uri: plan for plan in plans}
    places: dict[str, list[tuple[int, StatusType]]] = {uri: [] for uri in known}
    for ref, status in values.items():
        if ref.uri not in known or not 0 <= ref.idx < known[ref.uri].size:
            raise SetupError(faults.STATUS_SHARD, uri=ref.uri, idx=ref.idx, shards=len(known))
        places[ref.uri].append((ref.idx, status))
    for uri, some in places.items():
        key, number = (known[uri].region, space_of(_region(regions, known[uri]), uri)), parse_uri(uri)[1]
        chain = standing.get(key)
        before = bytes(chain.held.lists.get(number, b"")) if chain else b""
        listed = StatusList(before) if before else StatusList.of_size(known[uri].size)
        after = listed.with_values(some).to_bytes()
        wanted.setdefault(key, {})[number] = never_back(before, after)[0]
    return wanted


def space_of(says: RegionChains, uri: str) -> ListSpace:
    """The list space that a list belongs to. Raises `SetupError` status-shard for one that is nobody's."""
    letter, number = parse_uri(uri)
    for profile, (first, last) in says.authority.spaces.items():
        if letter == says.authority.letter and first <= number <= last:
            return ListSpace.of(profile)
    raise SetupError(faults.STATUS_SHARD, uri=uri, problem="in no space of its region")


def _region(regions: Mapping[Region, RegionChains], plan: ShardPlan) -> RegionChains:
    says = regions.get(plan.region)
    if says is None:
        raise SetupError(faults.KEY_MISSING, region=plan.region, purpose="status")
    return says


def _lasting(
    lists: Mapping[str, StatusList],
    plans: Mapping[str, ShardPlan],
    folder: Path,
    regions: Mapping[Region, RegionChains],
    standing: Mapping[ChainKey, Chain],
) -> tuple[dict[str, bytes], int]:
    """The lists with everything that was ever published as ended, in either form, and how many places wanted otherwise."""
    lasting: dict[str, bytes] = {}
    resisted = 0
    for uri, wanted in lists.items():
        says, packed = _region(regions, plans[uri]), wanted.to_bytes()
        chain, token = standing.get((plans[uri].region, space_of(says, uri))), standing_token(folder, uri, says.signer)
        for before in (token.list().to_bytes() if token else b"", bytes(chain.held.lists.get(parse_uri(uri)[1], b"")) if chain else b""):
            packed, more = never_back(before, packed)
            resisted += more
        lasting[uri] = packed
    return lasting, resisted
