"""Status keys and epochs of a region, as `ecard trust` changes them: the next key before its first day, the last one until what it signed is past.

    status/<region>.json    {"epoch", "keys": [{"key" (SubjectPublicKeyInfo, PEM), "not_before", "not_after"}, ..]}

Without this file a region has the key that it was founded with, and epoch 1. Every key named here stands in the region's trust documents from the next
`ecard publish` on. The office signs with keys/<region>.status.pem; the next key waits as keys/<region>.status-next.pem. Either may lie in a hardware module,
and then a note with the ending .pkcs11 stands in its place; the key itself is destroyed in the module by whoever looks after that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from codes.chain import MAX_EPOCH
from codes.errors import SetupError, StateError
from codes.keys import CoseKey
from codes.trust import StatusKey
from ecard.folder import SECRET, sync_folder, write_whole
from ecard.keyring import Keyring, to_pem
from ecard.modulekeys import ModuleSigner
from webapp import faults

if TYPE_CHECKING:
    from pathlib import Path

    from codes.claims import Region
    from ecard.modulekeys import KeyPlace
    from webapp.office.settings import OfficeSettings

LEAD = timedelta(days=7)
"""From entering a key to signing with it: by then no terminal has trust documents that do not know it (FORMATS section 4)."""
TERM = timedelta(days=15 * 366)
_OVERLAP = 61
"""Seconds that the last key counts after the next one took over: what a publisher's clock may run ahead."""
_FIRST_EPOCH = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPlan:
    """Which keys may sign a region's status, and in which epoch its chains are."""

    epoch: int
    keys: tuple[StatusKey, ...]


def read_plan(settings: OfficeSettings, keyring: Keyring, region: Region) -> StatusPlan:
    """What stands in the region's file, or what it was founded with. Raises `SetupError` office-status naming the file; key-missing."""
    path = _path(settings, region)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        founded = settings.regions[region].founded
        first = StatusKey(key=keyring.status(region).public_key, not_before=int(founded.timestamp()), not_after=int((founded + TERM).timestamp()))
        return StatusPlan(epoch=_FIRST_EPOCH, keys=(first,))
    except OSError as problem:
        raise SetupError(faults.OFFICE_STATUS, file=path.name, problem=problem.strerror) from problem
    try:
        page = json.loads(content)
        keys = tuple(StatusKey(key=_key(key["key"]), not_before=_time(key["not_before"]), not_after=_time(key["not_after"])) for key in page["keys"])
        if page.keys() != {"epoch", "keys"} or type(page["epoch"]) is not int or not _FIRST_EPOCH <= page["epoch"] <= MAX_EPOCH:
            raise ValueError("epoch")
    except (ValueError, KeyError, TypeError, AttributeError, UnsupportedAlgorithm) as problem:
        raise SetupError(faults.OFFICE_STATUS, file=path.name, problem=type(problem).__name__) from None
    if keyring.status(region).public_key.kid() not in {key.kid for key in keys}:
        raise SetupError(faults.OFFICE_STATUS, file=path.name, problem="the key that signs is not named")
    return StatusPlan(epoch=page["epoch"], keys=keys)


def prepare(settings: OfficeSettings, region: Region, *, at: datetime, place: KeyPlace | None = None) -> StatusKey:
    """Make the next key, in a file or at a place inside a module, and enter it.

    Raises `StateError` status-key-waits when there is one already, key-module-taken; `SetupError`: folder-unwritable, key-module.
    """
    keyring = Keyring.open(settings.keys)
    plan, path = read_plan(settings, keyring, region), settings.keys / f"{region}.status-next.pem"
    if _next(settings, region) is not None:
        raise StateError(faults.STATUS_KEY_WAITS, region=region)
    if place is None:
        private = ec.generate_private_key(ec.SECP256R1())
        public, page = CoseKey.of(private.public_key()), to_pem(private)
    else:
        from ecard.hsm import make_key  # noqa: PLC0415 because only a house with a module installs the extra

        public = make_key(place)
        page, path = ModuleSigner(place, public).page(), path.with_suffix(".pkcs11")
    begin = at.replace(microsecond=0)
    fresh = StatusKey(key=public, not_before=int(begin.timestamp()), not_after=int((begin + TERM).timestamp()))
    write_whole(path, page, mode=SECRET)
    _write(settings, region, replace(plan, keys=(*plan.keys, fresh)))
    return fresh


def take_up(settings: OfficeSettings, region: Region, *, at: datetime, stolen: bool = False) -> StatusPlan:
    """Sign with the next key from now on, and destroy the last one, which counts for a minute more.

    `stolen`: the last key counts for nothing any more, and the chains begin again in a new epoch; nobody waits for that. Raises `StateError`
    status-key-none (no next key), status-key-early (with the day on which every terminal can know it); `SetupError` folder-unwritable.
    """
    keyring = Keyring.open(settings.keys)
    plan, path = read_plan(settings, keyring, region), _next(settings, region)
    if path is None:
        raise StateError(faults.STATUS_KEY_NONE, region=region)
    last, fresh = keyring.status(region).public_key.kid(), keyring.status_next(region).public_key.kid()
    entered = next((key.not_before for key in plan.keys if key.kid == fresh), None)
    if entered is None:
        raise SetupError(faults.OFFICE_STATUS, file=_path(settings, region).name, problem="the next key is not named")
    usable = datetime.fromtimestamp(entered, UTC) + LEAD
    if at < usable and not stolen:
        raise StateError(faults.STATUS_KEY_EARLY, region=region, usable=usable.isoformat())
    try:
        taken = path.replace(settings.keys / f"{region}.status{path.suffix}")
        for other in {".pem", ".pkcs11"} - {path.suffix}:
            taken.with_suffix(other).unlink(missing_ok=True)
        sync_folder(settings.keys)
    except OSError as problem:
        raise SetupError(faults.OFFICE_STATUS, file=path.name, problem=problem.strerror) from problem
    until = int(at.timestamp()) + _OVERLAP
    kept = [replace(key, not_after=min(key.not_after, until)) if key.kid == last else key for key in plan.keys if not (stolen and key.kid == last)]
    after = StatusPlan(epoch=plan.epoch + stolen, keys=tuple(key for key in kept if key.not_after > until - LEAD.total_seconds()))
    _write(settings, region, after)
    return after


def begin_epoch(settings: OfficeSettings, region: Region) -> StatusPlan:
    """Leave every chain of the region, whatever its seq: terminals begin again with the next snapshot. Raises `SetupError` folder-unwritable."""
    plan = read_plan(settings, Keyring.open(settings.keys), region)
    after = replace(plan, epoch=plan.epoch + 1)
    _write(settings, region, after)
    return after


def _path(settings: OfficeSettings, region: Region) -> Path:
    return settings.folder / "status" / f"{region}.json"


def _next(settings: OfficeSettings, region: Region) -> Path | None:
    """Where the next key waits, if there is one."""
    return next(iter(settings.keys.glob(f"{region}.status-next.p[ek]*")), None)


def _write(settings: OfficeSettings, region: Region, plan: StatusPlan) -> None:
    keys = [
        {
            "key": key.key.load().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
            "not_before": datetime.fromtimestamp(key.not_before, UTC).isoformat(),
            "not_after": datetime.fromtimestamp(key.not_after, UTC).isoformat(),
        }
        for key in plan.keys
    ]
    write_whole(_path(settings, region), json.dumps({"epoch": plan.epoch, "keys": keys}, indent=1).encode() + b"\n")


def _key(pem: str) -> CoseKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("not an elliptic curve")
    return CoseKey.of(key)


def _time(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
