"""A phone in a folder: the Python twin of the app. It keeps an enrolment key, and beside every credential the key that it names.

enrolment.pem             signs requests to the office, never a code
<iat>-<sub>.cbor, .pem    a credential and its holder key
shown.json                the last time put into a code, by credential: no two codes of one credential share it
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from codes.claims import Audience, Profile
from codes.credential import Credential
from codes.errors import CardError, SetupError, StateError
from codes.keyproof import KeyProof, ProofPurpose
from codes.keys import SoftwareSigner
from codes.presentation import Presentation, next_iat
from ecard import CredentialRequest, renewal_binding
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from codes.claims import Region
    from ecard import CarrierRef

_ENROLMENT, _SHOWN = "enrolment.pem", "shown.json"
_PROFILES = {Audience.GENERAL: Profile.GENERAL, Audience.IDENTITY: Profile.IDENTITY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What a phone sends to be given credentials, and the holder keys it made for them, which stay with it."""

    proof: bytes
    requests: tuple[CredentialRequest, ...]
    keys: tuple[ec.EllipticCurvePrivateKey, ...]


class Phone:
    """A phone that exists. Its methods raise `SetupError` phone-unreadable when its folder cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.enrolment = SoftwareSigner(_load(folder / _ENROLMENT))

    @classmethod
    def create(cls, folder: Path) -> Phone:
        """A new phone, with an enrolment key of its own."""
        try:
            folder.mkdir(mode=0o700, parents=True)
        except OSError as problem:
            raise SetupError(faults.PHONE_UNREADABLE, problem=problem.strerror) from problem
        _save(folder / _ENROLMENT, ec.generate_private_key(ec.SECP256R1()))
        return cls(folder)

    def prove_enrolment(self, nonce: bytes, *, region: Region, at: datetime) -> bytes:
        """Proof that this phone holds its enrolment key, for one nonce."""
        return KeyProof.make(self.enrolment, region=region, purpose=ProofPurpose.ENROLMENT, nonce=nonce, iat=int(at.timestamp()))

    def ask(self, profiles: Sequence[Profile], nonce: bytes, *, phone: CarrierRef, region: Region, at: datetime) -> Renewal:
        """Make a fresh holder key for each credential that is wanted, prove every one, and bind them together with the enrolment key, for `phone` as a card knows it."""
        keys = tuple(ec.generate_private_key(ec.SECP256R1()) for _ in profiles)
        iat = int(at.timestamp())
        requests = tuple(
            CredentialRequest(
                profile=profile, proof=KeyProof.make(SoftwareSigner(key), region=region, purpose=ProofPurpose.HOLDER, nonce=nonce, iat=iat)
            )
            for profile, key in zip(profiles, keys, strict=True)
        )
        binding = renewal_binding(nonce, phone, requests)
        proof = KeyProof.make(self.enrolment, region=region, purpose=ProofPurpose.ENROLMENT, nonce=binding, iat=iat)
        return Renewal(proof=proof, requests=requests, keys=keys)

    def keep(self, credentials: Sequence[Credential], renewal: Renewal) -> None:
        """Keep what was issued, in the order asked for, each beside its key. `ValueError` when a credential names another key."""
        for credential, key in zip(credentials, renewal.keys, strict=True):
            says = credential.says
            if SoftwareSigner(key).public_key != says.holder:
                msg = "the credential names another key than the one it was asked for"
                raise ValueError(msg)
            name = self._folder / f"{says.iat}-{says.sub}"
            _save(name.with_suffix(".pem"), key)
            _write(name.with_suffix(".cbor"), credential.raw)

    def credentials(self) -> list[Credential]:
        """What the phone holds, newest first. Raises `SetupError` phone-unreadable."""
        try:
            found = [Credential.from_bytes(path.read_bytes()) for path in sorted(self._folder.glob("*.cbor"), reverse=True)]
        except (OSError, CardError) as problem:
            raise SetupError(faults.PHONE_UNREADABLE, problem=str(problem)) from problem
        return sorted(found, key=lambda credential: credential.says.iat, reverse=True)

    def make_code(self, audience: Audience, *, at: datetime, challenge: bytes | None = None) -> Presentation:
        """A code for `audience` at the phone's time `at`, by the newest credential that serves. Needs no network.

        Raises `StateError` phone-empty when no credential serves now.
        """
        now = int(at.timestamp())
        serving = [held for held in self.credentials() if held.says.profile is _PROFILES[audience] and held.says.iat <= now < held.says.exp]
        if not serving:
            raise StateError(faults.PHONE_EMPTY, audience=audience)
        says = serving[0].says
        shown = self._shown()
        iat = shown[says.sub] = next_iat(now, shown.get(says.sub))
        _write(self._folder / _SHOWN, json.dumps(shown).encode())
        return Presentation.make(serving[0], self.holder(serving[0]), audience=audience, iat=iat, cnonce=challenge)

    def holder(self, credential: Credential) -> SoftwareSigner:
        """The key that a credential names."""
        return SoftwareSigner(_load(self._folder / f"{credential.says.iat}-{credential.says.sub}.pem"))

    def _shown(self) -> dict[str, int]:
        try:
            shown = json.loads((self._folder / _SHOWN).read_bytes())
            return {str(sub): int(iat) for sub, iat in shown.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as problem:
            raise SetupError(faults.PHONE_UNREADABLE, file=_SHOWN) from problem


def _load(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as problem:
        raise SetupError(faults.PHONE_UNREADABLE, file=path.name) from problem
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SetupError(faults.PHONE_UNREADABLE, file=path.name)
    return key


def _save(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    _write(path, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def _write(path: Path, content: bytes) -> None:
    try:
        part = path.with_name(f".{path.name}.part")
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
        part.replace(path)
    except OSError as problem:
        raise SetupError(faults.PHONE_UNREADABLE, file=path.name, problem=problem.strerror) from problem
