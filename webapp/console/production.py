"""Plastic: what is ordered from the card maker, the one file with names and numbers that goes there, what comes back, and where every piece is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import Response, request, url_for

from codes.errors import CardError, InputError, StateError, Text
from ecard import faults as record
from ecard import schema
from ecard.making import register
from ecard.model import OrderRef, PointRef, StockState
from webapp import faults
from webapp.console import choices, ownacts
from webapp.console.fields import Field, points
from webapp.console.ownacts import OwnAct, just_done
from webapp.console.permissions import PRODUCERS
from webapp.office.options import REF, name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Blueprint

    from ecard import CardOffice
    from ecard.making.production import Reconciled
    from ecard.model import ProductionOrder, StockEntry, StockItem
    from webapp.console.frame import Frame
    from webapp.console.ownacts import Given
    from webapp.console.visit import Visit

PAGE = 50
"""Orders, or lines of one, that a page lists; the next page begins after them."""
OVERDUE = 100
WRONG: Mapping[str, Text] = {
    "line": Text("单上没有这个行号", "the order has no such line"),
    "result": Text("结果须为 成品 或 废卡", "the result is neither made nor damaged"),
    "card": Text("卡号与这一行不符", "another card number than this line's"),
    "not personalised": Text("芯片尚未写入，不能算成品", "the chip was never personalised"),
    "in use": Text("这枚芯片已在使用，不能算废卡", "the chip is in use"),
    "told otherwise before": Text("与此前退回的结果相反", "told otherwise before"),
}
"""What is wrong with a line of a return file; others are told by their fault alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A line of an order, with the newest entry of the register about it."""

    item: StockItem
    last: StockEntry | None


def add(pages: Blueprint, frame: Frame) -> None:
    """Put it on `pages`."""
    ownacts.add(pages, frame, ACTS)

    @pages.get("/production")
    def production() -> Response:
        seen = frame.visit()
        orders, after = _orders(seen, request.args.get("after"))
        late = seen.desk.overdue_stock(seen.operator.region, at=seen.at)
        return frame.page(
            seen,
            "production.html",
            orders=orders,
            after=after,
            late=late[:OVERDUE],
            unlisted=max(0, len(late) - OVERDUE),
            wrong=_imbalances(seen) if request.args.get("count") else None,
            done=just_done(ACTS),
            may_order=seen.may(*PRODUCERS),
        )

    @pages.get("/production/<ref>")
    def order(ref: str) -> Response:
        return _order(frame, frame.visit(), ref, None, None)

    @pages.post("/production/<ref>/file")
    def order_file(ref: str) -> Response:
        seen = frame.visit()
        found = of_region(seen, ref)
        content = seen.desk.order_file(found.ref, actor=seen.actor(PRODUCERS), at=seen.at)
        answer = Response(content, content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = "attachment; filename=order.csv"
        return answer

    @pages.post("/production/<ref>/return")
    def take_return(ref: str) -> Response:
        seen = frame.visit()
        found = of_region(seen, ref)
        sent = request.files.get("file")
        content = b"" if sent is None else sent.read()
        try:
            if not content:
                raise InputError(faults.CONSOLE_FORM, member="file")
            desk = seen.desk.once(request.form.get("key", ""))
            return _order(frame, seen, ref, desk.take_return(found.ref, content, actor=seen.actor(PRODUCERS), at=seen.at), None)
        except CardError as error:
            return _order(frame, seen, ref, None, error)


def of_region(seen: Visit, ref: str) -> ProductionOrder:
    """An order of the operator's region; another region's is as unknown as one that is not. Raises `StateError` order-unknown."""
    if not REF.fullmatch(ref):
        raise StateError(record.ORDER_UNKNOWN)
    with seen.desk.store.reading() as work:
        found = register.order(work, OrderRef(ref))
    if found.region != seen.operator.region:
        raise StateError(record.ORDER_UNKNOWN)
    return found


def _orders(seen: Visit, after: str | None) -> tuple[Sequence[tuple[ProductionOrder, Mapping[StockState, int]]], str | None]:
    """A page of the region's orders, the newest first, with where their pieces are; and after which one the next page begins."""
    table, item = schema.production_order.c, schema.stock_item.c
    wanted = sa.select(schema.production_order).where(table.region == seen.operator.region)
    if after is not None:
        last = of_region(seen, after)
        wanted = wanted.where(sa.tuple_(table.placed, table.ref) < sa.tuple_(sa.literal(last.placed), sa.literal(last.ref)))
    with seen.desk.store.reading() as work:
        found = [register.order_of(row) for row in work.connection.execute(wanted.order_by(table.placed.desc(), table.ref.desc()).limit(PAGE + 1))]
        shown = found[:PAGE]
        counted = sa.select(item.order_ref, item.state, sa.func.count()).where(item.order_ref.in_([order.ref for order in shown]))
        where: dict[str, dict[StockState, int]] = defaultdict(dict)
        for ref, state, count in work.connection.execute(counted.group_by(item.order_ref, item.state)):
            where[ref][StockState(state)] = count
    return [(order, where[order.ref]) for order in shown], shown[-1].ref if len(found) > PAGE else None


