"""What the tests of cards in numbers share: a service point, forms as employers fill them in, a card maker that answers orders."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

from ecard.lifecycle import RULES, Command
from ecard.making import sheet
from ecard.model import Actor, OrderRef, PointKind, PointRef, Role, StockItem
from ecard.spreadsheet import write_xlsx
from tests.ecard.city import CQ, SECOND_CLERK, SUPERVISOR, WORKSHOP, City, key, person_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecard.making.batches import BatchReport

POINT = PointRef("point-cq-yuzhong")
OTHER_POINT = PointRef("point-cq-wanzhou")
EMPLOYER = "91500000TEST0000X1"
INTAKE = Actor(ref="village-1", person="staff-9", role=Role.INTAKE, region=CQ)
FORM = RULES[Command.APPLY].evidence


def open_point(city: City, point: PointRef = POINT, kind: PointKind = PointKind.TOWNSHIP) -> PointRef:
    city.office.register_point(point, name=f"演示网点 {point}", kind=kind, actor=SUPERVISOR, at=city.at)
    return point


def filled(order: int, **other: str) -> list[str]:
    """A good row of a form, with some cells filled in otherwise."""
    cells = {sheet.TYPE: "", sheet.NUMBER: person_number(order), sheet.NAME: "江小鱼", sheet.BORN: "1990-03-07", sheet.PORTRAIT: f"{order}.jpg"}
    return list((cells | other).values())


def as_csv(rows: Sequence[Sequence[str]], *, encoding: str = "utf-8-sig", heading: Sequence[str] = sheet.HEADING) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([heading, *rows])
    return text.getvalue().encode(encoding)


def as_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    return write_xlsx([sheet.HEADING, *rows])


def take_in(city: City, content: bytes, *, point: PointRef = POINT, employer: str = EMPLOYER, actor: Actor = INTAKE) -> BatchReport:
    return city.office.take_in_batch(content, employer=employer, point=point, region=CQ, actor=actor, evidence=FORM, at=city.at)


def preview(city: City, content: bytes, actor: Actor = INTAKE) -> BatchReport:
    return city.office.preview_batch(content, region=CQ, actor=actor, evidence=FORM, at=city.at)


def wrong(report: BatchReport) -> list[tuple[int, str, str | None]]:
    """Row, code and field of every row that was refused."""
    return [(row.row, row.refusal.fault.code, row.refusal.field) for row in report.rows if row.refusal]


def batch_of_cards(city: City, count: int) -> list[str]:
    """A batch that was taken in and approved: the references of its cards."""
    open_point(city)
    report = take_in(city, as_csv([filled(order) for order in range(1, count + 1)]))
    assert report.batch
    city.office.approve_batch(report.batch.ref, actor=SECOND_CLERK, at=city.at)
    with city.office.store.reading() as work:
        found = work.connection.exec_driver_sql("SELECT card FROM application WHERE card IS NOT NULL ORDER BY line").scalars()
        return list(found)


def ordered(city: City) -> tuple[OrderRef, tuple[StockItem, ...]]:
    order, items = city.office.place_order(maker="演示制卡厂", point=POINT, actor=WORKSHOP, at=city.at)
    return order.ref, items


def made(city: City, items: Sequence[StockItem]) -> None:
    """The card maker personalises these chips."""
    for item in items:
        dossier = city.office.card(item.card)
        city.personalise(dossier, replace(city.chip_of(dossier), signer=key(f"chip {item.carrier}")))


def answer(city: City, items: Sequence[StockItem], results: Sequence[str]) -> bytes:
    rows = [[str(item.line), city.office.card(item.card).card.number, result, ""] for item, result in zip(items, results, strict=True)]
    return as_csv(rows, heading=("行号", "卡号", "结果", "说明"))


def in_stock(city: City, count: int) -> tuple[OrderRef, tuple[StockItem, ...]]:
    """Cards of an employer's batch, finished and waiting at the service point."""
    batch_of_cards(city, count)
    order, items = ordered(city)
    made(city, items)
    city.office.take_return(order, answer(city, items, ["成品"] * count), actor=WORKSHOP, at=city.at)
    return order, items
