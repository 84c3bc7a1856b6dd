"""Signing in: name, password and second factor at once, and one answer to whatever of them was wrong (threats G01-G04).

The same work is done in every case: one try written down, one password compared, one code judged. Only a sign-in that succeeds writes more.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from codes.errors import CardError, StateError
from ecard import faults, officechain, outbox
from ecard.access import accounts, factors, limits, passwords, resets, sessions
from ecard.access.accounts import Account
from ecard.access.factors import Recovery
from ecard.access.sealing import Sealer
from ecard.chain import row_digest
from ecard.contention import persist
from ecard.model import seconds
from ecard.persons import same_person
from ecard.venues import staff as papers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ecard.access.accounts import Staff
    from ecard.access.factors import Factor
    from ecard.access.passwords import Passwords
    from ecard.access.sessions import Opened, Session
    from ecard.premises import Premises
    from ecard.store import Work

_NOBODY = "-"


@dataclass(frozen=True)
class Door:
    """What signing in needs of an office."""

    premises: Premises
    passwords: Passwords

    @cached_property
    def sealer(self) -> Sealer:
        """For the secrets of authenticators."""
        return Sealer(self.premises.vault.wrapper, self.premises.entropy)

    @cached_property
    def nobody(self) -> Account:
        """An account that nobody can sign in to, and that takes as long to find out."""
        totp = self.sealer.seal(self.premises.entropy(factors.SECRET_BYTES), place=accounts.place(_NOBODY))
        recovery = self.premises.entropy(factors.RECOVERY_CODES * factors.DIGEST_BYTES)
        return Account(
            operator=_NOBODY,
            person=_NOBODY,
            region=_NOBODY,
            password=self.passwords.nobodys,
            totp=totp,
            step=0,
            recovery=recovery,
            enrolled=0,
            enrolled_by=_NOBODY,
            enrolled_person=_NOBODY,
            changed=0,
        )


def sign_in(
    door: Door,
    name: str,
    password: str,
    code: str,
    *,
    staff: Mapping[str, Staff],
    address: str,
    device: str | None,
    before: bytes | None,
    at: datetime,
) -> Opened:
    """Begin a session; that of the secret `before`, which the browser brought along, ends.

    Raises `StateError`: sign-in-refused, sign-in-limit; and to whoever has proved who they are: undertaking-missing, training-missing (ID-9a, CQ-21b).
    """
    now, subject = seconds(at), limits.of_name(name)
    premises = door.premises
    bounds = {subject: limits.NAME, limits.of_address(address): limits.ADDRESS}
    tries = limits.reserve(premises.store, bounds, now=now, entropy=premises.entropy)
    with premises.store.reading() as work:
        known = accounts.find(work, name if name in staff else _NOBODY)
    somebody = staff.get(name)
    usable = known is not None and somebody is not None and same_person(known.person, somebody.person)
    account = known if usable and known is not None else door.nobody
    right = door.passwords.fits(account.password, password)
    factor = _judge(door, account, code, at)
    rehashed = {"password": door.passwords.hash(password)} if right and door.passwords.outgrown(account.password) else {}

    def write(somebody: Staff, factor: Factor) -> Opened | None:
        with premises.store.writing() as work:
            actor = accounts.acting(somebody)
            papers.check(premises, work, somebody.ref, at)
            if not accounts.spend(work, account, factor, act="sign-in", actor=actor, at=now, changes=rehashed):
                return None
            limits.give_back(work, tries)
            if isinstance(factor, Recovery):
                body: outbox.Body = {"what": "recovery-code-used", "operator": account.operator}
                outbox.put(work, outbox.Topic.TASK, f"recovery-code-used/{account.operator}/{factor.digest.hex()[:16]}", body, now=now)
            resets.void(work, account.operator, actor=actor, now=now)
            earlier = None if before is None else sessions.find(work, before)
            if earlier is not None:
                sessions.end(work, earlier, act="sign-out", actor=actor, now=now)
            return sessions.begin(work, somebody, device=device, entropy=premises.entropy, now=now)

    if usable and right and somebody is not None and factor is not None:
        opened = persist(lambda: write(somebody, factor), entropy=premises.entropy)
        if opened is not None:
            return opened
    _note_lock(door, account if usable else None, subject, now)
    raise StateError(faults.SIGN_IN_REFUSED)


def look(door: Door, secret: bytes, *, staff: Mapping[str, Staff], at: datetime) -> Session | None:
    """The living session of a secret, noted as used; None when there is none. One whose operator has gone or is something else ends here."""
    now, premises = seconds(at), door.premises
    with premises.store.reading() as work:
        session = sessions.find(work, secret)
    if session is None or not session.lives(now):
        return None
    if not sessions.is_still(session, staff):
        _write(door, lambda work: sessions.end(work, session, act="end-session", actor=accounts.SERVICE, now=now))
        return None
    if now - session.seen >= sessions.NOTED:
        with suppress(CardError):  # a record that cannot write just now makes nobody wait: the session grows old from when it was last noted
            _write(door, lambda work: sessions.note(work, session, now=now))
    return session


def step_up(door: Door, secret: bytes, code: str, *, staff: Mapping[str, Staff], address: str, at: datetime) -> Opened:
    """A fresh second factor, and a new secret. Raises `StateError`: second-factor-refused, sign-in-limit."""
    return _again(door, secret, None, None, code, staff=staff, address=address, at=at)


def change_password(door: Door, secret: bytes, old: str, new: str, code: str, *, staff: Mapping[str, Staff], address: str, at: datetime) -> Opened:
    """Another password, and the end of every other session. Raises `InputError` password-weak; `StateError`: sign-in-refused, sign-in-limit."""
    return _again(door, secret, old, new, code, staff=staff, address=address, at=at)


def _again(
    door: Door, secret: bytes, old: str | None, new: str | None, code: str, *, staff: Mapping[str, Staff], address: str, at: datetime
) -> Opened:
    now, premises = seconds(at), door.premises
    refusal = faults.SECOND_FACTOR_REFUSED if new is None else faults.SIGN_IN_REFUSED
    session = look(door, secret, staff=staff, at=at)
    if session is None:
        raise StateError(refusal)
    if new is not None:
        passwords.check(new, about=(session.operator, session.person))
    subject = limits.of_name(session.operator)
    bounds = {subject: limits.NAME, limits.of_address(address): limits.ADDRESS}
    tries = limits.reserve(premises.store, bounds, now=now, entropy=premises.entropy)
    with premises.store.reading() as work:
        account = accounts.find(work, session.operator) or door.nobody
    right = old is None or door.passwords.fits(account.password, old)
    factor = _judge(door, account, code, at)
    changes: dict[str, object] = {} if new is None else {"password": door.passwords.hash(new), "changed": now}
    act = "step-up" if new is None else "change-password"

    def write(factor: Factor) -> Opened | None:
        with premises.store.writing() as work:
            if not accounts.spend(work, account, factor, act=act, actor=accounts.acting(staff[session.operator]), at=now, changes=changes):
                return None
            opened = sessions.renew(work, session, secret, entropy=premises.entropy, now=now)
            if opened is None:
                raise StateError(refusal)
            limits.give_back(work, tries)
            if new is not None:
                sessions.end_all(work, session.operator, but=session.ref, now=now)
            return opened

    if right and factor is not None:
        opened = persist(lambda: write(factor), entropy=premises.entropy)
        if opened is not None:
            return opened
    _note_lock(door, account, subject, now)
    raise StateError(refusal)


def _judge(door: Door, account: Account, code: str, at: datetime) -> Factor | None:
    secret = door.sealer.unseal(account.totp, place=accounts.place(account.operator))
    return factors.judge(code, secret=secret, recovery=account.recovery, operator=account.operator, at=at)


def _note_lock(door: Door, account: Account | None, subject: bytes, now: int) -> None:
    """Where this was the last try for now, put it on file and tell the desk, once in a while of five minutes."""
    with door.premises.store.reading() as work:
        full = limits.is_full(work, subject, now=now)  # asked in every case: it takes its time
    if account is None or not full:
        return
    operator = account.operator

    def write(work: Work) -> None:
        mark = f"sign-in-locked/{operator}/{now // 300}"
        if outbox.put(work, outbox.Topic.TASK, mark, {"what": "sign-in-locked", "operator": operator}, now=now):
            left = row_digest({"operator": operator, "locked": now})
            officechain.enter(work, accounts.desk(operator), "lock-sign-in", [(f"sign_in/{operator}", left)], actor=accounts.SERVICE, at=now)

    _write(door, write)


def _write(door: Door, what: Callable[[Work], object]) -> None:
    def run() -> None:
        with door.premises.store.writing() as work:
            what(work)

    persist(run, entropy=door.premises.entropy)
