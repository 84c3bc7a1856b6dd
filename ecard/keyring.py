"""The publisher's keys as files: one folder, one file a key, readable by nobody else.

    CN-CQ.issuer-phone.pem  CN-CQ.issuer-chip.pem  CN-CQ.status.pem     P-256, PKCS#8
    CN-CQ.receipt.pem  CN-CQ.journal.pem  audit.pem                     P-256, PKCS#8
    CN-CQ.status-next.pem                                               P-256, PKCS#8: the next status key, until it is taken up
    CN-CQ.trust.pem  CN-CQ.joint.pem  root-1.pem .. timestamp.pem       Ed25519, PKCS#8 (trust repository)
    CN-CQ.chip-tag.pem  CN-CQ.chip-master.pem  vault.pem  blind-index.pem      32 secret bytes, PEM label "ECARD SECRET"
    CN-CQ.issuer-phone.pkcs11                                           in place of a P-256 key that signs: where it lies in a module (ecard/modulekeys.py)

A host keeps only the files it needs: root and targets keys belong in a safe, not beside the service. What is asked for and not there is a `SetupError`
that names it. Keys never appear in a representation, a fact or a message.
"""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING, cast

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from codes.claims import REGION_PATTERN
from codes.errors import SetupError
from codes.keys import ORDER, SoftwareSigner
from ecard import faults
from ecard.ceremony import Authorities, Quorum, RoleKey
from ecard.folder import SECRET, sync_folder, write_whole
from ecard.keyfiles import SECRET_BYTES, Kind, from_pem, read_private, refuse_exposed
from ecard.modulekeys import ModuleSigner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from codes.keys import Signer

    Private = ec.EllipticCurvePrivateKey | Ed25519PrivateKey | bytes

REGIONS = ("CN-CQ", "CN-SC")
_SCALAR_BYTES = 40
_ROOT, _TARGETS = (3, 5), (2, 3)


def _layout(regions: tuple[str, ...]) -> dict[str, Kind]:
    """Every key of these regions, by name."""
    names = {f"root-{number}": Kind.ED25519 for number in range(1, _ROOT[1] + 1)}
    names |= {f"targets-{number}": Kind.ED25519 for number in range(1, _TARGETS[1] + 1)}
    names |= {"snapshot": Kind.ED25519, "timestamp": Kind.ED25519, "vault": Kind.SECRET, "blind-index": Kind.SECRET, "audit": Kind.P256}
    for region in regions:
        names |= {f"{region}.{purpose}": Kind.P256 for purpose in ("issuer-phone", "issuer-chip", "status", "receipt", "journal")}
        names |= {f"{region}.trust": Kind.ED25519, f"{region}.joint": Kind.ED25519}
        names |= {f"{region}.{purpose}": Kind.SECRET for purpose in ("chip-tag", "chip-master")}
    return names


