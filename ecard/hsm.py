"""The one door to PKCS#11: tokens opened, keys found, made and put in. Needs the extra `hsm`.

A token knows one login for a whole process, so its session is opened once and kept; after a fork the library is begun anew, as the standard demands.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.exceptions import NoSuchKey, PKCS11Error, UserAlreadyLoggedIn
from pkcs11.util.ec import decode_ec_private_key, encode_named_curve_parameters

from codes.errors import SetupError, StateError
from codes.keys import CoseKey
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecard.modulekeys import KeyPlace

_CURVE = "secp256r1"
_opening = Lock()
_sessions: dict[tuple[object, ...], tuple[int, Any]] = {}
_LOCKED_IN = {Attribute.TOKEN: True, Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
_SIGNS = {Attribute.SIGN: True, Attribute.DERIVE: False}


def find_key(place: KeyPlace, *, gone: object = None) -> tuple[Any, object]:
    """The private key at a place, ready to sign, and the session it was found in; not in one that has `gone`. Raises `SetupError`: key-module, key-exposed."""
    try:
        session = _session(place, gone=gone)
        return _named(session, place), session
    except (PKCS11Error, RuntimeError, OSError) as problem:
        raise SetupError(faults.KEY_MODULE, problem=type(problem).__name__) from None


def make_key(place: KeyPlace) -> CoseKey:
    """Make a key pair inside the module, whose private half nobody will ever read; returns the public one. Raises `StateError` key-module-taken."""
    with _writing(place) as session:
        parameters = session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVE)}, local=True)
        template = {**_LOCKED_IN, **_SIGNS}
        public, _ = parameters.generate_keypair(store=True, label=place.object, id=place.id, private_template=template)
        point: bytes = public[Attribute.EC_POINT]
        return CoseKey.of(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point[2:] if point[:2] == b"\x04\x41" else point))


def put_key(place: KeyPlace, private: ec.EllipticCurvePrivateKey) -> None:
    """Put a key into the module, out of which it cannot be read again. Raises `StateError` key-module-taken."""
    told = decode_ec_private_key(private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    with _writing(place) as session:
        names = {Attribute.LABEL: place.object, Attribute.ID: place.id}
        session.create_object({**told, **_LOCKED_IN, **_SIGNS, **{name: value for name, value in names.items() if value is not None}})


@contextmanager
def _writing(place: KeyPlace) -> Iterator[Any]:
    """A session in which objects may be made, where no key of this name is yet; the one that signs is opened again afterwards."""
    try:
        _drop(place)
        session = _session(place, writing=True)
        with suppress(NoSuchKey):
            _named(session, place)
            raise StateError(faults.KEY_MODULE_TAKEN, object=place.object)
        yield session
    except (PKCS11Error, OSError) as problem:
        raise SetupError(faults.KEY_MODULE, problem=type(problem).__name__) from None
    finally:
        _drop(place)


def _named(session: Any, place: KeyPlace) -> Any:
    return session.get_key(object_class=ObjectClass.PRIVATE_KEY, key_type=KeyType.EC, label=place.object, id=place.id)


def _session(place: KeyPlace, *, gone: object = None, writing: bool = False) -> Any:
    """The process's session with a token, opened when there is none, and anew after a fork or when it has `gone`."""
    name = (place.module, place.token, place.serial)
    with _opening:
        process, session = _sessions.get(name, (0, None))
        if session is not None and process == os.getpid() and session is not gone:
            return session
        library = pkcs11.lib(str(place.module))
        if session is not None:  # from before a fork, or gone
            library.reinitialize()
        try:
            session = _login(library, place, writing=writing)
        except UserAlreadyLoggedIn:  # by a session that nobody holds any more
            library.reinitialize()
            session = _login(library, place, writing=writing)
        _sessions[name] = os.getpid(), session
        return session


def _login(library: Any, place: KeyPlace, *, writing: bool) -> Any:
    wanted = {"token_label": place.token, "token_serial": place.serial.encode() if place.serial is not None else None}
    token = library.get_token(**{key: value for key, value in wanted.items() if value is not None})
    return token.open(rw=writing, user_pin=place.read_pin())


def _drop(place: KeyPlace) -> None:
    """Let the session go; the next signature opens one that may only read."""
    with _opening:
        _, session = _sessions.pop((place.module, place.token, place.serial), (0, None))
        if session is not None:
            with suppress(PKCS11Error):
                session.close()
