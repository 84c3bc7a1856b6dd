"""A key's file: what it holds, and that nobody else can read it."""

from __future__ import annotations

import base64
import enum
import os
import re
import stat
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from codes.errors import SetupError
from ecard import faults

if TYPE_CHECKING:
    from pathlib import Path

    Private = ec.EllipticCurvePrivateKey | Ed25519PrivateKey | bytes

SECRET_BYTES = 32
_ENVELOPE = re.compile(rb"-----BEGIN ECARD SECRET-----\n([A-Za-z0-9+/=]{44})\n-----END ECARD SECRET-----\n")


class Kind(enum.Enum):
    """What kind of key a file holds."""

    P256 = "P-256"
    ED25519 = "Ed25519"
    SECRET = "secret"  # noqa: S105 because it is the name of a kind


def from_pem(data: bytes, kind: Kind, file: str) -> Private:
    """The key that a file holds. Raises `SetupError` key-unreadable."""
    try:
        if kind is Kind.SECRET:
            envelope = _ENVELOPE.fullmatch(data)
            secret = base64.b64decode(envelope[1], validate=True) if envelope else b""
            if len(secret) == SECRET_BYTES:
                return secret
        else:
            key = serialization.load_pem_private_key(data, None)
            if kind is Kind.ED25519 and isinstance(key, Ed25519PrivateKey):
                return key
            if kind is Kind.P256 and isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
                return key
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SetupError(faults.KEY_UNREADABLE, file=file, problem="not a PEM of this kind", kind=kind.value) from None
    raise SetupError(faults.KEY_UNREADABLE, file=file, problem="another kind of key", kind=kind.value)


def read_private(path: Path) -> bytes:
    """What stands in a file that nobody else may read. Raises `SetupError`: key-exposed, key-unreadable."""
    try:
        with path.open("rb") as file:
            refuse_exposed(path.name, os.fstat(file.fileno()))
            return file.read()
    except OSError as problem:
        raise SetupError(faults.KEY_UNREADABLE, file=path.name, problem=problem.strerror) from problem


def refuse_exposed(name: str, status: os.stat_result) -> None:
    """Refuse what group or others may read, or swap by writing its folder."""
    mode = stat.S_IMODE(status.st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SetupError(faults.KEY_EXPOSED, file=name, mode=f"{mode:04o}")
