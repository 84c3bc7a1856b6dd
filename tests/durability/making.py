"""Cards made in numbers: a batch, an order, a return file, the hand-out, and what is left over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ecard.lifecycle import RULES, Command
from ecard.making import handing
from ecard.model import HandedTo, PointKind
from tests.durability.day import Day, Step, demand, once_more
from tests.ecard.city import CLERK, CQ, READER, SECOND_CLERK, SUPERVISOR, WORKSHOP
from tests.ecard.counters import EMPLOYER, FORM, INTAKE, POINT, answer, as_csv, filled

if TYPE_CHECKING:
    from ecard.making.batches import BatchDecision, BatchReport
    from ecard.office import CardOffice
    from tests.durability.day import Chapter


def opened(day: Day) -> Chapter:
    """A service point and a reader, before anybody comes."""
    at = day.city.at
    place: dict[str, Any] = {"name": "演示网点", "kind": PointKind.TOWNSHIP, "actor": SUPERVISOR, "at": at}
    yield Step("register-point", lambda office: office.register_point(POINT, **place))
    yield Step("register-reader", lambda office: office.register_reader(READER, actor=SUPERVISOR, at=at))


def at_the_counter(day: Day) -> Chapter:
    """Two applications in two steps each: one approved, one refused."""
    at, refs = day.city.at, []
    for order in (21, 22):
        given: dict[str, Any] = {"application": day.city.form(order), "point": POINT, "actor": INTAKE, "evidence": FORM, "at": at}
        taken = yield Step("take-in", lambda office, given=given: office.take_in(**given))  # type: ignore[misc] # because a lambda's default has no type
        refs.append(taken.ref)
    yield Step("refuse-application", lambda office: office.refuse_application(refs[1], code="row-portrait", actor=CLERK, at=at))
    yield Step("approve-application", lambda office: office.approve_application(refs[0], actor=CLERK, at=at), (Command.APPLY,))


def in_numbers(day: Day) -> Chapter:
    """An employer's batch of two: one card is made and handed to the employer, one is spoilt and will be made again."""
    at, rows = day.city.at, as_csv([filled(31), filled(32)])

    def take(office: CardOffice) -> BatchReport:
        return once_more(office).take_in_batch(rows, employer=EMPLOYER, point=POINT, region=CQ, actor=INTAKE, evidence=FORM, at=at)

    report = yield Step("take-in-batch", take)

    def approve(office: CardOffice) -> BatchDecision:
        decided = once_more(office).approve_batch(report.batch.ref, actor=SECOND_CLERK, at=at)
        demand(done=decided.approved == len(report.rows))
        return decided

    yield Step("approve-batch", approve, (Command.APPLY,))
    order, items = yield Step("place-order", lambda office: office.place_order(maker="演示制卡厂", point=POINT, actor=WORKSHOP, at=at))
    items = items[:2]
    day.cards += [item.card for item in items]
    yield Step("order-file", lambda office: once_more(office).order_file(order.ref, actor=WORKSHOP, at=at))
    for item in items:
        yield from day.chip(item.card)
    content = answer(day.city, items, ["成品", "废卡"])
    returned = Step("take-return", lambda office: office.take_return(order.ref, content, actor=WORKSHOP, at=at), (Command.REMAKE_CHIP,))
    yield returned
    first = items[0].card
    papers = handing.PAPERS[HandedTo.EMPLOYER]
    given = {"to": HandedTo.EMPLOYER, "point": POINT, "actor": INTAKE, "employer": EMPLOYER, "evidence": papers}
    yield day.desk("hand-out", Command.HAND_OUT, lambda office, said: office.hand_out(first, **said), **given)
    return first


def left_over(day: Day, item: Any) -> Chapter:
    """What the employer could not pass on comes back, is kept for its time, and is destroyed before a witness."""
    back = day.city.later(days=3)
    kept = Step("store-uncollected", lambda office: office.store_uncollected(item, actor=INTAKE, at=back), (Command.STORE_UNCOLLECTED,))
    yield kept
    day.city.later(days=181)
    destroyed = {"how": "shredded", "witness": SECOND_CLERK, "evidence": RULES[Command.DESTROY_STOCK].evidence}
    yield day.desk("destroy-stock", Command.DESTROY_STOCK, lambda office, said: office.destroy_stock(item, **said), **destroyed)


def with_fees(day: Day) -> None:
    """Let a replacement cost what an approval says."""
    from datetime import date

    from ecard.fees import Fee, FeeSchedule
    from ecard.model import FeeAct

    fee = Fee(act=FeeAct.REPLACEMENT, fen=2500, basis="演示收费依据", since=date(2020, 1, 1))
    day.city.office = replace(day.city.office, fees=FeeSchedule((fee,)))
