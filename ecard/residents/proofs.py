"""Proofs of keys that were seen: each serves once. The database is the only memory of it; where it does not answer, nothing is let in (threat G17)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

from ecard import schema
from ecard.contention import persist

if TYPE_CHECKING:
    from codes.keys import CoseKey
    from ecard.premises import Premises
    from ecard.store import Work

_SPEND = {
    "postgresql": postgresql.insert(schema.proof_seen).on_conflict_do_nothing().returning(schema.proof_seen.c.jti),
    "sqlite": sqlite.insert(schema.proof_seen).on_conflict_do_nothing().returning(schema.proof_seen.c.jti),
}


def spend(work: Work, thumbprint: bytes, jti: str, *, until: int) -> bool:
    """Note that a key has used this jti, which counts until then; False if it had before."""
    row = {"thumbprint": thumbprint, "jti": jti, "until": until}
    return work.connection.execute(_SPEND[work.connection.dialect.name], row).first() is not None


class SpentBefore(Exception):  # noqa: N818 - because it says what happened; what that means to a caller, the service says
    """A proof whose jti its key has used before."""


@dataclass(kw_only=True)
class Unspent:
    """A proof that came with a call and is not spent yet: the call does that in the transaction of its effect, and whatever becomes of it, it is spent."""

    key: CoseKey
    jti: str
    until: int
    spent: bool = False

    @cached_property
    def thumbprint(self) -> bytes:
        """Of the key."""
        return self.key.thumbprint()

    def spend(self, premises: Premises) -> None:
        """Spend it now, by itself, unless that was done. Raises `SpentBefore`; `SetupError` where that cannot be known."""
        if self.spent:
            return

        def noted() -> bool:
            with premises.store.noting() as work:
                return spend(work, self.thumbprint, self.jti, until=self.until)

        first = persist(noted, entropy=premises.entropy)
        self.spent = True
        if not first:
            raise SpentBefore
