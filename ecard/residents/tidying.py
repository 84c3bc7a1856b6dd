"""A duty of `tick`: what no longer keeps anybody out and no longer lets anybody in is deleted, so that no table grows with the days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ecard import schema
from ecard.contention import persist
from ecard.model import seconds
from ecard.policy import DAY
from ecard.residents.speaking import STEP

if TYPE_CHECKING:
    from datetime import datetime

    from ecard.premises import Premises

LIMIT = 50_000
"""Rows of each kind in one run: a busy city brings hundreds of proofs a second."""


@dataclass(frozen=True, slots=True)
class ResidentsTidying:
    """Deletes proofs and nonces that could not be sent again anyway, old tries, and numbers and challenges whose time is over."""

    name: str = "residents-tidying"

    def run(self, premises: Premises, *, at: datetime) -> int:
        """See `ecard.tick.Duty.run`."""
        now = seconds(at)
        over = (
            (schema.proof_seen, schema.proof_seen.c.until <= now),
            (schema.nonce, schema.nonce.c.expires <= now - premises.policy.nonce_life),
            (schema.attempt, schema.attempt.c.at <= now - DAY),
            (schema.challenge, schema.challenge.c.expires <= now - DAY),
            (schema.spoken_code, schema.spoken_code.c.expires <= now - STEP),
            (schema.endorsing, schema.endorsing.c.until <= now - DAY),
        )

        def clear() -> int:
            with premises.store.writing() as work:
                return sum(_clear(work.connection, table, where) for table, where in over)

        return persist(clear, entropy=premises.entropy)


def _clear(connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
    key = list(table.primary_key)
    old = sa.select(*key).where(where).limit(LIMIT)
    return connection.execute(sa.delete(table).where(sa.tuple_(*key).in_(old))).rowcount
