"""Whether this process can serve, asked by /readyz: looked up at most once a second, and never waited for longer than a moment, however the database hangs."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING

from codes.errors import CardError, SetupError
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.operations.limits import Limits
    from webapp.published import PublishedFolder
    from webapp.services import StandingOffice

FRESH_S = 1.0
PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found, and when (monotonic)."""

    when: float
    trouble: CardError | None
    lacks: tuple[str, ...] = ()


class Readiness:
    """Looks at everything that this process needs."""

    def __init__(self, folder: PublishedFolder, office: StandingOffice | None, limits: Limits) -> None:
        self._folder, self._office, self._limits = folder, office, limits
        self._changed = Condition()
        self._looking = False
        self._seen: Seen | None = None
        self._ending = False

    def end(self) -> None:
        """From now on this process is not ready: whoever balances the load sends nobody new."""
        self._ending = True

    def check(self) -> tuple[str, ...]:
        """Return what is lacking and can be done without. Raises `SetupError`: ending, not-ready, not-readable, store-*, and what opening an office raises."""
        if self._ending:
            raise SetupError(faults.ENDING)
        begun = monotonic()
        with self._changed:
            if self._seen is None or begun - self._seen.when > FRESH_S:
                if not self._looking:
                    self._looking = True
                    Thread(target=self._look, daemon=True).start()
                self._changed.wait_for(lambda: self._seen is not None and self._seen.when >= begun, PATIENCE_S)
            seen = self._seen
        if seen is None or begun - seen.when > FRESH_S:
            from ecard import faults as record  # noqa: PLC0415 because a service without an office needs nothing of the record

            raise SetupError(record.STORE_UNAVAILABLE, problem="no answer")
        if seen.trouble is not None:
            raise seen.trouble
        return seen.lacks

    def _look(self) -> None:
        try:
            trouble = _trouble(self._folder.check_ready) or (_trouble(self._office.check) if self._office is not None else None)
            seen = Seen(when=monotonic(), trouble=trouble, lacks=() if self._limits.ping() else ("redis",))
            with self._changed:
                self._seen = seen
        finally:
            with self._changed:
                self._looking = False
                self._changed.notify_all()


def _trouble(check: Callable[[], None]) -> CardError | None:
    try:
        check()
    except CardError as error:
        return error
    return None
