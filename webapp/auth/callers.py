"""Who may call, and who called: the words of the table of permissions, and what the gate leaves on `flask.g.caller`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from flask import g

if TYPE_CHECKING:
    from codes.keys import CoseKey
    from ecard.model import Role, Terminal
    from ecard.residents.peers import Peer
    from ecard.residents.proofs import Unspent
    from webapp.auth.operators import SignedIn

T = TypeVar("T")


class Kind(enum.StrEnum):
    """How somebody shows who they are."""

    PUBLIC = "public"
    """Not at all."""
    PHONE = "phone"
    """By a proof of a phone's key. Whether the key is enrolled, and for which cards, the view asks with everything it reads."""
    TERMINAL = "terminal"
    """By a proof of the key of a registered terminal that has not ended."""
    REGION = "region"
    """By a proof of another region's pinned key."""
    OPERATOR = "operator"
    """By a session, begun with a second factor."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who may call one endpoint by one method."""

    kind: Kind
    roles: frozenset[Role] = field(default_factory=frozenset)
    """Of an operator: the roles of which one is enough."""

    def __str__(self) -> str:
        return " ".join([self.kind, *sorted(self.roles)])


PUBLIC, PHONE, TERMINAL, REGION = Who(Kind.PUBLIC), Who(Kind.PHONE), Who(Kind.TERMINAL), Who(Kind.REGION)


def operators(*roles: Role) -> Who:
    """Operators who have one of these roles. `ValueError` without any: no permission is given by leaving something out."""
    if not roles:
        raise ValueError("operators of which role?")
    return Who(Kind.OPERATOR, frozenset(roles))


Permissions = Mapping[tuple[str, str], Who]
"""(endpoint, method) -> who. The endpoint as Flask names it: `blueprint.view`. HEAD goes with GET; what is not listed is nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A phone that proved its enrolment key for this request."""

    key: CoseKey
    proof: Unspent | None = None
    """Its proof, where the table of the gate leaves it to the call to spend it."""

    def unspent(self) -> Unspent:
        """The proof, for the call that spends it. `TypeError` where the gate has spent it: a bug."""
        if self.proof is None:
            raise TypeError("unspent")
        return self.proof


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTerminal:
    """A registered terminal that proved its key for this request."""

    terminal: Terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCaller:
    """Another region's desk that proved its pinned key for this request."""

    peer: Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator at the console."""

    signed_in: SignedIn


Caller = Phone | AtTerminal | RegionCaller | Operator


def phone() -> Phone:
    """The phone that calls. `TypeError` in a view that the table does not give to phones alone: a bug."""
    return _caller(Phone)


def terminal() -> AtTerminal:
    """The terminal that calls."""
    return _caller(AtTerminal)


def region() -> RegionCaller:
    """The region that calls."""
    return _caller(RegionCaller)


def operator() -> SignedIn:
    """The operator who calls, with the session."""
    return _caller(Operator).signed_in


def _caller(kind: type[T]) -> T:
    caller = g.get("caller")
    if not isinstance(caller, kind):
        raise TypeError(kind.__name__)
    return caller
