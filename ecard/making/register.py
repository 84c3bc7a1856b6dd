"""How this chapter lies in its tables: service points, batches, applications, orders, and the register of every piece of plastic."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.errors import InputError, StateError
from ecard import faults, officechain, schema
from ecard.making.balance import Ledger
from ecard.model import (
    ApplicationRef,
    ApplicationRow,
    ApplicationState,
    Batch,
    BatchRef,
    CardRef,
    CarrierRef,
    Eligibility,
    HandedTo,
    HolderRef,
    OrderRef,
    PointKind,
    PointRef,
    ProductionOrder,
    ProductionReturn,
    ServicePoint,
    StockEntry,
    StockItem,
    StockState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import DataclassInstance

    from ecard.model import Actor
    from ecard.rows import Columns, SqlRow
    from ecard.store import Work

_COLUMNS = {"order": "order_ref", "to": "handed_to"}


def columns_of(thing: DataclassInstance) -> Columns:
    """The columns of an object of this chapter."""
    return {_COLUMNS.get(field.name, field.name): _plain(getattr(thing, field.name)) for field in dataclasses.fields(thing)}


def _plain(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    return " ".join(sorted(value)) if isinstance(value, tuple) else value


def add(work: Work, table: sa.Table, thing: DataclassInstance, act: str, *, desk: str, actor: Actor, at: int) -> None:
    """Write a new row, and the act that it comes from."""
    row = columns_of(thing)
    work.connection.execute(sa.insert(table).values(row))
    officechain.enter_row(work, table, row, desk=desk, act=act, actor=actor, at=at)


def add_items(work: Work, items: Sequence[StockItem], *, actor: Actor, at: int) -> None:
    """Write the lines of a new order."""
    rows = [columns_of(item) for item in items]
    work.connection.execute(sa.insert(schema.stock_item), rows)
    acts = [(officechain.about(schema.stock_item, row), officechain.piece_digest(row, ())) for row in rows]
    officechain.enter(work, items[0].order, "order-piece", acts, actor=actor, at=at)


def point_of(row: SqlRow) -> ServicePoint:
    """Table service_point."""
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - because that is the documented name of a row's mapping
    return ServicePoint(**{**values, "ref": PointRef(row.ref), "kind": PointKind(row.kind)})


def batch_of(row: SqlRow) -> Batch:
    """Table batch."""
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - because that is the documented name of a row's mapping
    return Batch(**{**values, "ref": BatchRef(row.ref), "point": PointRef(row.point)})


def application_of(row: SqlRow) -> ApplicationRow:
    """Table application."""
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - because that is the documented name of a row's mapping
    typed = {
        "ref": ApplicationRef(row.ref),
        "point": PointRef(row.point),
        "batch": None if row.batch is None else BatchRef(row.batch),
        "holder": None if row.holder is None else HolderRef(row.holder),
        "card": None if row.card is None else CardRef(row.card),
        "evidence": tuple(row.evidence.split()),
        "category": None if row.category is None else Eligibility(row.category),
        "state": ApplicationState(row.state),
    }
    return ApplicationRow(**{**values, **typed})


def order_of(row: SqlRow) -> ProductionOrder:
    """Table production_order."""
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - because that is the documented name of a row's mapping
    return ProductionOrder(**{**values, "ref": OrderRef(row.ref), "point": PointRef(row.point)})


def item_of(row: SqlRow) -> StockItem:
    """Table stock_item."""
    return StockItem(
        order=OrderRef(row.order_ref),
        line=row.line,
        card=CardRef(row.card),
        carrier=CarrierRef(row.carrier),
        state=StockState(row.state),
        keep_until=row.keep_until,
    )


def entry_of(row: SqlRow) -> StockEntry:
    """Table stock_entry."""
    return StockEntry(
        order=OrderRef(row.order_ref),
        line=row.line,
        seq=row.seq,
        state=StockState(row.state),
        to=None if row.handed_to is None else HandedTo(row.handed_to),
        point=None if row.point is None else PointRef(row.point),
        evidence=tuple(row.evidence.split()),
        reason=row.reason,
        at=row.at,
        actor=row.actor,
        person=row.person,
        witness=row.witness,
    )


def return_of(row: SqlRow) -> ProductionReturn:
    """Table production_return."""
    return ProductionReturn(
        order=OrderRef(row.order_ref), digest=row.digest, made=row.made, damaged=row.damaged, at=row.at, actor=row.actor, person=row.person
    )


def require_point(work: Work, ref: PointRef, *, region: str) -> ServicePoint:
    """A designated point of a region that is open. Raises `InputError` service-point-unknown."""
    row = work.connection.execute(sa.select(schema.service_point).where(schema.service_point.c.ref == ref)).one_or_none()
    if row is None or row.region != region or row.ended is not None:
        raise InputError(faults.POINT_UNKNOWN, point=ref, region=region)
    return point_of(row)


def application(work: Work, ref: ApplicationRef) -> ApplicationRow:
    """An application, its row locked where the database locks rows. Raises `StateError` application-unknown."""
    row = work.connection.execute(sa.select(schema.application).where(schema.application.c.ref == ref).with_for_update()).one_or_none()
    if row is None:
        raise StateError(faults.APPLICATION_UNKNOWN)
    return application_of(row)


def decide(work: Work, decided: ApplicationRow, *, actor: Actor, at: int) -> ApplicationRow:
    """Write what was decided of an application that waits."""
    waiting = (schema.application.c.ref == decided.ref) & (schema.application.c.state == ApplicationState.CHECKED.value)
    row = columns_of(decided)
    work.connection.execute(sa.update(schema.application).where(waiting).values(row))
    officechain.enter_row(work, schema.application, row, desk=decided.ref, act=f"{decided.state}-application", actor=actor, at=at)
    return decided


def end_point(work: Work, ended: ServicePoint, *, actor: Actor, at: int) -> ServicePoint:
    """Write that a service point is closed."""
    row = columns_of(ended)
    work.connection.execute(sa.update(schema.service_point).where(schema.service_point.c.ref == ended.ref).values(row))
    officechain.enter_row(work, schema.service_point, row, desk=ended.region, act="end-point", actor=actor, at=at)
    return ended


def open_application(work: Work, holder: HolderRef) -> bool:
    """Whether an application of this person waits."""
    waiting = (schema.application.c.holder == holder) & (schema.application.c.state == ApplicationState.CHECKED.value)
    return work.connection.execute(sa.select(schema.application.c.ref).where(waiting)).first() is not None


def batch(work: Work, ref: BatchRef) -> Batch:
    """A batch. Raises `StateError` batch-unknown."""
    row = work.connection.execute(sa.select(schema.batch).where(schema.batch.c.ref == ref)).one_or_none()
    if row is None:
        raise StateError(faults.BATCH_UNKNOWN)
    return batch_of(row)


def applications_of(work: Work, ref: BatchRef) -> list[ApplicationRow]:
    """Every application of a batch, in the order of its file."""
    where = schema.application.c.batch == ref
    return [application_of(row) for row in work.connection.execute(sa.select(schema.application).where(where).order_by(schema.application.c.line))]


def order(work: Work, ref: OrderRef) -> ProductionOrder:
    """A production order. Raises `StateError` order-unknown."""
    row = work.connection.execute(sa.select(schema.production_order).where(schema.production_order.c.ref == ref)).one_or_none()
    if row is None:
        raise StateError(faults.ORDER_UNKNOWN)
    return order_of(row)


def items_of(work: Work, ref: OrderRef) -> list[StockItem]:
    """Every line of an order."""
    where = schema.stock_item.c.order_ref == ref
    return [item_of(row) for row in work.connection.execute(sa.select(schema.stock_item).where(where).order_by(schema.stock_item.c.line))]


def ledger(work: Work) -> Ledger:
    """Everything that was written down about plastic."""
    read = work.connection.execute
    return Ledger(
        orders=[order_of(row) for row in read(sa.select(schema.production_order))],
        items=[item_of(row) for row in read(sa.select(schema.stock_item))],
        returns=[return_of(row) for row in read(sa.select(schema.production_return))],
        entries=[entry_of(row) for row in read(sa.select(schema.stock_entry))],
    )


def newest_item(work: Work, card: CardRef) -> StockItem:
    """The piece of a card that was ordered last and is not gone. Raises `StateError` not-in-stock."""
    there = schema.stock_item.c.state.not_in([StockState.DAMAGED.value, StockState.DESTROYED.value])
    joined = sa.select(schema.stock_item).join(schema.carrier, schema.carrier.c.ref == schema.stock_item.c.carrier)
    newest = joined.where(schema.stock_item.c.card == card, there).order_by(schema.carrier.c.created.desc(), schema.carrier.c.ref).limit(1)
    row = work.connection.execute(newest.with_for_update()).one_or_none()
    if row is None:
        raise StateError(faults.NOT_IN_STOCK)
    return item_of(row)


def entries_of(work: Work, item: StockItem) -> list[StockEntry]:
    """The register's entries about a piece, oldest first."""
    where = (schema.stock_entry.c.order_ref == item.order) & (schema.stock_entry.c.line == item.line)
    return [entry_of(row) for row in work.connection.execute(sa.select(schema.stock_entry).where(where).order_by(schema.stock_entry.c.seq))]


