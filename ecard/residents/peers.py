"""Desks of the other region that may ask ours by wire: each known by one pinned key, exchanged in person; it asks, and our region decides (CQ-20c)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes import cbor
from codes.claims import REGION_PATTERN
from codes.errors import InputError, StateError
from codes.keys import CoseKey
from ecard import faults, officechain, schema
from ecard.model import Role

if TYPE_CHECKING:
    from ecard.model import Actor
    from ecard.rows import SqlRow
    from ecard.store import Work

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A desk of another region."""

    ref: str
    region: str
    key: CoseKey
    home: str
    """Our region, which pinned the key."""
    ended: int | None


def pin(work: Work, ref: str, key: CoseKey, *, region: str, actor: Actor, now: int) -> Peer:
    """Pin the key of another region's desk. The same again: no change. Raises `InputError`: peer-shape, key-point; `StateError`: not-permitted, peer-known."""
    home = _permitted(actor, "pin-region")
    if not _NAME.fullmatch(ref) or not REGION_PATTERN.fullmatch(region) or region == home:
        raise InputError(faults.PEER_SHAPE)
    table, thumbprint = schema.region_peer, key.thumbprint()
    known = work.connection.execute(sa.select(table).where((table.c.ref == ref) | (table.c.thumbprint == thumbprint))).all()
    if known:
        found = _peer(known[0])
        if len(known) > 1 or (found.ref, found.key, found.region, found.home, found.ended) != (ref, key, region, home, None):
            raise StateError(faults.PEER_KNOWN)
        return found
    row = {
        "ref": ref,
        "region": region,
        "key": cbor.encode(key.to_cbor()),
        "thumbprint": thumbprint,
        "home": home,
        "pinned": now,
        "pinned_by": actor.ref,
        "pinned_person": actor.person,
        "ended": None,
        "ended_by": None,
    }
    work.connection.execute(sa.insert(table).values(row))
    officechain.enter_row(work, table, row, desk=home, act="pin-region", actor=actor, at=now)
    return _peer(work.connection.execute(sa.select(table).where(table.c.ref == ref)).one())


def end(work: Work, ref: str, *, actor: Actor, now: int) -> Peer:
    """Believe nothing more that this desk sends. Again: no change. Raises `StateError`: not-permitted, peer-unknown."""
    home = _permitted(actor, "end-region")
    table = schema.region_peer
    mine = (table.c.ref == ref) & (table.c.home == home)
    if work.connection.execute(sa.update(table).where(mine & table.c.ended.is_(None)).values(ended=now, ended_by=actor.ref)).rowcount:
        row = dict(work.connection.execute(sa.select(table).where(mine)).mappings().one())
        officechain.enter_row(work, table, row, desk=home, act="end-region", actor=actor, at=now)
    found = work.connection.execute(sa.select(table).where(mine)).one_or_none()
    if found is None:
        raise StateError(faults.PEER_UNKNOWN)
    return _peer(found)


def of_key(work: Work, key: CoseKey) -> Peer | None:
    """The desk with this key, unless it has ended."""
    table = schema.region_peer
    row = work.connection.execute(sa.select(table).where((table.c.thumbprint == key.thumbprint()) & table.c.ended.is_(None))).one_or_none()
    return None if row is None else _peer(row)


def _peer(row: SqlRow) -> Peer:
    return Peer(ref=row.ref, region=row.region, key=CoseKey.parse(cbor.decode(row.key)), home=row.home, ended=row.ended)


def _permitted(actor: Actor, command: str) -> str:
    if actor.role is not Role.SUPERVISOR or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command=command, role=actor.role)
    return actor.region
