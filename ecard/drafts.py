"""A signing ceremony that travels: what a new root changes, in a folder that goes from one key keeper to the next (FORMATS section 4).

    ceremony.json              what was proposed over what, and when
    base/root.json  targets.json    the published metadata that it was proposed over; absent for the first root
    drafts/root.json  targets.json  <region>.json ..    each with the signatures gathered so far

Nobody needs to meet: copies may be signed in different places and gathered into one. Nothing here is in force until `publish` puts it there, and that
asks for every signature. The private keys are never written here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.serialization import DeserializationError

from codes.errors import SetupError, StateError
from ecard import faults
from ecard.ceremony import Authorities, add_signatures, name_of, seal
from ecard.folder import write_all
from ecard.keycards import is_role
from ecard.trustfolder import TrustFolder
from ecard.trustrepo import RootPlan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from ecard.trustrepo import TrustRepository

_PAGE = "ceremony.json"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What one draft still waits for. `by` is "new", or "old" where the root of before must agree to its successor."""

    role: str
    by: str
    threshold: int
    came: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        """Whether enough have signed."""
        return len(self.came) >= self.threshold


class Ceremony:
    """One proposal and its signatures."""

    def __init__(self, base: tuple[Root, Targets] | None, drafts: Mapping[str, Metadata[Targets]], root: Metadata[Root], at: datetime) -> None:
        self._base = base
        self._drafts = drafts
        self._root = root
        self.at = at

    @classmethod
    def propose(cls, repository: TrustRepository, authorities: Authorities, *, at: datetime, clock_floor: int | None = None) -> Ceremony:
        """Draft the next root of these authorities over what `repository` publishes now, or the first one. Raises `SetupError` trust-broken."""
        standing = repository.standing()
        plan = repository.plan(authorities, at=at, clock_floor=clock_floor)
        drafts = {role: Metadata(signed) for role, signed in plan.fresh.items()}
        return cls((standing.root, standing.top) if standing else None, drafts, Metadata(plan.root), at)

    @classmethod
    def open(cls, folder: Path) -> Ceremony:
        """Read a ceremony back. Raises `SetupError` ceremony-broken naming the file."""
        try:
            page = json.loads(_read(folder, _PAGE))
            at = datetime.fromtimestamp(page["at"], UTC)
            roles, version, has_base = page["roles"], page["version"], page["base"]
        except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
            raise SetupError(faults.CEREMONY_BROKEN, file=_PAGE) from None
        if version != _VERSION or type(roles) is not list:
            raise SetupError(faults.CEREMONY_BROKEN, file=_PAGE, version=str(version))
        base = None
        if has_base:
            base = _root(folder, "base/root").signed, _targets(folder, "base/targets").signed
        if not all(type(role) is str and is_role(role) for role in roles):  # a role names a file here
            raise SetupError(faults.CEREMONY_BROKEN, file=_PAGE, problem="a role that cannot be")
        drafts = {role: _targets(folder, f"drafts/{role}") for role in roles}
        opened = cls(base, drafts, _root(folder, "drafts/root"), at)
        try:
            opened.lacks()
        except ValueError:  # a draft that nobody in this ceremony delegates to
            raise SetupError(faults.CEREMONY_BROKEN, file=_PAGE, problem="a role that nobody names") from None
        return opened

    def save(self, folder: Path, *, is_new: bool = False) -> None:
        """Write the folder, whole files only. Raises `SetupError`: ceremony-exists (a new one into a folder with content), folder-unwritable."""
        if is_new and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SetupError(faults.CEREMONY_EXISTS, folder=folder.name)
        page = {"version": _VERSION, "at": int(self.at.timestamp()), "base": self._base is not None, "roles": sorted(self._drafts)}
        files = {folder / "drafts" / f"{role}.json": draft.to_bytes() for role, draft in self._drafts.items()}
        files[folder / "drafts" / "root.json"] = self._root.to_bytes()
        if self._base is not None:
            root, top = self._base
            files |= {folder / "base" / "root.json": Metadata(root).to_bytes(), folder / "base" / "targets.json": Metadata(top).to_bytes()}
        write_all(files | {folder / _PAGE: json.dumps(page, sort_keys=True, indent=1).encode() + b"\n"})

    @property
    def root(self) -> Root:
        """The root that is proposed."""
        return self._root.signed

    @property
    def before(self) -> Root | None:
        """The root that it would follow."""
        return self._base[0] if self._base else None

    @property
    def top(self) -> Targets:
        """The top targets metadata under the proposed root."""
        if "targets" in self._drafts:
            return self._drafts["targets"].signed
        if self._base is None:
            raise SetupError(faults.CEREMONY_BROKEN, file="drafts/targets.json")
        return self._base[1]

    def changes(self) -> list[tuple[str, str, str]]:
        """Keys that come ("+") and go ("-"), as (sign, role, name and holder), in order. Raises `SetupError` trust-broken."""
        before = _keys(Authorities.of(*self._base)) if self._base else set()
        after = _keys(Authorities.of(self.root, self.top))
        return sorted(
            [("+", *key) for key in after - before] + [("-", *key) for key in before - after], key=lambda change: (change[1], change[2], change[0])
        )

    def over(self) -> str | None:
        """The root that it would follow, in 16 hexadecimal digits as `ecard trust show` prints them for what is published; None for the first root.

        What a copy says was there before is nobody's word: a keeper compares this with what the terminals see.
        """
        return None if self._base is None else root_digest(self._base[0])

    def fingerprint(self) -> str:
        """What is to be signed, in 16 hexadecimal digits that signers in different places compare by telephone."""
        parts = [(self.over() or "").encode(), self._root.signed_bytes, *(self._drafts[role].signed_bytes for role in sorted(self._drafts))]
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:16]

    def sign(self, keys: Iterable[Ed25519PrivateKey]) -> dict[str, list[str]]:
        """Add the signatures of `keys`, role by role; the names that signed. Raises `StateError` ceremony-not-asked when there is nothing for them to sign."""
        came = tuple(keys)
        signed = {"root": add_signatures(self._root, "root", came, *self._delegators("root"))}
        signed |= {role: add_signatures(draft, role, came, *self._delegators(role)) for role, draft in self._drafts.items()}
        signed = {role: names for role, names in signed.items() if names}
        if not signed:
            raise StateError(faults.CEREMONY_NOT_ASKED)
        return signed

    def gather(self, other: Ceremony) -> int:
        """Take over the signatures of another copy; how many were new. A signature that does not verify is left there.

        Raises `SetupError` ceremony-other when it is a copy of something else.
        """
        if other.fingerprint() != self.fingerprint():
            raise SetupError(faults.CEREMONY_OTHER, here=self.fingerprint(), there=other.fingerprint())
        count = _take_over(self._root, other._root, "root", self._delegators("root"))
        return count + sum(_take_over(draft, other._drafts[role], role, self._delegators(role)) for role, draft in self._drafts.items())

    def lacks(self) -> list[Lack]:
        """Where every draft stands, one line for each demand."""
        lacks = []
        drafts: dict[str, Metadata[Any]] = {"root": self._root, **self._drafts}
        for role, draft in drafts.items():
            for delegator in self._delegators(role):
                found = delegator.get_verification_result(role, draft.signed_bytes, draft.signatures)
                names = [tuple(sorted(map(name_of, keys.values()))) for keys in (found.signed, found.unsigned)]
                by = "old" if self._base and delegator is self._base[0] and role == "root" else "new"
                lacks.append(Lack(role=role, by=by, threshold=found.threshold, came=names[0], missing=names[1]))
        return lacks

    def publish(self, repository: TrustRepository, signers: Iterable[Ed25519PrivateKey], *, at: datetime) -> int:
        """Put it in force, when every threshold is reached; the version of the new root. `signers`: snapshot and timestamp of the new root.

        Raises `SetupError`: trust-signers-missing, trust-overtaken, trust-broken, publisher-*, folder-unwritable.
        """
        files = {"root": seal(self._root, "root", *self._delegators("root"))}
        files |= {role: seal(draft, role, *self._delegators(role)) for role, draft in self._drafts.items()}
        plan = RootPlan(root=self.root, top=self.top, fresh={role: draft.signed for role, draft in self._drafts.items()})
        repository.adopt(plan, files, signers, at=at)
        return self.root.version

    def _delegators(self, role: str) -> tuple[Root | Targets, ...]:
        if role == "root":
            return (self._base[0], self.root) if self._base else (self.root,)
        return (self.root,) if role == "targets" else (self.top,)


