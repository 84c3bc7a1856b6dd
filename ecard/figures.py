"""How often each command was given in a month: counted from the chains of events, kept nowhere, so that whoever counts again counts the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ecard import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecard.store import Work

_LOCAL = timezone(timedelta(hours=8))
_WRITTEN = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
"""A month of this century: before it there was no card, and what lies beyond every calendar is nobody's month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month as Beijing counts it."""

    year: int
    month: int

    @classmethod
    def of(cls, at: datetime) -> Month:
        """The month in which a time lies."""
        local = at.astimezone(_LOCAL)
        return cls(year=local.year, month=local.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read 2026-11. `ValueError` for anything else, a month of another century among it."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(text)
        return cls(year=int(found[1]), month=int(found[2]))

    @property
    def begin(self) -> int:
        """Its first second, since 1970 UTC."""
        return int(datetime(self.year, self.month, 1, tzinfo=_LOCAL).astimezone(UTC).timestamp())

    @property
    def next(self) -> Month:
        """The month after it."""
        return Month(year=self.year + self.month // 12, month=self.month % 12 + 1)

    @property
    def before(self) -> Month:
        """The month before it."""
        return Month(year=self.year - (self.month == 1), month=(self.month - 2) % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often one account gave one command about one region's cards."""

    region: str
    command: str
    actor: str
    role: str
    count: int


def monthly(work: Work, month: Month, *, region: str) -> Sequence[Count]:
    """Every command of a month about the cards of a region, by the account that gave it."""
    event, card = schema.card_event.c, schema.card.c
    joined = sa.select(card.region, event.command, event.actor, event.role, sa.func.count()).join_from(
        schema.card_event, schema.card, card.ref == event.card
    )
    within = (event.at >= month.begin) & (event.at < month.next.begin) & (card.region == region)
    by = (card.region, event.command, event.actor, event.role)
    found = work.connection.execute(joined.where(within).group_by(*by).order_by(*by))
    return [Count(region=row[0], command=row[1], actor=row[2], role=row[3], count=row[4]) for row in found]
