from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from codes.claims import StatusType
from ecard import faults
from ecard.check import PublicKeys, check_record
from ecard.lifecycle import RULES, Command, Evidence
from ecard.making import handing
from ecard.model import CardRef, CardState, CarrierState, EndReason, HandedTo, PointKind, StockItem, StockState
from tests.ecard.city import CLERK, CQ, SC, SECOND_CLERK, WORKSHOP, City, key, refused
from tests.ecard.counters import EMPLOYER, INTAKE, OTHER_POINT, POINT, answer, in_stock, open_point, ordered

if TYPE_CHECKING:
    from collections.abc import Iterator


PROTOCOL = RULES[Command.DESTROY_STOCK].evidence


def hand_out(city: City, card: CardRef, to: HandedTo = HandedTo.SELF, *, employer: str | None = None) -> StockItem:
    return city.office.hand_out(card, to=to, point=POINT, actor=INTAKE, evidence=handing.PAPERS[to], employer=employer, at=city.at)


def destroy(city: City, card: CardRef) -> StockItem:
    return city.office.destroy_stock(card, how="shredded", witness=SECOND_CLERK, actor=CLERK, evidence=PROTOCOL, at=city.at)


@pytest.mark.article("ZS-6")
@pytest.mark.article("CQ-25(3)-(5)")
def test_every_card_that_leaves_the_desk_stands_in_the_register_with_who_took_it_and_on_what_papers(city: City) -> None:
    _, items = in_stock(city, 3)
    for item, to in zip(items, HandedTo, strict=True):
        handed = hand_out(city, item.card, to, employer=EMPLOYER)
        assert handed.state is StockState.HANDED
        made, last = city.office.stock_movements(item.card)
        assert (made.state, last.state) == (StockState.MADE, StockState.HANDED)
        assert (last.to, last.point, last.person, set(last.evidence)) == (to, POINT, INTAKE.person, set(handing.PAPERS[to]))
        assert hand_out(city, item.card, to, employer=EMPLOYER) == handed
        assert [event.command for event in city.office.events(item.card)][-1] == "hand-out"
    assert len(city.office.stock_movements(items[0].card)) == 2
    assert city.office.stock_imbalances() == ()


@pytest.mark.article("CQ-25(3)-(5)")
@pytest.mark.error("not-of-this-employer")
def test_a_proxy_shows_both_documents_and_an_employer_collects_only_what_it_applied_for(city: City) -> None:
    _, (item,) = in_stock(city, 1)
    for to, papers in handing.PAPERS.items():
        for missing in papers:
            with refused(faults.EVIDENCE_MISSING, missing=missing):
                city.office.hand_out(item.card, to=to, point=POINT, actor=INTAKE, evidence=papers - {missing}, employer=EMPLOYER, at=city.at)
    assert {Evidence.IDENTITY_DOCUMENT, Evidence.PROXY_DOCUMENT} <= handing.PAPERS[HandedTo.PROXY]
    for employer in (None, "another employer"):
        with refused(faults.NOT_EMPLOYERS):
            hand_out(city, item.card, HandedTo.EMPLOYER, employer=employer)
    assert len(city.office.stock_movements(item.card)) == 1


@pytest.mark.article("CQ-25(3)-(5)")
def test_a_card_that_somebody_else_collected_is_good_for_nothing_until_its_holder_activates_it(city: City) -> None:
    _, (item,) = in_stock(city, 1)
    hand_out(city, item.card, HandedTo.EMPLOYER, employer=EMPLOYER)
    assert set(city.statuses().values()) == {StatusType.SUSPENDED.name}
    card = city.office.activate(item.card, actor=CLERK, evidence=RULES[Command.ACTIVATE].evidence, at=city.at)
    assert card.card.state is CardState.ACTIVE
    with refused(faults.NOT_IN_STOCK, state="handed"):
        city.office.store_uncollected(item.card, actor=INTAKE, at=city.at)


