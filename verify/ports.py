"""What the decision needs from a terminal's memory, as two small protocols. The stores fulfil them on disk; tests fulfil them in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from codes.claims import Profile
    from codes.status import StatusList


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One status list whose signature has been verified, and what it is the list of."""

    region: str
    profile: Profile
    iat: int
    """When its publisher signed it, seconds since 1970 UTC."""
    statuses: StatusList


class StatusSource(Protocol):
    """The status lists that this terminal holds."""

    def shard(self, uri: str) -> Shard | None:
        """The list with this uri, or None if the terminal has none."""
        ...

    def head(self, region: str) -> int | None:
        """The newest signing time among a region's lists, or None if there is no list of that region."""
        ...

    def demand(self, region: str) -> int:
        """The lowest version of a region's trust role that its publisher lets anybody judge by; 0 where it has not said."""
        ...


class ReplayMemory(Protocol):
    """Which credentials this gate group has accepted lately."""

    def admit(self, iss: str, sub: str, *, iat: int, now: int, until: int, future: int) -> None:
        """Remember one acceptance through `until`, atomically with finding out that there was none.

        `iat` is when the code was made by its phone's clock, `future` how many seconds codes may run ahead here: a code that was made no later than
        one accepted before, or no later than one that may have been accepted and is not remembered any more, must not be admitted.

        Raises `StateError` replayed when `(iss, sub)` is still remembered, `SetupError` when the memory cannot know.
        """
        ...
