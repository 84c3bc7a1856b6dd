from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from codes.claims import StatusType
from ecard import faults
from ecard.model import CardRef, CarrierState, EndReason, OrderRef, PointKind, StockState
from tests.ecard.city import CLERK, NOW, SC, SUPERVISOR, WORKSHOP, City, person_number, refused
from tests.ecard.counters import (
    INTAKE,
    OTHER_POINT,
    POINT,
    answer,
    as_csv,
    batch_of_cards,
    in_stock,
    made,
    open_point,
    ordered,
)


def states(city: City) -> list[str]:
    with city.office.store.reading() as work:
        return list(work.connection.exec_driver_sql("SELECT state FROM stock_item ORDER BY order_ref, line").scalars())


def test_every_card_that_waits_is_ordered_once_and_accounted_for_when_it_comes_back(city: City) -> None:
    batch_of_cards(city, 3)
    direct = city.apply(7)
    order, items = ordered(city)
    assert len(items) == 4
    assert direct.chip
    assert {item.carrier for item in items} >= {direct.chip.ref}
    made(city, items[:3])
    booked = city.office.take_return(order, answer(city, items[:3], ["成品", "made", "废卡"]), actor=WORKSHOP, at=city.at)
    assert (booked.made, booked.damaged, booked.still_open, booked.mismatches) == (2, 1, (4,), ())
    assert sorted(states(city)) == ["damaged", "made", "made", "ordered"]
    assert city.office.stock_imbalances() == ()


@pytest.mark.error("order-empty")
def test_what_is_ordered_is_not_ordered_again(city: City) -> None:
    batch_of_cards(city, 2)
    ordered(city)
    with refused(faults.ORDER_EMPTY):
        ordered(city)
    with refused(faults.POINT_UNKNOWN):
        city.office.place_order(maker="x", point=OTHER_POINT, actor=WORKSHOP, at=city.at)


def test_a_card_is_made_for_the_point_where_it_was_applied_for(city: City) -> None:
    batch_of_cards(city, 2)
    open_point(city, OTHER_POINT, PointKind.CENTRE)
    with refused(faults.ORDER_EMPTY):
        city.office.place_order(maker="x", point=OTHER_POINT, actor=WORKSHOP, at=city.at)


def test_only_production_orders_and_reads_what_stands_on_a_card(city: City) -> None:
    batch_of_cards(city, 1)
    order, _ = ordered(city)
    for actor in (CLERK, INTAKE, replace(WORKSHOP, region=None)):
        with refused(faults.NOT_PERMITTED, article="HZ-4"):
            city.office.place_order(maker="x", point=POINT, actor=actor, at=city.at)
        with refused(faults.NOT_PERMITTED, article="HZ-4"):
            city.office.order_file(order, actor=actor, at=city.at)
        with refused(faults.NOT_PERMITTED, article="HZ-4"):
            city.office.take_return(order, answer(city, [], []), actor=actor, at=city.at)
    elsewhere = replace(WORKSHOP, region=SC)
    with refused(faults.OTHER_REGION):
        city.office.order_file(order, actor=elsewhere, at=city.at)
    with refused(faults.OTHER_REGION):
        city.office.take_return(order, answer(city, [], []), actor=elsewhere, at=city.at)


def test_the_order_file_holds_the_face_of_each_card_and_every_reading_is_on_record(city: City) -> None:
    cards = batch_of_cards(city, 2)
    order, items = ordered(city)
    lines = list(csv.reader(io.StringIO(city.office.order_file(order, actor=WORKSHOP, at=city.at).decode("utf-8-sig"))))
    assert lines[0] == ["行号", "卡号", "卡识别码", "姓名", "证件号码", "有效期至"]
    assert {line[4] for line in lines[1:]} == {person_number(1), person_number(2)}
    assert {line[1] for line in lines[1:]} == {city.office.card(CardRef(card)).card.number for card in cards}
    assert {line[5] for line in lines[1:]} == {"2036-11-21"}
    with city.office.store.reading() as work:
        holder = city.office.card(items[0].card).card.holder
        assert [link.purpose for link in city.office.vault.accesses(work, holder)][-1] == "card-face"
    made(city, items[:1])
    city.office.take_return(order, answer(city, items[:1], ["成品"]), actor=WORKSHOP, at=city.at)
    assert len(city.office.order_file(order, actor=SUPERVISOR, at=city.at).splitlines()) == 2


@pytest.mark.error("order-unknown")
def test_an_order_that_nobody_placed_is_unknown(city: City) -> None:
    with refused(faults.ORDER_UNKNOWN):
        city.office.order_file(OrderRef("nothing"), actor=WORKSHOP, at=city.at)


