"""Where the test data of other projects stands, and what it needs beyond our profile: other curves, other headers, other tags.

The product stays strict; what these data need on top of it is brought here. The data are not part of the project: the environment variable
EXTERNAL_VECTORS names their folder.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from codes.cose import sig_structure

FOLDER = os.environ.get("EXTERNAL_VECTORS", "")  # noqa: TID251 - the test run is told by its surroundings, the product never is
needed = pytest.mark.skipif(not FOLDER, reason="external vectors: EXTERNAL_VECTORS names no folder")
CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
HASHES: dict[int, hashes.HashAlgorithm] = {-7: hashes.SHA256(), -9: hashes.SHA256(), -35: hashes.SHA384()}


def file(name: str) -> Path:
    """A file of the folder."""
    return Path(FOLDER) / name


def text(name: str) -> str:
    """What a file says."""
    return file(name).read_text("utf-8")


def cases(folder: str, pattern: str) -> list[Any]:
    """The JSON files of a folder as parameters; one skipped parameter where there is no folder."""
    paths = sorted((Path(FOLDER) / folder).glob(pattern)) if FOLDER else []
    return [pytest.param(json.loads(path.read_text("utf-8")), id=path.stem) for path in paths] or [pytest.param({}, id="none")]


def hexadecimal(page: str) -> bytes:
    """The lines of a page that are nothing but hexadecimal, as bytes."""
    return bytes.fromhex("".join(re.findall(r"^[0-9a-f]{2,}$", page, re.MULTILINE)))


def public_key(fields: dict[str, str]) -> ec.EllipticCurvePublicKey:
    """The key of a test vector."""
    numbers = ec.EllipticCurvePublicNumbers(int(fields["x_hex"], 16), int(fields["y_hex"], 16), CURVES[fields["crv"]])
    return numbers.public_key()


def verifies(key: ec.EllipticCurvePublicKey, algorithm: int, parts: list[Any], external: bytes = b"") -> bool:
    """Whether `key` made the signature of a COSE_Sign1's four parts, with our own structure of what is signed."""
    protected, _, payload, signature = parts
    structure = sig_structure(protected, payload)
    if external:
        assert structure.count(b"\x40" + structure[-len(payload) - 2 :]) <= 1
    half = len(signature) // 2
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    try:
        key.verify(utils.encode_dss_signature(r, s), structure, ec.ECDSA(HASHES[algorithm]))
    except InvalidSignature:
        return False
    return True
