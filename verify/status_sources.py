"""Two ways by which a status reaches a terminal, as one source: the chain that it follows, and the list tokens that were carried in.

Both give the same bytes. Of a list that both have, the newer word counts: it is the publisher's later one, whichever way it came. Of a list that the chain
had and has no more, a token that is older than the chain was is not asked: else whoever spoils a file would bring yesterday back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import SetupError
from verify import faults

if TYPE_CHECKING:
    from codes.errors import Fault
    from verify.chain_store import ChainStore
    from verify.ports import Shard
    from verify.status_store import StatusStore


class StatusSources:
    """A `StatusSource` over both, as they are now: made anew when either changes."""

    def __init__(self, tokens: StatusStore, chain: ChainStore) -> None:
        shards = {uri: shard for uri, shard in tokens.shards.items() if shard.iat >= chain.least(uri, shard)}
        spoilt = dict.fromkeys(tokens.shards.keys() - shards.keys(), faults.CHAIN_ROLLED_BACK)
        for uri, shard in chain.shards.items():
            if uri not in shards or shards[uri].iat <= shard.iat:
                shards[uri] = shard
        self.shards = shards
        """Lists that can be asked, by uri."""
        self.damaged: dict[str, Fault] = {uri: fault for uri, fault in {**tokens.damaged, **spoilt, **chain.damaged}.items() if uri not in shards}
        """Lists that should be here and cannot be asked."""
        self._tokens, self._chain = tokens, chain

    def shard(self, uri: str) -> Shard | None:
        """See `StatusSource`. Raises `SetupError` status-damaged: we should have it and cannot believe what is there."""
        shard = self.shards.get(uri)
        if shard is None and uri in self.damaged:
            raise SetupError(faults.STATUS_DAMAGED, uri=uri, found=self.damaged[uri].code)
        return shard

    def head(self, region: str) -> int | None:
        """See `StatusSource`."""
        heads = (self._tokens.head(region), self._chain.head(region))
        return max((head for head in heads if head is not None), default=None)

    def demand(self, region: str) -> int:
        """See `StatusSource`."""
        return self._chain.demand(region)

    def heads(self) -> dict[str, int]:
        """The newest signing time of each region, lists that cannot be asked included: its clock floor."""
        tokens, chain = self._tokens.heads(), self._chain.floors()
        return {region: max(tokens.get(region, 0), chain.get(region, 0)) for region in tokens.keys() | chain.keys()}
