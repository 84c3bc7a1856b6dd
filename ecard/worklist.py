"""What waits for an office's people today, kind by kind: how much of it there is, and what of it comes first. Read from the record, stored nowhere."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.receipts import mask_card_number
from ecard import schema
from ecard.due import done_due, ending
from ecard.model import ApplicationState, CardRef, DueKind
from ecard.terminals.findings import count_open, open_findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecard.policy import Policy
    from ecard.store import Work


class TaskKind(enum.StrEnum):
    """What there is to do."""

    PRE_LOSS = "pre-loss"
    FREEZE_REQUEST = "freeze-request"
    FREEZE = "freeze"
    DRIFT = "drift"
    FINDING = "finding"
    APPLICATION = "application"
    CANCELLATION = "cancellation"
    CORRECTION = "correction"
    STOCK = "stock"
    RENEWAL = "renewal"
    EXCHANGE = "exchange"
    DESTRUCTION = "destruction"
    REVIEW = "review"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing that waits."""

    kind: TaskKind
    ref: str
    card: CardRef | None
    number: str | None
    """Of the card, masked."""
    since: int | None
    due: int | None = None
    detail: str | None = None
    """A word of the record: a ground, a kind, a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """All of one kind."""

    count: int
    first: tuple[Task, ...]


_DUES = {
    DueKind.EXCHANGE: TaskKind.EXCHANGE,
    DueKind.DESTRUCTION: TaskKind.DESTRUCTION,
    DueKind.FARE_REVIEW: TaskKind.REVIEW,
    DueKind.TEMPORARY_ENDS: TaskKind.TEMPORARY,
}


def piles(work: Work, policy: Policy, *, region: str, now: int, limit: int) -> Mapping[TaskKind, Pile]:
    """Every kind of which there is something, most pressing first; at most `limit` of each are named."""
    found = {kind: _pile(work, kind, query, region=region, limit=limit) for kind, query in _queries(now).items()}
    found[TaskKind.APPLICATION] = _applications(work, region=region, limit=limit)
    found[TaskKind.FINDING] = _findings(work, region=region, limit=limit)
    found |= _dues(work, policy, region=region, now=now, limit=limit)
    return {kind: found[kind] for kind in TaskKind if kind in found and found[kind].count}


def _queries(now: int) -> Mapping[TaskKind, sa.Select[*tuple[Any, ...]]]:
    """Of each kind what waits: ref, card, since, due, detail, in the order in which it should be seen to; the card's table is joined."""
    card, none = schema.card.c, sa.null()
    hold, request, incident = schema.hold.c, schema.freeze_request.c, schema.chip_incident.c
    cancelled, corrected, stock = schema.cancellation.c, schema.correction.c, schema.stock_item.c
    standing = hold.lifted.is_(None) & (hold.until.is_(None) | (hold.until > now))

    def of_card(
        table: sa.Table, where: sa.ColumnElement[bool], order: sa.ColumnElement[Any], *columns: sa.ColumnElement[Any] | sa.Null
    ) -> sa.Select[*tuple[Any, ...]]:
        joined = sa.select(*columns, card.number).join_from(table, schema.card, card.ref == table.c.card)
        return joined.where(where).order_by(order)

    return {
        TaskKind.PRE_LOSS: of_card(schema.hold, (hold.kind == "pre-loss") & standing, hold.due, hold.ref, hold.card, hold.placed, hold.due, none),
        TaskKind.FREEZE_REQUEST: of_card(
            schema.freeze_request, request.answer.is_(None), request.asked, request.ref, request.card, request.asked, request.until, request.ground
        ),
        TaskKind.FREEZE: of_card(
            schema.hold, (hold.kind == "freeze") & standing, hold.until, hold.ref, hold.card, hold.placed, hold.until, hold.ground
        ),
        TaskKind.DRIFT: of_card(
            schema.chip_incident,
            incident.settled.is_(None) & incident.for_clerk,
            incident.at,
            incident.ref,
            incident.card,
            incident.at,
            none,
            incident.kind,
        ),
        TaskKind.CANCELLATION: of_card(
            schema.cancellation,
            cancelled.decided.is_(None),
            cancelled.requested,
            cancelled.ref,
            cancelled.card,
            cancelled.requested,
            none,
            cancelled.ground,
        ),
        TaskKind.CORRECTION: of_card(
            schema.correction, corrected.decided.is_(None), corrected.proposed, corrected.ref, corrected.card, corrected.proposed, none, none
        ),
        TaskKind.STOCK: of_card(
            schema.stock_item,
            stock.keep_until.is_not(None) & (stock.keep_until <= now),
            stock.keep_until,
            stock.order_ref,
            stock.card,
            none,
            stock.keep_until,
            stock.state,
        ),
    }


