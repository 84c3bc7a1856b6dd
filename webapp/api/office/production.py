"""Plastic: what is ordered from a card maker, the one file with names and numbers that goes there, what comes back, and what lies in stock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Response
from marshmallow import fields, validate

from ecard import schema
from ecard.making import register
from ecard.model import OrderRef, PointRef
from webapp.api.artefacts import BYTES
from webapp.api.office.batches import FILES, sent_file
from webapp.api.office.permissions import PRODUCERS
from webapp.api.office.wires import KEPT_SHUT, NAME, Told, plain, unkept
from webapp.api.wire import PatternField, idempotency_key
from webapp.auth.seat import Seat, reference
from webapp.office.carrying import point_of
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.api.wire import Blueprint
    from webapp.services import StandingOffice


class OrderBody(Schema):
    """Who makes them, and where they are to be handed out."""

    maker = fields.String(required=True, validate=validate.Length(min=1, max=64))
    point = PatternField(NAME, load_default=None)


class Stock(Schema):
    """What is not accounted for, and what is overdue."""

    imbalances = fields.List(fields.Dict(), required=True)
    overdue = fields.List(fields.Dict(), required=True)


_REFUSES = (*KEPT_SHUT, (404, "not-found"), (409, "what the record says of the order"), (428, "idempotency-key-needed"))

_ORDER_BODY_EXAMPLE = {"maker": "M-1"}


def add(pages: Blueprint, office: StandingOffice, clock: Callable[[], datetime]) -> None:
    """Put them on `pages`."""

    @pages.post("/orders")
    @pages.arguments(OrderBody, example=_ORDER_BODY_EXAMPLE)
    @pages.response(201, Told)
    @pages.refuses(*_REFUSES, (400, "office-point"))
    def place_order(body: dict[str, Any]) -> Response:
        """Order every chip that waits to be made for a service point."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        point = point_of(seat.operator) if body["point"] is None else PointRef(body["point"])
        order, items = desk.place_order(maker=body["maker"], point=point, actor=seat.actor(PRODUCERS), at=seat.at)
        return unkept({"told": plain(order) | {"lines": len(items)}}, status=201)

    @pages.post("/orders/<ref>/file")
    @pages.response(200, BYTES, content_type="text/csv")
    @pages.refuses(*_REFUSES)
    def order_file(ref: str) -> Response:
        """The file for the card maker: names and numbers, each reading on record. It is asked for by POST, so that no address fetches it again."""
        seat = Seat.taken(office, clock)
        _mine(seat, ref)
        content = seat.desk.order_file(OrderRef(ref), actor=seat.actor(PRODUCERS), at=seat.at)
        headers = {"Cache-Control": "no-store", "Content-Disposition": "attachment; filename=order.csv"}
        return Response(content, content_type="text/csv; charset=utf-8", headers=headers)

    @pages.post("/orders/<ref>/return")
    @pages.response(200, Told)
    @pages.refuses(*_REFUSES, (400, "table-*"), (413, "request-refused"), (415, "request-refused"))
    @pages.doc(requestBody={"required": True, "content": {kind: {"schema": body} for kind, body in FILES.items()}})
    def take_return(ref: str) -> Response:
        """Book what the card maker sent back; lines that do not fit are told and left open."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        _mine(seat, ref)
        return unkept({"told": plain(desk.take_return(OrderRef(ref), sent_file(), actor=seat.actor(PRODUCERS), at=seat.at))})

    @pages.get("/stock")
    @pages.response(200, Stock)
    @pages.refuses(*KEPT_SHUT)
    def stock() -> Response:
        """Whether every piece of plastic is accounted for, and what is overdue."""
        seat = Seat.taken(office, clock)
        with seat.desk.store.reading() as work:
            orders = sa.select(schema.production_order.c.ref).where(schema.production_order.c.region == seat.region)
            mine = set(work.connection.execute(orders).scalars())
        wrong = [item for item in seat.desk.stock_imbalances() if item.order in mine]
        return unkept({"imbalances": plain(wrong), "overdue": plain(seat.desk.overdue_stock(seat.region, at=seat.at))})


def _mine(seat: Seat, ref: str) -> None:
    with seat.known(), seat.desk.store.reading() as work:
        seat.of_mine(register.order(work, OrderRef(reference(ref))).region)
