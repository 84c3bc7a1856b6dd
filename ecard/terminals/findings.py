"""What terminals' reports say together: one code at two gates, one card at two ends of the country. Found while they arrive, decided by people."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.errors import InputError, StateError
from ecard import faults, officechain, schema
from ecard.model import CardRef, FindingDecision, FindingKind, JournalFinding, Role, draw_ref
from ecard.terminals import registering

if TYPE_CHECKING:
    from codes.journal import Entry
    from ecard.model import Actor, Entropy, Place, Terminal
    from ecard.rows import SqlRow
    from ecard.store import Work
    from ecard.terminals.examining import Examined

FASTEST = 100
"""Metres per second that somebody can travel between two places: the fastest train between the regions, door to door."""
LOOKED_BACK = 6 * 3600
"""Seconds around an acceptance in which another of the same card is compared: beyond that the whole country can be crossed."""
CLOCKS = 120
"""Seconds by which two terminals' clocks may differ without anybody being suspected."""
_EARTH = 6_371_000
PAGE = 50
"""Findings that are read at a time."""
_REF = re.compile(r"[0-9a-f]{32}")
_DECIDES = frozenset({Role.SUPERVISOR, Role.CLERK})


def compare(work: Work, entropy: Entropy, terminal: Terminal, entry: Entry, seen: Examined, *, now: int) -> list[JournalFinding | None]:
    """Compare an acceptance with every other of the same card, from whatever terminal it came."""
    table = schema.journal_event
    others = (
        (table.c.card == seen.card)
        & (table.c.number == 0)
        & table.c.at.between(entry.at - LOOKED_BACK, entry.at + LOOKED_BACK)
        & ~((table.c.terminal == entry.terminal) & (table.c.seq == entry.seq))
        & ~_taken_back(table.c.terminal, table.c.seq)
        & ~_taken_back(sa.literal(entry.terminal), sa.literal(entry.seq, sa.BigInteger))
    )
    found: list[JournalFinding | None] = []
    for other in work.connection.execute(sa.select(table).where(others).order_by(table.c.terminal, table.c.seq)):
        apart = abs(entry.at - other.at)
        if seen.made is not None and (other.credential, other.made) == (seen.credential, seen.made):
            kind, measured = FindingKind.DOUBLE_USE, apart
        elif other.terminal == terminal.ref:
            continue
        else:
            speed = _speed(terminal.place, registering.terminal(work, other.terminal).place, apart + CLOCKS)
            if speed is None or speed <= FASTEST:
                continue
            kind, measured = FindingKind.IMPOSSIBLE_JOURNEY, speed
        found.append(
            note(work, entropy, kind, terminal.ref, entry.seq, card=seen.card, other=(other.terminal, other.seq), measured=measured, now=now)
        )
    return found


def note(
    work: Work,
    entropy: Entropy,
    kind: FindingKind,
    terminal: str,
    seq: int,
    *,
    now: int,
    card: CardRef | None = None,
    other: tuple[str, int] | None = None,
    measured: int | None = None,
) -> JournalFinding | None:
    """Write a finding down, once; None if it stands already, in either direction."""
    table = schema.journal_finding
    there = (table.c.kind == kind.value) & (table.c.terminal == terminal) & (table.c.seq == seq)
    if other is None:
        there &= table.c.other_terminal.is_(None)
    else:
        there &= (table.c.other_terminal == other[0]) & (table.c.other_seq == other[1])
        mirrored = (table.c.kind == kind.value) & (table.c.terminal == other[0]) & (table.c.seq == other[1])
        there |= mirrored & (table.c.other_terminal == terminal) & (table.c.other_seq == seq)
    if work.connection.execute(sa.select(table.c.ref).where(there)).first() is not None:
        return None
    row = {
        "ref": draw_ref(entropy),
        "kind": kind.value,
        "terminal": terminal,
        "seq": seq,
        "other_terminal": other and other[0],
        "other_seq": other and other[1],
        "card": card,
        "measured": measured,
        "found": now,
    }
    work.connection.execute(sa.insert(table).values(row))
    return finding_of(work.connection.execute(sa.select(table).where(table.c.ref == row["ref"])).one())


