"""What publishing needs of the record: every list that is to stand published, and the status of every place in it, at one moment.

Nothing is stored about statuses: they follow from states and holds each time they are asked for. So all indices of a card, chip and codes, have one
status in one snapshot, and a missed run loses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.claims import StatusRef, StatusType
from ecard import lifecycle, schema, withdrawing
from ecard.model import CardState, CarrierState, HoldKind, seconds
from ecard.publishing import ShardPlan

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from ecard.model import CardRef
    from ecard.store import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSnapshot:
    """The truth of one moment; a `StatusTruth` for publishing."""

    now: int
    plans: tuple[ShardPlan, ...]
    values: Mapping[StatusRef, StatusType]

    def statuses(self, at: datetime) -> Mapping[StatusRef, StatusType]:
        """The status of every place given out in a living list. `ValueError` for another moment than the snapshot's."""
        if seconds(at) != self.now:
            msg = f"this is the truth of {self.now}, not of {at.isoformat()}"
            raise ValueError(msg)
        return self.values

    def shards(self) -> Collection[ShardPlan]:
        """The living lists: those in which some credential has not expired."""
        return self.plans


def snapshot(work: Work, *, now: int) -> StatusSnapshot:
    """The truth at `now`, of all regions in the store. A credential written and never handed over counts like any other: it may have been signed."""
    lives = sa.exists().where((schema.credential.c.uri == schema.shard.c.uri) & (schema.credential.c.exp > now))
    living = sa.select(schema.shard.c.uri).where(lives)
    shards = work.connection.execute(sa.select(schema.shard).where(lives).order_by(schema.shard.c.uri))
    plans = tuple(ShardPlan(uri=row.uri, size=row.size, region=row.region) for row in shards)
    return StatusSnapshot(now=now, plans=plans, values=_values(work, schema.credential.c.uri.in_(living), sa.true(), now=now))


def of_cards(work: Work, cards: Collection[CardRef], *, lists: Collection[str] = (), now: int) -> StatusSnapshot:
    """The same for some cards alone, in every living list that they have a place in, and for `lists` that have just begun: what the quick way asks."""
    values = _values(work, schema.credential.c.card.in_(cards), schema.hold.c.card.in_(cards), now=now)
    lives = sa.exists().where((schema.credential.c.uri == schema.shard.c.uri) & (schema.credential.c.exp > now))
    among = schema.shard.c.uri.in_({*lists, *(ref.uri for ref in values)})
    shards = work.connection.execute(sa.select(schema.shard).where(among & lives).order_by(schema.shard.c.uri))
    plans = tuple(ShardPlan(uri=row.uri, size=row.size, region=row.region) for row in shards)
    alive = {plan.uri for plan in plans}
    return StatusSnapshot(now=now, plans=plans, values={ref: status for ref, status in values.items() if ref.uri in alive})


def _values(work: Work, where: sa.ColumnElement[bool], held: sa.ColumnElement[bool], *, now: int) -> dict[StatusRef, StatusType]:
    """The status of every place that `where` names; `held` names at least the holds of its cards."""
    holds: dict[tuple[str, str | None], set[HoldKind]] = defaultdict(set)
    for row in work.connection.execute(sa.select(schema.hold).where(schema.hold.c.lifted.is_(None) & held)):
        if row.until is None or now < row.until:
            holds[row.card, row.carrier].add(HoldKind(row.kind))
    places = (
        sa.select(
            schema.credential.c.uri,
            schema.credential.c.idx,
            schema.carrier.c.card,
            schema.carrier.c.ref,
            schema.carrier.c.state,
            schema.card.c.state.label("card_state"),
            withdrawing.is_withdrawn().label("withdrawn"),
        )
        .join_from(schema.credential, schema.carrier, schema.credential.c.carrier == schema.carrier.c.ref)
        .join(schema.card, schema.carrier.c.card == schema.card.c.ref)
        .where(where)
    )
    values = {}
    for row in work.connection.execute(places):
        kinds = holds.get((row.card, None), set()) | holds.get((row.card, row.ref), set())
        status = lifecycle.carrier_status(CardState(row.card_state), CarrierState(row.state), kinds)
        values[StatusRef(row.uri, row.idx)] = lifecycle.DIALECTS[lifecycle.CarrierStatus.ENDED if row.withdrawn else status].status
    return values
