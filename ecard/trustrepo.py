"""The trust repository in the published folder (TUF, FORMATS section 4): who may issue, who may publish status, which rules a scene has.

    metadata/N.root.json N.targets.json N.snapshot.json timestamp.json N.<region>.json N.joint-<region>.json
    targets/<region>/<sha256>.issuers.cbor   <sha256>.status.cbor   <sha256>.scenes.json

The folder is the only state. A file whose name carries a version or a hash never changes and is never deleted; what is current is what timestamp.json
leads to, and it is written last. A run that dies before that has changed nothing that a reader takes, and its version numbers are not used again; a new
root is seen as soon as it stands, and until the timestamp that goes with it follows, readers keep what they have.
The same history, keys, documents and times make the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, Root, Signed, Snapshot, TargetFile, Targets, Timestamp

from codes.errors import SetupError
from codes.scenes import SceneDocument, encode_scenes
from codes.trust import IssuerKey, JournalKey, StatusAuthority, encode_issuers, encode_journal_keys, encode_status_authority
from ecard import faults
from ecard.ceremony import DEFAULT_LIVES, Authorities, Lives, draw_root, draw_targets, joint_role, sign, whole_second
from ecard.folder import sole_writer, write_whole
from ecard.trustfolder import Current, TrustFolder, delegated_roles, meta_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    Signers = Iterable[Ed25519PrivateKey]
    Came = tuple[Ed25519PrivateKey, ...]

ISSUED = "x-issued"
"""Custom member of timestamp.json: the whole second it was signed, which moves a terminal's clock floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionDocuments:
    """What one region says about itself. `ValueError` when a part speaks for another region."""

    issuers: Sequence[IssuerKey]
    authority: StatusAuthority
    scenes: SceneDocument
    journal: Sequence[JournalKey] = ()
    """What the region's terminals seal their journals to; without one they keep none."""

    def __post_init__(self) -> None:
        if {*(key.region for key in self.issuers), *(key.region for key in self.journal), self.scenes.region} != {self.region}:
            msg = f"a part of the documents of {self.region} speaks for another region"
            raise ValueError(msg)

    @property
    def region(self) -> str:
        """The region that speaks."""
        return self.authority.region

    def files(self) -> dict[str, bytes]:
        """Target path to content."""
        journal = {f"{self.region}/journal.cbor": encode_journal_keys(self.region, self.journal)} if self.journal else {}
        return journal | {
            f"{self.region}/issuers.cbor": encode_issuers(self.region, self.issuers),
            f"{self.region}/status.cbor": encode_status_authority(self.authority),
            f"{self.region}/scenes.json": encode_scenes(self.scenes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RootPlan:
    """A new root and what has to be signed with it: `top` is the top targets metadata under it, `fresh` the roles below root that change, unsigned."""

    root: Root
    top: Targets
    fresh: Mapping[str, Targets]


class TrustRepository:
    """The trust repository of one published folder. Every act takes the signers who came, and the time."""

    def __init__(self, folder: Path, *, lives: Lives = DEFAULT_LIVES) -> None:
        self._folder = TrustFolder(folder)
        self._lives = lives

    @classmethod
    def create(
        cls, folder: Path, authorities: Authorities, signers: Signers, *, at: datetime, lives: Lives = DEFAULT_LIVES, clock_floor: int | None = None
    ) -> TrustRepository:
        """Make the first root, the delegations with nothing in them yet, snapshot and timestamp.

        Raises `SetupError`: trust-exists, trust-signers-missing, publisher-busy, folder-unwritable.
        """
        repository = cls(folder, lives=lives)
        with sole_writer(repository._folder.metadata):
            if repository._folder.versions("root"):
                raise SetupError(faults.TRUST_EXISTS, folder=folder.name)
            repository._found(None, authorities, tuple(signers), whole_second(at), clock_floor)
        return repository

    def publish(self, documents: RegionDocuments, signers: Signers, *, at: datetime) -> None:
        """Publish the documents of one region as its next version, replacing those before. Signers: the region, snapshot, timestamp.

        Raises `SetupError`: trust-region, trust-signers-missing, trust-broken, publisher-clock-back, publisher-busy, folder-unwritable.
        """
        self._replace(documents.region, documents.files(), tuple(signers), whole_second(at))

    def publish_joint(self, region: str, documents: Mapping[str, bytes], signers: Signers, *, at: datetime) -> None:
        """Publish one region's copies of joint documents (name to content). They count only once `joint_document` says so. Raises as `publish`."""
        files = {f"joint/{region}/{name}": content for name, content in documents.items()}
        self._replace(joint_role(region), files, tuple(signers), whole_second(at))

    def joint_document(self, name: str) -> bytes | None:
        """The joint document `name` if every region publishes the same bytes, else None: a threshold counts keys, agreement counts regions.

        Raises `SetupError` trust-broken.
        """
        current = self._folder.current()
        prefix = joint_role("")
        paths = {role: f"joint/{role.removeprefix(prefix)}/{name}" for role in current.roles if role.startswith(prefix)}
        copies = {path: self._folder.delegated(current, role).signed.targets.get(path) for role, path in paths.items()}
        hashes = {copy.hashes["sha256"] if copy else "" for copy in copies.values()}
        if len(hashes) != 1 or "" in hashes:
            return None
        return self._folder.read(self._folder.target(min(copies), hashes.pop()))

    def joint_documents(self, region: str) -> dict[str, bytes]:
        """What one region publishes as its copies of joint documents, by name. Raises `SetupError`: trust-region, trust-broken."""
        current = self._folder.current()
        if joint_role(region) not in current.roles:
            raise SetupError(faults.TRUST_REGION, role=joint_role(region))
        listed = self._folder.delegated(current, joint_role(region)).signed.targets
        return {path.rpartition("/")[2]: self._folder.read(self._folder.target(path, target.hashes["sha256"])) for path, target in listed.items()}

    def renew(self, signers: Signers, *, at: datetime) -> tuple[str, ...]:
        """Sign again, unchanged, every delegated role whose own signers came, then refresh. Returns the roles renewed. Raises as `publish`."""
        came, moment = tuple(signers), whole_second(at)
        names = {signer.public_key().public_bytes_raw().hex() for signer in came}
        with sole_writer(self._folder.metadata):
            current = self._folder.current()
            ready = [
                role
                for role, entry in current.roles.items()
                if sum(current.top.get_key(keyid).keyval["public"] in names for keyid in entry.keyids) >= entry.threshold
            ]
            fresh = {role: self._delegate(role, self._folder.delegated(current, role).signed.targets, current.top, came, moment) for role in ready}
            self._advance(current, current.root, fresh, came, moment)
        return tuple(ready)

    def refresh(self, signers: Signers, *, at: datetime) -> None:
        """Sign a new timestamp, and a new snapshot when the old one has lived half its life. Signers: snapshot, timestamp. Raises as `publish`."""
        with sole_writer(self._folder.metadata):
            current = self._folder.current()
            self._advance(current, current.root, {}, tuple(signers), whole_second(at))

    def rotate_root(self, authorities: Authorities, signers: Signers, *, at: datetime, clock_floor: int | None = None) -> int:
        """Publish root N + 1, signed by the old threshold and the new one, and sign again whatever no longer verifies. Returns N + 1.

        The way to change any key, to add a region, to renew root and targets, and to reset the terminals' clock floor. Signers: old root, new root,
        snapshot, timestamp, targets when a delegation changes or it grows old, and every role whose keys change. If it is interrupted, run it
        again. Raises as `publish`.
        """
        with sole_writer(self._folder.metadata):
            return self._found(self._folder.current(), authorities, tuple(signers), whole_second(at), clock_floor)

    def standing(self) -> Current | None:
        """What readers see now; None before there is anything. Raises `SetupError` trust-broken."""
        return self._folder.current() if self._folder.versions("root") else None

    def plan(self, authorities: Authorities, *, at: datetime, clock_floor: int | None = None) -> RootPlan:
        """What a new root of these authorities changes, unsigned: for signers who come one after another (`ecard.drafts`). Raises `SetupError` trust-broken."""
        return self._plan(self.standing(), authorities, whole_second(at), clock_floor)

    def adopt(self, plan: RootPlan, files: Mapping[str, bytes], signers: Signers, *, at: datetime) -> None:
        """Publish a plan whose `files` (role to sealed metadata) have all their signatures. Signers: snapshot, timestamp of the new root.

        Raises `SetupError`: trust-overtaken (what the plan was made over is no longer what is published), and as `publish`.
        """
        with sole_writer(self._folder.metadata):
            current = self.standing()
            if (current.root.version if current else 0) + 1 != plan.root.version:
                raise SetupError(faults.TRUST_OVERTAKEN, role="root", planned=plan.root.version)
            if current and not _verifies(current.root, "root", Metadata[Root].from_bytes(files["root"])):
                raise SetupError(faults.TRUST_OVERTAKEN, role="root", problem="not signed by the keys of the root that stands")
            for role, signed in plan.fresh.items():
                if signed.version != self._folder.next_version(role) or (
                    current and f"{role}.json" in current.snapshot.meta and role in current.roles and not self._says_the_same(current, role, signed)
                ):
                    raise SetupError(faults.TRUST_OVERTAKEN, role=role, planned=signed.version)
            fresh = {role: (signed, files[role]) for role, signed in plan.fresh.items()}
            self._advance(current, plan.root, fresh, tuple(signers), whole_second(at), root_file=files["root"])

    def _says_the_same(self, current: Current, role: str, signed: Targets) -> bool:
        return self._folder.delegated(current, role).signed.targets == signed.targets

    def expiries(self) -> dict[str, datetime]:
        """When each current role expires, UTC: what must be signed next, and by when. Raises `SetupError` trust-broken."""
        current = self._folder.current()
        signed: dict[str, Signed] = {"root": current.root, "targets": current.top, "snapshot": current.snapshot, "timestamp": current.timestamp}
        signed |= {role: self._folder.delegated(current, role).signed for role in current.roles}
        return {role: metadata.expires for role, metadata in signed.items()}

    def _found(self, current: Current | None, authorities: Authorities, came: Came, at: datetime, clock_floor: int | None) -> int:
        """Make a root, and everything below it that the folder does not already hold signed by the keys that root names."""
        plan = self._plan(current, authorities, at, clock_floor)
        root_file = sign(plan.root, "root", came, *([current.root] if current else []), plan.root)
        fresh: dict[str, tuple[Signed, bytes]] = {}
        for role, signed in plan.fresh.items():
            fresh[role] = signed, sign(signed, role, came, plan.root if role == "targets" else plan.top)
        self._advance(current, plan.root, fresh, came, at, root_file=root_file)
        return plan.root.version

    def _plan(self, current: Current | None, authorities: Authorities, at: datetime, clock_floor: int | None) -> RootPlan:
        version = current.root.version + 1 if current else 1
        root = draw_root(authorities, version=version, expires=at + self._lives.root, clock_floor=clock_floor)
        top = draw_targets(authorities, version=self._folder.next_version("targets"), expires=at + self._lives.targets)
        fresh: dict[str, Targets] = {"targets": top}
        if (
            current
            and current.top.delegations == top.delegations
            and _verifies(root, "targets", current.targets)
            and current.top.expires - at >= self._lives.targets / 2
        ):
            top, fresh = current.top, {}
        for role in delegated_roles(top):
            before = self._folder.delegated(current, role) if current and f"{role}.json" in current.snapshot.meta else None
            if before is None or not _verifies(top, role, before):
                fresh[role] = self._redraw(role, before.signed.targets if before else {}, at)
        return RootPlan(root=root, top=top, fresh=fresh)

    def _replace(self, role: str, documents: Mapping[str, bytes], came: Came, at: datetime) -> None:
        with sole_writer(self._folder.metadata):
            current = self._folder.current()
            if role not in current.roles:
                raise SetupError(faults.TRUST_REGION, role=role)
            targets = {path: TargetFile.from_data(path, content, ["sha256"]) for path, content in sorted(documents.items())}
            fresh = {role: self._delegate(role, targets, current.top, came, at)}
            for path, content in documents.items():
                write_whole(self._folder.target(path, targets[path].hashes["sha256"]), content)
            self._advance(current, current.root, fresh, came, at)

    def _delegate(self, role: str, targets: Mapping[str, TargetFile], top: Targets, came: Came, at: datetime) -> tuple[Signed, bytes]:
        signed = self._redraw(role, targets, at)
        return signed, sign(signed, role, came, top)

    def _redraw(self, role: str, targets: Mapping[str, TargetFile], at: datetime) -> Targets:
        return Targets(version=self._folder.next_version(role), expires=at + self._lives.delegated, targets=dict(targets))

    def _advance(
        self,
        current: Current | None,
        root: Root,
        fresh: Mapping[str, tuple[Signed, bytes]],
        came: Came,
        at: datetime,
        *,
        root_file: bytes | None = None,
    ) -> None:
        """Sign snapshot and timestamp over the fresh files; only when all is signed, write: files, snapshot, root, and the timestamp last."""
        issued = int(at.timestamp())
        if current and issued < (last := int(current.timestamp.unrecognized_fields.get(ISSUED, 0))):
            raise SetupError(faults.PUBLISHER_CLOCK, behind_s=last - issued)
        files = {f"{signed.version}.{role}.json": content for role, (signed, content) in fresh.items()}
        if current and not fresh and not root_file and current.snapshot.expires - at >= self._lives.snapshot / 2:
            meta = current.timestamp.snapshot_meta
        else:
            entries = dict(current.snapshot.meta) if current else {}
            entries |= {f"{role}.json": meta_of(content, signed.version) for role, (signed, content) in fresh.items()}
            snapshot = Snapshot(version=self._folder.next_version("snapshot"), expires=at + self._lives.snapshot, meta=dict(sorted(entries.items())))
            files[f"{snapshot.version}.snapshot.json"] = content = sign(snapshot, "snapshot", came, root)
            meta = meta_of(content, snapshot.version)
        timestamp = Timestamp(
            version=current.timestamp.version + 1 if current else 1,
            expires=at + self._lives.timestamp,
            snapshot_meta=meta,
            unrecognized_fields={ISSUED: issued},
        )
        if root_file:
            files[f"{root.version}.root.json"] = root_file
        files["timestamp.json"] = sign(timestamp, "timestamp", came, root)
        for name, content in files.items():
            write_whole(self._folder.metadata / name, content)


def _verifies(delegator: Root | Targets, role: str, metadata: Metadata[Targets] | Metadata[Root]) -> bool:
    try:
        delegator.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except UnsignedMetadataError:
        return False
    return True
