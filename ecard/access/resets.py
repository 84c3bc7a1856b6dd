"""First secrets for an operator, and new ones for whoever has lost theirs (threat F12).

    asked       by one person, who has seen the operator and their identity document
    approved    by a second person; neither is the operator
    a day       in which the desk has the message, and a sign-in with the old secrets makes the reset void
    enrolled    anew, in the operator's presence; every session of before ends

Nobody enrols themselves, but for the very first operator of a region.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, officechain, outbox, schema
from ecard.access import accounts, factors, passwords, sessions
from ecard.access.accounts import Account
from ecard.chain import row_digest
from ecard.lifecycle import Evidence
from ecard.model import Role, draw_ref
from ecard.persons import same_person

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ecard.access.accounts import Staff
    from ecard.access.signing_in import Door
    from ecard.model import Actor
    from ecard.store import Work

DELAY = 24 * 3600
"""Seconds from the second person's word until new secrets are given."""
LIFE = 7 * 24 * 3600
"""Seconds from asking until a reset that did not come about is over."""
GIVES = frozenset({Role.ADMIN, Role.SUPERVISOR})
"""Who may give operators their secrets."""
PROOF = frozenset({Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """A reset as it stands."""

    ref: str
    operator: str
    person: str
    region: str
    evidence: str
    asked: int
    asked_by: str
    asked_person: str
    approved: int | None = None
    approved_by: str | None = None
    approved_person: str | None = None
    due: int | None = None
    """From when on new secrets may be given."""
    outcome: str | None = None
    """done, declined, needless (the operator signed in) or expired."""
    closed: int | None = None
    closed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an operator takes along; told once, and kept nowhere."""

    address: str
    """What the authenticator scans."""
    secret: str
    """The same for one that cannot scan."""
    recovery: tuple[str, ...]

    def __repr__(self) -> str:
        return "Enrolled(****)"


def enrol(door: Door, work: Work, subject: Staff, hashed: str, *, actor: Actor, now: int) -> Enrolled:
    """Give an operator their first secrets, or new ones by a reset that is due. `hashed` is of the password that they chose.

    Raises `StateError`: not-permitted, other-region, same-person, operator-person-differs, operator-enrolled, reset-waits.
    """
    known = accounts.find(work, subject.ref)
    if known is not None and not same_person(known.person, subject.person):
        raise StateError(faults.OPERATOR_PERSON, operator=subject.ref)
    _permit(work, subject, actor)
    if known is not None and known.first_used is not None:
        _finish(work, subject.ref, actor=actor, now=now)
    secret, recovery = door.premises.entropy(factors.SECRET_BYTES), factors.draw_recovery(door.premises.entropy)
    account = Account(
        operator=subject.ref,
        person=subject.person if known is None else known.person,
        region=subject.region,
        password=hashed,
        totp=door.sealer.seal(secret, place=accounts.place(subject.ref)),
        step=0,
        recovery=b"".join(factors.recovery_digest(code, subject.ref) for code in recovery),
        enrolled=now,
        enrolled_by=actor.ref,
        enrolled_person=actor.person,
        changed=now,
    )
    accounts.put(work, account, act="enrol", actor=actor, at=now)
    sessions.end_all(work, subject.ref, now=now)
    _tell(work, "operator-enrolled", subject.ref, now)
    return Enrolled(factors.address(secret, subject.ref), factors.base32(secret), tuple(recovery))


def ask(door: Door, work: Work, subject: Staff, evidence: Collection[Evidence], *, actor: Actor, now: int) -> Reset:
    """Ask for new secrets for somebody whose identity was checked.

    Raises `StateError`: not-permitted, other-region, same-person, evidence-missing, operator-not-enrolled, operator-person-differs, reset-open.
    """
    known = accounts.find(work, subject.ref)
    if known is None:
        raise StateError(faults.OPERATOR_NOT_ENROLLED, operator=subject.ref)
    if not same_person(known.person, subject.person):
        raise StateError(faults.OPERATOR_PERSON, operator=subject.ref)
    _permit(work, subject, actor, alone=False)
    if missing := PROOF - set(evidence):
        raise StateError(faults.EVIDENCE_MISSING, command="reset-sign-in", missing=", ".join(sorted(missing)))
    waiting = under_way(work, subject.ref)
    if waiting is not None and now < waiting.asked + LIFE:
        raise StateError(faults.RESET_OPEN, operator=subject.ref, asked=waiting.asked)
    if waiting is not None:
        _close(work, waiting, "expired", actor=accounts.SERVICE, now=now)
    reset = Reset(
        ref=draw_ref(door.premises.entropy),
        operator=subject.ref,
        person=known.person,
        region=subject.region,
        evidence=" ".join(sorted(evidence)),
        asked=now,
        asked_by=actor.ref,
        asked_person=actor.person,
    )
    work.connection.execute(sa.insert(schema.operator_reset).values({name: getattr(reset, name) for name in Reset.__slots__}))
    _enter(work, reset.ref, "ask-reset", actor, now)
    _tell(work, "operator-reset-asked", subject.ref, now)
    return reset


def approve(work: Work, operator: str, *, actor: Actor, now: int) -> Reset:
    """The second person's word, from which the day is counted. Raises `StateError`: reset-missing, not-permitted, other-region, same-person."""
    reset = _of(work, operator, now)
    _may(actor, reset.region)
    accounts.check_person(work, actor)
    if same_person(actor.person, reset.person) or same_person(actor.person, reset.asked_person):
        raise StateError(faults.SAME_PERSON, role=actor.role)
    if reset.approved is None:
        said = {"approved": now, "approved_by": actor.ref, "approved_person": actor.person, "due": now + DELAY}
        work.connection.execute(sa.update(schema.operator_reset).where(schema.operator_reset.c.ref == reset.ref).values(said))
        _enter(work, reset.ref, "approve-reset", actor, now)
        _tell(work, "operator-reset-approved", operator, now)
    return _of(work, operator, now)


def decline(work: Work, operator: str, *, actor: Actor, now: int) -> Reset:
    """Turn a reset down: whoever may give secrets, or the operator. Raises `StateError`: reset-missing, not-permitted, other-region."""
    reset = _of(work, operator, now)
    if actor.ref != operator:
        _may(actor, reset.region)
    return _close(work, reset, "declined", actor=actor, now=now)


def under_way(work: Work, operator: str) -> Reset | None:
    """The reset of an operator that is not closed, if there is one."""
    table = schema.operator_reset
    row = work.connection.execute(sa.select(table).where((table.c.operator == operator) & table.c.closed.is_(None))).mappings().one_or_none()
    return None if row is None else Reset(**row)


def waiting(work: Work, region: str) -> Sequence[Reset]:
    """Every reset of a region that is not closed, oldest first."""
    table = schema.operator_reset
    found = sa.select(table).where((table.c.region == region) & table.c.closed.is_(None)).order_by(table.c.asked, table.c.ref)
    return [Reset(**row) for row in work.connection.execute(found).mappings()]


def void(work: Work, operator: str, *, actor: Actor, now: int) -> None:
    """Whoever signs in has not lost what it takes: a reset that somebody asked for is needless, and may have been a thief's."""
    reset = under_way(work, operator)
    if reset is not None:
        _close(work, reset, "needless", actor=actor, now=now)
        _tell(work, "operator-reset-needless", operator, now)


def turn_out(work: Work, subject: Staff, *, actor: Actor, now: int) -> int:
    """End every session of an operator; how many there were. Raises `StateError`: not-permitted, other-region."""
    _may(actor, subject.region)
    ended = sessions.end_all(work, subject.ref, now=now)
    if ended:
        left = row_digest({"operator": subject.ref, "ended": now, "sessions": ended})
        officechain.enter(work, accounts.desk(subject.ref), "end-sessions", [(f"operator/{subject.ref}", left)], actor=actor, at=now)
    return ended


def check_password(subject: Staff, password: str) -> None:
    """Return if an operator may have this password. Raises `InputError` password-weak."""
    passwords.check(password, about=(subject.ref, subject.person))


def _permit(work: Work, subject: Staff, actor: Actor, *, alone: bool = True) -> None:
    """Return if `actor` may give `subject` secrets: never their own, but where `alone` may be and nobody else of the region was enrolled yet."""
    _may(actor, subject.region)
    accounts.check_person(work, actor)
    alone = alone and {known.operator for known in accounts.everybody(work) if known.region == subject.region} <= {subject.ref}
    if same_person(actor.person, subject.person) and not alone:
        raise StateError(faults.SAME_PERSON, role=actor.role)


def _may(actor: Actor, region: str) -> None:
    if actor.role not in GIVES:
        raise StateError(faults.NOT_PERMITTED, command="give-sign-in", role=actor.role)
    if actor.region != region:
        raise StateError(faults.OTHER_REGION, command="give-sign-in", region=region, desk_region=actor.region)


def _of(work: Work, operator: str, now: int) -> Reset:
    reset = under_way(work, operator)
    if reset is None or now >= reset.asked + LIFE:
        raise StateError(faults.RESET_MISSING, operator=operator)
    return reset


def _finish(work: Work, operator: str, *, actor: Actor, now: int) -> None:
    reset = under_way(work, operator)
    if reset is None or now >= reset.asked + LIFE:
        raise StateError(faults.OPERATOR_ENROLLED, operator=operator)
    if reset.due is None or now < reset.due:
        raise StateError(faults.RESET_WAITS, operator=operator, due=reset.due)
    _close(work, reset, "done", actor=actor, now=now)


def _close(work: Work, reset: Reset, outcome: str, *, actor: Actor, now: int) -> Reset:
    table = schema.operator_reset
    said = {"outcome": outcome, "closed": now, "closed_by": actor.ref}
    work.connection.execute(sa.update(table).where(table.c.ref == reset.ref).values(said))
    return _enter(work, reset.ref, f"reset-{outcome}", actor, now)


def _enter(work: Work, ref: str, act: str, actor: Actor, now: int) -> Reset:
    """Put the row as it now is into its chain."""
    table = schema.operator_reset
    row = dict(work.connection.execute(sa.select(table).where(table.c.ref == ref)).mappings().one())
    officechain.enter_row(work, table, row, desk=ref, act=act, actor=actor, at=now)
    return Reset(**row)


def _tell(work: Work, what: str, operator: str, now: int) -> None:
    """A message to the desk."""
    outbox.put(work, outbox.Topic.TASK, f"{what}/{operator}/{now}", {"what": what, "operator": operator}, now=now)
