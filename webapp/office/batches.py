"""Applications and plastic in numbers: an employer's file, the two steps of an application, orders to the card maker, stock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecard.making.batches import corrections
from ecard.model import ApplicationRef, BatchRef, OrderRef, PointRef, Role
from webapp.office import forms
from webapp.office.answering import DONE, FOUND, say
from webapp.office.carrying import point_of
from webapp.office.doing import save
from webapp.office.forms import read_input
from webapp.office.opening import open_office
from webapp.office.progress import Progress
from webapp.office.telling import to_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ecard.making.batches import BatchReport
    from ecard.model import Actor
    from webapp.office.settings import Operator

_SHOWN = 20


def preview(options: argparse.Namespace) -> int:
    """Say of every row whether it would be taken in. 1 when one would not."""
    return _rows(options, commit=False)


def take_in(options: argparse.Namespace) -> int:
    """Take the rows in; again, it goes on where it stopped. 1 when one was refused."""
    return _rows(options, commit=True)


def _rows(options: argparse.Namespace, *, commit: bool) -> int:
    at = options.clock()
    content = read_input(options.file)
    with open_office(options.office, at=at) as office:
        operator = office.settings.operator(options.actor)
        terms: dict[str, Any] = {"region": operator.region, "actor": operator.acting(), "evidence": frozenset(options.evidence), "at": at}
        with Progress("受理 / taking in" if commit else "预检 / preview") as progress:
            if commit:
                report = office.desk.take_in_batch(
                    content, employer=options.employer, point=_point(options, operator), category=options.category, progress=progress, **terms
                )
            else:
                report = office.desk.preview_batch(content, progress=progress, **terms)
        if options.corrections is not None and report.refused:
            save(options.corrections, corrections(content, report))
        say(options, _page(report), _lines(report, saved=options.corrections is not None))
        return FOUND if report.refused else DONE


def _point(options: argparse.Namespace, operator: Operator) -> PointRef:
    return point_of(operator) if options.point is None else PointRef(options.point)


def _page(report: BatchReport) -> dict[str, Any]:
    refused = [
        {"row": row.row, "code": row.refusal.fault.code, "field": row.refusal.field, "first": row.refusal.first} for row in report.rows if row.refusal
    ]
    batch = None if report.batch is None else report.batch.ref
    return {"batch": batch, "rows": len(report.rows), "accepted": len(report.rows) - len(refused), "refused": refused}


def _lines(report: BatchReport, *, saved: bool) -> Iterator[str]:
    good = len(report.rows) - len(report.refused)
    yield f"{len(report.rows)} 行：可受理 {good} 行，退回 {len(report.refused)} 行 / {len(report.rows)} rows: {good} good, {len(report.refused)} refused"
    for row in report.refused[:_SHOWN]:
        if row.refusal is not None:
            yield f"  第 {row.row} 行 / row {row.row}: {row.refusal.sentence}"
    if len(report.refused) > _SHOWN:
        yield f"  另有 {len(report.refused) - _SHOWN} 行；--json 列出全部 / and {len(report.refused) - _SHOWN} more; --json lists all"
    if report.refused and not saved:
        yield "  --corrections 文件：导出退回的行，改正后重新提交 / --corrections FILE writes the refused rows, to be mended and handed in again"
    if report.batch is not None:
        yield f"批次 / batch {report.batch.ref}"
        yield "  由另一人批准 / for a second person: ecard batch approve"


def approve(options: argparse.Namespace) -> int:
    """Open a card for every row that waits, as a second person."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting()
        with Progress("批准 / approving") as progress:
            done = office.desk.approve_batch(BatchRef(options.batch), actor=actor, at=at, progress=progress)
        say(
            options,
            {"batch": done.batch.ref, "approved": done.approved, "refused": done.refused},
            [f"已建卡 {done.approved} 张，退回 {done.refused} 行 / {done.approved} cards opened, {done.refused} rows refused"],
        )
        return DONE


def application_take_in(options: argparse.Namespace) -> int:
    """Take one application in: the first of two steps."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        operator = office.settings.operator(options.actor)
        form = forms.fill(forms.APPLICATION, options.form, operator)["application"]
        terms = {"actor": operator.acting(), "evidence": frozenset(options.evidence), "at": at}
        taken = office.desk.take_in(form, point=_point(options, operator), **terms)
        say(options, to_json(taken), [f"已受理，等待另一人批准 / taken in; a second person decides: {taken.ref}"])
        return DONE


def application_approve(options: argparse.Namespace) -> int:
    """Approve one application, as a second person, which opens the card."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting()
        done = office.desk.approve_application(ApplicationRef(options.application), actor=actor, at=at)
        line = f"已建卡 / card opened: {done.application.card}" if done.application.card else f"已退回 / refused: {done.application.code}"
        say(options, to_json(done.application), [line])
        return DONE if done.application.card else FOUND


def order_place(options: argparse.Namespace) -> int:
    """Order every chip that waits to be made for a service point."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        operator = office.settings.operator(options.actor)
        order, items = office.desk.place_order(maker=options.maker, point=_point(options, operator), actor=_producer(operator), at=at)
        say(options, to_json(order) | {"lines": len(items)}, [f"制卡单 / order {order.ref}：{len(items)} 张 / cards"])
        return DONE


def order_file(options: argparse.Namespace) -> int:
    """Write the order's file for the card maker: the one file with names and numbers in it, for its owner's eyes only."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = _producer(office.settings.operator(options.actor))
        content = office.desk.order_file(OrderRef(options.order), actor=actor, at=at)
        save(options.out, content)
        say(options, {"file": options.out.name, "bytes": len(content)}, [f"已写入 / written: {options.out.name}，{len(content)} 字节 / bytes"])
        return DONE


def order_return(options: argparse.Namespace) -> int:
    """Book what the card maker sent back. 1 when a line does not fit the order."""
    at = options.clock()
    content = read_input(options.file)
    with open_office(options.office, at=at) as office:
        actor = _producer(office.settings.operator(options.actor))
        booked = office.desk.take_return(OrderRef(options.order), content, actor=actor, at=at)
        lines = [
            f"成品 {booked.made}，废卡 {booked.damaged}，此前已登记 {booked.repeated}，未回 {len(booked.still_open)}",
            f"made {booked.made}, damaged {booked.damaged}, booked before {booked.repeated}, still out {len(booked.still_open)}",
            *(f"  第 {item.row} 行不符 / row {item.row} does not fit: {item.wrong}" for item in booked.mismatches),
        ]
        say(options, to_json(booked), lines)
        return FOUND if booked.mismatches else DONE


def stock(options: argparse.Namespace) -> int:
    """Whether every piece of plastic is accounted for, and what is overdue. 1 when something is not."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        wrong = office.desk.stock_imbalances()
        late = [item for region in office.settings.regions for item in office.desk.overdue_stock(region, at=at)]
        lines = [f"不平 {len(wrong)} 项，逾期 {len(late)} 张 / {len(wrong)} imbalances, {len(late)} cards overdue"]
        lines += [f"  {to_json(item)}" for item in wrong] + [f"  {item.card}  {item.state}" for item in late]
        say(options, {"imbalances": to_json(wrong), "overdue": to_json(tuple(late))}, lines)
        return FOUND if wrong or late else DONE


def _producer(operator: Operator) -> Actor:
    return operator.acting((Role.PRODUCTION, Role.SUPERVISOR))
