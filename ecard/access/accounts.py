"""Operators' accounts as the record knows them: whose they are for good, and the secrets by which they sign in.

Who works here stands in office.toml. An account that was ever enrolled belongs to one person for ever: taken from the file and put in again, renamed or
given another staff number, it does not become somebody else's (threat F03). Every change of a row is an act in the account's own chain, so that a secret
that was put in by hand is found (`ecard check`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from codes import cbor
from codes.errors import StateError
from ecard import faults, officechain, schema
from ecard.access import factors
from ecard.access.factors import Recovery, TimeStep
from ecard.model import Actor, Role
from ecard.persons import same_person

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecard.access.factors import Factor
    from ecard.store import Work

SERVICE = Actor(ref="access", person="access", role=Role.SERVICE)
"""The service itself, where a time has come or somebody has gone."""
_DESK_WIDTH = 32


class Staff(Protocol):
    """Somebody who works here, as office.toml says now."""

    @property
    def ref(self) -> str:
        """The account."""
        ...

    @property
    def person(self) -> str:
        """The staff number of the person behind it."""
        ...

    @property
    def roles(self) -> Sequence[Role]:
        """What they may be."""
        ...

    @property
    def region(self) -> str:
        """Where they sit."""
        ...

    @property
    def joint_desk(self) -> bool:
        """Whether at a joint desk."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account with what is kept of its secrets."""

    operator: str
    person: str
    region: str
    """Where they sat when they were enrolled."""
    password: str = field(repr=False)
    totp: bytes = field(repr=False)
    """The secret of the authenticator, sealed."""
    step: int
    """The newest step of 30 seconds whose code was used."""
    recovery: bytes = field(repr=False)
    """Digests of the recovery codes that are left."""
    enrolled: int
    enrolled_by: str
    enrolled_person: str
    changed: int
    """When the password was last set."""
    first_used: int | None = None


def standing(staff: Staff) -> bytes:
    """Digest of what somebody is and may be: a session counts for exactly this."""
    said: list[cbor.Value] = [staff.ref, staff.person, staff.region, staff.joint_desk, *sorted(role.value for role in staff.roles)]
    return hashlib.sha256(cbor.encode(said)).digest()


def acting(staff: Staff) -> Actor:
    """Somebody as the office's own chain names them, in the first of their roles."""
    return Actor(ref=staff.ref, person=staff.person, role=staff.roles[0], region=staff.region, joint_desk=staff.joint_desk)


def check_person(work: Work, actor: Actor) -> None:
    """Return unless this account was ever another person's. Raises `StateError` operator-person-differs."""
    known = find(work, actor.ref)
    if known is not None and not same_person(known.person, actor.person):
        raise StateError(faults.OPERATOR_PERSON, operator=actor.ref)


def place(operator: str) -> str:
    """Where the secret of an authenticator is sealed for."""
    return f"operator_secret|totp|{operator}"


def desk(operator: str) -> str:
    """The chain of an account."""
    plain = f"staff/{operator}"
    return plain if len(plain) <= _DESK_WIDTH else f"staff#{hashlib.sha256(operator.encode()).hexdigest()}"[:_DESK_WIDTH]


def find(work: Work, operator: str) -> Account | None:
    """An account, if it was ever enrolled."""
    row = work.connection.execute(sa.select(schema.operator_secret).where(schema.operator_secret.c.operator == operator)).mappings().one_or_none()
    return None if row is None else Account(**row)


def everybody(work: Work) -> list[Account]:
    """Every account that was ever enrolled."""
    found = work.connection.execute(sa.select(schema.operator_secret).order_by(schema.operator_secret.c.operator)).mappings()
    return [Account(**row) for row in found]


def put(work: Work, account: Account, *, act: str, actor: Actor, at: int) -> None:
    """Write an account, new or with new secrets, and the act that did it."""
    table, row = schema.operator_secret, _row(account)
    known = find(work, account.operator)
    if known is None:
        work.connection.execute(sa.insert(table).values(row))
    else:
        work.connection.execute(sa.update(table).where(table.c.operator == account.operator).values(row))
    officechain.enter_row(work, table, row, desk=desk(account.operator), act=act, actor=actor, at=at)


def spend(work: Work, account: Account, factor: Factor, *, act: str, actor: Actor, at: int, changes: Mapping[str, object]) -> bool:
    """Use a second factor up, and note it, with what else `changes` in the row; whether it was still there."""
    table = schema.operator_secret
    changed = {**changes, **({"first_used": at} if account.first_used is None else {})}
    unchanged = (table.c.operator == account.operator) & (table.c.password == account.password) & (table.c.totp == account.totp)
    match factor:
        case TimeStep(number):
            unchanged &= table.c.step < number
            changed["step"] = number
        case Recovery(digest):
            unchanged &= table.c.recovery == account.recovery
            changed["recovery"] = b"".join(kept for kept in factors.digests(account.recovery) if kept != digest)
    if work.connection.execute(sa.update(table).where(unchanged).values(changed)).rowcount != 1:
        return False
    row = dict(work.connection.execute(sa.select(table).where(table.c.operator == account.operator)).mappings().one())
    officechain.enter_row(work, table, row, desk=desk(account.operator), act=act, actor=actor, at=at)
    return True


def _row(account: Account) -> dict[str, object]:
    return {name: getattr(account, name) for name in Account.__slots__}
