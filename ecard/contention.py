"""Trying again when another transaction was first: a bounded number of times, after a pause that nobody else draws alike."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from codes.errors import StateError
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecard.model import Entropy

ATTEMPTS = 24
FIRST_PAUSE = 0.002
LONGEST_PAUSE = 0.25
PATIENCE = 30.0
"""Seconds after which nothing is tried again, however few the attempts were: each may have waited for a lock as long as the database lets it."""

T = TypeVar("T")


class Contended(StateError):  # noqa: N818 - because it says what happened, as every state does
    """Record-conflict, where the same transaction may well succeed when it is run again. It wrote nothing."""

    def __init__(self) -> None:
        super().__init__(faults.CONFLICT)


def persist(
    attempt: Callable[[], T], *, entropy: Entropy, pause: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
) -> T:
    """What `attempt` returns, run again while it is contended. Raises `StateError` record-conflict after `ATTEMPTS` of them, or after `PATIENCE` seconds.

    Pauses double up to `LONGEST_PAUSE` seconds, each shortened by up to a half at random, so that those who collided do not collide again.
    """
    longest, begun, attempts = FIRST_PAUSE, clock(), 0
    while True:
        attempts += 1
        try:
            return attempt()
        except Contended:
            if attempts == ATTEMPTS or clock() - begun > PATIENCE:
                raise StateError(faults.CONFLICT, attempts=attempts) from None
        pause(longest * (1 - int.from_bytes(entropy(2)) / (2 << 16)))
        longest = min(2 * longest, LONGEST_PAUSE)
