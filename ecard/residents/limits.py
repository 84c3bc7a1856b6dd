"""How often somebody may try: counters in the record itself, so that neither a restart nor a lost Redis forgets them (threats G01, I05).

A subject is a keyed digest of whatever tries: a phone's key, a terminal, an address of the network. An IPv6 address counts as its /64, which is what one
subscriber has (threat G20).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, schema
from ecard.residents.keyed import keyed

if TYPE_CHECKING:
    from ecard.premises import Premises
    from ecard.store import Work


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times in so many seconds."""

    scope: str
    most: int
    per: int


def check(premises: Premises, work: Work, limit: Limit, subject: str, *, now: int) -> None:
    """Return if one more try is allowed. Raises `StateError` tried-too-often with the seconds after which it is."""
    table = schema.attempt
    tried = (table.c.scope == limit.scope) & (table.c.subject == _digest(premises, limit, subject)) & (table.c.at > now - limit.per)
    times = work.connection.execute(sa.select(table.c.at).where(tried).order_by(table.c.at.desc()).limit(limit.most)).scalars().all()
    if len(times) >= limit.most:
        raise StateError(faults.TRIED_TOO_OFTEN, after_s=times[-1] + limit.per - now)


def note(premises: Premises, work: Work, limit: Limit, subject: str, *, now: int) -> None:
    """Count one try."""
    row = {"mark": premises.entropy(16), "scope": limit.scope, "subject": _digest(premises, limit, subject), "at": now}
    work.connection.execute(sa.insert(schema.attempt).values(row))


def subject_of(address: str) -> str:
    """What an address counts as: IPv4 as it is, also inside IPv6, and IPv6 by its /64. What is no address counts as one and the same."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if found.version == 6 and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def _digest(premises: Premises, limit: Limit, subject: str) -> bytes:
    return keyed(premises.vault, f"attempt {limit.scope}", subject.encode())
