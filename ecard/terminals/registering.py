"""Which terminals there are: registered by their key, with venue, scenes and place; ended when lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes import cbor
from codes.errors import InputError, StateError
from codes.keys import CoseKey
from codes.scenes import NAME_PATTERN
from ecard import faults, officechain, schema
from ecard.model import Place, Role, Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecard.model import Actor
    from ecard.rows import SqlRow
    from ecard.store import Work

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
_MAY = frozenset({Role.SUPERVISOR})


def register(work: Work, ref: str, key: CoseKey, *, venue: str, scenes: Sequence[str], place: Place | None, actor: Actor, now: int) -> Terminal:
    """Register a terminal of the actor's region. The same again: no change.

    Raises `InputError` terminal-shape, key-point; `StateError` not-permitted, terminal-known.
    """
    region = _permitted(actor, "register-terminal")
    if not _NAME.fullmatch(ref) or not _LINE.fullmatch(venue) or not scenes or not all(map(NAME_PATTERN.fullmatch, scenes)):
        raise InputError(faults.TERMINAL_SHAPE, terminal=ref)
    if place is not None and not (abs(place.latitude) <= 90_000_000 and abs(place.longitude) <= 180_000_000):
        raise InputError(faults.TERMINAL_SHAPE, latitude=place.latitude, longitude=place.longitude)
    row = {
        "ref": ref,
        "region": region,
        "venue": venue,
        "scenes": " ".join(sorted(set(scenes))),
        "key": cbor.encode(key.to_cbor()),
        "thumbprint": key.thumbprint(),
        "latitude": place and place.latitude,
        "longitude": place and place.longitude,
        "registered": now,
        "registered_by": actor.ref,
        "registered_person": actor.person,
        "ended": None,
        "ended_by": None,
    }
    table = schema.terminal
    known = work.connection.execute(sa.select(table).where((table.c.ref == ref) | (table.c.thumbprint == row["thumbprint"]))).all()
    if known:
        found = terminal_of(known[0])
        if len(known) > 1 or (found.ref, found.key, found.region, found.ended) != (ref, key, region, None):
            raise StateError(faults.TERMINAL_KNOWN, terminal=found.ref)
        return found
    work.connection.execute(sa.insert(table).values(row))
    work.connection.execute(sa.insert(schema.terminal_journal).values(terminal=ref, seq=0, link=bytes(32), dropped=0, seen=now))
    officechain.enter_row(work, table, row, desk=region, act="register-terminal", actor=actor, at=now)
    return terminal(work, ref)


def end(work: Work, ref: str, *, actor: Actor, now: int) -> Terminal:
    """Believe nothing more that this terminal sends: it was stolen, sold or taken down. Again: no change.

    Raises `StateError` not-permitted, terminal-unknown.
    """
    region = _permitted(actor, "end-terminal")
    found = terminal(work, ref)
    if found.region != region:
        raise StateError(faults.TERMINAL_UNKNOWN, terminal=ref)
    if found.ended is None:
        table = schema.terminal
        work.connection.execute(sa.update(table).where(table.c.ref == ref).values(ended=now, ended_by=actor.ref))
        row = dict(work.connection.execute(sa.select(table).where(table.c.ref == ref)).mappings().one())
        officechain.enter_row(work, table, row, desk=region, act="end-terminal", actor=actor, at=now)
    return terminal(work, ref)


def terminal(work: Work, ref: str) -> Terminal:
    """A terminal, ended ones too. Raises `StateError` terminal-unknown, also for a name that no terminal can have: it comes from whoever sends it."""
    if not _NAME.fullmatch(ref):
        raise StateError(faults.TERMINAL_UNKNOWN)
    row = work.connection.execute(sa.select(schema.terminal).where(schema.terminal.c.ref == ref)).one_or_none()
    if row is None:
        raise StateError(faults.TERMINAL_UNKNOWN, terminal=ref)
    return terminal_of(row)


def terminal_of_key(work: Work, key: CoseKey) -> Terminal | None:
    """The terminal with this key, ended ones too."""
    row = work.connection.execute(sa.select(schema.terminal).where(schema.terminal.c.thumbprint == key.thumbprint())).one_or_none()
    return None if row is None else terminal_of(row)


def terminals(work: Work, *, region: str | None = None) -> list[Terminal]:
    """Every terminal, of one region or of all."""
    table = schema.terminal
    where = sa.true() if region is None else table.c.region == region
    return [terminal_of(row) for row in work.connection.execute(sa.select(table).where(where).order_by(table.c.ref))]


def terminal_of(row: SqlRow) -> Terminal:
    """Table terminal."""
    return Terminal(
        ref=row.ref,
        region=row.region,
        venue=row.venue,
        scenes=tuple(row.scenes.split()),
        key=CoseKey.parse(cbor.decode(row.key)),
        place=None if row.latitude is None else Place(latitude=row.latitude, longitude=row.longitude),
        registered=row.registered,
        registered_by=row.registered_by,
        registered_person=row.registered_person,
        ended=row.ended,
        ended_by=row.ended_by,
    )


def _permitted(actor: Actor, command: str) -> str:
    if actor.role not in _MAY or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command=command, role=actor.role)
    return actor.region
