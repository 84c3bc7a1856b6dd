"""Sessions of operators: a secret in the browser, a digest of it in the record; fifteen minutes idle, eight hours in all (threats F10, G04).

The secret is new at sign-in and at every step up, and the one before is worth nothing from then on. A session counts for exactly what office.toml said of the
operator when it began; whoever has gone, or is something else now, is out.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, officechain, schema
from ecard.access.accounts import desk, standing
from ecard.chain import row_digest
from ecard.model import draw_ref

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecard.access.accounts import Staff
    from ecard.model import Actor, Entropy
    from ecard.store import Work

SessionRef = NewType("SessionRef", str)
"""Which session it is, through every change of its secret; says nothing and opens nothing."""
SECRET_BYTES = 32
IDLE = 15 * 60
LONGEST = 8 * 3600
STEP_UP = 5 * 60
"""Seconds for which a second factor counts as fresh."""
NOTED = 30
"""Seconds between two notes that a session is used: an idle session may end by so much earlier, never later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session."""

    ref: SessionRef
    operator: str
    person: str
    standing: bytes
    device: str | None
    """Which browser it is, as a digest."""
    begun: int
    seen: int
    stepped: int
    """When the second factor was last given."""
    ended: int | None = None

    @property
    def expires(self) -> int:
        """When it ends at the latest."""
        return self.begun + LONGEST

    def lives(self, now: int) -> bool:
        """Whether it has neither ended nor grown old."""
        return self.ended is None and now - self.seen < IDLE and now < self.expires


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with its secret, which is told once."""

    session: Session
    secret: bytes

    def __repr__(self) -> str:
        return f"Opened({self.session.ref})"


def begin(work: Work, staff: Staff, *, device: str | None, entropy: Entropy, now: int) -> Opened:
    """A session for somebody who has just shown both factors."""
    secret = entropy(SECRET_BYTES)
    session = Session(
        ref=SessionRef(draw_ref(entropy)),
        operator=staff.ref,
        person=staff.person,
        standing=standing(staff),
        device=device,
        begun=now,
        seen=now,
        stepped=now,
    )
    row = {name: getattr(session, name) for name in Session.__slots__}
    work.connection.execute(sa.insert(schema.operator_session).values(row | {"secret": kept(secret)}))
    return Opened(session, secret)


def find(work: Work, secret: bytes) -> Session | None:
    """The session of this secret, ended ones too."""
    table = schema.operator_session
    row = work.connection.execute(sa.select(table).where(table.c.secret == kept(secret))).mappings().one_or_none()
    return None if row is None else _session(row)


def is_still(session: Session, staff: Mapping[str, Staff]) -> bool:
    """Whether its operator is still who it began for."""
    somebody = staff.get(session.operator)
    return somebody is not None and hmac.compare_digest(standing(somebody), session.standing)


def note(work: Work, session: Session, *, now: int) -> None:
    """Note that a session is used."""
    table = schema.operator_session
    work.connection.execute(sa.update(table).where((table.c.ref == session.ref) & table.c.ended.is_(None) & (table.c.seen < now)).values(seen=now))


def renew(work: Work, session: Session, secret: bytes, *, entropy: Entropy, now: int) -> Opened | None:
    """The same session under a new secret, stepped up; None when the one that is shown is no longer its secret."""
    table, fresh = schema.operator_session, entropy(SECRET_BYTES)
    held = (table.c.ref == session.ref) & (table.c.secret == kept(secret)) & table.c.ended.is_(None)
    if work.connection.execute(sa.update(table).where(held).values(secret=kept(fresh), seen=now, stepped=now)).rowcount != 1:
        return None
    found = find(work, fresh)
    return None if found is None else Opened(found, fresh)


def end(work: Work, session: Session, *, act: str, actor: Actor, now: int) -> bool:
    """End a session, and note who did; whether it was open."""
    table = schema.operator_session
    if work.connection.execute(sa.update(table).where((table.c.ref == session.ref) & table.c.ended.is_(None)).values(ended=now)).rowcount != 1:
        return False
    left = row_digest({"ref": session.ref, "operator": session.operator, "ended": now})
    officechain.enter(work, desk(session.operator), act, [(f"operator_session/{session.ref}", left)], actor=actor, at=now)
    return True


def end_all(work: Work, operator: str, *, but: SessionRef | None = None, now: int) -> int:
    """End every open session of an operator, in the act of which this is a part; how many."""
    table = schema.operator_session
    theirs = (table.c.operator == operator) & table.c.ended.is_(None) & (sa.true() if but is None else table.c.ref != but)
    return work.connection.execute(sa.update(table).where(theirs).values(ended=now)).rowcount


def living(work: Work, *, now: int) -> Sequence[Session]:
    """Every session that has not ended, the newest first."""
    table = schema.operator_session
    recent = table.c.ended.is_(None) & (table.c.begun > now - LONGEST) & (table.c.seen > now - IDLE)
    return [_session(row) for row in work.connection.execute(sa.select(table).where(recent).order_by(table.c.begun.desc())).mappings()]


def forget(work: Work, *, before: int, limit: int) -> int:
    """Delete sessions that began before a time, at most `limit`; how many. What was done in them stands in the chains."""
    table = schema.operator_session
    old = sa.select(table.c.ref).where(table.c.begun < before).limit(limit)
    return work.connection.execute(sa.delete(table).where(table.c.ref.in_(old))).rowcount


def require_step_up(stepped: int | None, *, now: int) -> None:
    """Return if the second factor was given within the last five minutes. Raises `StateError` step-up-needed."""
    if stepped is None or now - stepped >= STEP_UP:
        raise StateError(faults.STEP_UP_NEEDED, seconds=STEP_UP)


def kept(secret: bytes) -> bytes:
    """What the record keeps of a secret."""
    return hashlib.sha256(b"ecard session\n" + secret).digest()


def _session(row: sa.RowMapping) -> Session:
    return Session(**{name: row[name] for name in Session.__slots__})
