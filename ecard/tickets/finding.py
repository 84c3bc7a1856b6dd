"""What ought to be looked into (ZZ-18): overlapping cards, leaks and unlawful look-ups, shirking and delay, abuse; from tickets and from the record's own rows.

Nothing here judges anybody. A line says what was counted, and a supervisor looks.
"""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ecard import schema
from ecard.policy import DAY
from ecard.tickets import taking
from ecard.tickets.kinds import Category, Outcome, Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.claims import Region
    from ecard.store import Work

MANY_PEOPLE = 100
"""Different people about whom one member of staff looked up the identity within a day, from which on somebody asks why."""


class Wrong(enum.StrEnum):
    """The four that ZZ-18 names."""

    OVERLAP = "overlapping-cards"
    LEAK = "leaks-and-unlawful-queries"
    DELAY = "shirking-and-delay"
    ABUSE = "abuse"


ABOUT: Mapping[Wrong, frozenset[Category]] = {
    Wrong.OVERLAP: frozenset({Category.OVERLAP}),
    Wrong.LEAK: frozenset({Category.LEAKED, Category.KEPT}),
    Wrong.DELAY: frozenset({Category.DELAYED, Category.REFUSED}),
    Wrong.ABUSE: frozenset({Category.ABUSE}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Somebody who looked up many people in one day."""

    person: str
    day: int
    """Its beginning, in seconds since 1970 UTC."""
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """One of the four: what was said of it, what was true, and what the record itself shows."""

    wrong: Wrong
    tickets: int
    open: int
    upheld: int
    late: tuple[Ticket, ...] = ()
    """Of delay alone: every ticket, whatever it is about, that nobody answered in time."""
    lookers: tuple[Looker, ...] = ()
    """Of leaks alone."""


def detect(work: Work, *, region: Region, since: int, now: int) -> tuple[Detected, ...]:
    """All four, of one region, from what came since a time."""
    table = schema.ticket
    rows = work.connection.execute(
        sa.select(table.c.category, table.c.outcome).where((table.c.region == region) & (table.c.opened >= since) & (table.c.opened <= now))
    ).all()
    late = taking.tickets(work, (table.c.region == region) & table.c.answered.is_(None) & (table.c.due <= now))
    found = []
    for wrong, about in ABOUT.items():
        mine = [row for row in rows if Category(row.category) in about]
        true = {Outcome.UPHELD.value, Outcome.PARTLY.value, Outcome.HANDED_OVER.value}
        found.append(
            Detected(
                wrong=wrong,
                tickets=len(mine),
                open=sum(row.outcome is None for row in mine),
                upheld=sum(row.outcome in true for row in mine),
                late=late if wrong is Wrong.DELAY else (),
                lookers=_lookers(work, region, since=since, now=now) if wrong is Wrong.LEAK else (),
            )
        )
    return tuple(found)


def by_category(work: Work, *, region: Region, since: int, now: int) -> Mapping[Category, tuple[int, int, int]]:
    """How many came, how many wait, how many were true, of each category: refusals of the card above all (HZ-5b)."""
    table = schema.ticket
    came = (table.c.region == region) & (table.c.opened >= since) & (table.c.opened <= now)
    counted: dict[Category, Counter[str]] = {category: Counter() for category in Category}
    for row in work.connection.execute(sa.select(table.c.category, table.c.outcome).where(came)):
        counted[Category(row.category)].update(("all", row.outcome or "open"))
    true = (Outcome.UPHELD, Outcome.PARTLY, Outcome.HANDED_OVER)
    return {category: (count["all"], count["open"], sum(count[word.value] for word in true)) for category, count in counted.items()}


def _lookers(work: Work, region: Region, *, since: int, now: int) -> tuple[Looker, ...]:
    """Staff who read the identity of many different people of this region within one day (UTC)."""
    access, holder = schema.vault_access.c, schema.holder.c
    day = (access.at - access.at % DAY).label("day")
    people = sa.func.count(sa.distinct(access.holder)).label("people")
    staff = access.role.not_in(["holder", "service"])
    asked = sa.select(access.person, day, people).join_from(schema.vault_access, schema.holder, holder.ref == access.holder)
    asked = asked.where((holder.region == region) & (access.at >= since) & (access.at <= now) & staff)
    many = asked.group_by(access.person, day).having(people > MANY_PEOPLE).order_by(people.desc(), access.person)
    return tuple(Looker(person=row.person, day=row.day, people=row.people) for row in work.connection.execute(many))
