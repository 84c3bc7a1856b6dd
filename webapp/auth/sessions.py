"""What a browser keeps of an operator's session: the secret in one cookie, in another which browser it is. Neither is read by a script."""

from __future__ import annotations

import base64
import binascii
import hashlib
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import after_this_request

from codes.errors import StateError
from ecard.access.sessions import SECRET_BYTES
from webapp import faults

if TYPE_CHECKING:
    from flask import Request, Response

    from ecard.model import Entropy

NAME, DEVICE = "ecard", "ecard-device"
_HOST = "__Host-"
_YEAR = 365 * 24 * 3600
_TEXT_LENGTH = 43
_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}


def secret_of(request: Request) -> bytes | None:
    """The secret that the browser shows, if it shows one."""
    return _read(request, NAME)


def digest(mark: bytes) -> str:
    """What the record knows of a browser."""
    return hashlib.sha256(b"ecard device\n" + mark).hexdigest()[:32]


def mark_device(request: Request, entropy: Entropy) -> str:
    """Which browser it is; one that was never marked is marked by the answer."""
    mark = _read(request, DEVICE)
    if mark is None:
        mark = entropy(SECRET_BYTES)
        _give(request, DEVICE, mark, max_age=_YEAR)
    return digest(mark)


def give(request: Request, secret: bytes) -> None:
    """Let the answer to this request carry the secret, until the browser is closed."""
    _give(request, NAME, secret, max_age=None)


def take_away(request: Request) -> None:
    """Let the answer to this request take the secret away."""
    name, secure = _named(request, NAME), request.is_secure

    @after_this_request
    def forget(response: Response) -> Response:
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="Strict")
        return response


def check_safe(request: Request) -> None:
    """Return if secrets may be told on this connection: encrypted, or within this machine. Raises `StateError` sign-in-insecure."""
    if not request.is_secure and not (_is_here(request.remote_addr or "") and urlsplit(request.host_url).hostname in _LOOPBACK_NAMES):
        raise StateError(faults.SIGN_IN_INSECURE)


def _give(request: Request, which: str, content: bytes, *, max_age: int | None) -> None:
    name, secure = _named(request, which), request.is_secure
    text = base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    @after_this_request
    def set_it(response: Response) -> Response:
        response.set_cookie(name, text, max_age=max_age, path="/", secure=secure, httponly=True, samesite="Strict")
        return response


def _read(request: Request, which: str) -> bytes | None:
    text = request.cookies.get(_named(request, which), "")
    if len(text) != _TEXT_LENGTH or not text.isascii():
        return None
    try:
        return base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _named(request: Request, name: str) -> str:
    """`__Host-`, where the browser heeds it: no other host and no page over plain http can put such a cookie there."""
    return _HOST + name if request.is_secure else name


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return not address  # a socket of this machine has none
