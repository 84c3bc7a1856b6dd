"""How often anybody may ask. A limit never opens: without Redis each process keeps its share of it, and what a process has counted itself it never forgets.

    limits.admit(Kind.RENEWAL, thumbprint, at)      counts one, or refuses
    limits.check(Kind.SIGN_IN, address, at)         refuses, but counts nothing: before a try of which only the failures count

A subject is whatever stands for one party: an address, a key's thumbprint, a reference of the record; never a name or a number of a person. All spellings of it
are one, and an IPv6 address is its network of 64 bits, inside which anybody may call himself what he likes (threat G20). Refusals are not counted, so whoever
goes on asking does not keep himself, or somebody else, out for longer.
"""

from __future__ import annotations

import math
import secrets
from threading import Lock
from typing import TYPE_CHECKING, Self

from codes.errors import StateError
from webapp import faults
from webapp.operations.kinds import GUARDS, WINDOWS, Kind
from webapp.operations.tallies import Slices, Tallies, full, name_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.operations.kinds import Window
    from webapp.operations.shared_tallies import SharedTallies
    from webapp.settings import Settings

    Seen = Sequence[tuple[Window, Counter[int]]]


class Limits:
    """The limits of one process, which knows how many there are."""

    def __init__(self, *, processes: int = 1, shared: SharedTallies | None = None) -> None:
        """`processes` share each limit while nothing joins them."""
        self._tallies = Tallies()
        self._processes = processes
        self._shared = shared
        self._counting = Lock()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits as the settings say."""
        if settings.redis is None:
            return cls(processes=settings.processes)
        from webapp.operations.shared_tallies import SharedTallies  # noqa: PLC0415 because a service without Redis does not load its client

        return cls(processes=settings.processes, shared=SharedTallies(settings.redis, secrets.token_hex(8)))

    @property
    def is_shared(self) -> bool:
        """Whether the processes count together at this moment."""
        return self._shared is not None and self._shared.is_up

    def admit(self, kind: Kind, subject: str, at: datetime) -> None:
        """Count one of this kind. Raises `StateError` too-many-requests with `after_s`, whole seconds; then nothing was counted."""
        self._judge(kind, subject, at, taking=True)

    def check(self, kind: Kind, subject: str, at: datetime) -> None:
        """Raise what `admit` would; count nothing."""
        self._judge(kind, subject, at, taking=False)

    def ping(self) -> bool:
        """Ask Redis whether it is there; True where none is wanted."""
        return self._shared is None or self._shared.ping()

    def close(self) -> None:
        """Let Redis go."""
        if self._shared is not None:
            self._shared.close()

    def _judge(self, kind: Kind, subject: str, at: datetime, *, taking: bool) -> None:
        moment, windows, name = at.timestamp(), WINDOWS[kind], name_of(kind, subject)
        with self._counting:
            cell = self._tallies.of(name, moment, windows)
            seen = list(zip(windows, cell.counts, strict=True))
            self._refuse_full(kind, seen, moment, joined=self._shared is not None)
            if taking:
                cell.add(moment)
            if self._shared is None or self._is_quiet(kind, seen, taking=taking):
                return
            seen = [(window, count.copy()) for window, count in seen]
        try:
            opinion = self._shared.judge(name, self._joined(kind, seen), moment, taking=taking)
            if opinion is None:  # away: this process goes by its own share, and the new one stands in the count already
                self._refuse_full(kind, seen, moment, joined=False, counted=int(taking))
            elif opinion.window is not None:
                raise _refusal(kind, windows[opinion.window], opinion.leaves, moment)
        except StateError:
            if taking:
                with self._counting:
                    cell.add(moment, -1)
            raise

    def _is_quiet(self, kind: Kind, seen: Seen, *, taking: bool) -> bool:
        """Whether a subject has asked so little here that the other processes need not be asked: whoever comes once a day costs no question.

        A proof is asked about once it has failed here. Of what nobody guesses each process keeps a little to itself; `_joined` sets that aside.
        """
        if kind is Kind.PROOF and not taking:
            return not any(count.total() for _, count in seen)
        return kind not in GUARDS and all(count.total() <= self._quiet(window) for window, count in seen)

    def _quiet(self, window: Window) -> int:
        """What each process may count without telling the others: of all processes together, an eighth of the window."""
        return window.most // (8 * self._processes)

    def _joined(self, kind: Kind, seen: Seen) -> Seen:
        """The same against what all may count, less what the others may not have told."""
        if kind in GUARDS:
            return seen
        untold = self._processes - 1
        return [(window._replace(most=window.most - untold * self._quiet(window)), count) for window, count in seen]

    def _refuse_full(self, kind: Kind, seen: Seen, moment: float, *, joined: bool, counted: int = 0) -> None:
        """Raise for the longest window that is full."""
        for window, count in reversed(seen):
            most = window.most if joined else max(1, window.most // self._processes)
            leaves = full(count, Slices.at(moment, window), most + counted)
            if leaves is not None:
                raise _refusal(kind, window, leaves, moment)


def _refusal(kind: Kind, window: Window, leaves: int, moment: float) -> StateError:
    wait = Slices.at(moment, window).leaves(leaves) - moment
    return StateError(faults.TOO_MANY_REQUESTS, kind=kind.value, after_s=max(1, math.ceil(wait)))
