"""Asking the card office's server as this terminal: each request is proven with the terminal's own key, in the shape of DPoP (RFC 9449).

The proof covers method, address, body and Idempotency-Key, and answers the server's nonce; a server that has given none yet, or wants a newer one, is asked
once more. What comes back is the server's word, given over TLS: no terminal can check it, so it is asked only where there is nothing to check offline.
"""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from codes.errors import SetupError
from verify import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codes.keys import Signer
    from verify.fetching import Answer, Server

SPOKEN_PATH, SELF_PATH = "/v1/spoken/checks", "/v1/terminals/self"
HEADER, NONCE_HEADER, KEY_HEADER = "DPoP", "DPoP-Nonce", "Idempotency-Key"
JTI_BYTES = 16
MOST_BYTES = 1 << 14
WITHIN_S = 10.0
"""Seconds for the whole answer: somebody stands at the desk."""
_VERDICTS = ("accepted", "refused", "inconclusive")
_OK, _UNPROVEN = 200, 401
_NUMBER = re.compile(r"[0-9]{8}")


class Asking:
    """One terminal before one server. `now` is the terminal's clock, `entropy` random bytes."""

    def __init__(self, server: Server, signer: Signer, *, now: Callable[[], int], entropy: Callable[[int], bytes]) -> None:
        self._server = server
        self._signer = signer
        self._now, self._entropy = now, entropy
        self._nonce = ""

    def spoken(self, locator: str, code: str) -> dict[str, Any]:
        """What the server says of a code that was spoken. Raises `SetupError`: server-unreachable, server-refuses, server-endless, server-answer."""
        page = self._ask("POST", SPOKEN_PATH, {"locator": locator, "code": code})
        if page.get("verdict") not in _VERDICTS:
            raise SetupError(faults.SERVER_ANSWER, wrong="verdict")
        return page

    def venue(self) -> dict[str, Any]:
        """Where the server has this terminal: the venue, and the number of it that a phone asks for before it speaks. Raises as `spoken`."""
        page = self._ask("GET", SELF_PATH, None)
        venue, number = page.get("venue"), page.get("venue_number")
        if type(venue) is not str or type(number) is not str or not _NUMBER.fullmatch(number):
            raise SetupError(faults.SERVER_ANSWER, wrong="venue")
        return {"venue": venue, "number": number}

    def _ask(self, method: str, path: str, page: Mapping[str, Any] | None) -> dict[str, Any]:
        body = b"" if page is None else json.dumps(page).encode()
        told = {} if page is None else {"Content-Type": "application/json", KEY_HEADER: _text(self._entropy(JTI_BYTES))}
        answer = self._send(method, path, body, told)
        if answer.status == _UNPROVEN:
            answer = self._send(method, path, body, told)
        if answer.status != _OK:
            raise SetupError(faults.SERVER_REFUSES, status=answer.status, code=str(answer.page().get("code"))[:40])
        return answer.page()

    def _send(self, method: str, path: str, body: bytes, told: Mapping[str, str]) -> Answer:
        headers = {**told, HEADER: self._proof(method, path, body, told.get(KEY_HEADER))}
        good = frozenset({_UNPROVEN})
        if method == "GET":
            answer = self._server.get(path, limit=MOST_BYTES, headers=headers, within=WITHIN_S, good=good)
        else:
            answer = self._server.post(path, body, limit=MOST_BYTES, headers=headers, within=WITHIN_S, good=good)
        self._nonce = answer.headers.get(NONCE_HEADER.lower(), self._nonce)
        return answer

    def _proof(self, method: str, path: str, body: bytes, key: str | None) -> str:
        point = self._signer.public_key.load().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": _text(point.x.to_bytes(32)), "y": _text(point.y.to_bytes(32))}
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}
        payload = {
            "htm": method,
            "htu": self._server.url + path,
            "iat": self._now(),
            "jti": _text(self._entropy(JTI_BYTES)),
            "nonce": self._nonce,
            "bsh": _text(sha256(body).digest()),
            **({} if key is None else {"idk": key}),
        }
        signed = ".".join(_text(json.dumps(part).encode()) for part in (header, payload))
        return f"{signed}.{_text(self._signer.sign(signed.encode()))}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
