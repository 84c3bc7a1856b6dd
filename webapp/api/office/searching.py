"""A card by a whole number, for a stated purpose, counted and on record. The number stands in the body: no address and no log ever holds it (threat F05)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from codes.errors import InputError, StateError
from ecard import faults as record
from ecard import lookups
from ecard.identity import IdentityType
from ecard.lookups import FINDERS, LOOKERS, Purpose
from webapp import faults
from webapp.api.office.wires import KEPT_SHUT, BriefCard, brief, unkept
from webapp.api.wire import WholeField
from webapp.auth.seat import Seat
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from flask import Response

    from ecard import Dossier
    from webapp.api.wire import Blueprint
    from webapp.services import StandingOffice

BY_PERSON, BY_CARD, BY_OLDER = "identity-number", "card-number", "older-card"


class Search(Schema):
    """What is looked for, and why."""

    by = fields.String(required=True, validate=validate.OneOf([BY_PERSON, BY_CARD, BY_OLDER]))
    number = fields.String(required=True, validate=validate.Length(min=1, max=64), metadata={"description": "The whole number"})
    purpose = fields.String(required=True, validate=validate.OneOf([purpose.value for purpose in Purpose]))
    identity_type = fields.String(load_default=IdentityType.RESIDENT_ID.value, validate=validate.OneOf([kind.value for kind in IdentityType]))
    scheme = fields.String(load_default=None, validate=validate.Length(min=1, max=64), metadata={"description": "Of an older card"})


class Found(Schema):
    """What there is; nothing is an answer like any other."""

    cards = fields.List(fields.Nested(BriefCard), required=True)
    made_today = WholeField(required=True, metadata={"description": "Look-ups of this person today"})
    limit = WholeField(required=True)


_SEARCH_EXAMPLE = {"by": "card-number", "number": "C00000001", "purpose": "holder-at-counter"}


def add(pages: Blueprint, office: StandingOffice, clock: Callable[[], datetime]) -> None:
    """Put it on `pages`."""

    @pages.post("/search")
    @pages.arguments(Search, example=_SEARCH_EXAMPLE)
    @pages.response(200, Found)
    @pages.refuses(*KEPT_SHUT, (400, "office-form, card-number, identity-*"), (409, "look-limit"))
    def search(body: dict[str, Any]) -> Response:
        """Find cards. The look-up is on record, also when there is nothing."""
        seat = Seat.taken(office, clock)
        found = _found(seat, body)
        with seat.desk.store.reading() as work:
            made = lookups.made_today(work, seat.operator.person, now=seat.now)
        cards = [brief(each.card, mine=each.card.region == seat.region or seat.operator.joint_desk) for each in found]
        return unkept({"cards": cards, "made_today": made, "limit": lookups.A_DAY})


def _found(seat: Seat, body: dict[str, Any]) -> Sequence[Dossier]:
    actor, number = seat.actor(FINDERS), body["number"]
    purpose, at = Purpose(body["purpose"]), seat.at
    if body["by"] == BY_CARD:
        return lookups.by_number(seat.desk, number, purpose=purpose, actor=actor, at=at)
    if body["by"] == BY_OLDER:
        if body["scheme"] is None:
            raise InputError(faults.OFFICE_FORM, member="scheme", problem="missing")
        return lookups.by_older(seat.desk, body["scheme"], number, purpose=purpose, actor=actor, at=at)
    looker = seat.actor(LOOKERS)
    if looker.role not in LOOKERS:
        raise StateError(record.NOT_PERMITTED, command="find-card", role=looker.role, article="ID-9b")
    return lookups.by_person(seat.desk, IdentityType(body["identity_type"]), number, purpose=purpose, actor=looker, at=at)
