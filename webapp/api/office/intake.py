"""Applications in two steps, and the service points and readers of an office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from marshmallow import fields, validate

from ecard import schema
from ecard.lookups import READERS
from ecard.making import register
from ecard.model import ApplicationRef, PointKind, PointRef
from webapp.api.office.permissions import HEADS, TAKERS
from webapp.api.office.wires import KEPT_SHUT, NAME, Told, evidence_field, plain, shown, unkept
from webapp.api.wire import PatternField, idempotency_key
from webapp.auth.seat import Seat, named, reference
from webapp.office import forms
from webapp.office.carrying import point_of
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Response

    from webapp.api.wire import Blueprint
    from webapp.services import StandingOffice

_LISTED = 100


class ApplicationBody(Schema):
    """One application, as it is taken in."""

    form = fields.Dict(
        keys=fields.String(validate=validate.OneOf(list(forms.APPLICATION.fields))),
        values=fields.String(validate=validate.Length(min=1, max=128)),
        required=True,
        metadata={"description": ", ".join(forms.APPLICATION.fields)},
    )
    evidence = evidence_field()
    point = PatternField(NAME, load_default=None)


class Refusal(Schema):
    """Why an application is refused: the code of a fault."""

    code = PatternField("[a-z]+(-[a-z]+){0,7}", required=True, metadata={"example": "identity-number"})


class PointBody(Schema):
    """A service point."""

    point = PatternField(NAME, required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=64))
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in PointKind]))


class ReaderBody(Schema):
    """An enrolment reader."""

    reader = PatternField(NAME, required=True)


class Applications(Schema):
    """The newest of the region, those that wait first."""

    applications = fields.List(fields.Dict(), required=True)
    batches = fields.List(fields.Dict(), required=True)


_REFUSES = (
    *KEPT_SHUT,
    (404, "not-found"),
    (409, "same-person, application-decided, evidence-missing and what else the record says"),
    (428, "idempotency-key-needed"),
)

_APPLICATION_BODY_EXAMPLE = {
    "form": {"name": "某某", "identity_number": "509999198001010011"},
    "evidence": ["application-form", "identity-document-checked", "portrait"],
}

_REFUSAL_EXAMPLE = {"code": "identity-number"}

_POINT_BODY_EXAMPLE = {"point": "hall-2", "name": "两江办事大厅", "kind": "centre"}

_READER_BODY_EXAMPLE = {"reader": "reader-2"}


def add(pages: Blueprint, office: StandingOffice, clock: Callable[[], datetime]) -> None:
    """Put them on `pages`."""

    @pages.get("/applications")
    @pages.response(200, Applications)
    @pages.refuses(*KEPT_SHUT)
    def applications() -> Response:
        """What was taken in lately."""
        seat = Seat.taken(office, clock)
        row, batch = schema.application.c, schema.batch.c
        with seat.desk.store.reading() as work:
            mine = sa.select(schema.application).where(row.region == seat.region).order_by(row.taken.desc(), row.ref).limit(_LISTED)
            found = [register.application_of(each) for each in work.connection.execute(mine)]
            files = sa.select(schema.batch).where(batch.region == seat.region).order_by(batch.taken.desc(), batch.ref).limit(_LISTED)
            batches = [register.batch_of(each) for each in work.connection.execute(files)]
        return unkept({"applications": plain(found), "batches": plain(batches)})

    @pages.post("/applications")
    @pages.arguments(ApplicationBody, example=_APPLICATION_BODY_EXAMPLE)
    @pages.response(201, Told)
    @pages.refuses(*_REFUSES, (400, "office-form, office-point, identity-*, person-name"))
    def take_in(body: dict[str, Any]) -> Response:
        """Take one application in: the first of two steps."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        form = forms.APPLICATION.filled(body["form"], seat.operator)["application"]
        point = point_of(seat.operator) if body["point"] is None else PointRef(body["point"])
        taken = desk.take_in(form, point=point, actor=seat.actor(TAKERS), evidence=shown(body), at=seat.at)
        return unkept({"told": plain(taken)}, status=201)

    @pages.post("/applications/<ref>/approve")
    @pages.response(200, Told)
    @pages.refuses(*_REFUSES)
    def approve_application(ref: str) -> Response:
        """Approve one application, as a second person, which opens the card."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        with seat.known():
            done = desk.approve_application(ApplicationRef(reference(ref)), actor=seat.actor(READERS), at=seat.at)
        return unkept({"told": plain(done.application)})

    @pages.post("/applications/<ref>/refuse")
    @pages.arguments(Refusal, example=_REFUSAL_EXAMPLE)
    @pages.response(200, Told)
    @pages.refuses(*_REFUSES)
    def refuse_application(body: dict[str, Any], ref: str) -> Response:
        """Refuse one application, as a second person."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        with seat.known():
            done = desk.refuse_application(ApplicationRef(reference(ref)), code=body["code"], actor=seat.actor(READERS), at=seat.at)
        return unkept({"told": plain(done)})

    @pages.post("/points")
    @pages.arguments(PointBody, example=_POINT_BODY_EXAMPLE)
    @pages.response(201, Told)
    @pages.refuses(*_REFUSES)
    def register_point(body: dict[str, Any]) -> Response:
        """Designate a service point."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        made = desk.register_point(PointRef(body["point"]), name=body["name"], kind=PointKind(body["kind"]), actor=seat.actor(HEADS), at=seat.at)
        return unkept({"told": plain(made)}, status=201)

    @pages.post("/points/<point>/end")
    @pages.response(200, Told)
    @pages.refuses(*_REFUSES)
    def end_point(point: str) -> Response:
        """Close a service point."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        with seat.known():
            return unkept({"told": plain(desk.end_point(PointRef(named(point)), actor=seat.actor(HEADS), at=seat.at))})

    @pages.post("/readers")
    @pages.arguments(ReaderBody, example=_READER_BODY_EXAMPLE)
    @pages.response(201, Told)
    @pages.refuses(*_REFUSES)
    def register_reader(body: dict[str, Any]) -> Response:
        """Register an enrolment reader."""
        seat = Seat.taken(office, clock)
        seat.desk.once(idempotency_key()).register_reader(body["reader"], actor=seat.actor(HEADS), at=seat.at)
        return unkept({"told": {"reader": body["reader"]}}, status=201)
