"""Who may sign the trust repository: keys, thresholds, how long a signature lives, and the act of signing (FORMATS section 4).

A `Quorum` counts keys, and a key has a holder: no holder alone reaches the threshold of root or targets, which is checked here and not left to habit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.signer import CryptoSigner, Key, SSlibKey
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Role, Root, Snapshot, Targets, Timestamp

from codes.errors import SetupError
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

AnyRole = TypeVar("AnyRole", Root, Targets, Snapshot, Timestamp)

_NAME, _HOLDER = "x-name", "x-holder"
_LONGEST_DELEGATED = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """How long the signature of each role lives. `ValueError` for a life that is not positive, or delegated roles above 7 days."""

    root: timedelta = timedelta(days=365)
    targets: timedelta = timedelta(days=90)
    delegated: timedelta = timedelta(days=7)
    snapshot: timedelta = timedelta(days=7)
    timestamp: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        if min(self.root, self.targets, self.delegated, self.snapshot, self.timestamp) <= timedelta(0) or self.delegated > _LONGEST_DELEGATED:
            msg = "every life is positive, and delegated metadata lives at most 7 days"
            raise ValueError(msg)


DEFAULT_LIVES = Lives()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleKey:
    """One public key, what people call it, and who holds the private half: a region, or "joint" for what no region holds alone."""

    name: str
    holder: str
    public: Ed25519PublicKey

    def to_tuf(self) -> Key:
        """The key as it stands in metadata; name and holder travel with it, so that a missing signer can be named and found."""
        key = SSlibKey.from_crypto(self.public)
        key.unrecognized_fields |= {_NAME: self.name, _HOLDER: self.holder}
        return key

    @classmethod
    def of(cls, key: Key) -> RoleKey:
        """Read back from metadata. Raises `SetupError` trust-broken for a key of another kind, or one that nobody is said to hold."""
        name, holder = key.unrecognized_fields.get(_NAME), key.unrecognized_fields.get(_HOLDER)
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(str(key.keyval["public"])))
        except (KeyError, ValueError):
            raise SetupError(faults.TRUST_BROKEN, key=key.keyid[:16], problem="not an Ed25519 key") from None
        if type(name) is not str or type(holder) is not str:
            raise SetupError(faults.TRUST_BROKEN, key=key.keyid[:16], problem="a key without name or holder")
        return cls(name=name, holder=holder, public=public)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """So many of these keys must sign. Raises `SetupError` trust-authorities when that is impossible or no demand at all."""

    keys: tuple[RoleKey, ...]
    threshold: int

    def __post_init__(self) -> None:
        if not 1 <= self.threshold <= len(self.keys):
            raise SetupError(faults.TRUST_AUTHORITIES, wrong="threshold", threshold=self.threshold, keys=len(self.keys))

    def strongest_holder(self) -> int:
        """The most keys that one holder has."""
        return max(Counter(key.holder for key in self.keys).values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorities:
    """Every role of the repository. `regions` and `joint` are keyed by region code.

    Raises `SetupError` trust-authorities: one holder alone reaches the threshold of root or targets; one key in two places; a region without one of its two roles.
    """

    root: Quorum
    targets: Quorum
    snapshot: Quorum
    timestamp: Quorum
    regions: Mapping[str, Quorum]
    joint: Mapping[str, Quorum]

    def __post_init__(self) -> None:
        for role, quorum in (("root", self.root), ("targets", self.targets)):
            if quorum.strongest_holder() >= quorum.threshold:
                raise SetupError(faults.TRUST_AUTHORITIES, wrong="one holder reaches the threshold alone", role=role)
        if not self.regions or self.regions.keys() != self.joint.keys():
            raise SetupError(faults.TRUST_AUTHORITIES, wrong="a region needs its own role and its joint role")
        quorums = (self.root, self.targets, self.snapshot, self.timestamp, *self.regions.values(), *self.joint.values())
        keys = [key for quorum in quorums for key in quorum.keys]
        if len({key.public.public_bytes_raw() for key in keys}) != len(keys) or len({key.name for key in keys}) != len(keys):
            raise SetupError(faults.TRUST_AUTHORITIES, wrong="one key or name in two places")

    def top(self) -> dict[str, Quorum]:
        """The roles that root names."""
        return {"root": self.root, "targets": self.targets, "snapshot": self.snapshot, "timestamp": self.timestamp}

    @classmethod
    def of(cls, root: Root, top: Targets) -> Authorities:
        """The authorities that published metadata names. Raises `SetupError` trust-broken, trust-authorities."""
        top_roles = {role: _quorum(root, role) for role in ("root", "targets", "snapshot", "timestamp")}
        delegated = {} if top.delegations is None else {role: _quorum(top, role) for role in top.delegations.roles or {}}
        return cls(
            **top_roles,
            regions={role: quorum for role, quorum in delegated.items() if not role.startswith(joint_role(""))},
            joint={role.removeprefix(joint_role("")): quorum for role, quorum in delegated.items() if role.startswith(joint_role(""))},
        )

    def delegated(self) -> dict[str, tuple[Quorum, str]]:
        """The roles that targets names, each with the only paths it may speak for."""
        own = {region: (quorum, f"{region}/*") for region, quorum in self.regions.items()}
        return own | {joint_role(region): (quorum, f"joint/{region}/*") for region, quorum in self.joint.items()}


def joint_role(region: str) -> str:
    """The role with which a region signs its copy of a joint document."""
    return f"joint-{region}"


def _quorum(delegator: Root | Targets, role: str) -> Quorum:
    entry = delegator.get_delegated_role(role)
    return Quorum(keys=tuple(RoleKey.of(delegator.get_key(keyid)) for keyid in entry.keyids), threshold=entry.threshold)


def whole_second(at: datetime) -> datetime:
    """`at` in UTC, cut to the second: metadata knows no finer time. `ValueError` for a naive time."""
    if at.tzinfo is None:
        msg = "a time has a zone"
        raise ValueError(msg)
    return at.astimezone(UTC).replace(microsecond=0)


def draw_root(authorities: Authorities, *, version: int, expires: datetime, clock_floor: int | None) -> Root:
    """Root metadata of these authorities, not yet signed. `clock_floor` (whole seconds) sets or resets the terminals' clock floor."""
    keys = {key.keyid: key for quorum in authorities.top().values() for key in _tuf_keys(quorum)}
    roles = {name: Role([key.keyid for key in _tuf_keys(quorum)], quorum.threshold) for name, quorum in authorities.top().items()}
    custom = {} if clock_floor is None else {"x-clock-floor": clock_floor}
    return Root(version=version, expires=expires, keys=keys, roles=roles, consistent_snapshot=True, unrecognized_fields=custom)