def _take_over(
    mine: Metadata[Root] | Metadata[Targets], other: Metadata[Root] | Metadata[Targets], role: str, delegators: tuple[Root | Targets, ...]
) -> int:
    """Signatures of the other copy that some delegator asks for and that verify."""
    good: set[str] = set()
    for delegator in delegators:
        good |= delegator.get_verification_result(role, mine.signed_bytes, other.signatures).signed.keys()
    fresh = good - mine.signatures.keys()
    mine.signatures.update({keyid: other.signatures[keyid] for keyid in sorted(fresh)})
    return len(fresh)


def _keys(authorities: Authorities) -> set[tuple[str, str]]:
    quorums = authorities.top() | {role: quorum for role, (quorum, _) in authorities.delegated().items()}
    return {(role, f"{key.name} ({key.holder})") for role, quorum in quorums.items() for key in quorum.keys}


def _root(folder: Path, name: str) -> Metadata[Root]:
    metadata = _load(folder, name)
    if not isinstance(metadata.signed, Root):
        raise SetupError(faults.CEREMONY_BROKEN, file=f"{name}.json", problem="metadata of another role")
    return cast(Metadata[Root], metadata)


def _targets(folder: Path, name: str) -> Metadata[Targets]:
    metadata = _load(folder, name)
    if not isinstance(metadata.signed, Targets):
        raise SetupError(faults.CEREMONY_BROKEN, file=f"{name}.json", problem="metadata of another role")
    return cast(Metadata[Targets], metadata)


def _load(folder: Path, name: str) -> Metadata[Any]:
    try:
        return Metadata.from_bytes(_read(folder, f"{name}.json"))
    except (DeserializationError, RepositoryError):
        raise SetupError(faults.CEREMONY_BROKEN, file=f"{name}.json") from None


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as problem:
        raise SetupError(faults.CEREMONY_BROKEN, file=name, problem=problem.strerror) from problem


def root_digest(root: Root) -> str:
    """What is signed of a root, in 16 hexadecimal digits."""
    return hashlib.sha256(Metadata(root).signed_bytes).hexdigest()[:16]


def authorities_of(folder: Path) -> Authorities:
    """Who may sign what is published in `folder`. Raises `SetupError` trust-broken, trust-authorities."""
    current = TrustFolder(folder).current()
    return Authorities.of(current.root, current.top)
