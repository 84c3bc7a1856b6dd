"""What happens at the readers, as events: readers plugged and unplugged, cards put in and taken out, the reader service gone and back.

    supervisor = Supervisor(pcsc.readers)
    for event in supervisor.step(seconds=5): ...

Nothing here ends because something was unplugged: a service that is gone is an event, and the next step looks for it again.
"""

from __future__ import annotations

import enum
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from codes.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager


class Presence(enum.StrEnum):
    """What is in a reader."""

    EMPTY = "empty"
    CARD = "card"
    MUTE = "mute"
    """Something that does not start up: inserted the wrong way, or no card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderView:
    """One reader at one moment. `moves` counts insertions and removals, as far as the service saw them; `atr` is empty without a card."""

    name: str
    presence: Presence
    atr: bytes = b""
    moves: int = 0
    state: int = 0
    """The service's own word for all this, to be handed back when waiting for the next."""


class Happening(enum.StrEnum):
    """The kinds of events."""

    SERVICE_GONE = "service-gone"
    SERVICE_BACK = "service-back"
    READER_ADDED = "reader-added"
    READER_GONE = "reader-gone"
    CARD_INSERTED = "card-inserted"
    CARD_REMOVED = "card-removed"
    CARD_MUTE = "card-mute"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderEvent:
    """Something happened, at `reader` unless it was to the service itself."""

    happening: Happening
    reader: str | None = None
    atr: bytes = b""


class ReaderWatch(Protocol):
    """A look at the readers of a running service. Raises `SetupError` when the service is gone."""

    def look(self) -> tuple[ReaderView, ...]:
        """The readers as they are, by name."""
        ...

    def wait(self, known: Sequence[ReaderView], *, seconds: float) -> tuple[ReaderView, ...]:
        """The readers as soon as they differ from `known`, or when the time is over."""
        ...


class Supervisor:
    """Keeps looking. `service` opens a look at the readers, or raises `SetupError`; it is asked again as often as needed."""

    def __init__(self, service: Callable[[], AbstractContextManager[ReaderWatch]]) -> None:
        self._service = service
        self._held = ExitStack()
        self._watch: ReaderWatch | None = None
        self._seen: tuple[ReaderView, ...] = ()
        self._told_gone = False
        self.trouble: SetupError | None = None
        """Why the service could not be reached at the last step, None while it answers."""

    def step(self, *, seconds: float) -> tuple[ReaderEvent, ...]:
        """What has happened since the last step, waiting at most so long for something to happen. While the service is gone this returns at once."""
        try:
            now = self._now(seconds)
        except SetupError as problem:
            self.close()
            self.trouble = problem
            lost = differences(self._seen, ())
            self._seen = ()
            gone = () if self._told_gone else (ReaderEvent(happening=Happening.SERVICE_GONE),)
            self._told_gone = True
            return lost + gone
        back = (ReaderEvent(happening=Happening.SERVICE_BACK),) if self._told_gone else ()
        self._told_gone, self.trouble = False, None
        events = back + differences(self._seen, now)
        self._seen = now
        return events

    def close(self) -> None:
        """Let go of the service."""
        self._watch = None
        self._held.close()

    def _now(self, seconds: float) -> tuple[ReaderView, ...]:
        if self._watch is None:
            self._watch = self._held.enter_context(self._service())
            return self._watch.look()
        return self._watch.wait(self._seen, seconds=seconds)


def differences(before: Sequence[ReaderView], after: Sequence[ReaderView]) -> tuple[ReaderEvent, ...]:
    """The events that lead from one look to the next, reader by reader. A card that was swapped between two looks was removed and inserted."""
    old, new = ({view.name: view for view in views} for views in (before, after))
    events = [event for view in after for event in _at_one(old.get(view.name), view)]
    for name in old.keys() - new.keys():
        events += [*_taken(old[name]), ReaderEvent(happening=Happening.READER_GONE, reader=name)]
    return tuple(events)


def _at_one(old: ReaderView | None, new: ReaderView) -> list[ReaderEvent]:
    if old is None:
        return [ReaderEvent(happening=Happening.READER_ADDED, reader=new.name), *_put(new)]
    if (old.presence, old.atr, old.moves) == (new.presence, new.atr, new.moves):
        return []
    return [*_taken(old), *_put(new)]


def _taken(view: ReaderView) -> list[ReaderEvent]:
    return [] if view.presence is Presence.EMPTY else [ReaderEvent(happening=Happening.CARD_REMOVED, reader=view.name)]


def _put(view: ReaderView) -> list[ReaderEvent]:
    if view.presence is Presence.EMPTY:
        return []
    happening = Happening.CARD_INSERTED if view.presence is Presence.CARD else Happening.CARD_MUTE
    return [ReaderEvent(happening=happening, reader=view.name, atr=view.atr)]
