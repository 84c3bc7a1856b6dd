"""The cases, by family. A family is a page; a case is a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.pack.cases import (
    base45,
    claims,
    encoding,
    envelope,
    foreign,
    issuers,
    order,
    readiness,
    scenes,
    sequences,
    signatures,
    status,
    times,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City

FAMILIES: dict[str, Callable[[City], Iterator[Case]]] = {
    "foreign": foreign.cases,
    "base45": base45.cases,
    "encoding": encoding.cases,
    "envelope": envelope.cases,
    "claims": claims.cases,
    "signatures": signatures.cases,
    "issuers": issuers.cases,
    "times": times.cases,
    "scenes": scenes.cases,
    "status": status.cases,
    "readiness": readiness.cases,
    "order": order.cases,
    "sequences": sequences.cases,
}


def write_cases(city: City) -> dict[str, list[Case]]:
    """Every case, by family. `ValueError` when two have one name."""
    families = {family: list(write(city)) for family, write in FAMILIES.items()}
    names = [case.name for found in families.values() for case in found]
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"two cases have one name: {', '.join(twice)}")
    return families
