"""Operators at the console and at the office API: sign-in, session, second factor, sign-out (WEB.md A; threats F10, G01-G05, G20).

    people = operators.install(app, folder=settings.office, desk=services.office.desk, clock=services.clock)      # once, when the application is made
    signed_in = people.sign_in(request, name=.., password=.., code=..)          # one form with three fields, one answer for whatever was wrong
    signed_in = people.current(request)                                         # or None: the gate asks
    people.check_unsafe(request, signed_in)                                     # CSRF: the gate asks, for every unsafe method
    require_step_up(signed_in, at)                                              # before a class-A act
    signed_in = people.second_factor(request, signed_in, code)                  # the step up: a new code, a new session id, five minutes
    people.sign_out(request, signed_in)

`sign_in`, `second_factor`, `change_password` and `sign_out` set the cookies of the answer to this request by themselves. The cookie `__Host-ecard` (`ecard`
on plain http from this very machine) holds 32 random bytes, of which the record keeps a digest only; it changes at sign-in and at every step up. A form
carries `signed_in.csrf` in a field `csrf`, a script in the header `X-CSRF-Token`; every request that changes something needs an Origin of ours beside it.

Whoever is taken from office.toml, or given other roles, another region or another person's number there, is out at the next request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from flask import Flask, Request

    from ecard import CardOffice
    from webapp.office.settings import Operator

SessionRef = NewType("SessionRef", str)
"""Which session it is, through every change of its id; says nothing and opens nothing."""
EXTENSION = "ecard-operators"
"""Under which `app.extensions` holds the `Operators` of an application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An operator at work."""

    operator: Operator
    session: SessionRef
    signed_in: int
    stepped_up: int | None
    """When the second factor was last given; sign-in counts."""
    csrf: str = field(repr=False)
    """The token of this session's forms."""
    device: str | None = None
    """Which browser it is, as a digest: what one person proposed there nobody approves there."""
    expires: int
    """When the session ends at the latest."""


class Operators:
    """Everybody who may sign in at one application."""

    def __init__(self, *, folder: Path, desk: Callable[[], CardOffice], clock: Callable[[], datetime]) -> None:
        self._folder, self._desk, self._clock = folder, desk, clock

    def current(self, request: Request) -> SignedIn | None:
        """Who is signed in at this request; None when nobody is, or no longer."""
        raise NotImplementedError

    def check_unsafe(self, request: Request, signed_in: SignedIn) -> None:
        """Return if a request that changes something comes from a page of ours. Raises `StateError` csrf-refused."""
        raise NotImplementedError

    def sign_in(self, request: Request, *, name: str, password: str, code: str) -> SignedIn:
        """Begin a session. `code` is six digits of the authenticator, or a recovery code. Any session of this browser before it ends.

        Raises `StateError`: sign-in-refused (whatever was wrong: it is not said), sign-in-limit (too many tries, fact `retry_s`), csrf-refused (the request
        came from a foreign page, or over plain http from elsewhere).
        """
        raise NotImplementedError

    def second_factor(self, request: Request, signed_in: SignedIn, code: str) -> SignedIn:
        """Step up: a new code, a new session id. Raises `StateError`: second-factor-refused, sign-in-limit."""
        raise NotImplementedError

    def change_password(self, request: Request, signed_in: SignedIn, *, old: str, new: str, code: str) -> SignedIn:
        """Another password; every other session of this operator ends.

        Raises `InputError` password-weak; `StateError`: sign-in-refused, sign-in-limit.
        """
        raise NotImplementedError

    def sign_out(self, request: Request, signed_in: SignedIn) -> None:
        """End the session. Again: no change."""
        raise NotImplementedError


def install(app: Flask, *, folder: Path, desk: Callable[[], CardOffice], clock: Callable[[], datetime]) -> Operators:
    """The operators of an application, kept under `EXTENSION`."""
    found = app.extensions[EXTENSION] = Operators(folder=folder, desk=desk, clock=clock)
    return found


def current(request: Request) -> SignedIn | None:
    """`Operators.current` of the application that handles this request."""
    raise NotImplementedError


def require_step_up(signed_in: SignedIn, at: datetime) -> None:
    """Return if the second factor was given within the last five minutes. Raises `StateError` step-up-needed."""
    raise NotImplementedError
