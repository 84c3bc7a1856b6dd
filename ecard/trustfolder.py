"""Reading the trust repository back: what timestamp.json leads to, and which version numbers have been used.

The publisher trusts its own folder no further than that it parses: a damaged file is named, never guessed around.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import DelegatedRole, Metadata, MetaFile, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from codes.errors import SetupError
from ecard import faults

if TYPE_CHECKING:
    from pathlib import Path

_Kind = TypeVar("_Kind", Root, Targets, Snapshot, Timestamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """What readers of the folder see now. Parts below root still carry their signatures, so that one can ask whether they fit a new root."""

    root: Root
    timestamp: Timestamp
    snapshot: Snapshot
    targets: Metadata[Targets]

    @property
    def top(self) -> Targets:
        """The top targets metadata, which names the delegated roles."""
        return self.targets.signed

    @property
    def roles(self) -> dict[str, DelegatedRole]:
        """The delegated roles."""
        return delegated_roles(self.top)


@dataclass(frozen=True, slots=True)
class TrustFolder:
    """The two folders of the repository, `metadata` and `targets`, below `path`. Every method raises `SetupError` trust-broken naming the file."""

    path: Path

    @property
    def metadata(self) -> Path:
        """Where the metadata stands."""
        return self.path / "metadata"

    def target(self, path: str, sha256: str) -> Path:
        """Where the content of a target path stands: the last step carries the hash."""
        folder, _, name = path.rpartition("/")
        return self.path / "targets" / folder / f"{sha256}.{name}"

    def current(self) -> Current:
        """Follow timestamp.json."""
        root = self._load(f"{max(self.versions('root'), default=1)}.root.json", Root).signed
        timestamp = self._load("timestamp.json", Timestamp).signed
        snapshot = self._load(f"{timestamp.snapshot_meta.version}.snapshot.json", Snapshot).signed
        targets = self._load(f"{_version(snapshot, 'targets')}.targets.json", Targets)
        return Current(root=root, timestamp=timestamp, snapshot=snapshot, targets=targets)

    def delegated(self, current: Current, role: str) -> Metadata[Targets]:
        """The current metadata of a delegated role."""
        return self._load(f"{_version(current.snapshot, role)}.{role}.json", Targets)

    def read(self, path: Path) -> bytes:
        """A file's bytes."""
        try:
            return path.read_bytes()
        except OSError as problem:
            raise SetupError(faults.TRUST_BROKEN, file=path.name, problem=problem.strerror) from problem

    def versions(self, role: str) -> list[int]:
        """Version numbers of the files of `role`, also of those that no snapshot ever named."""
        names = (path.name.removesuffix(f".{role}.json") for path in self.metadata.glob(f"*.{role}.json"))
        return [int(name) for name in names if name.isdecimal()]

    def next_version(self, role: str) -> int:
        """A number that `role` never used: one version is one content for ever, also after a run that died half-way."""
        return max(self.versions(role), default=0) + 1

    def _load(self, name: str, kind: type[_Kind]) -> Metadata[_Kind]:
        try:
            metadata = Metadata[_Kind].from_bytes(self.read(self.metadata / name))
        except (DeserializationError, RepositoryError) as problem:
            raise SetupError(faults.TRUST_BROKEN, file=name, problem="not readable as metadata") from problem
        if not isinstance(metadata.signed, kind):
            raise SetupError(faults.TRUST_BROKEN, file=name, problem="metadata of another role")
        return metadata


def delegated_roles(top: Targets) -> dict[str, DelegatedRole]:
    """The roles that top targets metadata names, by name."""
    return dict(top.delegations.roles) if top.delegations and top.delegations.roles else {}


def meta_of(content: bytes, version: int) -> MetaFile:
    """How snapshot and timestamp name a file: its version, length and hash, so that one version cannot have two contents."""
    return MetaFile.from_data(version, content, ["sha256"])


def _version(snapshot: Snapshot, role: str) -> int:
    entry = snapshot.meta.get(f"{role}.json")
    if entry is None:
        raise SetupError(faults.TRUST_BROKEN, file=f"{role}.json", problem="not named by the snapshot")
    return entry.version
