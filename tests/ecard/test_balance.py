from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecard import faults
from ecard.making import register
from ecard.making.balance import Ledger, imbalances, tally
from ecard.model import CardRef, CarrierRef, OrderRef, PointRef, ProductionOrder, ProductionReturn, StockEntry, StockItem, StockState
from tests.ecard.city import CLERK, CQ, City, refused
from tests.ecard.counters import in_stock

S = StockState
ORDER = ProductionOrder(
    ref=OrderRef("order"), region=CQ, maker="maker", point=PointRef("point"), count=0, placed=1, placed_by="lead", placed_person="staff-5"
)
WAYS = [
    (),
    (S.MADE,),
    (S.DAMAGED,),
    (S.MADE, S.HANDED),
    (S.MADE, S.HANDED, S.UNCOLLECTED),
    (S.MADE, S.UNCOLLECTED, S.DESTROYED),
    (S.MADE, S.UNCOLLECTED, S.HANDED, S.UNCOLLECTED, S.HANDED),
]


def ledger(ways: list[tuple[StockState, ...]]) -> Ledger:
    """What honest people write down when pieces go these ways."""
    items = [
        StockItem(order=ORDER.ref, line=line, card=CardRef(f"card {line}"), carrier=CarrierRef(f"chip {line}"), state=way[-1] if way else S.ORDERED)
        for line, way in enumerate(ways, start=1)
    ]
    entries = [
        StockEntry(order=ORDER.ref, line=line, seq=seq, state=state, at=seq, actor="clerk", person="staff-1")
        for line, way in enumerate(ways, start=1)
        for seq, state in enumerate(way, start=1)
    ]
    made, damaged = (sum(state in way for way in ways) for state in (S.MADE, S.DAMAGED))
    file = ProductionReturn(order=ORDER.ref, digest=b"", made=made, damaged=damaged, at=2, actor="workshop", person="staff-4")
    return Ledger(orders=[replace(ORDER, count=len(ways))], items=items, returns=[file], entries=entries)


@given(ways=st.lists(st.sampled_from(WAYS)))
def test_ordered_is_open_and_made_and_damaged_and_made_is_waiting_handed_uncollected_and_destroyed(ways: list[tuple[StockState, ...]]) -> None:
    honest = ledger(ways)
    assert imbalances(honest) == ()
    counted = tally(honest.orders[0], honest.items)
    assert counted.ordered == counted.open + counted.made + counted.damaged
    assert counted.made == counted.waiting + counted.handed + counted.uncollected + counted.destroyed == sum(S.MADE in way for way in ways)


@pytest.mark.article("CQ-25(3)-(5)")
@pytest.mark.threat("D09")
def test_a_card_that_somebody_kept_back_in_any_of_the_books_is_found() -> None:
    honest = ledger(WAYS)
    order, items, entries, file = honest.orders[0], list(honest.items), list(honest.entries), honest.returns[0]
    planted = {
        "a line more than ordered": replace(honest, orders=[replace(order, count=order.count - 1)]),
        "a line less": replace(honest, items=items[1:], entries=entries),
        "made more than came back": replace(honest, returns=[replace(file, made=file.made - 1)]),
        "damaged but used": replace(honest, returns=[replace(file, damaged=file.damaged + 1)]),
        "no file at all": replace(honest, returns=[]),
        "handed without an entry": replace(honest, items=[items[0], replace(items[1], state=S.HANDED), *items[2:]]),
        "an entry taken out": replace(honest, entries=[entry for entry in entries if (entry.line, entry.seq) != (5, 2)]),
        "the last entry taken out": replace(honest, entries=[entry for entry in entries if (entry.line, entry.seq) != (6, 3)]),
        "destroyed without being stored": replace(
            honest, entries=[replace(entry, state=S.DESTROYED) if (entry.line, entry.seq) == (4, 2) else entry for entry in entries]
        ),
        "a movement after the end": replace(honest, entries=[*entries, replace(entries[-1], line=6, seq=4, state=S.HANDED)]),
    }
    assert [name for name, damage in planted.items() if imbalances(damage) == ()] == []
    assert imbalances(planted["handed without an entry"])[0].line == 2


def test_the_books_of_the_office_balance_and_two_movements_of_one_piece_at_once_cannot_be(city: City) -> None:
    _, (item,) = in_stock(city, 1)
    assert city.office.stock_imbalances() == ()
    with refused(faults.NOT_IN_STOCK), city.office.store.writing() as work:
        register.move(work, item, S.MADE, actor=CLERK, at=1)
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("UPDATE stock_item SET state = 'handed', keep_until = NULL")
    assert [found.line for found in city.office.stock_imbalances()] == [1]
