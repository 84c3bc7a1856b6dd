"""Who may not be what at the same time, across all accounts of a person (WEB.md A): whoever audits or administers has no part in what is done to cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ecard.model import Role
from ecard.persons import plain_person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.office.settings import Operator

ALONE = (Role.AUDITOR, Role.ADMIN)
"""Roles beside which a person has no other."""
LONGEST = 64
"""Characters of a staff number that the record keeps."""


class Clash(NamedTuple):
    """Why a list of operators cannot stand."""

    operator: str
    problem: str


def clash(operators: Iterable[Operator]) -> Clash | None:
    """The first thing that is wrong with a list of operators, if anything is."""
    people: dict[str, list[Operator]] = {}
    for operator in operators:
        if not operator.person.isprintable() or len(operator.person) > LONGEST:
            return Clash(operator.ref, "person is not one line of at most 64 characters")
        accounts = people.setdefault(plain_person(operator.person), [])
        accounts.append(operator)
        if operator.person != accounts[0].person:
            return Clash(operator.ref, f"person {operator.person!r} is spelt otherwise at {accounts[0].ref}")
        roles = {role for account in accounts for role in account.roles}
        lonely = next((role for role in ALONE if role in roles and len(roles) > 1), None)
        if lonely is not None:
            return Clash(operator.ref, f"{lonely} beside {', '.join(sorted(roles - {lonely}))}, one person")
    return None
