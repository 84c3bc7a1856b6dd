"""Proofs of keys that were seen: each serves once. The database is the only memory of it; where it does not answer, nothing is let in (threat G17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ecard import schema

if TYPE_CHECKING:
    from ecard.store import Work


def spend(work: Work, thumbprint: bytes, jti: str, *, until: int) -> bool:
    """Note that a key has used this jti, which counts until then; False if it had before."""
    table = schema.proof_seen
    known = (table.c.thumbprint == thumbprint) & (table.c.jti == jti)
    if work.connection.execute(sa.select(table.c.until).where(known)).first() is not None:
        return False
    work.connection.execute(sa.insert(table).values(thumbprint=thumbprint, jti=jti, until=until))
    return True