class Keyring:
    """Keys by name. Every getter raises `SetupError` key-missing when this host does not keep that key."""

    __slots__ = ("_keys", "regions")

    def __init__(self, regions: tuple[str, ...], keys: Mapping[str, Private | ModuleSigner]) -> None:
        self.regions = regions
        self._keys = keys

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._keys)} keys for {', '.join(self.regions)}>"

    @classmethod
    def create(cls, folder: Path, entropy: Callable[[int], bytes], *, regions: tuple[str, ...] = REGIONS) -> Keyring:
        """Make every key from `entropy` (the system's: `secrets.token_bytes`) and keep it in a new `folder`, which appears whole or not at all.

        Raises `SetupError`: keyring-exists, folder-unwritable.
        """
        if folder.exists():
            raise SetupError(faults.KEYRING_EXISTS, folder=folder.name)
        keys = _make(regions, lambda _, size: entropy(size))
        part = folder.with_name(f".{folder.name}.part")
        try:
            part.mkdir(mode=0o700, parents=True)
            for name, key in keys.items():
                write_whole(part / f"{name}.pem", to_pem(key), mode=SECRET)
            part.rename(folder)
            sync_folder(folder.parent)
        except OSError as problem:
            raise SetupError(faults.FOLDER_UNWRITABLE, file=part.name, problem=problem.strerror) from problem
        return cls(regions, keys)

    @classmethod
    def derived(cls, seed: bytes, *, regions: tuple[str, ...] = REGIONS) -> Keyring:
        """Throw-away keys, the same for the same `seed`: HKDF-SHA-256 over the seed and the key's name.

        For conformance packs, whose private keys are published on purpose. Whoever knows the seed has every key: never for a service.
        """
        keys = _make(regions, lambda name, size: HKDF(hashes.SHA256(), size, None, b"ecard throw-away key: " + name.encode()).derive(seed))
        return cls(regions, keys)

    @classmethod
    def open(cls, folder: Path) -> Keyring:
        """Read the keys that `folder` holds, after checking that nobody else can.

        Raises `SetupError`: key-missing (no folder, or not one key in it), key-exposed, key-unreadable (also: a .pem file of no known name).
        """
        if not folder.is_dir():
            raise SetupError(faults.KEY_MISSING, folder=folder.name)
        refuse_exposed(folder.name, folder.stat())
        files = sorted([*folder.glob("*.pem"), *folder.glob("*.pkcs11")])
        paths = {path.stem: path for path in files}
        if not paths:
            raise SetupError(faults.KEY_MISSING, folder=folder.name)
        regions = tuple(sorted({name.partition(".")[0] for name in paths if REGION_PATTERN.fullmatch(name.partition(".")[0]) and "." in name}))
        layout = _layout(regions) | {f"{region}.status-next": Kind.P256 for region in regions}
        for path in files:
            if path.stem not in layout or (path.suffix == ".pkcs11" and not may_lie_in_module(path.stem)):
                raise SetupError(faults.KEY_UNREADABLE, file=path.name, problem="no key has this name")
            if paths[path.stem] != path:
                raise SetupError(faults.KEY_UNREADABLE, file=path.name, problem="the key is noted in a module, too: which of them counts?")
        return cls(regions, {name: _load(paths[name], kind) for name, kind in layout.items() if name in paths})

    def issuer_phone(self, region: str) -> Signer:
        """What signs the credentials of phones."""
        return self.signer(f"{region}.issuer-phone")

    def issuer_chip(self, region: str) -> Signer:
        """What signs the credentials of chips."""
        return self.signer(f"{region}.issuer-chip")

    def status(self, region: str) -> Signer:
        """What signs the region's status lists."""
        return self.signer(f"{region}.status")

    def status_next(self, region: str) -> Signer:
        """What will sign them, once every terminal can know it."""
        return self.signer(f"{region}.status-next")

    def receipt(self, region: str) -> Signer:
        """What signs the region's receipts."""
        return self.signer(f"{region}.receipt")

    def journal(self, region: str) -> ec.EllipticCurvePrivateKey:
        """What opens the journals of the region's terminals."""
        key = self._get(f"{region}.journal")
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(region)
        return key

    def audit(self) -> Signer:
        """What signs checkpoints over the chains of the record."""
        return self.signer("audit")

    def chip_tag(self, region: str) -> bytes:
        """The region's chip-tag key, 32 bytes (FORMATS section 1)."""
        return self._secret(f"{region}.chip-tag")

    def chip_master(self, region: str) -> bytes:
        """What the keys of the region's chips are diversified from, 32 bytes (CHIP section 4.2)."""
        return self._secret(f"{region}.chip-master")

    def vault(self) -> bytes:
        """The key-encryption key of the identity vault, 32 bytes."""
        return self._secret("vault")

    def blind_index(self) -> bytes:
        """The vault's index key, 32 bytes; the vault derives one key a purpose from it."""
        return self._secret("blind-index")

    def trust_signers(self, *roles: str) -> tuple[Ed25519PrivateKey, ...]:
        """The keys of the trust repository that are here: of these roles ("root", "targets", "snapshot", "timestamp", a region), or all of them.

        A region brings its key for its own role and for its joint role. Whether they suffice is the ceremony's question.
        """
        keys = {name: key for name, key in self._keys.items() if isinstance(key, Ed25519PrivateKey)}
        return tuple(key for name, key in keys.items() if not roles or _role(name) in roles)

    def authorities(self) -> Authorities:
        """Who may sign the trust repository when all keys were made together: root 3 of 5, targets 2 of 3, shared so that no holder reaches either alone.

        Needs every key of the repository; afterwards the published root says it.
        """
        one = {name: Quorum(keys=(self._role_key(name, "service"),), threshold=1) for name in ("snapshot", "timestamp")}
        return Authorities(
            root=self._shared("root", *_ROOT),
            targets=self._shared("targets", *_TARGETS),
            **one,
            regions={region: Quorum(keys=(self._role_key(f"{region}.trust", region),), threshold=1) for region in self.regions},
            joint={region: Quorum(keys=(self._role_key(f"{region}.joint", region),), threshold=1) for region in self.regions},
        )

    def _shared(self, role: str, threshold: int, count: int) -> Quorum:
        holders = (*self.regions, "joint")
        keys = tuple(self._role_key(f"{role}-{number + 1}", holders[number % len(holders)]) for number in range(count))
        return Quorum(keys=keys, threshold=threshold)

    def _role_key(self, name: str, holder: str) -> RoleKey:
        key = self._get(name)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(name)
        return RoleKey(name=name, holder=holder, public=key.public_key())

    def signer(self, name: str) -> Signer:
        """A P-256 key that signs, by the name of its file."""
        key = self._get(name)
        if isinstance(key, ModuleSigner):
            return key
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(name)
        return SoftwareSigner(key)

    def _secret(self, name: str) -> bytes:
        key = self._get(name)
        if not isinstance(key, bytes):
            raise TypeError(name)
        return key

    def _get(self, name: str) -> Private | ModuleSigner:
        key = self._keys.get(name)
        if key is None:
            raise SetupError(faults.KEY_MISSING, file=f"{name}.pem")
        return key