def move(
    work: Work,
    item: StockItem,
    state: StockState,
    *,
    actor: Actor,
    at: int,
    keep_until: int | None = None,
    to: HandedTo | None = None,
    point: PointRef | None = None,
    evidence: tuple[str, ...] = (),
    reason: str | None = None,
    witness: str | None = None,
) -> StockItem:
    """Enter a movement in the register, and put the piece where it went. Raises `StateError` not-in-stock when somebody moved it meanwhile."""
    where = (schema.stock_item.c.order_ref == item.order) & (schema.stock_item.c.line == item.line) & (schema.stock_item.c.state == item.state.value)
    swap = sa.update(schema.stock_item).where(where).values(state=state.value, keep_until=keep_until)
    if work.connection.execute(swap).rowcount != 1:
        raise StateError(faults.NOT_IN_STOCK)
    before = entries_of(work, item)
    entry = StockEntry(
        order=item.order,
        line=item.line,
        seq=1 + len(before),
        state=state,
        to=to,
        point=point,
        evidence=evidence,
        reason=reason,
        at=at,
        actor=actor.ref,
        person=actor.person,
        witness=witness,
    )
    work.connection.execute(sa.insert(schema.stock_entry).values(columns_of(entry)))
    moved = replace(item, state=state, keep_until=keep_until)
    row = columns_of(moved)
    left = officechain.piece_digest(row, map(columns_of, [*before, entry]))
    officechain.enter(work, item.order, f"piece-{state}", [(officechain.about(schema.stock_item, row), left)], actor=actor, at=at)
    return moved
