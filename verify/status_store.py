"""The status lists that a terminal holds: which tokens it takes, and what it makes of those it kept (FORMATS section 3).

A token is believed when a status key of the region that owns its letter and shard number signed it while that key was valid. It is checked so when it is
imported and again at every opening. A newer signing time wins; an older one is a rollback; two tokens of one signing time must be the same bytes.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from codes.claims import parse_uri
from codes.errors import InputError, SetupError
from codes.status import StatusListToken
from verify import faults
from verify.ports import Shard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codes.claims import Profile
    from codes.errors import Fault
    from codes.trust import StatusAuthority
    from verify.trust import TrustView

FARTHEST_FUTURE = 31 * 86400
"""Seconds that a token's signing time may lie ahead of clock and floor. A slow clock must not shut out honest tokens: they are what shows that it is slow
(the region's floor rises and its codes become clock-untrusted). A stolen status key can use the same room, against its own region only, until it is rotated."""


Stored = tuple[int, bytes | None]
"""A token as the state has it: the signing time that state.json names, and the file's bytes, or None if they are lost."""

_WITHDRAWN = (faults.STATUS_KEY_UNKNOWN, faults.STATUS_KEY_PERIOD, faults.STATUS_FOREIGN)


class StatusStore:
    """The lists of one opening of the state, as tokens brought them: one half of `verify.status_sources`."""

    def __init__(self, shards: Mapping[str, Shard], damaged: Mapping[str, Fault] | None = None, *, lost: Iterable[tuple[str, int]] = ()) -> None:
        """`lost`: region and signing time of lists that came and are damaged; a region's head does not fall because a file broke."""
        self.shards = shards
        self.damaged = damaged or {}
        """Lists that the state names and that cannot be believed: by uri, what is wrong with them."""
        self._heads: dict[str, int] = {}
        for region, iat in chain(((shard.region, shard.iat) for shard in shards.values()), lost):
            self._heads[region] = max(iat, self._heads.get(region, 0))

    @classmethod
    def open(cls, tokens: Mapping[str, Stored], trust: TrustView) -> StatusStore:
        """Check every stored token again. A broken file spoils its own list and no other."""
        shards: dict[str, Shard] = {}
        damaged: dict[str, Fault] = {}
        lost: list[tuple[str, int]] = []
        for uri, (iat, data) in tokens.items():
            try:
                token, shard = read_token(data or b"", trust)
                if (token.uri, token.iat) != (uri, iat):
                    raise InputError(faults.STATUS_DAMAGED)
                shards[uri] = shard
            except InputError as error:
                damaged[uri] = error.fault
                if error.fault not in _WITHDRAWN:
                    with suppress(InputError):  # the letter may be nobody's any more
                        lost.append((_owner(uri, trust)[0].region, iat))
        return cls(shards, damaged, lost=lost)

    def shard(self, uri: str) -> Shard | None:
        """The list with this uri, None if there is none. Raises `SetupError` status-damaged: we should have it and cannot believe what is there."""
        shard = self.shards.get(uri)
        if shard is None and uri in self.damaged:
            raise SetupError(faults.STATUS_DAMAGED, uri=uri, found=self.damaged[uri].code)
        return shard

    def head(self, region: str) -> int | None:
        """The newest signing time among a region's lists, None if there is none."""
        return self._heads.get(region)

    def heads(self) -> Mapping[str, int]:
        """The newest signing time among each region's lists, damaged ones included."""
        return self._heads

    def binding(self, tokens: Mapping[str, Stored]) -> dict[str, Stored]:
        """Those of `tokens` (the ones this store was opened from) that bind what may follow them: whole ones, and damaged ones by their signing time.

        A token whose region has withdrawn its key or its place binds nothing any more: what a thief signed goes with the key.
        """
        return {uri: (iat, None if uri in self.damaged else data) for uri, (iat, data) in tokens.items() if self.damaged.get(uri) not in _WITHDRAWN}


def read_token(data: bytes, trust: TrustView) -> tuple[StatusListToken, Shard]:
    """Believe a token, or not.

    Raises `InputError`: those of `StatusListToken.from_bytes`, status-foreign (no region owns this letter and shard number), status-key-unknown,
    status-key-period (the key was not valid when it signed), status-signature, status-list.
    """
    token = StatusListToken.from_bytes(data)
    authority, profile = _owner(token.uri, trust)
    key = next((key for key in authority.keys if key.kid == token.kid), None)
    if key is None:
        raise InputError(faults.STATUS_KEY_UNKNOWN, region=authority.region, kid=token.kid.hex())
    if not key.not_before <= token.iat < key.not_after:
        raise InputError(faults.STATUS_KEY_PERIOD, region=authority.region, kid=token.kid.hex(), iat=token.iat)
    token.check(key.key.load())
    return token, Shard(region=authority.region, profile=profile, iat=token.iat, statuses=token.list())


def _owner(uri: str, trust: TrustView) -> tuple[StatusAuthority, Profile]:
    letter, number = parse_uri(uri)
    for authority in trust.authorities.values():
        for profile, (first, last) in authority.spaces.items():
            if letter == authority.letter and first <= number <= last:
                return authority, profile
    raise InputError(faults.STATUS_FOREIGN, uri=uri)


def take_token(data: bytes, trust: TrustView, *, held: Mapping[str, Stored], now: int) -> tuple[StatusListToken, Shard, bool]:
    """Believe a token and tell whether it is news: False when it is the one we hold.

    Raises `InputError`: as `read_token`; status-rolled-back, status-equivocation, status-from-future (more than 31 days ahead of `now`).
    """
    token, shard = read_token(data, trust)
    if token.iat > now + FARTHEST_FUTURE:
        raise InputError(faults.STATUS_FROM_FUTURE, uri=token.uri, ahead_s=token.iat - now)
    iat, stored = held.get(token.uri, (-1, None))
    if token.iat < iat:
        raise InputError(faults.STATUS_ROLLED_BACK, uri=token.uri, iat=token.iat, held_iat=iat)
    if token.iat > iat or stored is None:
        return token, shard, True
    if stored != data:
        raise InputError(faults.STATUS_EQUIVOCATION, uri=token.uri, iat=iat)
    return token, shard, False


def is_over(shard: Shard, *, head: int, trust: TrustView) -> bool:
    """Whether nothing valid can refer to this list any more, so that it may be forgotten and the state stays bounded.

    Its publisher signs it again until the last credential in it has expired. If the region's newest list is younger than this one by more than any
    credential of its profile lives, and the issue day besides, it was withdrawn. (uri, idx) is never used again, so nothing is lost with it.
    """
    lives = (bounds.longest_life for issuer in trust.issuers.values() if (bounds := issuer.issuer.profiles.get(shard.profile)) is not None)
    return head - shard.iat > max(lives, default=0) + 2 * 86400
