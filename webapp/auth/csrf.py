"""That a request which changes something comes from a page of ours (threat G05): a token of the session, and the Origin that every browser sends.

The cookie alone is no proof: SameSite=Strict keeps it from foreign sites, and neither a sibling host nor a form that somebody was led to gets past the two
below. Where Origin is missing the request is refused: no browser of these years leaves it out of a POST.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

from codes.errors import StateError
from webapp import faults

if TYPE_CHECKING:
    from flask import Request

FIELD, HEADER = "csrf", "X-CSRF-Token"


def token(secret: bytes) -> str:
    """The token of the session of this secret; it changes with the secret, and says nothing of it."""
    return base64.urlsafe_b64encode(hmac.digest(secret, b"ecard csrf", "sha256")).rstrip(b"=").decode()


def check(request: Request, wanted: str) -> None:
    """Return if token and Origin are ours. Raises `StateError` csrf-refused."""
    check_origin(request)
    shown = request.headers.get(HEADER) or request.form.get(FIELD) or ""
    if not hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), wanted.encode()):
        raise StateError(faults.CSRF_REFUSED, part="token")


def check_origin(request: Request) -> None:
    """Return if a page of this very origin sent the request. Raises `StateError` csrf-refused."""
    if request.headers.getlist("Origin") != [request.host_url.rstrip("/")] or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise StateError(faults.CSRF_REFUSED, part="origin")