def open_findings(work: Work, *, region: str | None = None, cursor: str | None = None, most: int = PAGE) -> tuple[list[JournalFinding], str | None]:
    """A page of what waits for a person, oldest first, and the cursor of the next one; not what a gate has said since that it did not open for.

    Raises `InputError` cursor-unknown.
    """
    table = schema.journal_finding.c
    query = _waiting(region).add_columns(*schema.journal_finding.c).order_by(table.found, table.ref)
    if cursor is not None:
        found, _, ref = cursor.partition("-")
        if not (found.isascii() and found.isdigit() and len(found) <= 12 and _REF.fullmatch(ref)):
            raise InputError(faults.CURSOR_UNKNOWN)
        query = query.where(sa.tuple_(table.found, table.ref) > sa.tuple_(sa.literal(int(found)), sa.literal(ref)))
    rows = work.connection.execute(query.limit(most + 1)).all()
    last = rows[most - 1] if len(rows) > most else None
    return [finding_of(row) for row in rows[:most]], None if last is None else f"{last.found}-{last.ref}"


def count_open(work: Work, *, region: str) -> int:
    """How many wait in a region."""
    return int(work.connection.execute(_waiting(region).add_columns(sa.func.count())).scalar_one())


def _waiting(region: str | None) -> sa.Select[*tuple[Any, ...]]:
    table = schema.journal_finding
    waits = table.c.decided.is_(None) & ~_taken_back(table.c.terminal, table.c.seq) & ~_taken_back(table.c.other_terminal, table.c.other_seq)
    query = sa.select().select_from(table).where(waits)
    if region is None:
        return query
    return query.join(schema.terminal, schema.terminal.c.ref == table.c.terminal).where(schema.terminal.c.region == region)


def decide(work: Work, ref: str, decision: FindingDecision, *, actor: Actor, now: int) -> JournalFinding:
    """Close a finding by a person's decision, which is put on record. Raises `StateError`: not-permitted, finding-unknown."""
    if actor.role not in _DECIDES or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command="decide-finding", role=actor.role)
    table = schema.journal_finding
    waiting = (table.c.ref == ref) & table.c.decided.is_(None)
    found = work.connection.execute(
        sa.select(table).join(schema.terminal, schema.terminal.c.ref == table.c.terminal).where(waiting & (schema.terminal.c.region == actor.region))
    ).one_or_none()
    if found is None:
        raise StateError(faults.FINDING_UNKNOWN)
    values = {"decision": decision.value, "decided": now, "decided_by": actor.ref, "decided_person": actor.person}
    work.connection.execute(sa.update(table).where(table.c.ref == ref).values(values))
    row = dict(work.connection.execute(sa.select(table).where(table.c.ref == ref)).mappings().one())
    officechain.enter_row(work, table, row, desk=actor.region, act="decide-finding", actor=actor, at=now)
    return finding_of(work.connection.execute(sa.select(table).where(table.c.ref == ref)).one())


def finding_of(row: SqlRow) -> JournalFinding:
    """Table journal_finding."""
    return JournalFinding(
        ref=row.ref,
        kind=FindingKind(row.kind),
        terminal=row.terminal,
        seq=row.seq,
        other_terminal=row.other_terminal,
        other_seq=row.other_seq,
        card=None if row.card is None else CardRef(row.card),
        measured=row.measured,
        found=row.found,
        decision=None if row.decision is None else FindingDecision(row.decision),
        decided=row.decided,
        decided_by=row.decided_by,
        decided_person=row.decided_person,
    )


def _taken_back(terminal: sa.ColumnElement[str], seq: sa.ColumnElement[int]) -> sa.Exists:
    """Whether the gate said afterwards that it had not opened."""
    later = schema.journal_event.alias("later").c
    return sa.exists().where((later.terminal == terminal) & (later.seq > seq) & (later.released == seq))


def _speed(here: Place | None, there: Place | None, apart: int) -> int | None:
    """Metres per second between two places, rounded down; None where one of them is not known, or they are one."""
    if here is None or there is None or here == there:
        return None
    first, second = math.radians(here.latitude / 1e6), math.radians(there.latitude / 1e6)
    across = math.radians((there.longitude - here.longitude) / 1e6)
    half = math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(across / 2) ** 2
    return int(2 * _EARTH * math.asin(min(1.0, math.sqrt(half))) / max(1, apart))
