"""`ecard publish`: the published folder brought to what the record, the keys and the scene files say now. Again at once: nothing changes but the timestamp."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from codes.errors import CardError
from codes.trust import ChainPoint, decode_status_authority
from ecard.ceremony import DEFAULT_LIVES
from ecard.chaining.advancing import DAY
from ecard.chaining.edition import PATIENCE, publish_edition
from ecard.chaining.noting import floors, note
from ecard.chaining.publisher import ChainPublisher, RegionChains
from ecard.contention import persist
from ecard.folder import write_whole
from ecard.model import seconds
from ecard.publishing import Pace
from ecard.trustfolder import TrustFolder
from ecard.trustrepo import TrustRepository
from webapp.jwk import to_jwk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from codes.claims import Region
    from codes.keys import CoseKey
    from ecard.chaining.publisher import ChainNews
    from ecard.publishing import Edition
    from webapp.office.opening import OpenOffice

_SERVICE = ("snapshot", "timestamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one run did."""

    edition: Edition
    chains: tuple[ChainNews, ...]
    documents: tuple[Region, ...]
    """Regions whose keys, powers or scenes were published anew."""
    renewed: tuple[str, ...]
    """Roles whose signature had lived half its life and was made again."""


def pace_of(office: OpenOffice) -> Pace:
    """How often lists are signed, and how long they live, by the policy in force."""
    policy = office.desk.policy
    return Pace(life=timedelta(seconds=policy.status_life), interval=timedelta(seconds=policy.publish_every))


def publisher_of(office: OpenOffice) -> ChainPublisher:
    """A publisher of the office's chains; whoever publishes often keeps one."""
    return ChainPublisher(office.settings.published, life=pace_of(office).life)


def publish(office: OpenOffice, *, at: datetime, publisher: ChainPublisher | None = None) -> Published:
    """Sign what changed or grew old. What stops somebody is published even where the trust documents cannot be.

    Raises `SetupError`: office-scenes, office-status, key-missing, trust-*, publisher-*, folder-unwritable.
    """
    keyring, folder, regions = office.keyring, office.settings.published, tuple(office.settings.regions)
    publisher, trust = publisher or publisher_of(office), TrustRepository(folder)
    changed: list[Region] = []
    trouble: CardError | None = None
    try:
        for region in regions:
            documents = office.documents(region, checkpoint=_checkpoint(office, publisher, region, at=at))
            if _differs(office, region, documents.files()):
                trust.publish(documents, keyring.trust_signers(region, *_SERVICE), at=at)
                changed.append(region)
    except CardError as error:
        trouble = error
    edition = publish_edition(
        office.desk.truth,
        publisher,
        folder,
        region_chains(office),
        at=at,
        pace=pace_of(office),
        note=lambda news: _note(office, news, at),
    )
    for region in regions:
        _show_receipt_key(folder, region, keyring.receipt(region).public_key)
    if trouble is not None:
        raise trouble
    renewed: tuple[str, ...] = ()
    if _is_old(trust, regions, at):
        renewed = trust.renew(keyring.trust_signers(*regions, *_SERVICE), at=at)
    else:
        trust.refresh(keyring.trust_signers(*_SERVICE), at=at)
    return Published(edition=edition.lists, chains=edition.chains, documents=tuple(changed), renewed=renewed)


def _show_receipt_key(folder: Path, region: Region, key: CoseKey) -> None:
    """Put the key by which holders check their receipts beside what terminals read: trust documents have no room for it, and no gate needs it."""
    path, page = folder / "receipts" / f"{region}.jwk.json", json.dumps(to_jwk(key), indent=1).encode() + b"\n"
    if not path.is_file() or path.read_bytes() != page:
        write_whole(path, page)


def region_chains(office: OpenOffice) -> dict[Region, RegionChains]:
    """What each region signs its chains by now. Raises `SetupError`: office-status, key-missing, trust-broken."""
    folder = TrustFolder(office.settings.published)
    current = folder.current()
    found = {}
    with office.desk.store.reading() as work:
        for region in office.settings.regions:
            authority = office.authority(region)
            found[region] = RegionChains(
                authority=authority,
                signer=office.keyring.status(region),
                trust=folder.delegated(current, region).signed.version,
                floors=floors(work, region, authority.epoch),
            )
    return found


def _note(office: OpenOffice, news: Iterable[ChainNews], at: datetime) -> None:
    def write() -> None:
        with office.desk.store.writing() as work:
            note(work, news, now=seconds(at))

    persist(write, entropy=office.desk.entropy)


def _checkpoint(office: OpenOffice, publisher: ChainPublisher, region: Region, *, at: datetime) -> Sequence[ChainPoint]:
    """The newest snapshot of each chain, once its day is over; until then what stands. Whoever holds another root at that seq was lied to."""
    authority = office.authority(region)
    with publisher.turn(patience=PATIENCE):
        standing = publisher.standing({region: RegionChains(authority=authority, signer=office.keyring.status(region))})
        newest = [chain.snapshot for (of, _), chain in sorted(standing.items()) if of == region]
    old = [snapshot for snapshot in newest if snapshot.head.iat // DAY < seconds(at) // DAY]
    fresh = {snapshot.head.space: ChainPoint(snapshot.head.space, snapshot.head.epoch, snapshot.head.seq, snapshot.root) for snapshot in old}
    points = {point.space: point for point in checkpoint_of(office, region) if point.epoch == authority.epoch} | fresh
    return [point for _, point in sorted(points.items())]


def checkpoint_of(office: OpenOffice, region: Region) -> Sequence[ChainPoint]:
    """The checkpoint that stands published. Raises `SetupError` trust-broken."""
    folder, path = TrustFolder(office.settings.published), f"{region}/status.cbor"
    target = folder.delegated(folder.current(), region).signed.targets.get(path)
    return decode_status_authority(folder.read(folder.target(path, target.hashes["sha256"]))).checkpoint if target else ()


def _differs(office: OpenOffice, region: Region, files: dict[str, bytes]) -> bool:
    """Whether a region has something else to say than what stands published."""
    folder = TrustFolder(office.settings.published)
    standing = folder.delegated(folder.current(), region).signed.targets
    return {path: target.hashes["sha256"] for path, target in standing.items()} != {
        path: hashlib.sha256(content).hexdigest() for path, content in files.items()
    }


def _is_old(trust: TrustRepository, regions: tuple[Region, ...], at: datetime) -> bool:
    expiries = trust.expiries()
    mine = [expiry for role, expiry in expiries.items() if role in regions or role.removeprefix("joint-") in regions]
    return min(mine) - at < DEFAULT_LIVES.delegated / 2