def draw_targets(authorities: Authorities, *, version: int, expires: datetime) -> Targets:
    """The top targets metadata: nothing but the delegations, each terminating and limited to its paths. Not yet signed."""
    keys = {key.keyid: key for quorum, _ in authorities.delegated().values() for key in _tuf_keys(quorum)}
    roles = {
        name: DelegatedRole(name, [key.keyid for key in _tuf_keys(quorum)], quorum.threshold, terminating=True, paths=[paths])
        for name, (quorum, paths) in authorities.delegated().items()
    }
    return Targets(version=version, expires=expires, targets={}, delegations=Delegations(keys, roles))


def _tuf_keys(quorum: Quorum) -> list[Key]:
    return [key.to_tuf() for key in quorum.keys]


def add_signatures(metadata: Metadata[AnyRole], role: str, signers: Iterable[Ed25519PrivateKey], *delegators: Root | Targets) -> list[str]:
    """Sign with everyone among `signers` who may and has not yet; the names of the keys that signed. The same signers make the same bytes.

    `delegators` name the keys and the threshold of `role`; a new root has two of them, the old root and itself.
    """
    present = {signer.public_key().public_bytes_raw().hex(): signer for signer in signers}
    signed = []
    for delegator in delegators:
        for keyid in delegator.get_delegated_role(role).keyids:
            key = delegator.get_key(keyid)
            signer = present.get(str(key.keyval["public"]))
            if signer is not None and keyid not in metadata.signatures:
                metadata.sign(CryptoSigner(signer, SSlibKey.from_dict(keyid, key.to_dict())), append=True)
                signed.append(name_of(key))
    return signed


def sign(signed: AnyRole, role: str, signers: Iterable[Ed25519PrivateKey], *delegators: Root | Targets) -> bytes:
    """Sign with everyone who came and may, check the result as a client will, and return the file. See `add_signatures`.

    Raises `SetupError` trust-signers-missing naming role, threshold and the keys that did not come.
    """
    metadata = Metadata(signed)
    add_signatures(metadata, role, signers, *delegators)
    return seal(metadata, role, *delegators)


def seal(metadata: Metadata[AnyRole], role: str, *delegators: Root | Targets) -> bytes:
    """The file, once every delegator's threshold is reached and a client would take it. Raises `SetupError` trust-signers-missing."""
    for delegator in delegators:
        found = delegator.get_verification_result(role, metadata.signed_bytes, metadata.signatures)
        if not found:
            absent = ", ".join(name_of(key) for key in found.unsigned.values())
            raise SetupError(faults.TRUST_SIGNERS_MISSING, role=role, threshold=found.threshold, came=len(found.signed), missing=absent)
    return metadata.to_bytes()


def name_of(key: Key) -> str:
    """What people call a key that stands in metadata."""
    return str(key.unrecognized_fields.get(_NAME, key.keyid))
