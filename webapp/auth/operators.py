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
A second cookie, which stays, says which browser it is: what somebody proposed there nobody approves there (`SignedIn.device`).

Whoever is taken from office.toml, or given other roles, another region or another person's number there, is out at the next request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import current_app, g

from codes.errors import StateError
from ecard import faults
from ecard.access import sessions
from ecard.access.desk import AccessDesk
from ecard.access.sessions import SessionRef
from ecard.model import seconds
from webapp.auth import csrf
from webapp.auth import sessions as cookies
from webapp.office.settings import FILE, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from flask import Flask, Request

    from ecard import CardOffice
    from ecard.access.passwords import Passwords
    from ecard.access.sessions import Opened, Session
    from webapp.office.settings import Operator

__all__ = ["EXTENSION", "Operators", "SessionRef", "SignedIn", "current", "install", "require_step_up"]

EXTENSION = "ecard-operators"
"""Under which `app.extensions` holds the `Operators` of an application."""
_SEEN = "ecard_operator"


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

    def __init__(
        self, *, folder: Path, desk: Callable[[], CardOffice], clock: Callable[[], datetime], passwords: Callable[[], Passwords] | None = None
    ) -> None:
        self._file, self._desk, self._clock, self._passwords = folder / FILE, desk, clock, passwords
        self._read: tuple[tuple[int, int, int], Mapping[str, Operator]] | None = None
        self._access: tuple[CardOffice, AccessDesk] | None = None

    def staff(self) -> Mapping[str, Operator]:
        """Who works here, as office.toml says now. Raises `SetupError`: office-missing, office-file."""
        try:
            state = self._file.stat()
            mark = (state.st_mtime_ns, state.st_size, state.st_ino)
        except OSError:
            mark = (0, 0, 0)  # reading it says what is wrong
        if self._read is None or self._read[0] != mark:
            self._read = mark, read_settings(self._file.parent).operators
        return self._read[1]

    def access(self) -> AccessDesk:
        """The desk behind it all: accounts, open sessions, resets."""
        office = self._desk()
        if self._access is None or self._access[0] is not office:
            self._access = office, AccessDesk.of(office, None if self._passwords is None else self._passwords())
        return self._access[1]

    def current(self, request: Request) -> SignedIn | None:
        """Who is signed in at this request; None when nobody is, or no longer."""
        secret = cookies.secret_of(request)
        if secret is None:
            return None
        if _SEEN not in g:
            session = self.access().look(secret, staff=self.staff(), at=self._clock())
            g.setdefault(_SEEN, None if session is None else self._signed_in(session, secret))
        found: SignedIn | None = g.get(_SEEN)
        return found

    def check_unsafe(self, request: Request, signed_in: SignedIn) -> None:
        """Return if a request that changes something comes from a page of ours. Raises `StateError` csrf-refused."""
        csrf.check(request, signed_in.csrf)

    def sign_in(self, request: Request, *, name: str, password: str, code: str) -> SignedIn:
        """Begin a session. `code` is six digits of the authenticator, or a recovery code. Any session of this browser before it ends.

        Raises `StateError`: sign-in-refused (whatever was wrong: it is not said), sign-in-limit (too many tries, fact `after_s`), csrf-refused (from a page
        that is not ours), sign-in-insecure (over plain http from elsewhere).
        """
        cookies.check_safe(request)
        csrf.check_origin(request)
        access = self.access()
        opened = access.sign_in(
            name,
            password,
            code,
            staff=self.staff(),
            address=request.remote_addr or "",
            device=cookies.mark_device(request, access.door.premises.entropy),
            before=cookies.secret_of(request),
            at=self._clock(),
        )
        return self._hand_out(request, opened)

    def second_factor(self, request: Request, signed_in: SignedIn, code: str) -> SignedIn:
        """Step up: a new code, a new session id. Raises `StateError`: second-factor-refused, sign-in-limit."""
        address = request.remote_addr or ""
        opened = self.access().step_up(_secret(request, signed_in), code, staff=self.staff(), address=address, at=self._clock())
        return self._hand_out(request, opened)

    def change_password(self, request: Request, signed_in: SignedIn, *, old: str, new: str, code: str) -> SignedIn:
        """Another password; every other session of this operator ends.

        Raises `InputError` password-weak; `StateError`: sign-in-refused, sign-in-limit.
        """
        secret, address = _secret(request, signed_in), request.remote_addr or ""
        opened = self.access().change_password(secret, old, new, code, staff=self.staff(), address=address, at=self._clock())
        return self._hand_out(request, opened)

    def sign_out(self, request: Request, signed_in: SignedIn) -> None:
        """End the session. Again: no change."""
        self.access().sign_out(_secret(request, signed_in), actor=signed_in.operator.acting(), at=self._clock())
        cookies.take_away(request)
        setattr(g, _SEEN, None)

    def _hand_out(self, request: Request, opened: Opened) -> SignedIn:
        cookies.give(request, opened.secret)
        found = self._signed_in(opened.session, opened.secret)
        setattr(g, _SEEN, found)
        return found

    def _signed_in(self, session: Session, secret: bytes) -> SignedIn:
        return SignedIn(
            operator=self.staff()[session.operator],
            session=session.ref,
            signed_in=session.begun,
            stepped_up=session.stepped,
            csrf=csrf.token(secret),
            device=session.device,
            expires=session.expires,
        )


def install(
    app: Flask, *, folder: Path, desk: Callable[[], CardOffice], clock: Callable[[], datetime], passwords: Callable[[], Passwords] | None = None
) -> Operators:
    """The operators of an application, kept under `EXTENSION`. `passwords` at other costs than the usual ones."""
    found = app.extensions[EXTENSION] = Operators(folder=folder, desk=desk, clock=clock, passwords=passwords)
    return found


def current(request: Request) -> SignedIn | None:
    """`Operators.current` of the application that handles this request; None where it has no operators."""
    people: Operators | None = current_app.extensions.get(EXTENSION)
    return None if people is None else people.current(request)


def require_step_up(signed_in: SignedIn, at: datetime) -> None:
    """Return if the second factor was given within the last five minutes. Raises `StateError` step-up-needed."""
    sessions.require_step_up(signed_in.stepped_up, now=seconds(at))


def _secret(request: Request, signed_in: SignedIn) -> bytes:
    """The secret of the session that is spoken of. Raises `StateError` second-factor-refused where the browser shows none, or another."""
    secret = cookies.secret_of(request)
    if secret is None or csrf.token(secret) != signed_in.csrf:
        raise StateError(faults.SECOND_FACTOR_REFUSED)
    return secret
