"""The desk at which operators sign in, are given their secrets, and lose them: each thing that can be asked of it a sentence.

    desk = AccessDesk.of(office)
    enrolled = desk.enrol(staff["clerk-1"], password, actor=admin, at=at)            # once: an address for the authenticator, ten recovery codes
    opened = desk.sign_in("clerk-1", password, "287082", staff=staff, address="10.0.0.7", at=at)
    session = desk.look(opened.secret, staff=staff, at=at)                           # at every request; None: sign in again

`staff` is who works here now, by account: office.toml. What two people must agree on is `ecard.access.proposals`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from ecard.access import accounts, resets, sessions, signing_in
from ecard.access.passwords import Passwords
from ecard.access.signing_in import Door
from ecard.contention import persist
from ecard.model import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from ecard.access.accounts import Account, Staff
    from ecard.access.resets import Enrolled, Reset
    from ecard.access.sessions import Opened, Session
    from ecard.lifecycle import Evidence
    from ecard.model import Actor
    from ecard.premises import Premises
    from ecard.store import Work

T = TypeVar("T")


@dataclass(frozen=True)
class AccessDesk:
    """Sign-in at one office."""

    door: Door

    @classmethod
    def of(cls, premises: Premises, passwords: Passwords | None = None) -> Self:
        """The desk of an office. `passwords` at other costs than the usual ones."""
        return cls(Door(premises, passwords or Passwords(premises.entropy)))

    def sign_in(
        self,
        name: str,
        password: str,
        code: str,
        *,
        staff: Mapping[str, Staff],
        address: str,
        device: str | None = None,
        before: bytes | None = None,
        at: datetime,
    ) -> Opened:
        """Begin a session; that of the secret `before`, which the browser brought along, ends. `code`: six digits, or a recovery code.

        Raises `StateError`: sign-in-refused (whatever was wrong), sign-in-limit (with `after_s`).
        """
        return signing_in.sign_in(self.door, name, password, code, staff=staff, address=address, device=device, before=before, at=at)

    def look(self, secret: bytes, *, staff: Mapping[str, Staff], at: datetime) -> Session | None:
        """The living session of a secret, noted as used; None when there is none, or its operator has gone or is something else now."""
        return signing_in.look(self.door, secret, staff=staff, at=at)

    def step_up(self, secret: bytes, code: str, *, staff: Mapping[str, Staff], address: str, at: datetime) -> Opened:
        """A fresh second factor, and a new secret for the session. Raises `StateError`: second-factor-refused, sign-in-limit."""
        return signing_in.step_up(self.door, secret, code, staff=staff, address=address, at=at)

    def change_password(self, secret: bytes, old: str, new: str, code: str, *, staff: Mapping[str, Staff], address: str, at: datetime) -> Opened:
        """Another password, and the end of every other session.

        Raises `InputError` password-weak; `StateError`: sign-in-refused, sign-in-limit.
        """
        return signing_in.change_password(self.door, secret, old, new, code, staff=staff, address=address, at=at)

    def sign_out(self, secret: bytes, *, actor: Actor, at: datetime) -> None:
        """End a session. Again, or with a secret of none: no change."""

        def write(work: Work) -> None:
            session = sessions.find(work, secret)
            if session is not None:
                sessions.end(work, session, act="sign-out", actor=actor, now=seconds(at))

        self._write(write)

    def end_sessions(self, operator: Staff, *, actor: Actor, at: datetime) -> int:
        """End every session of an operator; how many there were. Raises `StateError`: not-permitted, other-region."""
        return self._write(lambda work: resets.turn_out(work, operator, actor=actor, now=seconds(at)))

    def enrol(self, subject: Staff, password: str, *, actor: Actor, at: datetime) -> Enrolled:
        """Give an operator their first secrets, or new ones by a reset that is due.

        Raises `InputError` password-weak; `StateError`: not-permitted, other-region, same-person, operator-person-differs, operator-enrolled, reset-waits.
        """
        resets.check_password(subject, password)
        hashed = self.door.passwords.hash(password)
        return self._write(lambda work: resets.enrol(self.door, work, subject, hashed, actor=actor, now=seconds(at)))

    def ask_reset(self, subject: Staff, *, evidence: Collection[Evidence], actor: Actor, at: datetime) -> Reset:
        """Ask for new secrets for somebody who lost theirs and whose identity `actor` has checked.

        Raises `StateError`: not-permitted, other-region, same-person, evidence-missing, operator-not-enrolled, operator-person-differs, reset-open.
        """
        return self._write(lambda work: resets.ask(self.door, work, subject, evidence, actor=actor, now=seconds(at)))

    def approve_reset(self, operator: str, *, actor: Actor, at: datetime) -> Reset:
        """The second person's word; a day later `enrol` gives new secrets. Again: no change.

        Raises `StateError`: reset-missing, not-permitted, other-region, same-person.
        """
        return self._write(lambda work: resets.approve(work, operator, actor=actor, now=seconds(at)))

    def decline_reset(self, operator: str, *, actor: Actor, at: datetime) -> Reset:
        """Turn a reset down. Raises `StateError`: reset-missing, not-permitted, other-region."""
        return self._write(lambda work: resets.decline(work, operator, actor=actor, now=seconds(at)))

    def resets(self, region: str) -> Sequence[Reset]:
        """Every reset of a region that is under way."""
        with self.door.premises.store.reading() as work:
            return resets.waiting(work, region)

    def accounts(self) -> Sequence[Account]:
        """Every account that was ever enrolled."""
        with self.door.premises.store.reading() as work:
            return accounts.everybody(work)

    def sessions(self, *, at: datetime) -> Sequence[Session]:
        """Every session that lives, the newest first."""
        with self.door.premises.store.reading() as work:
            return sessions.living(work, now=seconds(at))

    def _write(self, what: Callable[[Work], T]) -> T:
        def run() -> T:
            with self.door.premises.store.writing() as work:
                return what(work)

        return persist(run, entropy=self.door.premises.entropy)
