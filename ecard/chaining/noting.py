"""What the record remembers of published versions: for the loss clock, and so that a folder that was lost never counts again from below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.chain import ListSpace
from ecard import schema
from ecard.terminals.confirming import note_edition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codes.claims import Region
    from ecard.chaining.publisher import ChainNews
    from ecard.store import Work

_TABLE = schema.status_edition


def floors(work: Work, region: Region, epoch: int) -> dict[ListSpace, int]:
    """The highest seq that was ever published of each of a region's chains in this epoch."""
    here = (_TABLE.c.region == region) & (_TABLE.c.epoch == epoch)
    query = sa.select(_TABLE.c.space, sa.func.max(_TABLE.c.seq)).where(here).group_by(_TABLE.c.space)
    return {ListSpace(space): seq for space, seq in work.connection.execute(query)}


def note(work: Work, news: Iterable[ChainNews], *, now: int) -> int:
    """Note every version that is not noted yet; how many. A run that died before it came here is made up for by the next."""
    noted = 0
    for chain in news:
        if not chain.made:
            continue
        here = (_TABLE.c.region == chain.region) & (_TABLE.c.space == int(chain.space)) & (_TABLE.c.epoch == chain.epoch)
        known = set(work.connection.execute(sa.select(_TABLE.c.seq).where(here & (_TABLE.c.seq >= chain.made[0].seq))).scalars())
        for made in chain.made:
            if made.seq not in known:
                note_edition(work, region=chain.region, space=chain.space, epoch=chain.epoch, seq=made.seq, iat=made.iat, now=now)
                noted += 1
    return noted
