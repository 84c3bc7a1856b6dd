"""Today's work, freezes, monthly figures, and the chains for whoever audits: read from the record, kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, fields

from codes.errors import InputError
from ecard import links
from ecard.audit_walk import verify_chains
from ecard.figures import Month, monthly
from ecard.lookups import desk_of
from ecard.vault import accesses_of
from ecard.worklist import TaskKind, piles
from webapp import faults
from webapp.api.office.wires import KEPT_SHUT, BeforeQuery, plain, unkept
from webapp.api.wire import PatternField, WholeField, ref_field
from webapp.auth.seat import Seat
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from flask import Response

    from webapp.api.wire import Blueprint
    from webapp.services import StandingOffice

_NAMED = 50
"""Of each kind of work, how many are named."""


class Pile(Schema):
    """All work of one kind."""

    kind = fields.String(required=True, metadata={"enum": [kind.value for kind in TaskKind]})
    count = WholeField(required=True)
    first = fields.List(fields.Dict(), required=True, metadata={"description": "The most pressing: ref, card, number (masked), since, due, detail"})


class WorkToDo(Schema):
    """What waits today."""

    piles = fields.List(fields.Nested(Pile), required=True)


class MonthQuery(Schema):
    """Which month."""

    month = PatternField("[0-9]{4}-(0[1-9]|1[0-2])", load_default=None, metadata={"example": "2026-11", "description": "By default the present one"})


class Figure(Schema):
    """How often one account gave one command."""

    region = fields.String(required=True)
    command = fields.String(required=True)
    actor = fields.String(required=True)
    role = fields.String(required=True)
    count = WholeField(required=True)


class Figures(Schema):
    """One month of the region's cards, counted from the chains of events."""

    month = fields.String(required=True)
    figures = fields.List(fields.Nested(Figure), required=True)


class Audit(Schema):
    """What a walk over every chain found."""

    good = fields.Boolean(required=True)
    cards = WholeField(required=True)
    people = WholeField(required=True)
    desks = WholeField(required=True)
    links = WholeField(required=True)
    checkpoints = WholeField(required=True)
    waiting = WholeField(required=True)
    findings = fields.List(fields.Dict(), required=True)


class CardChain(Schema):
    """Every link of a card, and every look at its holder."""

    card = ref_field(required=True)
    events = fields.List(fields.Dict(), required=True)
    looks = fields.List(fields.Dict(), required=True)


class DeskChain(Schema):
    """Acts of a desk, the newest in front."""

    desk = fields.String(required=True)
    acts = fields.List(fields.Dict(), required=True)
    next = WholeField(required=True, allow_none=True)


def add(pages: Blueprint, office: StandingOffice, clock: Callable[[], datetime]) -> None:
    """Put them on `pages`."""

    @pages.get("/work")
    @pages.response(200, WorkToDo)
    @pages.refuses(*KEPT_SHUT)
    def work() -> Response:
        """What waits today, kind by kind."""
        return unkept(_work(Seat.taken(office, clock), tuple(TaskKind)))

    @pages.get("/freezes")
    @pages.response(200, WorkToDo)
    @pages.refuses(*KEPT_SHUT)
    def freezes() -> Response:
        """Freezes to be reviewed, and requests of the other region."""
        return unkept(_work(Seat.taken(office, clock), (TaskKind.FREEZE_REQUEST, TaskKind.FREEZE)))

    @pages.get("/figures")
    @pages.arguments(MonthQuery, location="query", unknown=RAISE)
    @pages.response(200, Figures)
    @pages.refuses(*KEPT_SHUT, (400, "office-form"))
    def figures(query: dict[str, Any]) -> Response:
        """One month, the same each time it is counted."""
        seat = Seat.taken(office, clock)
        try:
            month = Month.of(seat.at) if query["month"] is None else Month.parse(query["month"])
        except ValueError:
            raise InputError(faults.OFFICE_FORM, member="month") from None
        with seat.desk.store.reading() as open_work:
            found = monthly(open_work, month, region=seat.region)
        return unkept({"month": str(month), "figures": plain(found)})

    @pages.post("/audit/verify")
    @pages.response(200, Audit)
    @pages.refuses(*KEPT_SHUT)
    def verify_record() -> Response:
        """Walk every chain of the record; changes nothing."""
        seat = Seat.taken(office, clock)
        return unkept(verify_chains(seat.desk.store, seat.office.keyring.audit().public_key).to_json())

    @pages.get("/audit/cards/<card>")
    @pages.response(200, CardChain)
    @pages.refuses(*KEPT_SHUT, (404, "card-unknown"))
    def card_chain(card: str) -> Response:
        """Everything that was done to a card and every look at its holder, checked, whole."""
        seat = Seat.taken(office, clock)
        dossier = seat.card(card)
        with seat.desk.store.reading() as open_work:
            events, looks = open_work.verify(dossier.card.ref), accesses_of(open_work, dossier.card.holder)
        return unkept({"card": dossier.card.ref, "events": [plain(each) for each in events], "looks": [plain(each) for each in looks]})

    @pages.get("/audit/desks/<desk>")
    @pages.arguments(BeforeQuery, location="query", unknown=RAISE)
    @pages.response(200, DeskChain)
    @pages.refuses(*KEPT_SHUT, (400, "cursor-unknown"), (404, "not-found"))
    def desk_chain(query: dict[str, Any], desk: str) -> Response:
        """The chain of this region's own acts, or of the look-ups of somebody who works here, page by page; every link is checked with its neighbours."""
        seat = Seat.taken(office, clock)
        people = {desk_of(who.person) for who in seat.office.settings.operators.values() if who.region == seat.region}
        seat.of_mine(seat.region if desk == seat.region or desk in people else None)
        with seat.desk.store.reading() as open_work:
            acts, after = links.acts(open_work, desk, before=query["before"])
        return unkept({"desk": desk, "acts": [plain(each) for each in acts], "next": after})


def _work(seat: Seat, kinds: Collection[TaskKind]) -> dict[str, Any]:
    with seat.desk.store.reading() as open_work:
        found = piles(open_work, seat.desk.policy, region=seat.region, now=seat.now, limit=_NAMED)
    return {"piles": [{"kind": kind.value, "count": found[kind].count, "first": plain(found[kind].first)} for kind in found if kind in kinds]}
