"""How often somebody may try: five times in five minutes, twenty in an hour, fifty in a day for each name; ten in five minutes for each address (G01, G20).

A try is written down before anything is compared, and taken back when it was right, so that those who try at once cannot be more than those who try in turn.
The record itself counts: nothing that can be flushed, and nothing for one process alone. A name that nobody has is counted like every other.
"""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, schema
from ecard.contention import persist
from ecard.model import draw_ref

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecard.model import Entropy
    from ecard.store import Store, Work

NAME: Mapping[int, int] = {300: 5, 3600: 20, 86400: 50}
"""Seconds -> tries within them."""
ADDRESS: Mapping[int, int] = {300: 10}
KEPT = max(NAME)


def of_name(name: str) -> bytes:
    """Under what tries for a name are counted: one bucket for all its twins in capitals, full width or blanks."""
    plain = "".join(unicodedata.normalize("NFKC", name).casefold().split())[:256]
    return hashlib.sha256(b"ecard tries of a name\n" + plain.encode("utf-8", "surrogatepass")).digest()


def of_address(text: str) -> bytes:
    """Under what tries from an address are counted: IPv4 whole, also when written as IPv6; IPv6 by its first 64 bits, which one customer has to themselves."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address):
            mapped = address.ipv4_mapped
            address = ipaddress.ip_network((int(address), 64), strict=False).network_address if mapped is None else mapped
        plain = address.compressed
    except ValueError:
        plain = "elsewhere"
    return hashlib.sha256(f"ecard tries from an address\n{plain}".encode()).digest()


def reserve(store: Store, bounds: Mapping[bytes, Mapping[int, int]], *, now: int, entropy: Entropy) -> tuple[str, ...]:
    """Write a try down for each subject; what to `give_back` if it was right. Raises `StateError` sign-in-limit, with `after_s`, and writes nothing."""
    with store.reading() as work:
        _demand(work, bounds, now)  # whoever floods is turned away without a transaction that writes

    def write() -> tuple[str, ...]:
        with store.writing() as work:
            _demand(work, bounds, now)
            tries = {subject: draw_ref(entropy) for subject in bounds}
            rows = [{"ref": ref, "subject": subject, "at": now} for subject, ref in tries.items()]
            work.connection.execute(sa.insert(schema.sign_in_try), rows)
            return tuple(tries.values())

    return persist(write, entropy=entropy)


def give_back(work: Work, tries: Sequence[str]) -> None:
    """A try that was right does not count."""
    work.connection.execute(sa.delete(schema.sign_in_try).where(schema.sign_in_try.c.ref.in_(tries)))


def is_full(work: Work, subject: bytes, *, now: int) -> bool:
    """Whether a name may not be tried any more for now."""
    return _pause(_times(work, subject, now), NAME, now) > 0


def forget(work: Work, *, before: int, limit: int) -> int:
    """Delete tries from before a time, at most `limit`; how many."""
    old = sa.select(schema.sign_in_try.c.ref).where(schema.sign_in_try.c.at < before).limit(limit)
    return work.connection.execute(sa.delete(schema.sign_in_try).where(schema.sign_in_try.c.ref.in_(old))).rowcount


def _demand(work: Work, bounds: Mapping[bytes, Mapping[int, int]], now: int) -> None:
    pause = max(_pause(_times(work, subject, now), bound, now) for subject, bound in bounds.items())
    if pause:
        raise StateError(faults.SIGN_IN_LIMIT, after_s=pause)


def _times(work: Work, subject: bytes, now: int) -> Sequence[int]:
    """When a subject was tried, newest first. A try from a clock that is ahead counts."""
    tried = schema.sign_in_try.c
    recent = sa.select(tried.at).where((tried.subject == subject) & (tried.at > now - KEPT)).order_by(tried.at.desc()).limit(max(NAME.values()))
    return work.connection.execute(recent).scalars().all()


def _pause(times: Sequence[int], bound: Mapping[int, int], now: int) -> int:
    """Seconds until there is room again."""
    return max(max(times[most - 1] + span - now, 0) if len(times) >= most else 0 for span, most in bound.items())
