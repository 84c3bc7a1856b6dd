"""The driver's connection to PostgreSQL, which knows hurry (`ecard.hurry`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import waiting

from ecard.hurry import HURRIED, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Generator

    Waits = Generator[Any, Any, "R"]
    """As the driver's own: it says what it waits for, and is told what came."""

R = TypeVar("R")


class Connection(psycopg.Connection[Any]):
    """A connection whose answers are waited for on the spot where there is hurry."""

    def wait(self, gen: Waits[R], *more: Any, **named: Any) -> R:
        """As the driver's own."""
        return super().wait(_on_the_spot(gen, self.fileno()) if HURRIED.get() else gen, *more, **named)


def _on_the_spot(gen: Waits[R], socket: int) -> Waits[R]:
    """The same, which only waits for what does not come soon."""
    try:
        wanted = next(gen)
        while True:
            ready = waiting.wait_c(_once(wanted), socket, PATIENCE)
            wanted = gen.send(ready or (yield wanted))
    except StopIteration as end:
        result: R = end.value
        return result


def _once(wanted: Any) -> Waits[Any]:
    """A wait that ends with whatever came first, also nothing."""
    return (yield wanted)
