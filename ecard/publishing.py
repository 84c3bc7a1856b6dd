"""From the record's truth to signed status lists (FORMATS section 3).

    status/<shard>.cwt            one Token Status List token a shard; the uri "sl:c4k2" is the file c4k2.cwt
    status/aggregation.json       {"status_lists": [uri, ..]}

Everything is computed from the record at each run and nothing is remembered between runs but the published files themselves: a missed run loses
nothing, a run that died is finished by the next. All indices of a card come from one reading of the record, so they flip in one edition, under one iat;
every list of it lies on the disk before the first takes its place, so a disk that fills stops no card by half.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from codes.claims import StatusRef, StatusType, parse_uri
from codes.errors import CardError, SetupError
from codes.status import StatusList, StatusListToken
from ecard import faults
from ecard.ceremony import whole_second
from ecard.folder import sole_writer, write_all

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from pathlib import Path

    from codes.keys import Signer

_LARGEST_LEAP = 60
"""Seconds that an edition's iat may run ahead of the clock to stay newer than the one before: what a terminal's clock check tolerates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardPlan:
    """One status list that is to stand published: its uri, how many entries it has, whose it is."""

    uri: str
    size: int
    region: str


class StatusTruth(Protocol):
    """What publishing asks of the record. Both answers are of one moment when asked inside one transaction; a shard is known before its first index."""

    def statuses(self, at: datetime) -> Mapping[StatusRef, StatusType]:
        """The status of every index given out in these lists, at `at` (a whole second, UTC); indices that are missing are VALID."""
        ...

    def shards(self) -> Collection[ShardPlan]:
        """Every list that is to stand published."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often lists are signed and how long they live. `ValueError` unless 2 x interval <= life: one missed run must not let a list expire."""

    life: timedelta = timedelta(hours=24)
    interval: timedelta = timedelta(hours=1)
    """An unchanged list is signed again once it is this old."""

    def __post_init__(self) -> None:
        if not timedelta(0) < 2 * self.interval <= self.life:
            msg = "a list lives at least two intervals"
            raise ValueError(msg)


