"""Proofs that are too old, told so at the door: after an outage every phone of a city comes with one, and none should take a place for that.

Nothing is taken from anybody by it: the gate would say the same, unless it found something else wrong as well (an address that asks too much, a body that is too
long, a proof of another shape), and says so of whatever passes here. Only an office that stands is asked; opening one is for those who have a place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import InputError
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
        desk, nonce = office.standing(), proofs.nonce_of(str(told))
        if desk is None or nonce is None:
            return None
        nonces, now = office.nonces(desk), seconds(self._services.clock())
        try:
            nonces.until(nonce, now)
        except InputError:
            return nonces.give(now)
        return None
