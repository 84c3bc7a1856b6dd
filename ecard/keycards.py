"""Keys of the trust repository that are kept apart, each by its keeper, and the cards that say whose they are.

    root-1.pem     the private key (Ed25519, PKCS#8), readable by its keeper alone; it never travels
    root-1.json    its card: name, role, holder and public key; this is what others get

A role is root, targets, snapshot or timestamp, a region (CN-SC), or a region's joint role (joint-CN-SC).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from codes.claims import REGION_PATTERN
from codes.errors import InputError, SetupError
from ecard import faults
from ecard.ceremony import Authorities, Quorum, RoleKey, joint_role
from ecard.folder import SECRET, write_whole
from ecard.keyring import read_ed25519, to_pem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

TOP_ROLES = ("root", "targets", "snapshot", "timestamp")
THRESHOLDS = {"root": 3, "targets": 2}
"""How many keys must sign where nobody says otherwise; 1 for every other role."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")
_MEMBERS = {"name", "role", "holder", "public"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCard:
    """What everybody may know of one key."""

    role: str
    key: RoleKey

    def __post_init__(self) -> None:
        if not is_role(self.role) or not _NAME.fullmatch(self.key.name) or not _NAME.fullmatch(self.key.holder):
            raise InputError(faults.KEY_CARD, role=self.role, name=self.key.name, holder=self.key.holder)

    def to_bytes(self) -> bytes:
        """The card as a file."""
        page = {"name": self.key.name, "role": self.role, "holder": self.key.holder, "public": self.key.public.public_bytes_raw().hex()}
        return json.dumps(page, indent=1).encode() + b"\n"

    @classmethod
    def read(cls, path: Path) -> KeyCard:
        """Read a card. Raises `InputError` key-card."""
        try:
            page = json.loads(path.read_bytes())
            if type(page) is not dict or page.keys() != _MEMBERS or not all(type(value) is str for value in page.values()):
                raise InputError(faults.KEY_CARD, file=path.name)
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(page["public"]))
        except (OSError, ValueError, RecursionError) as problem:
            raise InputError(faults.KEY_CARD, file=path.name, problem=type(problem).__name__) from None
        return cls(role=page["role"], key=RoleKey(name=page["name"], holder=page["holder"], public=public))


def is_role(text: str) -> bool:
    """Whether a role has this name."""
    return text in TOP_ROLES or REGION_PATTERN.fullmatch(text.removeprefix(joint_role(""))) is not None


def make(folder: Path, *, name: str, role: str, holder: str, entropy: Callable[[int], bytes]) -> KeyCard:
    """Make a key from `entropy` (the system's) and keep it in `folder` with its card. Raises `InputError` key-card; `SetupError` keyring-exists, folder-unwritable."""
    private = Ed25519PrivateKey.from_private_bytes(entropy(32))
    card = KeyCard(role=role, key=RoleKey(name=name, holder=holder, public=private.public_key()))
    _keep(folder, card, private)
    return card


def take_out(folder: Path, out: Path, authorities: Authorities) -> list[KeyCard]:
    """Move the root and targets keys of a key folder to `out`, one folder a holder, each with its card: a service never needs them.

    A key is deleted where it was once it lies safely where it goes. Raises `SetupError`: key-missing when there is none left, keyring-exists, key-unreadable,
    folder-unwritable.
    """
    moved = []
    for role, quorum in (("root", authorities.root), ("targets", authorities.targets)):
        for key in quorum.keys:
            path = folder / f"{key.name}.pem"
            if path.is_file():
                card = KeyCard(role=role, key=key)
                _keep(out / key.holder, card, read_ed25519(path))
                path.unlink()
                moved.append(card)
    if not moved:
        raise SetupError(faults.KEY_MISSING, folder=folder.name, role="root, targets")
    return moved


def _keep(folder: Path, card: KeyCard, private: Ed25519PrivateKey) -> None:
    path = folder / f"{card.key.name}.pem"
    if path.exists():
        raise SetupError(faults.KEYRING_EXISTS, folder=folder.name, file=path.name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, to_pem(private), mode=SECRET)
    write_whole(folder / f"{card.key.name}.json", card.to_bytes())


def assemble(cards: Iterable[KeyCard], thresholds: Mapping[str, int]) -> Authorities:
    """The authorities that these keys make together. Raises `SetupError` trust-authorities."""
    return _arrange({}, cards, thresholds)


def rearrange(authorities: Authorities, *, add: Iterable[KeyCard], drop: Iterable[str], thresholds: Mapping[str, int]) -> Authorities:
    """These authorities with keys added and dropped by name.

    Raises `InputError` key-card-unknown for a name that is not there; `SetupError` trust-authorities for what the rest cannot be.
    """
    quorums = authorities.top() | dict(authorities.regions) | {joint_role(region): quorum for region, quorum in authorities.joint.items()}
    unwanted = set(drop)
    if unknown := unwanted - {key.name for quorum in quorums.values() for key in quorum.keys}:
        raise InputError(faults.KEY_CARD_UNKNOWN, names=", ".join(sorted(unknown)))
    kept = {role: ([key for key in quorum.keys if key.name not in unwanted], quorum.threshold) for role, quorum in quorums.items()}
    return _arrange(kept, add, thresholds)


def _arrange(kept: Mapping[str, tuple[list[RoleKey], int]], cards: Iterable[KeyCard], thresholds: Mapping[str, int]) -> Authorities:
    keys = {role: list(found) for role, (found, _) in kept.items()}
    for card in cards:
        keys.setdefault(card.role, []).append(card.key)
    wanted = {role: threshold for role, (_, threshold) in kept.items()} | dict(thresholds)
    if strange := wanted.keys() - keys.keys():
        raise SetupError(faults.TRUST_AUTHORITIES, wrong="a threshold without keys", role=", ".join(sorted(strange)))
    quorums = {role: Quorum(keys=tuple(found), threshold=wanted.get(role, THRESHOLDS.get(role, 1))) for role, found in keys.items() if found}
    if missing := [role for role in TOP_ROLES if role not in quorums]:
        raise SetupError(faults.TRUST_AUTHORITIES, wrong="a role without keys", role=", ".join(missing))
    regions = {role: quorum for role, quorum in quorums.items() if REGION_PATTERN.fullmatch(role)}
    joint = {role.removeprefix(joint_role("")): quorum for role, quorum in quorums.items() if role not in regions and role not in TOP_ROLES}
    top = {role: quorums[role] for role in TOP_ROLES}
    return Authorities(**top, regions=regions, joint=joint)
