"""`ecard publish`: the published folder brought to what the record, the keys and the scene files say now. Again at once: nothing changes but the timestamp."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ecard.ceremony import DEFAULT_LIVES
from ecard.folder import write_whole
from ecard.publishing import Pace, publish_statuses
from ecard.trustfolder import TrustFolder
from ecard.trustrepo import TrustRepository
from webapp.jwk import to_jwk

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from codes.claims import Region
    from codes.keys import CoseKey
    from ecard.publishing import Edition
    from webapp.office.opening import OpenOffice

_SERVICE = ("snapshot", "timestamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one run did."""

    edition: Edition
    documents: tuple[Region, ...]
    """Regions whose keys, powers or scenes were published anew."""
    renewed: tuple[str, ...]
    """Roles whose signature had lived half its life and was made again."""


def publish(office: OpenOffice, *, at: datetime) -> Published:
    """Sign what changed or grew old. Raises `SetupError`: office-scenes, key-missing, trust-*, publisher-*, folder-unwritable."""
    keyring, folder, regions = office.keyring, office.settings.published, tuple(office.settings.regions)
    policy = office.desk.policy
    pace = Pace(life=timedelta(seconds=policy.status_life), interval=timedelta(seconds=policy.publish_every))
    for region in regions:
        _show_receipt_key(folder, region, keyring.receipt(region).public_key)
    edition = publish_statuses(office.desk.truth(at), folder, {region: keyring.status(region) for region in regions}, at=at, pace=pace)
    trust = TrustRepository(folder)
    changed = tuple(region for region in regions if _differs(office, region))
    for region in changed:
        trust.publish(office.documents(region), keyring.trust_signers(region, *_SERVICE), at=at)
    renewed: tuple[str, ...] = ()
    if _is_old(trust, regions, at):
        renewed = trust.renew(keyring.trust_signers(*regions, *_SERVICE), at=at)
    else:
        trust.refresh(keyring.trust_signers(*_SERVICE), at=at)
    return Published(edition=edition, documents=changed, renewed=renewed)


def _show_receipt_key(folder: Path, region: Region, key: CoseKey) -> None:
    """Put the key by which holders check their receipts beside what terminals read: trust documents have no room for it, and no gate needs it."""
    path, page = folder / "receipts" / f"{region}.jwk.json", json.dumps(to_jwk(key), indent=1).encode() + b"\n"
    if not path.is_file() or path.read_bytes() != page:
        write_whole(path, page)


def _differs(office: OpenOffice, region: Region) -> bool:
    """Whether a region has something else to say than what stands published."""
    folder = TrustFolder(office.settings.published)
    standing = folder.delegated(folder.current(), region).signed.targets
    files = office.documents(region).files()
    return {path: target.hashes["sha256"] for path, target in standing.items()} != {
        path: hashlib.sha256(content).hexdigest() for path, content in files.items()
    }


def _is_old(trust: TrustRepository, regions: tuple[Region, ...], at: datetime) -> bool:
    expiries = trust.expiries()
    mine = [expiry for role, expiry in expiries.items() if role in regions or role.removeprefix("joint-") in regions]
    return min(mine) - at < DEFAULT_LIVES.delegated / 2