@pytest.mark.article("HZ-9a")
@pytest.mark.article("CQ-11a")
@pytest.mark.error("not-in-stock")
def test_cards_are_handed_out_at_the_designated_point_that_has_them(city: City) -> None:
    _, (item,) = in_stock(city, 1)
    open_point(city, OTHER_POINT, PointKind.CENTRE)
    papers = handing.PAPERS[HandedTo.SELF]
    with refused(faults.POINT_UNKNOWN):
        city.office.hand_out(item.card, to=HandedTo.SELF, point="market stall", actor=CLERK, evidence=papers, at=city.at)  # type: ignore[arg-type]  # because a test makes a reference up
    with refused(faults.NOT_IN_STOCK, state="made"):
        city.office.hand_out(item.card, to=HandedTo.SELF, point=OTHER_POINT, actor=CLERK, evidence=papers, at=city.at)
    for actor, fault in ((WORKSHOP, faults.NOT_PERMITTED), (replace(INTAKE, region=SC), faults.OTHER_REGION)):
        with refused(fault):
            city.office.hand_out(item.card, to=HandedTo.SELF, point=POINT, actor=actor, evidence=papers, at=city.at)
    unmade = city.apply(9)
    with refused(faults.NOT_IN_STOCK):
        hand_out(city, unmade.card.ref)
    with refused(faults.NOT_IN_STOCK):
        city.office.store_uncollected(unmade.card.ref, actor=CLERK, at=city.at)
    ordered(city)
    with refused(faults.NOT_IN_STOCK, state="ordered"):
        hand_out(city, unmade.card.ref)


@pytest.mark.article("CQ-25(3)-(5)")
@pytest.mark.error("stock-kept-still")
def test_a_card_held_back_shows_as_overdue_is_stored_and_handed_out_after_all(city: City) -> None:
    _, (item, second) = in_stock(city, 2)
    with refused(faults.KEPT_STILL):
        city.office.store_uncollected(item.card, actor=INTAKE, at=city.at)
    assert city.office.overdue_stock(CQ, at=city.at) == ()
    city.later(days=90)
    assert {late.card for late in city.office.overdue_stock(CQ, at=city.at)} == {item.card, second.card}
    assert city.office.overdue_stock(SC, at=city.at) == ()
    stored = city.office.store_uncollected(item.card, actor=INTAKE, at=city.at)
    assert (stored.state, city.office.store_uncollected(item.card, actor=INTAKE, at=city.at)) == (StockState.UNCOLLECTED, stored)
    assert [late.card for late in city.office.overdue_stock(CQ, at=city.at)] == [second.card]
    assert hand_out(city, item.card).state is StockState.HANDED
    assert [entry.reason for entry in city.office.stock_movements(item.card)] == [None, "not-collected", None]


def test_what_an_employer_could_not_pass_on_comes_back_to_the_desk(city: City) -> None:
    _, (item,) = in_stock(city, 1)
    hand_out(city, item.card, HandedTo.EMPLOYER, employer=EMPLOYER)
    stored = city.office.store_uncollected(item.card, actor=INTAKE, at=city.later(days=3))
    assert stored.keep_until == int(city.at.timestamp()) + city.office.policy.keep_uncollected
    assert city.office.stock_movements(item.card)[-1].reason == "brought-back"
    assert hand_out(city, item.card).state is StockState.HANDED
    assert city.office.stock_imbalances() == ()


@pytest.mark.article("CQ-13c")
def test_an_uncollected_card_is_destroyed_before_a_witness_and_its_chip_is_dead_for_ever(city: City) -> None:
    _, (item,) = in_stock(city, 1)
    with refused(faults.NOT_IN_STOCK, state="made"):
        destroy(city, item.card)
    city.later(days=91)
    city.office.store_uncollected(item.card, actor=INTAKE, at=city.at)
    with refused(faults.KEPT_STILL):
        destroy(city, item.card)
    city.later(days=180)
    with refused(faults.SAME_PERSON):
        city.office.destroy_stock(item.card, how="shredded", witness=replace(CLERK, ref="x"), actor=CLERK, evidence=PROTOCOL, at=city.at)
    with refused(faults.EVIDENCE_MISSING):
        city.office.destroy_stock(item.card, how="shredded", witness=SECOND_CLERK, actor=CLERK, evidence=(), at=city.at)
    with refused(faults.NOT_PERMITTED):
        city.office.destroy_stock(item.card, how="shredded", witness=CLERK, actor=INTAKE, evidence=PROTOCOL, at=city.at)
    assert destroy(city, item.card).state is StockState.DESTROYED
    record = city.office.stock_movements(item.card)[-1]
    assert (record.person, record.witness, record.reason, record.at) == (CLERK.person, SECOND_CLERK.person, "shredded", int(city.at.timestamp()))
    dossier = city.office.card(item.card)
    chip = dossier.carrier(item.carrier)
    assert chip
    assert (chip.state, chip.end_reason, dossier.chip) == (CarrierState.ENDED, EndReason.DESTROYED, None)
    assert set(city.statuses().values()) == {StatusType.INVALID.name}
    assert city.office.stock_imbalances() == ()
    again = city.office.remake_chip(item.card, actor=WORKSHOP, at=city.at)
    assert again.chip
    assert again.chip.card_code != chip.card_code
    assert len(ordered(city)[1]) == 1


