"""The audit: checkpoints over the chains of the record, and the walk along every chain.

A chain shows when a link was changed or taken out of its middle. Only a signature over its end shows when the newest links were cut off: that is a
checkpoint, and who keeps one outside of the database, the other region for example, sees any later attempt to tell another story (F09, D11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.checkpoint import FIRST, Checkpoint, Head, Seal, heads_digest
from codes.errors import SetupError, StateError
from ecard import faults, schema
from ecard.model import seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from codes.keys import CoseKey, Signer
    from ecard.premises import Premises
    from ecard.store import Store, Work

LINKS = 1000
"""New links that are worth a checkpoint at once."""
INTERVAL = 60
"""Seconds that a new link waits for a checkpoint at most."""
MOST = 50_000
"""Links that one checkpoint takes up; the rest waits for the next."""
CHAINS: Mapping[str, tuple[sa.Table, sa.Column[str]]] = {
    "card": (schema.card_event, schema.card_event.c.card),
    "person": (schema.vault_access, schema.vault_access.c.holder),
    "office": (schema.office_act, schema.office_act.c.desk),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Who signs for the ends of the chains. Safe to run twice and by two processes: a checkpoint number is given once."""

    store: Store
    signer: Signer
    links: int = LINKS
    interval: int = INTERVAL

    def due(self, at: datetime) -> bool:
        """Whether links wait for a checkpoint, and are many enough or have waited long enough."""
        waiting = sa.select(sa.func.count(), sa.func.min(schema.unsealed.c.at)).select_from(schema.unsealed)
        with self.store.reading() as work:
            count, oldest = work.connection.execute(waiting).one()
        return bool(count >= self.links or (count > 0 and seconds(at) - oldest >= self.interval))

    def tick(self, at: datetime) -> Checkpoint | None:
        """Sign a checkpoint if one is due."""
        return self.checkpoint(at) if self.due(at) else None

    def checkpoint(self, at: datetime) -> Checkpoint | None:
        """Sign the newest link of every chain that has moved since the checkpoint before; None when none has.

        Raises `StateError` record-conflict when another process signed the same number first; `SetupError`: record-clock-behind, chain-broken (a link
        that waits for its checkpoint is gone: what is cut is not signed for).
        """
        with self.store.writing() as work:
            waiting = _waiting(work)
            if not waiting:
                return None
            ends = {(head.chain, head.subject): head for head in sorted(waiting)}
            heads = tuple(ends.values())
            last = newest(work)
            now = seconds(at)
            if last is not None and now < last.says.iat:
                raise SetupError(faults.CLOCK_BEHIND, behind_s=last.says.iat - now)
            says = Seal(
                iat=now,
                number=last.says.number + 1 if last else 1,
                previous=last.hash if last else FIRST,
                links=len(waiting) + (last.says.links if last else 0),
                heads=len(heads),
                digest=heads_digest(heads),
            )
            signed = Checkpoint.issue(says, self.signer)
            signed.check(self.signer.public_key.load())
            work.connection.execute(sa.insert(schema.checkpoint).values(number=says.number, iat=now, token=signed.raw))
            work.connection.execute(sa.insert(schema.checkpoint_head), [{"number": says.number, **head._asdict()} for head in heads])
            mark = schema.unsealed.c
            sealed = (mark.chain == sa.bindparam("of")) & (mark.subject == sa.bindparam("whose")) & (mark.seq == sa.bindparam("link"))
            gone = [{"of": head.chain, "whose": head.subject, "link": head.seq} for head in waiting]
            work.connection.execute(sa.delete(schema.unsealed).where(sealed), gone)
        return signed


@dataclass(frozen=True, slots=True)
class Sealing:
    """The duty that signs checkpoints."""

    auditor: Auditor
    name: str = "checkpoint"

    def run(self, premises: Premises, *, at: datetime) -> int:  # noqa: ARG002 - because every duty is given it
        """See `ecard.tick.Duty.run`."""
        return int(self.auditor.tick(at) is not None)


def newest(work: Work) -> Checkpoint | None:
    """The checkpoint signed last: what the other region should keep."""
    found = sa.select(schema.checkpoint.c.token).order_by(schema.checkpoint.c.number.desc()).limit(1)
    token = work.connection.execute(found).scalar_one_or_none()
    return None if token is None else Checkpoint.from_bytes(token)


def since(work: Work, number: int) -> tuple[Checkpoint, ...]:
    """The checkpoints after this number, oldest first: what a witness is shown."""
    found = sa.select(schema.checkpoint.c.token).where(schema.checkpoint.c.number > number).order_by(schema.checkpoint.c.number)
    return tuple(Checkpoint.from_bytes(token) for token in work.connection.execute(found).scalars())


def _waiting(work: Work) -> list[Head]:
    """Links that no checkpoint covers, with their hashes."""
    mark = schema.unsealed.c
    heads = []
    for name, (table, subject) in CHAINS.items():
        ends = (subject == mark.subject) & (table.c.seq == mark.seq)
        found = sa.select(mark.subject, mark.seq, table.c.hash).select_from(schema.unsealed.outerjoin(table, ends))
        for row in work.connection.execute(found.where(mark.chain == name).order_by(mark.subject, mark.seq).limit(MOST)):
            if row.hash is None:
                raise SetupError(faults.CHAIN_BROKEN, chain=name, subject=row.subject, event=row.seq)
            heads.append(Head(name, row.subject, row.seq, row.hash))
    return heads


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Who keeps the newest checkpoint of somebody else's record, and goes along with nothing that does not go on from it."""

    audit: CoseKey
    last: Checkpoint | None = None

    def accept(self, shown: Sequence[Checkpoint]) -> Witness:
        """A witness of the newest of these checkpoints, which come in order and go on from the last one.

        Raises `InputError` checkpoint-signature; `StateError` checkpoint-split when they cannot belong to the record that was seen before.
        """
        last = self.last
        for checkpoint in shown:
            checkpoint.check(self.audit.load())
            if last is not None and checkpoint.raw == last.raw:
                continue
            number, previous, links = (last.says.number, last.hash, last.says.links) if last else (0, FIRST, 0)
            said = checkpoint.says
            if said.number != number + 1 or said.previous != previous or said.links < links + said.heads or (last and said.iat < last.says.iat):
                raise StateError(faults.CHECKPOINT_SPLIT, kept=number, shown=said.number, kept_hash=previous.hex(), shown_hash=checkpoint.hash.hex())
            last = checkpoint
        return Witness(audit=self.audit, last=last)