def _imbalances(seen: Visit) -> int:
    """How many accounts of the region's plastic disagree."""
    mine = sa.select(schema.production_order.c.ref).where(schema.production_order.c.region == seen.operator.region)
    with seen.desk.store.reading() as work:
        orders = set(work.connection.execute(mine).scalars())
    return sum(item.order in orders for item in seen.desk.stock_imbalances())


def _order(frame: Frame, seen: Visit, ref: str, booked: Reconciled | None, refused: CardError | None) -> Response:
    found = of_region(seen, ref)
    state = next((state for state in StockState if state.value == request.args.get("state")), None)
    pieces, after = _pieces(seen, found, state, request.args.get("after", ""))
    item = schema.stock_item.c
    with seen.desk.store.reading() as work:
        counted = sa.select(item.state, sa.func.count()).where(item.order_ref == found.ref).group_by(item.state)
        where = {StockState(row[0]): row[1] for row in work.connection.execute(counted)}
    return frame.page(
        seen,
        "order.html",
        status=200 if refused is None else frame.refused_status(refused),
        order=found,
        where={state: where[state] for state in StockState if state in where},
        pieces=pieces,
        after=after,
        only=state,
        booked=booked,
        refused=refused,
        done=just_done(ACTS),
        may_order=seen.may(*PRODUCERS),
        ordered=StockState.ORDERED,
        wrong=WRONG,
    )


def _pieces(seen: Visit, order: ProductionOrder, state: StockState | None, after: str) -> tuple[Sequence[Piece], int | None]:
    """A page of an order's lines, in one state or in any, and after which line the next begins."""
    item, entry = schema.stock_item.c, schema.stock_entry.c
    wanted = sa.select(schema.stock_item).where((item.order_ref == order.ref) & (item.line > (int(after) if _line(after) else 0)))
    if state is not None:
        wanted = wanted.where(item.state == state.value)
    with seen.desk.store.reading() as work:
        found = [register.item_of(row) for row in work.connection.execute(wanted.order_by(item.line).limit(PAGE + 1))]
        shown = found[:PAGE]
        lines = (entry.order_ref == order.ref) & entry.line.in_([piece.line for piece in shown])
        entries = sa.select(schema.stock_entry).where(lines).order_by(entry.line, entry.seq)
        last = {row.line: register.entry_of(row) for row in work.connection.execute(entries)}
    return [Piece(item=piece, last=last.get(piece.line)) for piece in shown], shown[-1].line if len(found) > PAGE else None


def _line(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


# ---------------------------------------------------------------------------------------------------------------- ordering


def _fields(seen: Visit, _: str) -> Sequence[Field]:
    maker = Field(name="maker", says=Text("制卡单位代号", "Card maker"), kind="line", required=True)
    where = tuple(points(seen))
    default = seen.operator.point if any(choice.value == seen.operator.point for choice in where) else None
    point = Field(
        name="point", says=Text("领卡网点", "Where they are handed out"), kind="choice", required=True, choices=where, default=default or ""
    )
    return maker, point


def _read(seen: Visit, given: Given) -> Callable[[CardOffice], str]:
    maker, point = given.read("maker", name), given.read("point", name)

    def carry_out(desk: CardOffice) -> str:
        order, _ = desk.place_order(maker=maker, point=PointRef(point), actor=seen.actor(PRODUCERS), at=seen.at)
        return url_for("console.order", ref=order.ref)

    return carry_out


ACTS = (
    OwnAct(
        word="place_order",
        path="/production/new",
        title=Text("下制卡单", "Place an order"),
        effect=Text(
            "把这个网点所有待制的芯片编入一张制卡单；一枚芯片只下单一次。",
            "Every chip that waits to be made for this service point goes into one order; no chip is ordered twice.",
        ),
        articles=("HZ-4",),
        who=PRODUCERS,
        fields=_fields,
        about=lambda seen, _: choices.REGIONS.get(seen.operator.region, Text(seen.operator.region, seen.operator.region)),
        read=_read,
        back=lambda _: url_for("console.production"),
    ),
)
