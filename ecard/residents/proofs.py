"""Proofs of keys that were seen: each serves once. The database is the only memory of it; where it does not answer, nothing is let in (threat G17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

from ecard import schema

if TYPE_CHECKING:
    from ecard.store import Work

_SPEND = {
    "postgresql": postgresql.insert(schema.proof_seen).on_conflict_do_nothing().returning(schema.proof_seen.c.jti),
    "sqlite": sqlite.insert(schema.proof_seen).on_conflict_do_nothing().returning(schema.proof_seen.c.jti),
}


def spend(work: Work, thumbprint: bytes, jti: str, *, until: int) -> bool:
    """Note that a key has used this jti, which counts until then; False if it had before."""
    row = {"thumbprint": thumbprint, "jti": jti, "until": until}
    return work.connection.execute(_SPEND[work.connection.dialect.name], row).first() is not None