def test_a_spoilt_chip_is_dead_and_another_is_made_under_a_new_code(city: City) -> None:
    batch_of_cards(city, 1)
    order, (item,) = ordered(city)
    old = city.office.card(item.card).chip
    made(city, [item])
    city.office.take_return(order, answer(city, [item], ["damaged"]), actor=WORKSHOP, at=city.later(minutes=1))
    dossier = city.office.card(item.card)
    assert old
    spoilt = dossier.carrier(old.ref)
    assert spoilt
    assert (spoilt.state, spoilt.end_reason) == (CarrierState.ENDED, EndReason.DESTROYED)
    assert dossier.chip
    assert dossier.chip.card_code != old.card_code
    assert set(city.statuses().values()) == {StatusType.INVALID.name}
    assert city.office.events(item.card)[-1].command == "remake-chip"
    again, (second,) = ordered(city)
    made(city, [second])
    assert city.office.take_return(again, answer(city, [second], ["made"]), actor=WORKSHOP, at=city.at).made == 1
    assert city.office.stock_imbalances() == ()


def test_the_same_file_again_books_nothing_twice_and_the_rest_of_it_later(city: City) -> None:
    batch_of_cards(city, 3)
    order, items = ordered(city)
    made(city, items[:1])
    content = answer(city, items, ["成品"] * 3)
    first = city.office.take_return(order, content, actor=WORKSHOP, at=city.at)
    assert (first.made, [mismatch.wrong for mismatch in first.mismatches]) == (1, ["not personalised"] * 2)
    made(city, items[1:2])
    second = city.office.take_return(order, content, actor=WORKSHOP, at=city.at)
    assert (second.made, second.repeated, len(second.mismatches)) == (1, 1, 1)
    made(city, items[2:])
    third = city.office.take_return(order, content, actor=WORKSHOP, at=city.at)
    fourth = city.office.take_return(order, content, actor=WORKSHOP, at=city.at)
    assert (third.made, third.repeated, fourth.made, fourth.repeated, fourth.still_open) == (1, 2, 0, 3, ())
    assert city.office.stock_imbalances() == ()


@pytest.mark.error("order-line")
@pytest.mark.parametrize("as_file", [as_csv, None])
def test_lines_that_do_not_fit_the_order_are_reported_and_left_open(city: City, as_file: object) -> None:
    batch_of_cards(city, 2)
    order, items = ordered(city)
    made(city, items)
    numbers = [city.office.card(item.card).card.number for item in items]
    rows = [
        ["1", numbers[1], "made"],
        ["9", numbers[0], "made"],
        ["一", numbers[0], "made"],
        ["1", numbers[0], "perhaps"],
        ["1", "C00000001", "made"],
        ["1", "=1+1", "made"],
        ["2", numbers[1], "made"],
        ["2", numbers[1], "damaged"],
    ]
    heading = ("line", "card_number", "result")
    content = as_csv(rows, heading=heading)
    if as_file is None:
        from ecard.spreadsheet import write_xlsx

        content = write_xlsx([heading, *rows])
    booked = city.office.take_return(order, content, actor=WORKSHOP, at=city.at)
    wrong = {mismatch.row: mismatch.wrong for mismatch in booked.mismatches}
    assert wrong == {2: "card", 3: "line", 4: "line", 5: "result", 6: "card-number", 7: "card-number", 9: "told otherwise before"}
    assert (booked.made, booked.still_open) == (1, (1,))
    assert {mismatch.fault for mismatch in booked.mismatches} == {faults.ORDER_LINE, faults.CARD_NUMBER}


def test_a_card_left_without_a_chip_gets_another(city: City) -> None:
    order, (item,) = in_stock(city, 1)
    assert city.office.remake_chip(item.card, actor=WORKSHOP, at=city.at).card.revision == city.office.card(item.card).card.revision
    with refused(faults.NOT_PERMITTED):
        city.office.remake_chip(item.card, actor=CLERK, at=city.at)
    assert (order, states(city)) == (item.order, [StockState.MADE.value])
    assert city.office.stock_movements(item.card)[0].at == NOW


def test_what_comes_back_for_a_card_that_has_ended_is_booked_and_not_made_again(city: City) -> None:
    batch_of_cards(city, 2)
    order, items = ordered(city)
    made(city, items)
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("UPDATE carrier SET state = 'ended', end_reason = 'cancelled'")
        work.connection.exec_driver_sql("UPDATE card SET state = 'ended', end_reason = 'cancelled', revision = revision + 1")
    booked = city.office.take_return(order, answer(city, items, ["made", "damaged"]), actor=WORKSHOP, at=city.at)
    assert (booked.made, booked.damaged) == (1, 1)
    with refused(faults.ORDER_EMPTY):
        ordered(city)
    assert city.office.stock_imbalances() == ()


def test_an_order_and_a_return_file_that_are_sent_again_get_their_first_answer(city: City) -> None:
    batch_of_cards(city, 2)
    orders = [city.office.once("order " * 4).place_order(maker="x", point=POINT, actor=WORKSHOP, at=city.at) for _ in range(2)]
    assert orders[0] == orders[1]
    order, items = orders[0]
    made(city, items[:1])
    content = answer(city, items, ["made", "made"])
    booked = [city.office.once("return " * 4).take_return(order.ref, content, actor=WORKSHOP, at=city.at) for _ in range(2)]
    assert booked[0] == booked[1]
    assert (booked[0].made, booked[0].repeated, len(booked[0].mismatches)) == (1, 0, 1)