def may_lie_in_module(name: str) -> bool:
    """Whether a key of this name only ever signs with P-256, so that a module can hold it."""
    return name == "audit" or name.partition(".")[2] in {"issuer-phone", "issuer-chip", "status", "status-next", "receipt"}


def _role(name: str) -> str:
    """The role, or region, that a key of the trust repository serves."""
    return name.partition(".")[0] if "." in name else name.partition("-")[0]


def _make(regions: tuple[str, ...], material: Callable[[str, int], bytes]) -> dict[str, Private]:
    return {name: _key(kind, partial(material, name)) for name, kind in _layout(regions).items()}


def _key(kind: Kind, material: Callable[[int], bytes]) -> Private:
    if kind is Kind.P256:  # FIPS 186-5 A.2.1: 64 bits more than the order leave no bias that matters
        return ec.derive_private_key(int.from_bytes(material(_SCALAR_BYTES)) % (ORDER - 1) + 1, ec.SECP256R1())
    if kind is Kind.ED25519:
        return Ed25519PrivateKey.from_private_bytes(material(SECRET_BYTES))
    return material(SECRET_BYTES)


def _load(path: Path, kind: Kind) -> Private | ModuleSigner:
    return ModuleSigner.read(read_private(path), path.name) if path.suffix == ".pkcs11" else from_pem(read_private(path), kind, path.name)


def read_ed25519(path: Path) -> Ed25519PrivateKey:
    """One key of the trust repository from its file. Raises `SetupError` key-exposed, key-unreadable."""
    return cast(Ed25519PrivateKey, from_pem(read_private(path), Kind.ED25519, path.name))


def to_pem(key: Private) -> bytes:
    """A key as its file holds it."""
    if isinstance(key, bytes):
        return b"-----BEGIN ECARD SECRET-----\n" + base64.b64encode(key) + b"\n-----END ECARD SECRET-----\n"
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