DEFAULT_PACE = Pace()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What one run did. `iat` is that of the lists it signed, seconds since 1970 UTC."""

    iat: int
    signed: tuple[str, ...]
    kept: tuple[str, ...]
    ended_for_good: int
    """Indices that the record no longer calls INVALID but that stay so, because they were published so. Not 0 only after the record went back in time."""


def publish_statuses(truth: StatusTruth, folder: Path, signers: Mapping[str, Signer], *, at: datetime, pace: Pace = DEFAULT_PACE) -> Edition:
    """Bring the published lists in `folder` to the truth at `at`. Idempotent: a second run at the same time changes nothing.

    A list is signed anew when its content differs from what is published, or when it is older than the interval. All lists of a run are made, and are safe
    on the disk, before the first takes its place. `signers` maps a region to its status key.

    Raises `SetupError`: key-missing (a region without a signer), status-shard (an index outside every list), publisher-clock-back, publisher-busy,
    folder-unwritable.
    """
    moment = whole_second(at)
    with sole_writer(folder / "status"):
        statuses = truth.statuses(moment)  # before the shards: an index that is known by now has its shard known
        plans = {plan.uri: plan for plan in truth.shards()}
        return publish_lists(lists_of(plans, statuses), plans, folder, signers, at=moment, pace=pace)


def publish_lists(
    lists: Mapping[str, StatusList], plans: Mapping[str, ShardPlan], folder: Path, signers: Mapping[str, Signer], *, at: datetime, pace: Pace
) -> Edition:
    """Publish these lists, by uri, and no others; for whoever holds the folder alone and asks the record himself. Raises as `publish_statuses`."""
    status, now = folder / "status", int(at.timestamp())
    due: dict[str, StatusList] = {}
    newest, ended_for_good = now, 0
    for uri, wanted in lists.items():
        before = standing_token(folder, uri, _signer(signers, plans[uri].region))
        if before is None:
            due[uri] = wanted
            continue
        lasting, resisted = never_back(before.list().to_bytes(), wanted.to_bytes())
        ended_for_good += resisted
        if before.list().to_bytes() != lasting or not -_LARGEST_LEAP <= now - before.iat < pace.interval.total_seconds():
            due[uri] = StatusList(lasting)
            newest = max(newest, before.iat + 1)
    if newest - now > _LARGEST_LEAP:
        raise SetupError(faults.PUBLISHER_CLOCK, behind_s=newest - now)
    exp, ttl = newest + int(pace.life.total_seconds()), int(pace.interval.total_seconds())
    tokens = {uri: _issue(uri, wanted, _signer(signers, plans[uri].region), iat=newest, exp=exp, ttl=ttl) for uri, wanted in due.items()}
    files = {_file(status, uri): token for uri, token in tokens.items()}
    index, names = status / "aggregation.json", json.dumps({"status_lists": sorted(plans)}, indent=1).encode() + b"\n"
    if not index.is_file() or index.read_bytes() != names:
        files[index] = names
    write_all(files)
    return Edition(iat=newest, signed=tuple(sorted(due)), kept=tuple(sorted(plans.keys() - due)), ended_for_good=ended_for_good)


def lists_of(plans: Mapping[str, ShardPlan], statuses: Mapping[StatusRef, StatusType]) -> dict[str, StatusList]:
    """The content of every shard by its uri. Raises `SetupError` status-shard when a status has no place."""
    entries: dict[str, list[tuple[int, StatusType]]] = defaultdict(list)
    for ref, status in statuses.items():
        if ref.uri not in plans or not 0 <= ref.idx < plans[ref.uri].size:
            raise SetupError(faults.STATUS_SHARD, uri=ref.uri, idx=ref.idx, shards=len(plans))
        entries[ref.uri].append((ref.idx, status))
    return {uri: StatusList.of_size(plan.size).with_values(entries[uri]) for uri, plan in sorted(plans.items())}


def never_back(before: bytes, wanted: bytes) -> tuple[bytes, int]:
    """`wanted` with every entry INVALID that was INVALID before, and how many of them had wanted otherwise: what ended never comes back."""
    if len(before) != len(wanted):
        return wanted, 0
    low = int.from_bytes(b"\x55" * len(before))  # the low bit of every entry; INVALID is low bit set, high bit clear
    old, new = int.from_bytes(before), int.from_bytes(wanted)
    returning = _invalid(old, low) & ~_invalid(new, low)
    return ((new | returning) & ~(returning << 1)).to_bytes(len(wanted)), returning.bit_count()


def _invalid(packed: int, low: int) -> int:
    return packed & low & ~(packed >> 1)


def standing_token(folder: Path, uri: str, signer: Signer) -> StatusListToken | None:
    """The list that stands published, or None when there is none that this key signed: then it is simply made again."""
    try:
        token = StatusListToken.from_bytes(_file(folder / "status", uri).read_bytes())
        token.check(signer.public_key.load())
        token.list()
    except (OSError, CardError):  # what cannot be read is made again, and says so if it cannot be written either
        return None
    return token


def _issue(uri: str, wanted: StatusList, signer: Signer, *, iat: int, exp: int, ttl: int) -> bytes:
    token = StatusListToken.issue(uri, wanted, signer, iat=iat, exp=exp, ttl=ttl)
    token.check(signer.public_key.load())  # nothing leaves that a terminal would refuse
    return token.raw


def _signer(signers: Mapping[str, Signer], region: str) -> Signer:
    signer = signers.get(region)
    if signer is None:
        raise SetupError(faults.KEY_MISSING, region=region, purpose="status")
    return signer


def _file(status: Path, uri: str) -> Path:
    parse_uri(uri)  # the name of a file is made of nothing else
    return status / f"{uri.removeprefix('sl:')}.cwt"
