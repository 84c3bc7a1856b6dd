"""From a trusted timestamp down to what the regions say: snapshot, targets, each region's role, each region's documents (TUF 1.0 section 5.5 to 5.7).

What the terminal holds is taken where it still fits the chain above it, the source's file where it does not: so one walk serves the import of new
files and the check of stored ones.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from tuf.api.exceptions import (
    BadVersionNumberError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import Metadata, Targets
from tuf.api.serialization import DeserializationError

from codes.claims import REGION_PATTERN
from codes.errors import InputError
from verify import faults
from verify.clock import LATEST
from verify.trust import TrustView
from verify.trust_regions import JOURNAL, OWN_DOCUMENTS, Region, settle
from verify.trust_source import MAX_METADATA, MAX_TARGET, kept_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tuf.api.metadata import DelegatedRole, TargetFile
    from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet

    from codes.errors import Fault
    from verify.trust_regions import Offer
    from verify.trust_source import Held, Source

MAX_ROLES = 64
"""Delegations that a terminal follows."""

ISSUED, CLOCK_FLOOR = "x-issued", "x-clock-floor"
"""Our own signed fields, whole seconds since 1970 UTC: when a timestamp was signed; what a root demands of clocks."""

_JOINT = "joint-"
_JOINT_DOCUMENTS = ("items.json",)
_SHA256 = re.compile(r"[0-9a-f]{64}")

_FAULTS: tuple[tuple[type[RepositoryError], Fault], ...] = (
    (ExpiredMetadataError, faults.TRUST_PAST_EXPIRY),
    (BadVersionNumberError, faults.TRUST_ROLLED_BACK),
    (UnsignedMetadataError, faults.TRUST_UNSIGNED),
    (LengthOrHashMismatchError, faults.TRUST_MISMATCH),
    (DeserializationError, faults.TRUST_SHAPE),
    (RepositoryError, faults.TRUST_MISMATCH),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Verified trust: the exact files it was read from, and what they say."""

    files: Mapping[str, bytes]
    """By path inside a trust folder: "metadata/<role>.json", "targets/<path>", and "kept/<region>.json" as `Held.kept` says."""
    view: TrustView
    regions: Mapping[str, Region]
    refused: Mapping[str, InputError]
    """What is wrong with the newest documents of a region: older ones are in force, or none. Known at the import alone."""
    issued: int
    """When the timestamp was signed, as it says; seconds since 1970 UTC."""
    versions: Mapping[str, int]
    """By role."""


