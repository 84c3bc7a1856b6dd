"""The public list of what the card is good for: its versions, and every item's way through the governments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from ecard import items
from webapp.api.office.permissions import HEADS
from webapp.api.office.wires import KEPT_SHUT, plain, unkept
from webapp.api.wire import idempotency_key
from webapp.auth.seat import Seat, named
from webapp.office.itemverbs import STEPS, item_of
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Response

    from webapp.api.wire import Blueprint
    from webapp.services import StandingOffice


class Source(Schema):
    """Who decided it, and on which paper it rests."""

    by = fields.String(required=True, validate=validate.Length(min=1, max=100))
    document = fields.String(required=True, validate=validate.Length(min=1, max=100))


class DraftBody(Source):
    """An item as it is drafted."""

    item = fields.Dict(required=True, metadata={"description": "id, group, title {zh, en}, needs, regions; tier, duty, electronic, articles"})


class StepBody(Source):
    """The next step of an item."""

    step = fields.String(required=True, validate=validate.OneOf([step.value for step in STEPS]))


class ItemAnswer(Schema):
    """An item with its steps."""

    item = fields.Dict(required=True)
    steps = fields.List(fields.Dict(), required=True)


class Items(Schema):
    """Every version that was in force, and every item that was drafted."""

    versions = fields.List(fields.Dict(), required=True)
    proposals = fields.List(fields.Dict(), required=True)


_REFUSES = (*KEPT_SHUT, (400, "office-form, item-list"), (404, "not-found"), (409, "not-permitted, item-step"), (428, "idempotency-key-needed"))

_DRAFT_BODY_EXAMPLE = {
    "item": {"id": "archives", "group": "other", "title": {"zh": "档案查询", "en": "Archives"}, "needs": ["query"], "regions": ["CN-CQ"]},
    "by": "市档案局",
    "document": "档函〔2026〕1号",
}

_STEP_BODY_EXAMPLE = {"step": "decide", "by": "CN-CQ", "document": "渝府〔2026〕2号"}


def add(pages: Blueprint, office: StandingOffice, clock: Callable[[], datetime]) -> None:
    """Put them on `pages`."""

    @pages.get("/items")
    @pages.response(200, Items)
    @pages.refuses(*KEPT_SHUT)
    def items_list() -> Response:
        """The list, with its history."""
        seat = Seat.taken(office, clock)
        return unkept({"versions": plain(seat.desk.item_lists()), "proposals": plain(seat.desk.item_proposals())})

    @pages.post("/items")
    @pages.arguments(DraftBody, example=_DRAFT_BODY_EXAMPLE)
    @pages.response(201, ItemAnswer)
    @pages.refuses(*_REFUSES)
    def draft_item(body: dict[str, Any]) -> Response:
        """Enter an item that was drafted."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        made = desk.draft_item(item_of(body["item"]), by=body["by"], document=body["document"], actor=seat.actor(HEADS), at=seat.at)
        return unkept(plain(made), status=201)

    @pages.post("/items/<item>/steps")
    @pages.arguments(StepBody, example=_STEP_BODY_EXAMPLE)
    @pages.response(200, ItemAnswer)
    @pages.refuses(*_REFUSES)
    def take_item_step(body: dict[str, Any], item: str) -> Response:
        """Enter what a government decided, or that it was published, filed or withdrawn."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        step, words = items.Step(body["step"]), {"by": body["by"], "document": body["document"]}
        return unkept(plain(desk.take_item_step(named(item), step, **words, actor=seat.actor(HEADS), at=seat.at)))
