"""Which published deltas lead from a version to a later one, by the index of a chain. The index is advice; each delta proves itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import CardError
from verify.chain_index import ChainIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.feeding.news import ChainName, Version
    from webapp.published import PublishedFolder


def read_index(folder: PublishedFolder, chain: ChainName) -> ChainIndex | None:
    """The index as it is published, read as a terminal reads it; None when there is none that can be read."""
    try:
        return ChainIndex.read(folder.index(*chain).content)
    except CardError:
        return None


def way(index: ChainIndex, start: Version, end: Version) -> Sequence[tuple[int, int]] | None:
    """The fewest deltas from one version to another; None when there is no way: whoever needs more than a stream carries fetches them, or a snapshot."""
    if not start.epoch == end.epoch == index.epoch or start.seq > end.seq:
        return None
    return index.way(start.seq, end.seq)