class Descent:
    """One walk. It adds to `trusted`, which is used for nothing else afterwards."""

    def __init__(self, trusted: TrustedMetadataSet, held: Held, source: Source | None, in_force: Mapping[str, Region]) -> None:
        """Without a `source` what is held is checked, as it was left; with one, `in_force` are the regions of before."""
        self._trusted = trusted
        self._held = held
        self._source = source or held
        self._is_import = source is not None
        self._in_force = in_force
        self._files = {f"metadata/{role}.json": held.metadata(role) or b"" for role in ("root", "timestamp")}
        self._versions = {"root": trusted.root.version, "timestamp": trusted.timestamp.version}

    def to_trust(self) -> Trust:
        """Walk to the end. Raises `InputError` as `update_trust` says."""
        trusted = self._trusted
        issued = seconds(trusted.timestamp.unrecognized_fields, ISSUED)
        if issued is None or issued >= int(trusted.timestamp.expires.timestamp()):
            raise InputError(faults.TRUST_TIME, field=ISSUED)
        snapshot = trusted.timestamp.snapshot_meta
        self._load("snapshot", snapshot.version, lambda data: trusted.update_snapshot(data, trusted=True), trusted.update_snapshot)
        self._load_targets("targets", "root")
        roles = {role.name: role for role in _delegations(trusted)}
        for name, role in roles.items():
            if name.startswith(_JOINT) and f"{name}.json" in trusted.snapshot.meta:  # absent until the region has something to agree on
                self._take_joint(role)
        offers = {name: self._offer(role) for name, role in roles.items() if not name.startswith(_JOINT)}
        regions, refused = settle(offers, lambda name: self._still_good(roles[name], self._in_force.get(name)))
        if refused and not (regions and self._is_import):  # a repository without any region to believe is not worth having
            raise next(iter(refused.values()))
        self._put_in_force(regions, refused)
        tops = (int(trusted[role].expires.timestamp()) for role in self._versions if role not in regions)
        return Trust(
            files=self._files,
            view=TrustView.of(
                version=trusted.timestamp.version,
                expires=min([*tops, *(region.expires for region in regions.values())]),
                issuers=[issuer for region in regions.values() for issuer in region.issuers],
                authorities=[region.authority for region in regions.values()],
                scenes=[region.scenes for region in regions.values()],
                journals=[key for region in regions.values() for key in region.journal],
                versions={name: region.version for name, region in regions.items()},
            ),
            regions=regions,
            refused=refused,
            issued=issued,
            versions=self._versions,
        )

    def _put_in_force(self, regions: Mapping[str, Region], refused: Mapping[str, InputError]) -> None:
        """Name the files of each region that counts, and mark those whose newest documents do not."""
        for name in refused:
            del self._files[f"metadata/{name}.json"], self._versions[name]
            self._files[kept_name(name)] = regions[name].metadata if name in regions else b""
        for name, region in regions.items():
            self._files |= {f"targets/{path}": data for path, data in region.documents.items()}
            self._versions[name] = region.version

    def _offer(self, role: DelegatedRole) -> Offer:
        """The region as it is published now. At an opening: as it was left."""
        kept = None if self._is_import else self._held.kept(role.name)
        if kept is not None:
            self._files[kept_name(role.name)] = kept
            return self._left(role, kept) if kept else None
        self._load_targets(role.name, "targets")
        targets = cast(Targets, self._trusted[role.name])
        try:
            listed = _listed(role, targets, (*OWN_DOCUMENTS, JOURNAL))
            if not listed:  # it has joined and published nothing yet
                return None
            _refuse_half(role, listed)
        except InputError as error:
            return error
        documents = self._documents(role, listed)  # what the source lacks or has spoilt is not the region's doing
        try:
            return _read(targets, self._files[f"metadata/{role.name}.json"], documents, name=role.name)
        except InputError as error:
            return error

    def _left(self, role: DelegatedRole, kept: bytes) -> Region:
        """A region's documents that an import left in force."""
        with refusals(role.name):
            targets = self._older(role, kept)
        listed = _listed(role, targets, (*OWN_DOCUMENTS, JOURNAL))
        _refuse_half(role, listed)
        return _read(targets, kept, self._documents(role, listed), name=role.name)

    def _still_good(self, role: DelegatedRole, region: Region | None) -> Region | None:
        """What was in force, if the keys that the region has now signed it, and it is in date."""
        if region is None:
            return None
        try:
            targets = self._older(role, region.metadata)
        except RepositoryError:
            return None
        is_good = not targets.is_expired(self._trusted.reference_time) and all(map(role.is_delegated_path, region.documents))
        return region if is_good else None

    def _older(self, role: DelegatedRole, data: bytes) -> Targets:
        """A region's metadata of an older version than the snapshot asks for: signed by the keys that the region has now. Raises `RepositoryError`."""
        metadata: Metadata[Targets] = Metadata.from_bytes(data)
        if metadata.signed.type != Targets.type:
            msg = "not the metadata of a region"
            raise RepositoryError(msg)
        self._trusted.targets.verify_delegate(role.name, metadata.signed_bytes, metadata.signatures)
        return metadata.signed

    def _take_joint(self, role: DelegatedRole) -> None:
        self._load_targets(role.name, "targets")
        listed = _listed(role, cast(Targets, self._trusted[role.name]), _JOINT_DOCUMENTS)
        self._files |= {f"targets/{path}": data for path, data in self._documents(role, listed).items()}

    def _documents(self, role: DelegatedRole, listed: Mapping[str, TargetFile]) -> dict[str, bytes]:
        return {path: self._document(role, path, described) for path, described in listed.items()}

    def _document(self, role: DelegatedRole, path: str, described: TargetFile) -> bytes:
        digest = described.hashes["sha256"]
        held = self._held.target(path, digest, described.length)
        if held is not None:
            with suppress(RepositoryError):
                described.verify_length_and_hashes(held)
                return held
        data = self._source.target(path, digest, described.length)
        if data is None:
            raise InputError(faults.TRUST_TARGET_MISSING, path=path)
        with refusals(role.name):
            described.verify_length_and_hashes(data)
        return data

    def _load_targets(self, role: str, delegator: str) -> None:
        described = self._trusted.snapshot.meta.get(f"{role}.json")
        if described is None:
            raise InputError(faults.TRUST_FILE_MISSING, role=role)

        def take(data: bytes) -> object:
            return self._trusted.update_delegated_targets(data, role, delegator)

        self._load(role, described.version, take, take)

    def _load(self, role: str, version: int, take_held: Callable[[bytes], object], take: Callable[[bytes], object]) -> None:
        data = self._held.metadata(role)
        if data is None or not _fits(take_held, data):
            data = self._source.metadata(role, version, MAX_METADATA)
            if data is None:
                raise InputError(faults.TRUST_FILE_MISSING, role=role, version=version)
            with refusals(role):
                take(data)
        self._files[f"metadata/{role}.json"] = data
        self._versions[role] = version


