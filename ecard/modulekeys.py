"""Signing keys inside a hardware module, by PKCS#11: the key never leaves it, and this house holds a note of where it is.

    CN-CQ.issuer-phone.pkcs11       in the key folder, in place of CN-CQ.issuer-phone.pem: the key's URI (RFC 7512), a line break, its public half as PEM

    pkcs11:token=ecard;object=CN-CQ.issuer-phone?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/ecard/pin

The public half is noted so that another key of the same name in the module is found out, and so that what only checks signatures needs no module. The PIN lies
in a file of its own that nobody else may read; a URI that holds a PIN is refused. The module is opened by the first signature, and again in every process.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote_to_bytes

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from codes.errors import CardError, SetupError
from codes.keys import ORDER, CoseKey, signature_der, verifies
from ecard import faults
from ecard.keyfiles import read_private

_PATH = {"token", "object", "id", "serial", "manufacturer", "model", "type"}
_QUERY = {"module-path", "pin-source"}
_URI = re.compile(r"pkcs11:(?P<path>[^?#\s]*)\?(?P<query>[^?#\s]*)")
_PIN = re.compile(rb"[\x21-\x7e]{4,255}")
_PROBE = b"ecard: does this key belong to its public half?"
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """Where a key lies: the module's library, the token in it, the key's name, and the file with the PIN."""

    module: Path
    pin: Path
    token: str | None
    serial: str | None
    object: str | None
    id: bytes | None
    text: str

    @classmethod
    def parse(cls, text: str) -> KeyPlace:
        """Read a URI: a token or its serial, an object or its id, a library and a PIN file by absolute paths. Raises `SetupError` key-module."""
        found = _URI.fullmatch(text)
        path, query = (_attributes(found["path"], ";"), _attributes(found["query"], "&")) if found else ({}, {})
        if "pin-value" in query:
            raise SetupError(faults.KEY_MODULE, problem="pin-value: a PIN belongs into a file of its own")
        strange = (path.keys() - _PATH) | (query.keys() - _QUERY)
        if found is None or strange or path.get("type", b"private") != b"private":
            raise SetupError(faults.KEY_MODULE, problem=f"not the pkcs11: URI of a private key{''.join(f', {name}' for name in sorted(strange))}")
        module, pin = query.get("module-path", b"").decode(), query.get("pin-source", b"").decode().removeprefix("file:")
        missing = [
            *(["token"] if not path.keys() & {"token", "serial"} else []),
            *(["object"] if not path.keys() & {"object", "id"} else []),
            *(name for name, value in (("module-path", module), ("pin-source", pin)) if not value.startswith("/")),
        ]
        if missing:
            raise SetupError(faults.KEY_MODULE, problem=f"missing: {', '.join(missing)}")
        named = {name: path[name].decode("utf-8", "replace") if name in path else None for name in ("token", "serial", "object")}
        return cls(module=Path(module), pin=Path(pin), id=path.get("id"), text=text, **named)

    def read_pin(self) -> str:
        """The PIN. Raises `SetupError`: key-exposed when others may read it, key-unreadable, key-module when it is none."""
        pin = read_private(self.pin).rstrip(b"\r\n")
        if not _PIN.fullmatch(pin):
            raise SetupError(faults.KEY_MODULE, file=self.pin.name, problem="no PIN")
        return pin.decode()


def _attributes(text: str, between: str) -> dict[str, bytes]:
    pairs = [part.partition("=") for part in text.split(between) if part]
    found = {name: unquote_to_bytes(value) for name, equals, value in pairs if equals}
    if len(found) != len(pairs):
        raise SetupError(faults.KEY_MODULE, problem="an attribute is named twice, or has no value")
    return found


class ModuleSigner:
    """A `codes.keys.Signer` whose key lies in a module."""

    __slots__ = ("_key", "_process", "_session", "_signing", "place", "public_key")

    def __init__(self, place: KeyPlace, public: CoseKey) -> None:
        self.place = place
        self.public_key = public
        self._key: Any = None
        self._session: object = None
        self._process = 0
        self._signing = Lock()

    @classmethod
    def read(cls, page: bytes, file: str) -> ModuleSigner:
        """The key that a note tells of. Raises `SetupError`: key-module, key-unreadable."""
        uri, _, pem = page.partition(b"\n")
        try:
            public = load_pem_public_key(pem)
            if not isinstance(public, ec.EllipticCurvePublicKey):
                raise TypeError("not an elliptic curve")
            return cls(KeyPlace.parse(uri.decode("ascii")), CoseKey.of(public))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise SetupError(faults.KEY_UNREADABLE, file=file, problem="not a URI and a public key of P-256") from None

    def page(self) -> bytes:
        """The note."""
        return self.place.text.encode("ascii") + b"\n" + self.public_key.load().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        """See `codes.keys.Signer.sign`. A module that has lost its session is opened once more. Raises `SetupError`: key-module, key-exposed."""
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 because only a house with a module installs the extra

        with self._signing:
            if self._key is None or self._process != os.getpid():
                self._session = None
                self._open()
            try:
                return self._sign(message)
            except PKCS11Error:
                self._open()
            try:
                return self._sign(message)
            except PKCS11Error as problem:
                self._key = None
                raise SetupError(faults.KEY_MODULE, problem=type(problem).__name__) from None

    def _open(self) -> None:
        """Find the key, and see that it is the one whose public half is noted."""
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 because of the same

        from ecard.hsm import find_key  # noqa: PLC0415 because of the same

        self._key, self._session = find_key(self.place, gone=self._session)
        self._process = os.getpid()
        try:
            der = signature_der(self._sign(_PROBE))
        except (CardError, PKCS11Error):
            der = b""
        if not der or not verifies(self.public_key.load(), der, _PROBE):
            self._key = None
            raise SetupError(faults.KEY_MODULE, problem="another key than the one that is noted")

    def _sign(self, message: bytes) -> bytes:
        from pkcs11 import Mechanism  # noqa: PLC0415 because of the same

        raw: bytes = self._key.sign(hashlib.sha256(message).digest(), mechanism=Mechanism.ECDSA)
        if len(raw) != _SIGNATURE_BYTES:
            raise SetupError(faults.KEY_MODULE, problem="not a signature of P-256")
        s = int.from_bytes(raw[32:])
        return raw[:32] + min(s, ORDER - s).to_bytes(32)  # a module knows nothing of the lower half
