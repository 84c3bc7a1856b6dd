"""Commands that somebody stands and waits for: their answers of PostgreSQL are waited for on the spot.

Where one thread serves many (gevent), every question to the database lets all the others have their turn first, and a command asks dozens. A loss that is reported
while a city renews would wait for everybody each time. So a hurried command gives way only where an answer takes longer than `PATIENCE`: somebody of the same
process may hold what it waits for. SQLite never gives way.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 0.02
"""Seconds for which one answer is waited for without giving way."""
HURRIED: ContextVar[bool] = ContextVar("hurried", default=False)


@contextmanager
def hurried() -> Iterator[None]:
    """Whatever the database is asked within waits on the spot."""
    before = HURRIED.set(True)
    try:
        yield
    finally:
        HURRIED.reset(before)
