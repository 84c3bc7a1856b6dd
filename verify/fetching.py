"""Talking to the card office's server: bounded in bytes and in time, no redirects, every trouble said in our words (threat C06).

What comes back is believed for nothing: whoever asked checks the signature of what he got.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from codes.errors import InputError, SetupError
from verify import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CONNECT_S, SILENCE_S, WHOLE_S = 5.0, 30.0, 120.0
"""Seconds to reach the server, between two pieces of an answer, and for a whole answer."""
_PIECE = 1 << 16
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CODE = re.compile(r"[a-z][a-z0-9-]{0,63}")
_OK, _NOT_CHANGED, _NOT_FOUND = 200, 304, 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered. `body` is what it is to be believed by itself."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def page(self) -> dict[str, Any]:
        """The JSON object in it. Raises `SetupError` server-answer."""
        try:
            page = json.loads(self.body)
        except (ValueError, RecursionError):
            page = None
        if type(page) is not dict:
            raise SetupError(faults.SERVER_ANSWER, status=self.status, wrong="not a JSON object")
        return page


class Server:
    """One server. How long an answer takes is measured by `elapsed`, a clock that only tells durations."""

    def __init__(self, url: str, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Raises `InputError` server-url: not http(s), or plain http to another machine."""
        try:
            parts = urlsplit(url)
            is_good = parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment or parts.username)
        except ValueError:
            is_good, parts = False, urlsplit("")
        if not is_good or (parts.scheme == "http" and parts.hostname not in _LOOPBACK):
            raise InputError(faults.SERVER_URL, url=url)
        self._base = url.rstrip("/")
        self._elapsed = elapsed
        self._pool = urllib3.PoolManager(num_pools=2, maxsize=2, retries=False, timeout=urllib3.Timeout(connect=CONNECT_S, read=SILENCE_S))

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return self._base

    def close(self) -> None:
        """Let go of every connection."""
        self._pool.clear()

    def get(
        self, path: str, *, limit: int, headers: Mapping[str, str] | None = None, within: float = WHOLE_S, good: frozenset[int] = frozenset()
    ) -> Answer:
        """Ask for `path`. 200, 304, 404 and `good` are answers; all else raises.

        Raises `SetupError`: server-unreachable (also: too slow), server-refuses (with status and code), server-endless (more than `limit` bytes).
        """
        return self._ask("GET", path, None, limit=limit, headers=headers, within=within, good={_OK, _NOT_CHANGED, _NOT_FOUND, *good})

    def post(
        self,
        path: str,
        body: bytes,
        *,
        limit: int,
        good: frozenset[int] = frozenset(),
        headers: Mapping[str, str] | None = None,
        within: float = WHOLE_S,
    ) -> Answer:
        """Send `body`, which is bytes unless `headers` say another type. 200 and `good` are answers. Raises as `get`."""
        told = {"Content-Type": "application/octet-stream", **(headers or {})}
        return self._ask("POST", path, body, limit=limit, headers=told, within=within, good={_OK, *good})

    def stream(self, path: str, *, headers: Mapping[str, str], silence: float) -> Iterator[bytes]:
        """The pieces of an answer that never ends, as they come; it ends when the server ends it. Raises as `get`, also when nothing comes for `silence` seconds."""
        try:
            response = self._pool.request(
                "GET",
                self._base + path,
                headers=dict(headers),
                preload_content=False,
                redirect=False,
                timeout=urllib3.Timeout(connect=CONNECT_S, read=silence),
            )
            try:
                if response.status != _OK:
                    raise _refusal(response.status, response.read(_PIECE))
                yield from _pieces(response)
            finally:
                response.close()
        except (HTTPError, OSError) as error:
            raise SetupError(faults.SERVER_UNREACHABLE, problem=type(error).__name__) from None

    def _ask(
        self, method: str, path: str, body: bytes | None, *, limit: int, headers: Mapping[str, str] | None, within: float, good: set[int]
    ) -> Answer:
        end = self._elapsed() + within
        try:
            response = self._pool.request(method, self._base + path, body=body, headers=dict(headers or {}), preload_content=False, redirect=False)
            try:
                content = self._read(response, limit, end)
            finally:
                response.release_conn()
        except (HTTPError, OSError) as error:
            raise SetupError(faults.SERVER_UNREACHABLE, problem=type(error).__name__) from None
        if response.status not in good:
            raise _refusal(response.status, content)
        return Answer(status=response.status, body=content, headers={name.lower(): value for name, value in response.headers.items()})

    def _read(self, response: urllib3.BaseHTTPResponse, limit: int, end: float) -> bytes:
        content = bytearray()
        for piece in _pieces(response):
            content += piece
            if len(content) > limit:
                response.close()
                raise SetupError(faults.SERVER_ENDLESS, limit=limit)
            if self._elapsed() > end:
                response.close()
                raise SetupError(faults.SERVER_UNREACHABLE, problem="too slow")
        return bytes(content)


def _pieces(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """What has come, as it comes: waiting for a full piece would let a server that drips keep us for days, and an event for as long."""
    while piece := response.read1(_PIECE, decode_content=False):
        yield piece


def _refusal(status: int, content: bytes) -> SetupError:
    """A refusal with the stable code of the server's own problem, where it gives one."""
    try:
        page = json.loads(content)
        code = page["code"] if _CODE.fullmatch(page["code"]) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        code = None
    return SetupError(faults.SERVER_REFUSES, status=status, code=code)
