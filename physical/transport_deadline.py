"""A bound on how long a chip may think. PC/SC knows none: a silent card holds the call, the reader and every other program's connect.

What may never return runs in a thread of its own. When its time is over the reader counts as wedged: nothing more is asked of it, not even to be
closed, since that would wait as well. It ends when the card is taken out, or with the process.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Self, TypeVar

from codes.errors import SetupError
from physical import faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from physical.transport import Transport

PATIENCE = 10.0
"""Seconds for one command, unless somebody says otherwise: making a key on a slow chip takes most of them."""

T = TypeVar("T")


class Worker:
    """A thread that does one thing after another; `wedged` once something took too long. A context manager: leaving it lets the thread go."""

    __slots__ = ("_asked", "_thread", "wedged")

    def __init__(self) -> None:
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="reader", daemon=True)  # a daemon, so that a wedged one does not hold the process
        self._thread.start()
        self.wedged = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None) -> None:
        self._asked.put(None)
        if not self.wedged:
            self._thread.join()

    def run(self, act: Callable[[], T], *, seconds: float) -> T:
        """What `act` returns or raises. Raises `SetupError` reader-silent when it takes longer, and at once ever after."""
        if self.wedged:
            raise SetupError(faults.READER_SILENT, wedged=True)
        done: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()

        def attempt() -> None:
            try:
                done.put((act(), None))
            except BaseException as problem:  # noqa: BLE001 because whatever it is belongs to the one who asked, and is raised there
                done.put((None, problem))

        self._asked.put(attempt)
        try:
            result, problem = done.get(timeout=seconds)
        except Empty:
            self.wedged = True
            raise SetupError(faults.READER_SILENT, seconds=seconds) from None
        if problem is not None:
            raise problem
        return result  # type: ignore[no-any-return]  # because a queue cannot say that it holds what this very act returned

    def later(self, act: Callable[[], object]) -> None:
        """Do this when everything asked before is done, were it never; nobody waits for it."""
        self._asked.put(lambda: (act(), None)[1])

    def _work(self) -> None:
        while (act := self._asked.get()) is not None:
            act()


class Deadline:
    """Bounds every command to `seconds`. Raises `SetupError` reader-silent: the outcome is unknown, and `worker` asks no more."""

    __slots__ = ("_inner", "_seconds", "_worker")

    def __init__(self, inner: Transport, worker: Worker, *, seconds: float = PATIENCE) -> None:
        self._inner, self._worker, self._seconds = inner, worker, seconds

    def transmit(self, command: bytes) -> bytes:
        """See `Transport.transmit`."""
        return self._worker.run(lambda: self._inner.transmit(command), seconds=self._seconds)
