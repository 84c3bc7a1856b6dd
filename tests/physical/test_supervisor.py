"""What happens at the readers, told as events; nothing that is unplugged ends the telling."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from codes.errors import SetupError
from physical import faults
from physical.supervisor import Happening, Presence, ReaderView, Supervisor, differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ATR = bytes.fromhex("3B80800101")
A = ReaderView(name="A", presence=Presence.EMPTY)
A_CARD = ReaderView(name="A", presence=Presence.CARD, atr=ATR, moves=1)
A_OTHER = ReaderView(name="A", presence=Presence.CARD, atr=ATR, moves=3)
A_MUTE = ReaderView(name="A", presence=Presence.MUTE, moves=1)
B = ReaderView(name="B", presence=Presence.EMPTY)


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        ([], [], []),
        ([A], [A], []),
        ([], [A], ["reader-added A"]),
        ([], [A_CARD], ["reader-added A", "card-inserted A"]),
        ([A], [A_CARD], ["card-inserted A"]),
        ([A_CARD], [A], ["card-removed A"]),
        ([A_CARD], [A_OTHER], ["card-removed A", "card-inserted A"]),
        ([A], [A_MUTE], ["card-mute A"]),
        ([A_CARD, B], [B], ["card-removed A", "reader-gone A"]),
        ([A_CARD], [], ["card-removed A", "reader-gone A"]),
    ],
)
def test_two_looks_and_what_lies_between(before: list[ReaderView], after: list[ReaderView], events: list[str]) -> None:
    assert [f"{event.happening} {event.reader}" for event in differences(before, after)] == events


class Service:
    """A reader service that shows what it is given, and goes away when there is nothing more to show."""

    def __init__(self, *shows: tuple[ReaderView, ...] | None) -> None:
        self.shows = iter(shows)
        self.opened = self.closed = 0

    @contextmanager
    def open(self) -> Iterator[Service]:
        self.opened += 1
        yield self
        self.closed += 1

    def look(self) -> tuple[ReaderView, ...]:
        shown = next(self.shows)
        if shown is None:
            raise SetupError(faults.READER_SERVICE)
        return shown

    def wait(self, known: Sequence[ReaderView], *, seconds: float) -> tuple[ReaderView, ...]:
        assert seconds > 0
        assert all(isinstance(view, ReaderView) for view in known)
        return self.look()


def test_a_service_that_goes_and_comes_back_is_two_events_and_no_end() -> None:
    service = Service((A_CARD,), (A_CARD,), None, None, (A,), (A_CARD,))
    supervisor = Supervisor(service.open)
    told = []
    for _ in range(6):
        told.append([event.happening for event in supervisor.step(seconds=1)])
        assert (supervisor.trouble is None) == (service.opened > service.closed)
    assert told == [
        [Happening.READER_ADDED, Happening.CARD_INSERTED],
        [],
        [Happening.CARD_REMOVED, Happening.READER_GONE, Happening.SERVICE_GONE],
        [],
        [Happening.SERVICE_BACK, Happening.READER_ADDED],
        [Happening.CARD_INSERTED],
    ]
    supervisor.close()
    assert service.opened == service.closed == 3


def test_a_service_that_was_never_there_says_so_once() -> None:
    supervisor = Supervisor(Service(None, None, ()).open)
    assert [event.happening for event in supervisor.step(seconds=1)] == [Happening.SERVICE_GONE]
    assert supervisor.step(seconds=1) == ()
    assert [event.happening for event in supervisor.step(seconds=1)] == [Happening.SERVICE_BACK]