def _pile(work: Work, kind: TaskKind, query: sa.Select[*tuple[Any, ...]], *, region: str, limit: int) -> Pile:
    # Asked as something worked out, so that no database begins with the cards of a region, which are half of all, instead of with the few things that wait.
    here = query.where(sa.func.coalesce(schema.card.c.region, "") == region).add_columns(sa.func.count().over())
    found = work.connection.execute(here.limit(limit)).all()
    return Pile(count=int(found[0][-1]) if found else 0, first=tuple(_task(kind, row) for row in found))


def _task(kind: TaskKind, row: sa.Row[*tuple[Any, ...]]) -> Task:
    ref, card, since, until, detail, number, _ = row
    return Task(
        kind=kind,
        ref=str(ref),
        card=CardRef(str(card)),
        number=mask_card_number(str(number)),
        since=None if since is None else int(str(since)),
        due=None if until is None else int(str(until)),
        detail=None if detail is None else str(detail),
    )


def _applications(work: Work, *, region: str, limit: int) -> Pile:
    """Applications that a second person has to decide."""
    row = schema.application.c
    waiting = sa.select(row.ref, row.taken, row.point).where((row.state == ApplicationState.CHECKED.value) & (row.region == region))
    count = int(work.connection.execute(sa.select(sa.func.count()).select_from(waiting.subquery())).scalar_one())
    first = work.connection.execute(waiting.order_by(row.taken, row.ref).limit(limit))
    tasks = (Task(kind=TaskKind.APPLICATION, ref=found.ref, card=None, number=None, since=found.taken, detail=found.point) for found in first)
    return Pile(count=count, first=tuple(tasks))


def _findings(work: Work, *, region: str, limit: int) -> Pile:
    """What terminals reported that somebody has to look at."""
    found, _ = open_findings(work, region=region, most=limit)
    tasks = (Task(kind=TaskKind.FINDING, ref=item.ref, card=item.card, number=None, since=item.found, detail=item.kind.value) for item in found)
    return Pile(count=count_open(work, region=region), first=tuple(tasks))


def _dues(work: Work, policy: Policy, *, region: str, now: int, limit: int) -> Mapping[TaskKind, Pile]:
    """What time asks for, of this region's cards."""
    asked = list(done_due(work, policy, now=now))
    wanted = sorted({item.card for item in asked})
    numbers: dict[str, str] = {}
    table = schema.card.c
    for start in range(0, len(wanted), 500):
        some = sa.select(table.ref, table.number).where(table.ref.in_(wanted[start : start + 500]) & (table.region == region))
        numbers |= {row.ref: row.number for row in work.connection.execute(some)}
    piles: dict[TaskKind, list[Task]] = {}
    for item in asked:
        if item.card in numbers:
            kind, number = _DUES[item.kind], mask_card_number(numbers[item.card])
            piles.setdefault(kind, []).append(Task(kind=kind, ref=item.mark, card=item.card, number=number, since=None))
    found = {kind: Pile(count=len(tasks), first=tuple(tasks[:limit])) for kind, tasks in piles.items()}
    return found | {TaskKind.RENEWAL: _renewals(work, policy, region=region, now=now, limit=limit)}


def _renewals(work: Work, policy: Policy, *, region: str, now: int, limit: int) -> Pile:
    """Cards that end soon: counted, and only the first looked at."""
    count, first = ending(work, policy, region=region, now=now, limit=limit)
    numbers = {item.card: mask_card_number(work.dossier(item.card).card.number) for item in first}
    return Pile(
        count=count,
        first=tuple(
            Task(kind=TaskKind.RENEWAL, ref=item.mark, card=item.card, number=numbers[item.card], since=None, detail=str(item.days)) for item in first
        ),
    )
