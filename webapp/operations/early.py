"""Proofs that are too old, told so at the door: after an outage every phone of a city comes with one, and looking further costs ten times as much.

Nothing is taken from anybody by it: the gate would say the same of the same request, and says it of whatever passes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import InputError, SetupError
from ecard.model import seconds
from webapp.auth import proofs

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from webapp.services import Services

ALL_DAY = frozenset({("POST", "/v1/credentials"), ("GET", "/v1/me")})
"""What phones ask by themselves, all of them at once when they can again."""


class Early:
    """Looks at proofs before anybody takes a place."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def fresh(self, environ: WSGIEnvironment) -> str | None:
        """A nonce for whoever named one that is too old; None for everybody else, whose request is to be looked at."""
        office, told = self._services.office, environ.get("HTTP_DPOP")
        if office is None or told is None or (environ["REQUEST_METHOD"], environ.get("PATH_INFO")) not in ALL_DAY:
            return None
        nonce = proofs.nonce_of(str(told))
        if nonce is None:
            return None
        try:
            nonces, now = office.nonces(office.desk()), seconds(self._services.clock())
        except SetupError:  # which the application says better
            return None
        try:
            nonces.until(nonce, now)
        except InputError:
            return nonces.give(now)
        return None
