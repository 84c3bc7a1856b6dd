"""How many may be connected: in all, and from one address, so that one station cannot keep the others out (threats G15, G20)."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Condition

from codes.errors import SetupError
from webapp import faults


class Admission:
    """Counts who is connected to this process."""

    def __init__(self, *, whole: int, each: int) -> None:
        """At most `whole` at a time, and at most `each` from one address."""
        self._changed = Condition()
        self._whole, self._each = whole, each
        self._parties: Counter[str] = Counter()
        self._inside = 0

    @property
    def inside(self) -> int:
        """How many are connected now."""
        return self._inside

    def enter(self, address: str) -> str:
        """Let one more in; returns what is to be given to `leave`. Raises `SetupError` feed-full."""
        party = party_of(address)
        with self._changed:
            if self._parties[party] >= self._each or self._inside >= self._whole:
                raise SetupError(faults.FEED_FULL)
            self._parties[party] += 1
            self._inside += 1
        return party

    def leave(self, party: str) -> None:
        """One has gone."""
        with self._changed:
            self._parties[party] -= 1
            self._inside -= 1
            if not self._parties[party]:
                del self._parties[party]
            self._changed.notify_all()

    def emptied(self, *, within: float) -> bool:
        """Wait at most `within` seconds until nobody is inside; whether nobody is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.inside, within)


def party_of(address: str) -> str:
    """Who counts as one: an IPv4 address, however it is spelled, or an IPv6 network of 64 bits, inside which anybody may call himself what he likes."""
    with suppress(ValueError):
        found = ip_address(address.partition("%")[0])
        if isinstance(found, IPv6Address):
            inner = found.ipv4_mapped
            return str(inner) if inner is not None else str(ip_network((found, 64), strict=False))
        return str(found)
    return address
