"""In which order requests are served when there is more to do than can be done: losses first, renewals last, and nobody behind a door of somebody else.

Each order has its own places and its own queue (bulkheads, threat I14): a herd of phones that renew fills the places of renewals and no others, and what does
not find a place soon is sent away at once, before anything was read or checked, with the time after which to come back.
"""

from __future__ import annotations

import enum
from collections import deque
from contextlib import contextmanager
from threading import Event, Lock
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
    """Who is inside, in one process, and who waits: whoever came first goes in first. Safe for threads and greenlets alike."""

    def __init__(self, places: Mapping[Order, Places] = PLACES) -> None:
        self._places = places
        self._lock = Lock()
        self._inside = dict.fromkeys(Order, 0)
        self._queues: Mapping[Order, deque[Event]] = {order: deque() for order in Order}

    def inside(self, order: Order) -> int:
        """How many of an order are served now."""
        return self._inside[order]

    def waiting(self, order: Order) -> int:
        """How many of an order wait for a place."""
        return len(self._queues[order])

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
        places, queue = self._places[order], self._queues[order]
        with self._lock:
            if not self._is_full(order):  # then nobody waits: whatever becomes free is given away at once
                self._inside[order] += 1
                return True
            if len(queue) >= places.waiting:
                return False
            called = Event()
            queue.append(called)
        try:
            called.wait(places.patience)
        except BaseException:
            if not self._gives_up(order, called):
                self._leave(order)
            raise
        return not self._gives_up(order, called)

    def _gives_up(self, order: Order, called: Event) -> bool:
        """Out of the queue, unless a place has been given meanwhile."""
        with self._lock:
            if called.is_set():
                return False
            self._queues[order].remove(called)
            return True

    def _leave(self, order: Order) -> None:
        with self._lock:
            self._inside[order] -= 1
            self._call(order)
            if order is Order.URGENT:
                self._call(Order.RENEWAL)

    def _call(self, order: Order) -> None:
        """Give what is free to those who have waited longest; nobody who comes later takes it from them."""
        queue = self._queues[order]
        while queue and not self._is_full(order):
            self._inside[order] += 1
            queue.popleft().set()

    def _is_full(self, order: Order) -> bool:
        """Whether nobody more of an order may come in now. Nobody renews beside what is urgent: that asks the database dozens of times, and would wait each time for all inside."""
        most = 0 if order is Order.RENEWAL and self._inside[Order.URGENT] else self._places[order].inside
        return self._inside[order] >= most
