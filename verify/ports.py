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


class ReplayMemory(Protocol):
    """Which credentials this gate group has accepted lately."""

    def admit(self, iss: str, sub: str, *, now: int, until: int, made: int) -> None:
        """Remember one acceptance through `until`, atomically with finding out that there was none.

        `made` is the first instant at which the code could have been accepted anywhere near (its iat less the future tolerance): a memory that may
        have lost what happened at or after it must not guess.

        Raises `StateError` replayed when `(iss, sub)` is still remembered, `SetupError` when the memory cannot know.
        """
        ...
