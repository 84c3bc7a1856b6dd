"""Whether every piece of plastic is accounted for: pure, over what four different people wrote down.

    ordered = open + made + damaged                                   the order against its lines and the card maker's files
    made    = waiting + handed + uncollected + destroyed              the lines against the register of movements

A difference is reported, never mended here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecard.model import StockState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ecard.model import OrderRef, ProductionOrder, ProductionReturn, StockEntry, StockItem

VOIDED = "voided in making"
"""Why a piece is damaged that no file of the card maker says is: the chip was given up before it was finished."""
_NEXT: Mapping[StockState, frozenset[StockState]] = {
    StockState.ORDERED: frozenset({StockState.MADE, StockState.DAMAGED}),
    StockState.MADE: frozenset({StockState.HANDED, StockState.UNCOLLECTED, StockState.DESTROYED}),
    StockState.HANDED: frozenset({StockState.UNCOLLECTED}),
    StockState.UNCOLLECTED: frozenset({StockState.HANDED, StockState.DESTROYED}),
    StockState.DAMAGED: frozenset(),
    StockState.DESTROYED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What was written down: orders, their lines, what the card maker said, and every movement."""

    orders: Sequence[ProductionOrder]
    items: Sequence[StockItem]
    returns: Sequence[ProductionReturn]
    entries: Sequence[StockEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Where the pieces of one order are."""

    ordered: int
    open: int
    damaged: int
    waiting: int
    handed: int
    uncollected: int
    destroyed: int

    @property
    def made(self) -> int:
        """How many came back good."""
        return self.waiting + self.handed + self.uncollected + self.destroyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Imbalance:
    """Two accounts of the same thing that differ."""

    order: OrderRef
    what: str
    said: int
    found: int
    line: int | None = None


def tally(order: ProductionOrder, items: Sequence[StockItem]) -> Tally:
    """Where the pieces of an order are, by its lines."""
    states = Counter(item.state for item in items if item.order == order.ref)
    return Tally(
        ordered=order.count,
        open=states[StockState.ORDERED],
        damaged=states[StockState.DAMAGED],
        waiting=states[StockState.MADE],
        handed=states[StockState.HANDED],
        uncollected=states[StockState.UNCOLLECTED],
        destroyed=states[StockState.DESTROYED],
    )


def imbalances(ledger: Ledger) -> tuple[Imbalance, ...]:
    """Every disagreement; none when every piece is accounted for."""
    items: dict[OrderRef, list[StockItem]] = defaultdict(list)
    for item in ledger.items:
        items[item.order].append(item)
    entries: dict[tuple[OrderRef, int], list[StockEntry]] = defaultdict(list)
    for entry in ledger.entries:
        entries[entry.order, entry.line].append(entry)
    found: list[Imbalance] = []
    for order in ledger.orders:
        voided = sum(entry.reason == VOIDED for entry in ledger.entries if entry.order == order.ref)
        found += _of_order(order, items[order.ref], [file for file in ledger.returns if file.order == order.ref], voided)
        for item in items[order.ref]:
            found += _of_item(item, entries[item.order, item.line])
    return tuple(found)


def _of_order(order: ProductionOrder, items: Sequence[StockItem], returns: Sequence[ProductionReturn], voided: int) -> Iterator[Imbalance]:
    counted = tally(order, items)
    accounts = {
        "ordered": (order.count, counted.open + counted.made + counted.damaged),
        "made": (sum(file.made for file in returns), counted.made),
        "damaged": (sum(file.damaged for file in returns) + voided, counted.damaged),
    }
    for what, (said, found) in accounts.items():
        if said != found:
            yield Imbalance(order=order.ref, what=what, said=said, found=found)


def _of_item(item: StockItem, entries: Sequence[StockEntry]) -> Iterator[Imbalance]:
    """The movements of a piece must follow one another without a gap and end where the piece is."""
    state = StockState.ORDERED
    for number, entry in enumerate(sorted(entries, key=lambda entry: entry.seq), start=1):
        if entry.seq != number or entry.state not in _NEXT[state]:
            yield Imbalance(order=item.order, what="movement", said=entry.seq, found=number, line=item.line)
            return
        state = entry.state
    if state is not item.state:
        yield Imbalance(order=item.order, what=f"{item.state} but last entered as {state}", said=len(entries), found=len(entries), line=item.line)
