"""The office's own acts, chained like the events of a card: who registered a reader, designated a point, took an application in, placed an order.

Every row of `COVERED` has a newest act that says what it is; a row that was changed, put in or taken out by hand does not fit its act (`ecard check`). There
is a chain for each thing that people work on, a region, an application, an order, so that nobody waits for anybody else's work.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.errors import SetupError
from ecard import chain, faults, schema
from ecard.model import OfficeAct, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ecard.model import Actor
    from ecard.rows import SqlRow
    from ecard.store import Work

OVERLAP = 5
"""Seconds by which an act may have begun before the last one that was entered: two people at one desk are no clock that is wrong."""
COVERED = (
    schema.reader,
    schema.service_point,
    schema.batch,
    schema.application,
    schema.production_order,
    schema.production_return,
    schema.stock_item,
    schema.item_step,
    schema.terminal,
    schema.ticket,
    schema.staff_paper,
    schema.venue,
    schema.venue_terminal,
    schema.sharing_grant,
    schema.sharing_use,
    schema.operator_secret,
    schema.operator_reset,
    schema.proposal,
    schema.activation,
    schema.enrolment,
    schema.disclosure,
    schema.region_peer,
)
"""Tables whose every row has an act. The entries of the register stand under their piece."""


def piece_digest(item: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> bytes:
    """What an act leaves of a piece of plastic: its row, with every movement of it."""
    return hashlib.sha256(chain.row_digest(item) + b"".join(sorted(map(chain.row_digest, entries)))).digest()


def about(table: sa.Table, row: Mapping[str, Any]) -> str:
    """How an act names a row."""
    key = (row[column.name] for column in table.primary_key)
    return "/".join([table.name, *(part.hex() if isinstance(part, bytes) else str(part) for part in key)])


def enter(work: Work, desk: str, act: str, rows: Sequence[tuple[str, bytes]], *, actor: Actor, at: int) -> None:
    """Put acts at the end of a desk's chain: of each, what it is about and the digest of what it left. Raises `SetupError` record-clock-behind."""
    table = schema.office_act
    last = work.connection.execute(sa.select(table).where(table.c.desk == desk).order_by(table.c.seq.desc()).limit(1)).one_or_none()
    if last is not None and at < last.at - OVERLAP:
        raise SetupError(faults.CLOCK_BEHIND, behind_s=last.at - at)
    seq, previous = (0, chain.NOTHING) if last is None else (last.seq, last.hash)
    links = []
    for named, left in rows:
        seq += 1
        link = OfficeAct(
            desk=desk,
            seq=seq,
            at=at,
            actor=actor.ref,
            person=actor.person,
            role=actor.role,
            act=act,
            about=named,
            left=left,
            previous=previous,
            hash=chain.NOTHING,
        )
        link = replace(link, hash=chain.seal(link))
        previous = link.hash
        links.append({**{name: getattr(link, name) for name in OfficeAct.__slots__}, "role": link.role.value})
        work.mark_unsealed("office", desk, seq, at=at)
    work.connection.execute(sa.insert(table), links)


def enter_row(work: Work, table: sa.Table, row: Mapping[str, Any], *, desk: str, act: str, actor: Actor, at: int) -> None:
    """The same for one row as it now is."""
    enter(work, desk, act, [(about(table, row), chain.row_digest(row))], actor=actor, at=at)


def desks(work: Work) -> Sequence[str]:
    """Every desk that has a chain."""
    return work.connection.execute(sa.select(schema.office_act.c.desk).distinct().order_by(schema.office_act.c.desk)).scalars().all()


def lengths(work: Work, of: Sequence[str]) -> Mapping[str, int]:
    """How many acts stand in the chains of these desks; the chains themselves are not read."""
    table = schema.office_act.c
    found = work.connection.execute(sa.select(table.desk, sa.func.max(table.seq)).where(table.desk.in_(of)).group_by(table.desk))
    return dict.fromkeys(of, 0) | {row[0]: row[1] for row in found}


def acts_of(work: Work, desk: str) -> Sequence[OfficeAct]:
    """What was done at a desk, oldest first. Raises `SetupError` chain-broken when a link was changed or taken out."""
    table = schema.office_act
    acts = [act_of(row) for row in work.connection.execute(sa.select(table).where(table.c.desk == desk).order_by(table.c.seq))]
    previous = chain.NOTHING
    for number, act in enumerate(acts, start=1):
        if act.seq != number or act.previous != previous or act.hash != chain.seal(act):
            raise SetupError(faults.CHAIN_BROKEN, desk=desk, event=number)
        previous = act.hash
    return acts


def act_of(row: SqlRow) -> OfficeAct:
    """Table office_act."""
    return OfficeAct(**{**row._mapping, "role": Role(row.role)})  # noqa: SLF001 because that is the documented name of a row's mapping
