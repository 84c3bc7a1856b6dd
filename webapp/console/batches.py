"""Applications: one by one, or an employer's file with a report on every row; decided by a second person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import Response, redirect, request, url_for

from codes.errors import CardError, InputError, StateError
from ecard import faults as record
from ecard import schema
from ecard.identity import IdentityType
from ecard.lifecycle import Evidence
from ecard.lookups import READERS
from ecard.making import register
from ecard.making.batches import corrections
from ecard.model import ApplicationRef, ApplicationState, BatchRef, Eligibility
from webapp import faults
from webapp.console.permissions import TAKERS
from webapp.office.carrying import point_of
from webapp.office.forms import APPLICATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Blueprint
    from werkzeug.wrappers import Response as Answer

    from ecard.making.batches import BatchReport
    from ecard.model import ApplicationRow, Batch
    from webapp.console.frame import Frame
    from webapp.console.visit import Visit

MOST = 100
SHOWN = 500
"""Rows of a report that a page lists; the corrections file has all."""
REASONS = (record.EVIDENCE_MISSING, record.IDENTITY_NUMBER, record.PERSON_NAME, record.ROW_PORTRAIT)
"""Why an application that was looked at again may be refused."""
PAPERS = (Evidence.FORM, Evidence.IDENTITY_DOCUMENT, Evidence.PORTRAIT)


def add(pages: Blueprint, frame: Frame) -> None:
    """Put them on `pages`."""

    @pages.get("/applications")
    def applications() -> Response:
        return _page(frame, frame.visit())

    @pages.post("/applications")
    def take_in() -> Answer:
        seen = frame.visit()
        try:
            form = {name: word for name in APPLICATION.fields if (word := request.form.get(name, "").strip())}
            wanted = APPLICATION.filled(form, seen.operator)["application"]
            desk = seen.desk.once(request.form.get("key", ""))
            desk.take_in(wanted, point=point_of(seen.operator), actor=seen.actor(TAKERS), evidence=_papers(), at=seen.at)
        except CardError as error:
            return _page(frame, seen, refused=error)
        return redirect(url_for("console.applications", done="taken"), 303)

    @pages.post("/applications/<ref>")
    def decide_application(ref: str) -> Answer:
        seen = frame.visit()
        desk, actor, wanted = seen.desk.once(request.form.get("key", "")), seen.actor(READERS), _application(seen, ref)
        if request.form.get("decision") == "refuse":
            code = request.form.get("reason", "")
            if code not in {reason.code for reason in REASONS}:
                raise InputError(faults.CONSOLE_FORM, member="reason")
            desk.refuse_application(wanted.ref, code=code, actor=actor, at=seen.at)
            return redirect(url_for("console.applications", done="refused"), 303)
        done = desk.approve_application(wanted.ref, actor=actor, at=seen.at).application
        if done.card is None:
            return redirect(url_for("console.applications", done="refused"), 303)
        return redirect(url_for("console.card", card=done.card), 303)

    @pages.post("/batches")
    def batch() -> Response:
        seen = frame.visit()
        try:
            return _file(frame, seen)
        except CardError as error:
            return _page(frame, seen, refused=error)

    @pages.get("/batches/<ref>")
    def batch_rows(ref: str) -> Response:
        seen = frame.visit()
        found = _batch(seen, ref)
        with seen.desk.store.reading() as work:
            rows = register.applications_of(work, found.ref)
        return frame.page(seen, "batch.html", batch=found, rows=rows, report=None, shown=SHOWN, waits=_waits(rows))

    @pages.post("/batches/<ref>/approve")
    def approve_batch(ref: str) -> Answer:
        seen = frame.visit()
        seen.desk.approve_batch(_batch(seen, ref).ref, actor=seen.actor(READERS), at=seen.at)
        return redirect(url_for("console.batch_rows", ref=ref), 303)


def _batch(seen: Visit, ref: str) -> Batch:
    """A batch of the operator's region; another region's is as unknown as one that is not. Raises `StateError` batch-unknown."""
    with seen.desk.store.reading() as work:
        found = register.batch(work, BatchRef(ref))
    if found.region != seen.operator.region:
        raise StateError(record.BATCH_UNKNOWN)
    return found


def _application(seen: Visit, ref: str) -> ApplicationRow:
    """The same for an application. Raises `StateError` application-unknown."""
    own = (schema.application.c.ref == ApplicationRef(ref)) & (schema.application.c.region == seen.operator.region)
    with seen.desk.store.reading() as work:
        row = work.connection.execute(sa.select(schema.application).where(own)).one_or_none()
    if row is None:
        raise StateError(record.APPLICATION_UNKNOWN)
    return register.application_of(row)


def _waits(rows: Sequence[ApplicationRow]) -> int:
    return sum(row.state is ApplicationState.CHECKED for row in rows)


def _papers() -> frozenset[Evidence]:
    known = {paper.value: paper for paper in Evidence}
    return frozenset(known[word] for word in request.form.getlist("evidence") if word in known)


def _page(frame: Frame, seen: Visit, *, refused: CardError | None = None) -> Response:
    row, batch = schema.application.c, schema.batch.c
    with seen.desk.store.reading() as work:
        alone = (row.region == seen.operator.region) & row.batch.is_(None)
        found = work.connection.execute(sa.select(schema.application).where(alone).order_by(row.taken.desc(), row.ref).limit(MOST))
        rows = sorted(map(register.application_of, found), key=lambda row: row.state is not ApplicationState.CHECKED)
        mine = sa.select(schema.batch).where(batch.region == seen.operator.region).order_by(batch.taken.desc(), batch.ref).limit(MOST)
        batches = [register.batch_of(found) for found in work.connection.execute(mine)]
    return frame.page(
        seen,
        "applications.html",
        status=200 if refused is None else frame.refused_status(refused),
        rows=rows,
        batches=batches,
        refused=refused,
        papers=PAPERS,
        reasons=REASONS,
        titles={reason.code: reason.title for reason in REASONS},
        kinds=list(IdentityType),
        categories=list(Eligibility),
        may_decide=seen.may(*READERS),
        done=request.args.get("done"),
    )


def _file(frame: Frame, seen: Visit) -> Response:
    """Preview, take in, or hand the refused rows back: the same file each time, which is kept nowhere."""
    sent = request.files.get("file")
    content = b"" if sent is None else sent.read()
    if not content:
        raise InputError(faults.CONSOLE_FORM, member="file")
    mode = request.form.get("mode")
    report = _taken_in(seen, content) if mode == "commit" or (mode == "corrections" and _known(seen, content)) else _previewed(seen, content)
    if mode == "corrections":
        answer = Response(corrections(content, report), content_type="application/octet-stream")
        answer.headers["Content-Disposition"] = f"attachment; filename=corrections.{report.format}"
        return answer
    return frame.page(seen, "batch.html", batch=report.batch, report=report, rows=None, shown=SHOWN, waits=0)


def _terms(seen: Visit) -> dict[str, object]:
    return {"region": seen.operator.region, "actor": seen.actor(TAKERS), "evidence": _papers(), "at": seen.at}


def _previewed(seen: Visit, content: bytes) -> BatchReport:
    return seen.desk.preview_batch(content, **_terms(seen))  # type: ignore[arg-type] # because the terms of both calls are one mapping


def _taken_in(seen: Visit, content: bytes) -> BatchReport:
    employer = request.form.get("employer", "").strip()
    try:
        category = Eligibility(request.form.get("eligibility", Eligibility.RESIDENT.value))
    except ValueError:
        raise InputError(faults.CONSOLE_FORM, member="eligibility") from None
    earlier = _known(seen, content)
    employer = earlier.employer if earlier is not None and not employer else employer
    if not employer or len(employer) > 64 or not employer.isprintable():
        raise InputError(faults.CONSOLE_FORM, member="employer")
    point = point_of(seen.operator)
    return seen.desk.take_in_batch(content, employer=employer, point=point, category=category, **_terms(seen))  # type: ignore[arg-type] # because the terms of both calls are one mapping


def _known(seen: Visit, content: bytes) -> Batch | None:
    """The batch that this file made, if it was taken in before."""
    digest = seen.desk.vault.fingerprint(content)
    with seen.desk.store.reading() as work:
        row = work.connection.execute(sa.select(schema.batch).where(schema.batch.c.digest == digest)).one_or_none()
    return None if row is None else register.batch_of(row)
