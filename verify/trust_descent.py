"""From a trusted timestamp down to what the regions say: snapshot, targets, each region's role, each region's documents (TUF 1.0 section 5.5 to 5.7).

What the terminal holds is taken where it still fits the chain above it, the source's file where it does not: so one walk serves the import of new
files and the check of stored ones.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from tuf.api.exceptions import (
    BadVersionNumberError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import Targets
from tuf.api.serialization import DeserializationError

from codes.claims import REGION_PATTERN
from codes.errors import InputError
from codes.scenes import decode_scenes
from codes.trust import decode_issuers, decode_status_authority
from verify import faults
from verify.clock import LATEST
from verify.trust import TrustView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tuf.api.metadata import DelegatedRole, TargetFile
    from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet

    from codes.errors import Fault
    from codes.scenes import SceneDocument
    from codes.trust import IssuerKey, StatusAuthority

MAX_METADATA = 1 << 19
"""Bytes of the largest metadata file that a terminal reads."""
MAX_TARGET = 1 << 20
"""Bytes of the largest document that a terminal reads."""
MAX_ROLES = 64
"""Delegations that a terminal follows."""

ISSUED, CLOCK_FLOOR = "x-issued", "x-clock-floor"
"""Our own signed fields, whole seconds since 1970 UTC: when a timestamp was signed; what a root demands of clocks."""

_JOINT = "joint-"
_ISSUERS, _STATUS, _SCENES = "issuers.cbor", "status.cbor", "scenes.json"
_OWN_DOCUMENTS = (_ISSUERS, _STATUS, _SCENES)
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


class Source(Protocol):
    """Where published files are read from. None: there is no such file. More than `limit` bytes: `InputError` import-too-large."""

    def metadata(self, role: str, version: int | None, limit: int) -> bytes | None:
        """The metadata file of a role; timestamp alone has no version in its name."""
        ...

    def target(self, path: str, digest: str, limit: int) -> bytes | None:
        """The document with this path and SHA-256 (hex)."""
        ...


class Held:
    """A trust folder as a `Source`. Its names carry no versions: the metadata itself is held to them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def metadata(self, role: str, version: int | None = None, limit: int = MAX_METADATA) -> bytes | None:  # noqa: ARG002 because it is a Source
        """See `Source`."""
        return self._files.get(f"metadata/{role}.json")

    def target(self, path: str, digest: str, limit: int) -> bytes | None:  # noqa: ARG002 because it is a Source
        """See `Source`."""
        return self._files.get(f"targets/{path}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Verified trust: the exact files it was read from, and what they say."""

    files: Mapping[str, bytes]
    """By path inside a trust folder: "metadata/<role>.json" and "targets/<path>"."""
    view: TrustView
    issued: int
    """When the timestamp was signed, as it says; seconds since 1970 UTC."""
    versions: Mapping[str, int]
    """By role."""


class Descent:
    """One walk. It adds to `trusted`, which is used for nothing else afterwards."""

    def __init__(self, trusted: TrustedMetadataSet, held: Held, source: Source) -> None:
        self._trusted = trusted
        self._held = held
        self._source = source
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
        regions = [role.name for role in _delegations(trusted) if self._take_role(role)]
        return Trust(
            files=self._files,
            view=_view(
                self._files,
                regions,
                version=trusted.timestamp.version,
                expires=min(int(trusted[role].expires.timestamp()) for role in self._versions),
            ),
            issued=issued,
            versions=self._versions,
        )

    def _take_role(self, role: DelegatedRole) -> bool:
        """Take one delegated role and its documents; whether it is a region that has published them."""
        region = role.name.removeprefix(_JOINT)
        if region != role.name:
            if f"{role.name}.json" in self._trusted.snapshot.meta:  # absent until the region has something to agree on
                self._load_targets(role.name, "targets")
                self._take_documents(role, [f"joint/{region}/{name}" for name in _JOINT_DOCUMENTS])
            return False
        self._load_targets(region, "targets")
        paths = [f"{region}/{name}" for name in _OWN_DOCUMENTS]
        missing = self._take_documents(role, paths)
        if missing and len(missing) < len(paths):  # a region that has joined and published nothing yet is no region yet; half a region is an error
            raise InputError(faults.TRUST_TARGET_MISSING, path=missing[0])
        return not missing

    def _take_documents(self, role: DelegatedRole, paths: list[str]) -> list[str]:
        """Take those documents that the role lists and may list; return the paths that it does not."""
        listed = cast(Targets, self._trusted[role.name]).targets
        missing = [path for path in paths if path not in listed or not role.is_delegated_path(path)]
        for path in paths:
            if path not in missing:
                self._files[f"targets/{path}"] = self._document(role, path, listed[path])
        return missing

    def _document(self, role: DelegatedRole, path: str, described: TargetFile) -> bytes:
        digest = described.hashes.get("sha256", "")
        if not _SHA256.fullmatch(digest):
            raise InputError(faults.TRUST_SHAPE, role=role.name)
        if described.length > MAX_TARGET:
            raise InputError(faults.IMPORT_TOO_LARGE, path=path, size=described.length, limit=MAX_TARGET)
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


def _view(files: Mapping[str, bytes], regions: list[str], *, version: int, expires: int) -> TrustView:
    issuers: list[IssuerKey] = []
    authorities: list[StatusAuthority] = []
    scenes: list[SceneDocument] = []
    for region in regions:
        keys = decode_issuers(files[f"targets/{region}/{_ISSUERS}"])
        authority = decode_status_authority(files[f"targets/{region}/{_STATUS}"])
        document = decode_scenes(files[f"targets/{region}/{_SCENES}"])
        if {*(key.region for key in keys), authority.region, document.region} != {region}:
            raise InputError(faults.TRUST_FOREIGN, folder=region)
        issuers += keys
        authorities.append(authority)
        scenes.append(document)
    if len({authority.letter for authority in authorities}) != len(authorities):
        raise InputError(faults.TRUST_FOREIGN, wrong="two regions use one letter")
    return TrustView.of(version=version, expires=expires, issuers=issuers, authorities=authorities, scenes=scenes)


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
