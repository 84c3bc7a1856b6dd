"""A small published city made with python-tuf directly, so that every part of it can be made wrong on purpose. Keys are throw-away."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, Key, SSlibKey
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, MetaFile, Role, Root, Signed, Snapshot, TargetFile, Targets, Timestamp

from codes.claims import Audience, Profile, StatusRef
from codes.credential import Credential, Statement
from codes.keys import SoftwareSigner
from codes.presentation import Presentation
from codes.scenes import Freshness, SceneClass, SceneDocument, SceneRules, Staleness, encode_scenes
from codes.status import StatusList, StatusListToken
from codes.trust import Bounds, IssuerKey, StatusAuthority, StatusKey, encode_issuers, encode_status_authority
from verify.cli import Streams, run
from verify.importing import import_folder
from verify.state import StateDirectory
from verify.terminal import make_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from codes.errors import Fault
    from verify.imported import Imported

NOW = 1_790_000_000 // 3600 * 3600
"""An hour in the autumn of 2026, seconds since 1970 UTC."""
AT = "2026-09-21T14:00:00Z"
"""The same instant, as the command line takes it."""
HOUR, DAY = 3600, 86400
LETTERS = {"CN-CQ": "c", "CN-SC": "s"}
FIRST_SHARD, LAST_SHARD = 36**3, 36**4 - 1
LIVES = {"root": 365 * DAY, "targets": 90 * DAY, "snapshot": 7 * DAY, "timestamp": DAY}


def when(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def signer(name: str) -> CryptoSigner:
    private = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())
    return CryptoSigner(private, SSlibKey.from_crypto(private.public_key()))


def p256(name: str) -> SoftwareSigner:
    return SoftwareSigner.from_scalar(int.from_bytes(sha256(name.encode()).digest()[:31]) + 1)


def rules(name: str, region: str, **changes: Any) -> SceneRules:
    given: dict[str, Any] = {
        "name": name,
        "region": region,
        "title_zh": "地铁",
        "title_en": "metro",
        "scene_class": SceneClass.C,
        "audience": Audience.GENERAL,
        "freshness": Freshness.WINDOW,
        "future": 10,
        "past": 30,
        "max_age": 30,
        "passback": 70,
        "recognises": frozenset(LETTERS),
        "delegate": True,
        "chip": False,
        "fares": None,
        "staleness": Staleness(fresh=21600, aging=86400, allowed=259200, check=259200),
    }
    return SceneRules(**(given | changes))


SCENES = {"CN-CQ": ("metro", "hall", "shared"), "CN-SC": ("library", "shared")}


def documents(
    region: str, *, letter: str | None = None, status_keys: Iterable[str] = ("status",), not_after: int = NOW + 400 * DAY
) -> dict[str, bytes]:
    """The three documents of a region."""
    bounds = {profile: Bounds(longest_life=7 * DAY, longest_max_age=60) for profile in (Profile.GENERAL, Profile.IDENTITY, Profile.DELEGATE)}
    issuer = IssuerKey(region=region, key=p256(f"issuer {region}").public_key, profiles=bounds, not_before=0, not_after=NOW + 400 * DAY)
    keys = tuple(StatusKey(key=p256(f"{name} {region}").public_key, not_before=NOW - 400 * DAY, not_after=not_after) for name in status_keys)
    spaces = {Profile.GENERAL: (FIRST_SHARD, LAST_SHARD), Profile.CHIP: (36, 71)}
    authority = StatusAuthority(region=region, letter=letter or LETTERS[region], epoch=0, keys=keys, spaces=spaces)
    scenes = SceneDocument(region=region, scenes={name: rules(name, region) for name in SCENES[region]})
    return {
        "issuers.cbor": encode_issuers(region, [issuer]),
        "status.cbor": encode_status_authority(authority),
        "scenes.json": encode_scenes(scenes),
    }


@dataclass
class City:
    """The publisher. `quorums` says who signs a role: change it and publish again for a forgery."""

    folder: Path
    at: int = NOW
    clock_floor: int | None = NOW - 30 * DAY
    root_version: int = 0
    quorums: dict[str, tuple[list[str], int]] = field(default_factory=dict)
    documents: dict[str, dict[str, bytes]] = field(default_factory=lambda: {region: documents(region) for region in LETTERS})
    joint: dict[str, dict[str, bytes]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    extra: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Further signed fields, by role."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Paths that a role is given instead of its own."""
    lives: dict[str, int] = field(default_factory=lambda: dict(LIVES))
    signers: dict[str, list[str]] = field(default_factory=dict)
    """Who signs a role instead of those who should."""
    alter: dict[str, Callable[[Any], None]] = field(default_factory=dict)
    """What happens to a role's content before it is signed."""
    drop_meta: set[str] = field(default_factory=set)
    """Roles that the snapshot leaves out."""
    signed: dict[str, Metadata[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.quorums = {
            "root": ([f"root {number}" for number in range(5)], 3),
            "targets": ([f"targets {number}" for number in range(3)], 2),
            "snapshot": (["snapshot"], 1),
            "timestamp": (["timestamp"], 1),
            **{region: ([f"region {region}"], 1) for region in LETTERS},
            **{f"joint-{region}": ([f"region joint {region}"], 1) for region in LETTERS},
        }
        self.publish()
        self.root_file = (self.folder / "metadata" / "1.root.json").read_bytes()

    def keys(self, roles: Iterable[str]) -> dict[str, Key]:
        return {key.keyid: key for role in roles for name in self.quorums[role][0] for key in [signer(name).public_key]}

    def role(self, name: str) -> Role:
        names, threshold = self.quorums[name]
        return Role([signer(key).public_key.keyid for key in names], threshold)

    def sign(self, role: str, signed: Signed, by: Iterable[str] | None = None) -> bytes:
        """Sign with exactly the threshold, or with whoever is named."""
        names, threshold = self.quorums[role]
        if role in self.alter:
            self.alter[role](signed)
        metadata: Metadata[Any] = Metadata(signed)
        for name in self.signers.get(role, names[:threshold]) if by is None else by:
            metadata.sign(signer(name), append=True)
        self.signed[role] = metadata
        return metadata.to_bytes()

    def write(self, name: str, data: bytes) -> bytes:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return data

    def bump(self, role: str) -> int:
        self.versions[role] = self.versions.get(role, 0) + 1
        return self.versions[role]

    def expires(self, role: str) -> datetime:
        return when(self.at + self.lives.get(role, 7 * DAY))

    def rotate(self, *, by: Iterable[str] | None = None) -> bytes:
        """A new root, signed by the old threshold and the new one."""
        version = self.bump("root")
        tops = ("root", "targets", "snapshot", "timestamp")
        keys = self.keys(tops)
        root = Root(
            version=version, expires=self.expires("root"), keys=keys, roles={role: self.role(role) for role in tops}, consistent_snapshot=True
        )
        if self.clock_floor is not None:
            root.unrecognized_fields["x-clock-floor"] = self.clock_floor
        root.unrecognized_fields |= self.extra.get("root", {})
        return self.write(f"metadata/{version}.root.json", self.sign("root", root, by))

    def publish(self, *, at: int | None = None, root: bool = False) -> None:
        """Everything anew: targets, regions, snapshot, timestamp; the first time also the root."""
        self.at = self.at if at is None else at
        if root or not self.versions:
            self.rotate()
        files: dict[str, bytes] = {}
        regional = [*self.documents, *(f"joint-{region}" for region in self.joint)]
        keys = self.keys(role for role in self.quorums if "-" in role)
        delegated = {
            role: DelegatedRole(role, self.role(role).keyids, self.quorums[role][1], terminating=True, paths=[self.paths(role)])
            for role in self.quorums
            if "-" in role
        }
        targets = Targets(version=self.bump("targets"), expires=self.expires("targets"), delegations=Delegations(keys, delegated))
        files["targets"] = self.sign("targets", targets)
        for role in regional:
            files[role] = self.region(role)
        meta = {
            f"{role}.json": MetaFile(self.versions[role], len(data), {"sha256": sha256(data).hexdigest()})
            for role, data in files.items()
            if role not in self.drop_meta
        }
        for role, data in files.items():
            self.write(f"metadata/{self.versions[role]}.{role}.json", data)
        snapshot = Snapshot(version=self.bump("snapshot"), expires=self.expires("snapshot"), meta=meta)
        data = self.write(f"metadata/{self.versions['snapshot']}.snapshot.json", self.sign("snapshot", snapshot))
        self.stamp(MetaFile(self.versions["snapshot"], len(data), {"sha256": sha256(data).hexdigest()}))

    def paths(self, role: str) -> str:
        if role in self.elsewhere:
            return self.elsewhere[role]
        return f"{role}/*" if role in LETTERS else f"joint/{role.removeprefix('joint-')}/*"

    def region(self, role: str) -> bytes:
        """A region's role over its documents, which are written too."""
        folder = self.paths(role).removesuffix("/*")
        held = self.documents[role] if role in LETTERS else self.joint[role.removeprefix("joint-")]
        listed = {f"{folder}/{name}": TargetFile.from_data(f"{folder}/{name}", data, ["sha256"]) for name, data in held.items()}
        for name, data in held.items():
            self.write(f"targets/{folder}/{sha256(data).hexdigest()}.{name}", data)
        targets = Targets(version=self.bump(role), expires=self.expires(role), targets=listed)
        targets.unrecognized_fields |= self.extra.get(role, {})
        return self.sign(role, targets)

    def stamp(self, snapshot: MetaFile | None = None, *, at: int | None = None, by: Iterable[str] | None = None) -> bytes:
        """A new timestamp, over this snapshot or the one before."""
        self.at = self.at if at is None else at
        meta = snapshot or self.signed["timestamp"].signed.snapshot_meta
        timestamp = Timestamp(version=self.bump("timestamp"), expires=self.expires("timestamp"), snapshot_meta=meta)
        timestamp.unrecognized_fields |= {"x-issued": self.at} | self.extra.get("timestamp", {})
        return self.write("metadata/timestamp.json", self.sign("timestamp", timestamp, by))

    def token(self, uri: str = "sl:c1000", *, iat: int | None = None, by: str | None = None, values: Mapping[int, Any] | None = None) -> bytes:
        """Publish a status token of 4,096 entries."""
        region = next((region for region, letter in LETTERS.items() if uri[3] == letter), "CN-CQ")
        moment = self.at if iat is None else iat
        statuses = StatusList.of_size(4096).with_values((values or {}).items())
        token = StatusListToken.issue(uri, statuses, p256(by or f"status {region}"), iat=moment, exp=moment + DAY, ttl=HOUR)
        return self.write(f"status/{uri[3:]}.cwt", token.raw)


class Gate:
    """A terminal under test: its directory, the verbs as library calls and as command line."""

    def __init__(self, path: Path, city: City, *, scene: str = "metro", region: str | None = None) -> None:
        self.path = path
        self.city = city
        self.directory = StateDirectory(path)
        make_state(self.directory, city.root_file, terminal="T-0001", scene=scene, region=region)

    def take(self, *, at: int | None = None, path: Path | None = None) -> dict[str, Imported]:
        """Import what the city has published; what became of each part."""
        moment = self.city.at if at is None else at
        return {part.part: part for part in import_folder(self.directory, path or self.city.folder, now=moment)}

    def refusal(self, *, at: int | None = None) -> Fault | None:
        """Import, see the trust refused and the trust we had kept to the byte; return why."""
        before = {name: data for name, data in self.snapshot().items() if name.startswith("trust/")}
        part = self.take(at=at)["trust"]
        assert part.outcome == "refused"
        assert before == {name: data for name, data in self.snapshot().items() if name.startswith("trust/")}
        return part.fault

    def snapshot(self) -> dict[str, bytes]:
        """Every file of the state."""
        return {str(path.relative_to(self.path)): path.read_bytes() for path in sorted(self.path.rglob("*")) if path.is_file()}

    def command(self, verb: str, *arguments: str | Path, lines: bytes = b"", at: int = NOW) -> tuple[int, list[dict[str, Any]], str]:
        """Exit status, answers, complaints."""
        return command(verb, "--state", self.path, *arguments, lines=lines, at=at)


def command(*arguments: str | Path, lines: bytes = b"", at: int = NOW) -> tuple[int, list[dict[str, Any]], str]:
    out, err = io.BytesIO(), io.StringIO()
    status = run([str(argument) for argument in arguments], now=lambda: when(at), streams=Streams(lines=io.BytesIO(lines), out=out, err=err))
    return status, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def credential(sub: str = "AAAAAAAA", *, region: str = "CN-CQ", idx: int = 7, uri: str | None = None, iat: int = NOW - HOUR) -> Credential:
    says = Statement(
        iss=region,
        sub=sub,
        exp=iat + 7 * DAY,
        iat=iat,
        holder=p256(f"phone {sub}").public_key,
        status=StatusRef(uri or f"sl:{LETTERS[region]}1000", idx),
        chip_tag=bytes(8),
        max_age=30,
        profile=Profile.GENERAL,
        fare=0,
    )
    return Credential.issue(says, p256(f"issuer {region}"))


def code(at: int, sub: str = "AAAAAAAA", **changes: Any) -> str:
    return Presentation.make(credential(sub, **changes), p256(f"phone {sub}"), audience=Audience.GENERAL, iat=at).to_text()


def lines(*texts: str) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()
