"""Which order a request is of, and who of an order goes in first."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Event, Thread

import pytest

from webapp.operations import orders
from webapp.operations.orders import Order, Places, Turns, order_of


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("/v1/reports", Order.URGENT),
        ("/v1/reports/withdraw", Order.URGENT),
        ("/v1/locks/lift", Order.URGENT),
        ("/v1/phones/p-1/unbind", Order.URGENT),
        ("/v1/credentials", Order.RENEWAL),
        ("/v1/me", Order.RENEWAL),
        ("/v1/cards/c-1/timeline", Order.USUAL),
        ("/v1/office/cards", Order.STAFF),
        ("/console/", Order.STAFF),
        ("/v1/journal", Order.BULK),
        ("/v1/status/events", Order.FREE),
        ("/v1/time", Order.FREE),
        ("/app/", Order.FREE),
        ("/nowhere", Order.USUAL),
    ],
)
def test_an_address_has_its_order(path: str, order: Order) -> None:
    assert order_of(path) is order


def test_whoever_waits_takes_the_place_that_is_left() -> None:
    turns, got = Turns({Order.USUAL: Places(1, 1, 20.0)}), []

    def wait() -> None:
        with turns.turn(Order.USUAL) as place:
            got.append(place)

    with ExitStack() as held:
        assert held.enter_context(turns.turn(Order.USUAL))
        waiting = Thread(target=wait, daemon=True)
        waiting.start()
        while not turns.waiting(Order.USUAL):
            pass
        with turns.turn(Order.USUAL) as third:
            assert not third
    waiting.join(20)
    assert got == [True]
    assert turns.inside(Order.USUAL) == 0


def test_nobody_who_comes_later_takes_a_place_from_those_who_wait() -> None:
    turns, came = Turns({Order.USUAL: Places(1, 4, 20.0)}), []

    def come(name: str) -> None:
        with turns.turn(Order.USUAL) as place:
            assert place
            came.append(name)

    waiting = []
    with turns.turn(Order.USUAL):
        for number, name in enumerate("abc", start=1):
            waiting.append(Thread(target=come, args=(name,), daemon=True))
            waiting[-1].start()
            while turns.waiting(Order.USUAL) < number:
                pass
    come("whoever left and comes again at once")
    for thread in waiting:
        thread.join(20)
    assert came == ["a", "b", "c", "whoever left and comes again at once"]


def test_whoever_is_gone_while_waiting_leaves_no_place_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(BaseException):
        pass

    class Going(Event):
        called = False

        def wait(self, timeout: float | None = None) -> bool:
            if self.called:
                held.close()
            raise Gone(timeout)

    turns, held = Turns({Order.USUAL: Places(1, 1, 20.0)}), ExitStack()
    monkeypatch.setattr(orders, "Event", Going)
    for called in (False, True):
        monkeypatch.setattr(Going, "called", called)
        with held:
            assert held.enter_context(turns.turn(Order.USUAL))
            with pytest.raises(Gone), turns.turn(Order.USUAL):
                pass
        assert (turns.inside(Order.USUAL), turns.waiting(Order.USUAL)) == (0, 0)


def test_a_place_that_is_given_just_as_patience_ends_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout == 20.0
            held.close()
            return False

    turns, held = Turns({Order.USUAL: Places(1, 1, 20.0)}), ExitStack()
    monkeypatch.setattr(orders, "Event", Late)
    assert held.enter_context(turns.turn(Order.USUAL))
    with turns.turn(Order.USUAL) as place:
        assert place
        assert (turns.inside(Order.USUAL), turns.waiting(Order.USUAL)) == (1, 0)
    assert turns.inside(Order.USUAL) == 0


def test_no_renewal_begins_beside_what_is_urgent_and_they_come_in_when_it_is_done() -> None:
    turns, got = Turns({Order.URGENT: Places(4, 4, 20.0), Order.RENEWAL: Places(8, 8, 20.0)}), []

    def wait() -> None:
        with turns.turn(Order.RENEWAL) as place:
            got.append(place)

    with turns.turn(Order.URGENT):
        waiting = [Thread(target=wait, daemon=True) for _ in range(3)]
        for thread in waiting:
            thread.start()
        while turns.waiting(Order.RENEWAL) < 3:
            pass
        assert turns.inside(Order.RENEWAL) == 0
    for thread in waiting:
        thread.join(20)
    assert got == [True] * 3
    assert turns.inside(Order.RENEWAL) == 0
