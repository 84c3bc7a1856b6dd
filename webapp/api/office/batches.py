"""An employer's file: a report on every row, taken in, and approved by a second person. The file itself is kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from marshmallow import RAISE, fields, validate
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from ecard.lookups import READERS
from ecard.making import register
from ecard.model import BatchRef, Eligibility, PointRef
from webapp.api.artefacts import BYTES
from webapp.api.office.permissions import TAKERS
from webapp.api.office.wires import KEPT_SHUT, NAME, Told, evidence_field, plain, shown, unkept
from webapp.api.wire import PatternField
from webapp.auth.seat import Seat, reference
from webapp.office.carrying import point_of
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Response

    from ecard.making.batches import BatchReport
    from webapp.api.wire import Blueprint
    from webapp.services import StandingOffice

MAX_FILE = 8 * 1024 * 1024
FILES = {"text/csv": BYTES, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": BYTES}


class FileQuery(Schema):
    """What holds for every row of a file."""

    evidence = evidence_field()
    employer = PatternField(NAME, load_default=None, metadata={"description": "The employer's registration"})
    eligibility = fields.String(load_default=Eligibility.RESIDENT.value, validate=validate.OneOf([word.value for word in Eligibility]))
    point = PatternField(NAME, load_default=None)


class FileReport(Schema):
    """Every row of a file."""

    batch = fields.String(required=True, allow_none=True)
    rows = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    refused = fields.List(fields.Dict(), required=True, metadata={"description": "row, code, field, first, says"})


_REFUSES = (
    *KEPT_SHUT,
    (400, "table-*, office-point"),
    (404, "not-found"),
    (409, "same-person, evidence-missing and what else the record says"),
    (413, "request-refused"),
    (415, "request-refused"),
)


def add(pages: Blueprint, office: StandingOffice, clock: Callable[[], datetime]) -> None:
    """Put them on `pages`."""

    @pages.post("/batches/preview")
    @pages.arguments(FileQuery, location="query", unknown=RAISE)
    @pages.response(200, FileReport)
    @pages.refuses(*_REFUSES)
    @pages.doc(requestBody={"required": True, "content": {kind: {"schema": body} for kind, body in FILES.items()}})
    def preview_batch(query: dict[str, Any]) -> Response:
        """Say of every row whether it would be taken in; nothing is."""
        seat = Seat.taken(office, clock)
        return unkept(_report(seat.desk.preview_batch(sent_file(), region=seat.region, actor=seat.actor(TAKERS), evidence=shown(query), at=seat.at)))

    @pages.post("/batches")
    @pages.arguments(FileQuery, location="query", unknown=RAISE)
    @pages.response(200, FileReport)
    @pages.refuses(*_REFUSES)
    @pages.doc(requestBody={"required": True, "content": {kind: {"schema": body} for kind, body in FILES.items()}})
    def take_in_batch(query: dict[str, Any]) -> Response:
        """Take the rows in. The same file again goes on where it stopped."""
        seat = Seat.taken(office, clock)
        report = seat.desk.take_in_batch(
            sent_file(),
            employer=query["employer"] or "",
            point=point_of(seat.operator) if query["point"] is None else PointRef(query["point"]),
            category=Eligibility(query["eligibility"]),
            region=seat.region,
            actor=seat.actor(TAKERS),
            evidence=shown(query),
            at=seat.at,
        )
        return unkept(_report(report))

    @pages.get("/batches/<ref>")
    @pages.response(200, Told)
    @pages.refuses(*KEPT_SHUT, (404, "not-found"))
    def batch(ref: str) -> Response:
        """A batch with its applications."""
        seat = Seat.taken(office, clock)
        with seat.known(), seat.desk.store.reading() as work:
            found = register.batch(work, BatchRef(reference(ref)))
            rows = register.applications_of(work, found.ref)
        seat.of_mine(found.region)
        return unkept({"told": plain(found) | {"applications": plain(rows)}})

    @pages.post("/batches/<ref>/approve")
    @pages.response(200, Told)
    @pages.refuses(*_REFUSES)
    def approve_batch(ref: str) -> Response:
        """Open a card for every row that waits, as a second person. Again: goes on, or no change."""
        seat = Seat.taken(office, clock)
        with seat.known():
            with seat.desk.store.reading() as work:
                seat.of_mine(register.batch(work, BatchRef(reference(ref))).region)
            done = seat.desk.approve_batch(BatchRef(reference(ref)), actor=seat.actor(READERS), at=seat.at)
        return unkept({"told": {"batch": done.batch.ref, "approved": done.approved, "refused": done.refused}})


def sent_file() -> bytes:
    """The file that was sent, which is kept nowhere. 413 and 415 where it is none."""
    if request.mimetype not in FILES:
        raise UnsupportedMediaType
    request.max_content_length = MAX_FILE + 1
    content = request.get_data()
    if len(content) > MAX_FILE:
        raise RequestEntityTooLarge
    return content


def _report(report: BatchReport) -> dict[str, Any]:
    refused = [
        {
            "row": row.row,
            "code": row.refusal.fault.code,
            "field": row.refusal.field,
            "first": row.refusal.first,
            "says": row.refusal.fault.title._asdict(),
        }
        for row in report.rows
        if row.refusal is not None
    ]
    batch = None if report.batch is None else report.batch.ref
    return {"batch": batch, "rows": len(report.rows), "accepted": len(report.rows) - len(refused), "refused": refused}
