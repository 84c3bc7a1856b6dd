"""A card as an operator sees it: masked, with its revision as ETag; what was done to it; its receipts; and one field as it is, for a purpose and on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, fields, validate

from ecard import links, lookups
from ecard.lifecycle import RULES, Command
from ecard.lookups import READERS, Purpose, Shown
from webapp.api.office.wires import KEPT_SHUT, BeforeQuery, plain, plain_card, unkept
from webapp.api.wire import WholeField, ref_field
from webapp.auth.seat import Seat
from webapp.office.telling import receipt_json
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Response

    from webapp.api.wire import Blueprint
    from webapp.services import StandingOffice


class OfficeCard(Schema):
    """A card with everything about it that stands, masked."""

    card = fields.Dict(required=True, metadata={"description": "With `revision`, which is the ETag, and `number`, masked"})
    carriers = fields.List(fields.Dict(), required=True)
    holds = fields.List(fields.Dict(), required=True)
    charges = fields.List(fields.Dict(), required=True)
    entitlements = fields.List(fields.Dict(), required=True)
    locked_items = fields.List(fields.Raw(), required=True)
    cases = fields.List(fields.Dict(), required=True)
    freeze_requests = fields.List(fields.Dict(), required=True)
    chip_incidents = fields.List(fields.Dict(), required=True)
    older_cards = fields.List(fields.Dict(), required=True)
    stock = fields.List(fields.Dict(), required=True)


class OfficeTimeline(Schema):
    """What was done, newest first."""

    events = fields.List(fields.Dict(), required=True)
    next = WholeField(required=True, allow_none=True)


class OfficeReceipts(Schema):
    """Every receipt, oldest first."""

    receipts = fields.List(fields.Dict(), required=True)


class Reveal(Schema):
    """Which field, and why."""

    field = fields.String(required=True, validate=validate.OneOf([shown.value for shown in Shown]))
    purpose = fields.String(required=True, validate=validate.OneOf([purpose.value for purpose in Purpose]))


class Revealed(Schema):
    """The field as it is."""

    card = ref_field(required=True)
    field = fields.String(required=True)
    value = fields.String(required=True)


_REFUSES = (*KEPT_SHUT, (404, "card-unknown"))

_REVEAL_EXAMPLE = {"field": "name", "purpose": "compare-with-document"}


def add(pages: Blueprint, office: StandingOffice, clock: Callable[[], datetime]) -> None:
    """Put them on `pages`."""

    @pages.get("/cards/<card>")
    @pages.response(200, OfficeCard)
    @pages.refuses(*_REFUSES)
    def card(card: str) -> Response:
        """A card as it stands now."""
        seat = Seat.taken(office, clock)
        dossier = seat.card(card)
        ref, desk = dossier.card.ref, seat.desk
        page = plain_card(dossier, seat.now)
        more = {
            "charges": desk.charges(ref),
            "entitlements": desk.entitlements_of(ref),
            "locked_items": desk.locked_items(ref),
            "cases": desk.cases(ref),
            "freeze_requests": desk.freeze_requests(ref),
            "chip_incidents": desk.chip_incidents(ref),
            "older_cards": desk.older_cards(ref),
            "stock": desk.stock_movements(ref),
        }
        return unkept(page | {name: plain(thing) for name, thing in more.items()}, etag=str(dossier.card.revision))

    @pages.get("/cards/<card>/timeline")
    @pages.arguments(BeforeQuery, location="query", unknown=RAISE)
    @pages.response(200, OfficeTimeline)
    @pages.refuses(*_REFUSES)
    def timeline(query: dict[str, Any], card: str) -> Response:
        """What was done to a card, page by page; every link is checked with its neighbours."""
        seat = Seat.taken(office, clock)
        ref = seat.card(card).card.ref
        with seat.desk.store.reading() as work:
            found, after = links.events(work, ref, before=query["before"])
        page = [plain(event) | {"title": RULES[Command(event.command)].title._asdict()} for event in found]
        return unkept({"events": page, "next": after})

    @pages.get("/cards/<card>/receipts")
    @pages.response(200, OfficeReceipts)
    @pages.refuses(*_REFUSES)
    def receipts(card: str) -> Response:
        """The signed receipts of a card."""
        seat = Seat.taken(office, clock)
        return unkept({"receipts": [receipt_json(receipt) for receipt in seat.desk.receipts(seat.card(card).card.ref)]})

    @pages.post("/cards/<card>/reveal")
    @pages.arguments(Reveal, example=_REVEAL_EXAMPLE)
    @pages.response(200, Revealed)
    @pages.refuses(*_REFUSES, (409, "look-limit, vault-empty"))
    def reveal(body: dict[str, Any], card: str) -> Response:
        """One field as it is. The look is on record, in the person's chain and in one's own, and the person can see it."""
        seat = Seat.taken(office, clock)
        dossier, shown = seat.card(card), Shown(body["field"])
        value = lookups.reveal(seat.desk, dossier.card.ref, shown, purpose=Purpose(body["purpose"]), actor=seat.actor(READERS), at=seat.at)
        return unkept({"card": dossier.card.ref, "field": shown.value, "value": value})