@pytest.mark.article("CQ-13c")
def test_what_still_waits_for_a_card_that_has_ended_is_destroyed_at_once_and_never_handed_out(city: City) -> None:
    _, (item, handed) = in_stock(city, 2)
    hand_out(city, handed.card)
    for ref in (item.card, handed.card):
        end(city, ref)
        with refused(faults.WRONG_STATE, state="ended"):
            hand_out(city, ref)
    assert destroy(city, item.card).state is StockState.DESTROYED
    with refused(faults.NOT_IN_STOCK, state="handed"):
        destroy(city, handed.card)
    assert city.office.stock_imbalances() == ()


def end(city: City, ref: CardRef) -> None:
    """Cancel a card as its own command does, without the papers."""
    with city.office.store.writing() as work:
        before = work.dossier(ref)
        carriers = tuple(replace(carrier, state=CarrierState.ENDED, end_reason=EndReason.CANCELLED) for carrier in before.carriers)
        after = replace(before, card=replace(before.card, state=CardState.ENDED, end_reason=EndReason.CANCELLED), carriers=carriers)
        work.record(before, after, command=Command.ACTIVATE, actor=CLERK, evidence=(), purpose="cancelled", at=int(city.at.timestamp()))


@pytest.mark.threat("D09")
def test_the_independent_checker_finds_nothing_wrong_after_every_way_a_card_can_go(city: City) -> None:
    _, items = in_stock(city, 4)
    for item, to in zip(items, HandedTo, strict=False):
        hand_out(city, item.card, to, employer=EMPLOYER)
    city.office.store_uncollected(items[1].card, actor=INTAKE, at=city.at)
    city.office.store_uncollected(items[3].card, actor=INTAKE, at=city.later(days=91))
    city.later(days=181)
    destroy(city, items[3].card)
    city.office.remake_chip(items[3].card, actor=WORKSHOP, at=city.at)
    order, (again,) = ordered(city)
    city.office.take_return(order, answer(city, [again], ["damaged"]), actor=WORKSHOP, at=city.at)
    keys = PublicKeys(receipts={region: key(f"{region} receipts").public_key.load() for region in (CQ, SC)})
    with city.office.store.reading() as work:
        report = check_record(work.connection, keys, at=int(city.at.timestamp()))
    assert report.findings == ()
    assert report.counted["cards"] == 4
    assert city.office.stock_imbalances() == ()


@pytest.fixture
def hand(city: City) -> Iterator[sqlite3.Connection]:
    """Somebody with a database client, in front of a card that was handed out."""
    _, (item,) = in_stock(city, 1)
    hand_out(city, item.card)
    connection = sqlite3.connect(city.path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys=ON")
    yield connection
    connection.close()


FORBIDDEN = [
    ("UPDATE stock_entry SET person = 'somebody else'", "stock_entry_never_changes"),
    ("DELETE FROM stock_entry", "stock_entry_is_kept"),
    ("UPDATE stock_item SET state = 'ordered', keep_until = NULL", "stock_item_goes_its_way"),
    ("UPDATE stock_item SET state = 'made', keep_until = 9", "stock_item_goes_its_way"),
    ("UPDATE stock_item SET state = 'stolen'", "known_state_of_stock"),
    ("UPDATE stock_item SET keep_until = 9", "stock_is_kept_until"),
    ("DELETE FROM stock_item", "stock_item_is_kept"),
    ("UPDATE production_order SET count = count + 1", "production_order_never_changes"),
    ("UPDATE production_return SET made = 9", "production_return_never_changes"),
    (
        "INSERT INTO stock_entry SELECT order_ref, line, 9, 'destroyed', NULL, NULL, '', NULL, at, actor, person, person FROM stock_entry",
        "destroyed_before_a_witness",
    ),
    (
        "INSERT INTO stock_entry SELECT order_ref, line, 9, 'handed', NULL, point, '', NULL, at, actor, person, NULL FROM stock_entry",
        "handed_to_somebody",
    ),
]


@pytest.mark.threat("F02")
def test_the_database_keeps_the_register_as_it_was_written(hand: sqlite3.Connection) -> None:
    for statement, guard in FORBIDDEN:
        with pytest.raises(sqlite3.IntegrityError, match=guard):
            hand.execute(statement)
