"""What the terminal page trusts when no agent stands beside it: issuer keys, status keys and scene rules, rendered from the verified trust repository.

The published folder is verified as a terminal verifies it: thresholds, root after root, hashes that belong together, expiry. What comes out is plain JSON,
without signatures: the page that reads it came from this server as well, so a signature would vouch for nothing that the page's own code does not.
`anchor` names the first root, so that a page that was set up with one repository does not follow another one unseen.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Response, request

from codes.errors import InputError, SetupError
from codes.scenes import encode_scenes
from verify.clock import ClockFloor, seconds_of
from verify.importing import Folder
from verify.trust_source import MAX_METADATA
from verify.trust_store import anchor, update_trust
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flask import Blueprint

    from codes.keys import CoseKey
    from codes.trust import IssuerKey, StatusAuthority, StatusKey
    from verify.trust import TrustView
    from webapp.services import Services

FIRST_ROOT = "metadata/1.root.json"


@dataclass(slots=True)
class TerminalTrust:
    """The trust of one published folder, verified anew whenever its timestamp has been replaced."""

    root: Path
    _turn: Lock = field(default_factory=Lock)
    _seen: tuple[object, bytes] | None = None

    def page(self, *, now: int) -> bytes:
        """The JSON of /terminal/trust.json at `now` (seconds since 1970 UTC). Raises `SetupError` not-ready: nothing is published that could be believed."""
        with self._turn:
            mark = self._mark()
            if self._seen is None or self._seen[0] != mark:
                self._seen = mark, self._verified(now)
            return self._seen[1]

    def _mark(self) -> object:
        try:
            found = (self.root / "metadata" / "timestamp.json").stat()
        except OSError:
            raise SetupError(faults.NOT_READY) from None
        return found.st_ino, found.st_mtime_ns

    def _verified(self, now: int) -> bytes:
        try:
            folder = Folder(self.root)
            first = folder.read(FIRST_ROOT, MAX_METADATA) or b""
            files, floor = anchor(first)
            trust, _ = update_trust(files, folder, floor=ClockFloor(overall=floor), now=now)
        except InputError as wrong:
            raise SetupError(faults.NOT_READY, found=wrong.code) from wrong
        return json.dumps(written(trust.view, issued=trust.issued, first_root=first), ensure_ascii=False, separators=(",", ":")).encode()


def add_to(pages: Blueprint, services: Services) -> None:
    """Put the address on the pages."""
    trust = TerminalTrust(services.folder.root)

    @pages.get("/terminal/trust.json")
    def terminal_trust() -> Response:
        answer = Response(trust.page(now=seconds_of(services.clock())), content_type="application/json")
        answer.headers["Cache-Control"] = "no-cache"
        answer.add_etag()
        answer.make_conditional(request)
        return answer


def written(view: TrustView, *, issued: int, first_root: bytes) -> dict[str, Any]:
    """A verified view as the page reads it (webapp/static/terminal/judge_trust.js)."""
    return {
        "anchor": sha256(first_root).hexdigest(),
        "version": view.version,
        "issued": issued,
        "expires": view.expires,
        "issuers": [_issuer(trusted.issuer) for trusted in view.issuers.values()],
        "authorities": [_authority(authority) for authority in view.authorities.values()],
        "scenes": [
            {"name": name, "region": region, **rules}
            for region, document in view.scenes.items()
            for name, rules in json.loads(encode_scenes(document))["scenes"].items()
        ],
    }


def _issuer(issuer: IssuerKey) -> dict[str, Any]:
    bounds = {str(int(profile)): [bound.longest_life, bound.longest_max_age] for profile, bound in issuer.profiles.items()}
    return {"region": issuer.region, **_key(issuer, issuer.key), "profiles": bounds}


def _authority(authority: StatusAuthority) -> dict[str, Any]:
    spaces = {str(int(profile)): list(space) for profile, space in authority.spaces.items()}
    return {"region": authority.region, "letter": authority.letter, "keys": _keys(authority.keys), "spaces": spaces}


def _keys(keys: Sequence[StatusKey]) -> list[dict[str, Any]]:
    return [_key(key, key.key) for key in keys]


def _key(valid: IssuerKey | StatusKey, key: CoseKey) -> dict[str, Any]:
    x = base64.urlsafe_b64encode(key.x).rstrip(b"=").decode()
    return {"kid": valid.kid.hex(), "x": x, "odd": key.y_is_odd, "not_before": valid.not_before, "not_after": valid.not_after}