def _listed(role: DelegatedRole, targets: Targets, names: Iterable[str]) -> dict[str, TargetFile]:
    """Those documents that a role lists and may list. Raises `InputError` trust-shape or import-too-large for what it says of them."""
    joint = role.name.removeprefix(_JOINT)
    folder = role.name if joint == role.name else f"joint/{joint}"
    paths = (f"{folder}/{name}" for name in names)
    listed = {path: targets.targets[path] for path in paths if path in targets.targets and role.is_delegated_path(path)}
    for path, described in listed.items():
        if not _SHA256.fullmatch(described.hashes.get("sha256", "")):
            raise InputError(faults.TRUST_SHAPE, role=role.name)
        if described.length > MAX_TARGET:
            raise InputError(faults.IMPORT_TOO_LARGE, path=path, size=described.length, limit=MAX_TARGET)
    return listed


def _refuse_half(role: DelegatedRole, listed: Mapping[str, TargetFile]) -> None:
    for name in OWN_DOCUMENTS:
        if f"{role.name}/{name}" not in listed:
            raise InputError(faults.TRUST_TARGET_MISSING, path=f"{role.name}/{name}")


def _read(targets: Targets, metadata: bytes, documents: Mapping[str, bytes], *, name: str) -> Region:
    return Region.read(name, metadata, documents, version=targets.version, expires=int(targets.expires.timestamp()))


def _fits(take: Callable[[bytes], object], data: bytes) -> bool:
    try:
        take(data)
    except RepositoryError:
        return False
    return True


def _delegations(trusted: TrustedMetadataSet) -> list[DelegatedRole]:
    """The roles whose names mean something to a terminal. Others may exist: nothing is ever read from them."""
    delegations = trusted.targets.delegations
    roles = {} if delegations is None else delegations.roles or {}
    known = [role for name, role in roles.items() if REGION_PATTERN.fullmatch(name.removeprefix(_JOINT))]
    if len(known) > MAX_ROLES:
        raise InputError(faults.IMPORT_TOO_MANY, roles=len(known), limit=MAX_ROLES)
    return known


def seconds(fields: Mapping[str, object], name: str) -> int | None:
    """A signed instant of our own, or None if it is not there. Raises `InputError` trust-time for anything but whole seconds of 1970 to 9999."""
    value = fields.get(name)
    if value is None or (type(value) is int and 0 <= value <= LATEST):
        return value
    raise InputError(faults.TRUST_TIME, field=name)


@contextmanager
def refusals(role: str) -> Iterator[None]:
    """Say in our words why python-tuf refused."""
    try:
        yield
    except RepositoryError as error:
        raise InputError(next(fault for kind, fault in _FAULTS if isinstance(error, kind)), role=role) from error
