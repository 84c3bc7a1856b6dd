"""Where the test data of other projects stands, and what it needs beyond our profile: other curves, other headers, other tags.

The product stays strict; what these data need on top of it is brought here. The data are not part of the project: the environment variable
EXTERNAL_VECTORS names their folder.
"""

from __future__ import annotations

import json
import os
import re
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from codes.cose import sig_structure

FOLDER = Path(os.environ.get("EXTERNAL_VECTORS", ""))  # noqa: TID251 - the test run is told by its surroundings, the product never is
HAVE = Path() != FOLDER
needed = pytest.mark.skipif(not HAVE, reason="external vectors: EXTERNAL_VECTORS names no folder")
CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
HASHES: dict[int, hashes.HashAlgorithm] = {-7: hashes.SHA256(), -35: hashes.SHA384()}
"""ES256 and ES384: the algorithms of the data, none of them ours."""


def cases(folder: str, pattern: str) -> list[Any]:
    """The JSON files of a folder as parameters; an empty one where there is no folder."""
    paths = sorted((FOLDER / folder).glob(pattern)) if HAVE else []
    return [pytest.param(json.loads(path.read_text("utf-8")), id=path.stem) for path in paths] or [pytest.param({}, id="none")]


def hexadecimal(name: str) -> bytes:
    """The lines of a file that are nothing but hexadecimal, as bytes."""
    return bytes.fromhex("".join(re.findall(r"^[0-9a-f]{2,}$", (FOLDER / name).read_text("utf-8"), re.MULTILINE)))


def coordinate(fields: dict[str, str], name: str) -> int:
    """A coordinate in hexadecimal or base64url."""
    spelled = fields.get(f"{name}_hex")
    return int(spelled, 16) if spelled else int.from_bytes(urlsafe_b64decode(fields[name] + "=="), "big")


def public_key(fields: dict[str, str]) -> ec.EllipticCurvePublicKey:
    """The key of a test vector."""
    return ec.EllipticCurvePublicNumbers(coordinate(fields, "x"), coordinate(fields, "y"), CURVES[fields["crv"]]).public_key()


def verifies(message: object, key: ec.EllipticCurvePublicKey, external: bytes = b"") -> bool:
    """Whether `key` made the signature of a COSE_Sign1, tagged or not, as RFC 9052 section 4.4 has it: any header, ES256 or ES384.

    What is signed is put together by our own `sig_structure`, unless there is external data, which we never have.
    """
    if isinstance(message, cbor2.CBORTag):
        if message.tag != 18:
            return False
        message = message.value
    assert isinstance(message, list | tuple)
    protected, unprotected, payload, signature = message
    header = cbor2.loads(protected) if protected else {}
    algorithm = {**unprotected, **header}.get(1)
    if algorithm not in HASHES:
        return False
    protected = protected if header else b""  # an empty header is signed as an empty string, however it was written
    covered = cbor2.dumps(["Signature1", protected, external, payload]) if external else sig_structure(protected, payload)
    half = len(signature) // 2
    der = utils.encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
    try:
        key.verify(der, covered, ec.ECDSA(HASHES[algorithm]))
    except InvalidSignature:
        return False
    return True
