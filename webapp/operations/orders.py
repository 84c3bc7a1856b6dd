"""In which order requests are served when there is more to do than can be done: losses first, renewals last, and nobody behind a door of somebody else.

Each order has its own places and its own queue (bulkheads, threat I14): a herd of phones that renew fills the places of renewals and no others, and what does
not find a place soon is sent away at once, before anything was read or checked, with the time after which to come back.
"""

from __future__ import annotations

import enum
from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Order(enum.StrEnum):
    """Who is served out of which places."""

    FREE = "free"
    """Files, streams, the time, whoever watches: nothing of the record is touched, so nobody waits."""
    URGENT = "urgent"
    """What stops a card, and what a person at a counter or a gate waits for."""
    USUAL = "usual"
    STAFF = "staff"
    """Console and office: some of it takes seconds."""
    RENEWAL = "renewal"
    """What a phone does by itself, and can do again a little later."""
    BULK = "bulk"
    """What terminals hand in: signatures are checked for seconds."""


class Places(NamedTuple):
    """How many of an order are served at a time in one process, how many more may wait, and for how many seconds."""

    inside: int
    waiting: int
    patience: float


PLACES: Mapping[Order, Places] = {
    Order.URGENT: Places(4, 64, 5.0),
    Order.USUAL: Places(4, 16, 0.5),
    Order.STAFF: Places(3, 16, 5.0),
    Order.RENEWAL: Places(4, 32, 0.5),
    Order.BULK: Places(2, 4, 5.0),
}
"""Together not more than the connections to the database that one process keeps."""
_URGENT = ("/v1/reports", "/v1/locks", "/v1/phones/", "/v1/spoken/checks", "/v1/resolutions", "/v1/challenges", "/v1/activations")
_RENEWAL = ("/v1/credentials", "/v1/me")
_STAFF = ("/console", "/v1/office")
_BULK = ("/v1/journal", "/v1/acks")
_FREE = ("/v1/status/", "/v1/trust/", "/v1/time", "/v1/openapi.json", "/v1/items", "/healthz", "/readyz", "/docs", "/app", "/terminal", "/static")
_TABLE = (*((start, Order.URGENT) for start in _URGENT), *((start, Order.RENEWAL) for start in _RENEWAL), *((start, Order.STAFF) for start in _STAFF))
_TABLE = (*_TABLE, *((start, Order.BULK) for start in _BULK), *((start, Order.FREE) for start in _FREE))


def order_of(path: str) -> Order:
    """The order of a request, by its address alone: this is asked before anything else of the request is looked at."""
    return next((order for start, order in _TABLE if path.startswith(start)), Order.USUAL)


class Turns:
    """Who is inside, in one process. Safe for threads and greenlets alike."""

    def __init__(self, places: Mapping[Order, Places] = PLACES) -> None:
        self._places = places
        self._free = {order: Condition() for order in places}
        self._inside = dict.fromkeys(Order, 0)
        self._waiting = dict.fromkeys(Order, 0)

    def inside(self, order: Order) -> int:
        """How many of an order are served now."""
        return self._inside[order]

    @contextmanager
    def turn(self, order: Order) -> Iterator[bool]:
        """A place of this order, waited for as long as its patience; False when there is none to be had, and the request has to go."""
        if order not in self._places:
            yield True
            return
        got = self._enter(order)
        try:
            yield got
        finally:
            if got:
                self._leave(order)

    def _enter(self, order: Order) -> bool:
        places, free = self._places[order], self._free[order]
        with free:
            if self._inside[order] >= self._room(order):
                if self._waiting[order] >= places.waiting:
                    return False
                self._waiting[order] += 1
                try:
                    if not free.wait_for(lambda: self._inside[order] < self._room(order), places.patience):
                        return False
                finally:
                    self._waiting[order] -= 1
            self._inside[order] += 1
            return True

    def _leave(self, order: Order) -> None:
        with self._free[order]:
            self._inside[order] -= 1
            self._free[order].notify()
        if order is Order.URGENT and Order.RENEWAL in self._free:
            with self._free[Order.RENEWAL]:
                self._free[Order.RENEWAL].notify_all()

    def _room(self, order: Order) -> int:
        """How many of an order may be inside now. Nobody renews beside what is urgent: that asks the database dozens of times, and would wait each time for all inside."""
        most = self._places[order].inside
        return 0 if order is Order.RENEWAL and self._inside[Order.URGENT] else most
