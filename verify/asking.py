"""Asking the card office's server as this terminal: each request is proven with the terminal's own key, in the shape of DPoP (RFC 9449).

The proof covers method, address, body and Idempotency-Key, and answers the server's nonce; a server that has given none yet, or wants a newer one, is asked
once more. What comes back is the server's word, given over TLS: no terminal can check it, so it is asked only where there is nothing to check offline.
"""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from codes.errors import SetupError
from verify import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codes.keys import Signer
    from verify.fetching import Answer, Server

SPOKEN_PATH = "/v1/spoken/checks"
HEADER, NONCE_HEADER, KEY_HEADER = "DPoP", "DPoP-Nonce", "Idempotency-Key"
JTI_BYTES = 16
MOST_BYTES = 1 << 14
WITHIN_S = 10.0
"""Seconds for the whole answer: somebody stands at the desk."""
_VERDICTS = ("accepted", "refused", "inconclusive")
_UNPROVEN = 401


class Asking:
    """One terminal before one server. `now` is the terminal's clock, `entropy` random bytes."""

    def __init__(self, server: Server, signer: Signer, *, now: Callable[[], int], entropy: Callable[[int], bytes]) -> None:
        self._server = server
        self._signer = signer
        self._now, self._entropy = now, entropy
        self._nonce = ""

    def spoken(self, locator: str, code: str) -> dict[str, Any]:
        """What the server says of a code that was spoken. Raises `SetupError`: server-unreachable, server-refuses, server-endless, server-answer."""
        page = self._ask(SPOKEN_PATH, {"locator": locator, "code": code}).page()
        if page.get("verdict") not in _VERDICTS:
            raise SetupError(faults.SERVER_ANSWER, wrong="verdict")
        return page

    def _ask(self, path: str, page: Mapping[str, Any]) -> Answer:
        body, key = json.dumps(page).encode(), _text(self._entropy(JTI_BYTES))
        answer = self._send(path, body, key)
        if answer.status == _UNPROVEN:
            answer = self._send(path, body, key)
        if answer.status == _UNPROVEN:
            raise SetupError(faults.SERVER_REFUSES, status=_UNPROVEN, code=str(answer.page().get("code"))[:40])
        return answer

    def _send(self, path: str, body: bytes, key: str) -> Answer:
        headers = {"Content-Type": "application/json", KEY_HEADER: key, HEADER: self._proof(path, body, key)}
        answer = self._server.post(path, body, limit=MOST_BYTES, good=frozenset({_UNPROVEN}), headers=headers, within=WITHIN_S)
        self._nonce = answer.headers.get(NONCE_HEADER.lower(), self._nonce)
        return answer

    def _proof(self, path: str, body: bytes, key: str) -> str:
        point = self._signer.public_key.load().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": _text(point.x.to_bytes(32)), "y": _text(point.y.to_bytes(32))}
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}
        payload = {
            "htm": "POST",
            "htu": self._server.url + path,
            "iat": self._now(),
            "jti": _text(self._entropy(JTI_BYTES)),
            "nonce": self._nonce,
            "bsh": _text(sha256(body).digest()),
            "idk": key,
        }
        signed = ".".join(_text(json.dumps(part).encode()) for part in (header, payload))
        return f"{signed}.{_text(self._signer.sign(signed.encode()))}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
