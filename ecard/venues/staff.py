"""Papers of staff: the confidentiality undertaking that somebody has signed, and the training that somebody has had (ID-9a, ZZ-13a, CQ-21b).

An undertaking holds until it is ended; a training runs out. Both are entered by another person than the one they are of. Whether somebody works without them
is the policy's to say (`staff_papers`): asked, they stand on the list of what is missing; required, they do not work.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import InputError, StateError
from ecard import faults, officechain, schema
from ecard.model import Role, draw_ref, seconds
from ecard.policy import StaffPapers

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from codes.claims import Region
    from ecard.model import Actor
    from ecard.premises import Premises
    from ecard.rows import SqlRow
    from ecard.store import Work

DESK = "staff"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,100}")


class PaperKind(enum.StrEnum):
    """What was signed."""

    UNDERTAKING = "undertaking"
    TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPaper:
    """One paper of somebody who works at an office, or at a venue."""

    ref: str
    kind: PaperKind
    region: Region
    operator: str
    person: str
    """Staff number."""
    venue: str | None
    document: str
    """What it is filed under."""
    signed: int
    until: int | None
    noted: int
    noted_by: str
    ended: int | None = None

    def holds_at(self, now: int) -> bool:
        """Whether it counts now."""
        return self.signed <= now and self.ended is None and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """Somebody whose papers are not complete."""

    operator: str
    kinds: tuple[PaperKind, ...]


def note(
    premises: Premises, kind: PaperKind, *, operator: str, person: str, document: str, signed: datetime, venue: str | None, actor: Actor, now: int
) -> StaffPaper:
    """Enter a paper. The same one again: no change. Raises `InputError` staff-paper, `StateError`: not-permitted, venue-unknown."""
    region = _permitted(actor, "note-staff-paper")
    when = seconds(signed)
    until = when + premises.policy.training_life if kind is PaperKind.TRAINING else None
    wrong = {
        "operator": not _NAME.fullmatch(operator),
        "person": not _NAME.fullmatch(person) or person == actor.person,
        "document": not _LINE.fullmatch(document),
        "signed": when > now or (until is not None and until <= now),
    }
    if found := [name for name, is_wrong in wrong.items() if is_wrong]:
        raise InputError(faults.STAFF_PAPER, wrong=", ".join(found))
    table = schema.staff_paper
    with premises.writing() as work:
        if venue is not None and not work.connection.execute(_venue_in_use(venue, region)).scalar():
            raise StateError(faults.VENUE_UNKNOWN, venue=venue)
        same = {"kind": kind.value, "operator": operator, "person": person, "document": document, "signed": when, "region": region}
        known = work.connection.execute(sa.select(table).where(*(table.c[name] == value for name, value in same.items()))).first()
        if known is not None:
            return _of_row(known)
        row = same | {"ref": draw_ref(premises.entropy), "venue": venue, "until": until, "noted": now, "noted_by": actor.ref}
        row |= {"noted_person": actor.person, "ended": None, "ended_by": None}
        work.connection.execute(sa.insert(table).values(row))
        officechain.enter_row(work, table, row, desk=f"{DESK}-{region}", act=f"note-{kind}", actor=actor, at=now)
        return _paper(work, str(row["ref"]))


def end(premises: Premises, ref: str, *, actor: Actor, now: int) -> StaffPaper:
    """A paper counts no more: somebody left, or broke their word. Again: no change. Raises `InputError` staff-paper, `StateError` not-permitted."""
    region = _permitted(actor, "end-staff-paper")
    table = schema.staff_paper
    with premises.writing() as work:
        found = _paper(work, ref)
        if found.region != region:
            raise InputError(faults.STAFF_PAPER, wrong="reference")
        if found.ended is None:
            work.connection.execute(sa.update(table).where(table.c.ref == ref).values(ended=now, ended_by=actor.ref))
            row = dict(work.connection.execute(sa.select(table).where(table.c.ref == ref)).mappings().one())
            officechain.enter_row(work, table, row, desk=f"{DESK}-{region}", act="end-staff-paper", actor=actor, at=now)
        return _paper(work, ref)


def may_work(work: Work, operator: str, at: datetime) -> None:
    """Return if somebody has signed and is trained. Raises `StateError`: undertaking-missing, training-missing.

    This is the rule itself, whatever the policy says of it; `check` asks the policy first.
    """
    lacking = missing(work, operator, now=seconds(at))
    if PaperKind.UNDERTAKING in lacking:
        raise StateError(faults.UNDERTAKING_MISSING, operator=operator)
    if PaperKind.TRAINING in lacking:
        raise StateError(faults.TRAINING_MISSING, operator=operator)


def check(premises: Premises, work: Work, operator: str, at: datetime) -> None:
    """`may_work` where the policy requires the papers; where it only asks for them, return."""
    if premises.policy.staff_papers is StaffPapers.REQUIRED:
        may_work(work, operator, at)


def missing(work: Work, operator: str, *, now: int) -> tuple[PaperKind, ...]:
    """Which papers somebody lacks now."""
    held = {paper.kind for paper in papers(work, operator=operator) if paper.holds_at(now)}
    return tuple(kind for kind in PaperKind if kind not in held)


def lacking(work: Work, operators: Collection[str], *, now: int) -> tuple[Lacking, ...]:
    """Everybody of these who lacks something."""
    found = ((operator, missing(work, operator, now=now)) for operator in sorted(operators))
    return tuple(Lacking(operator=operator, kinds=kinds) for operator, kinds in found if kinds)


def papers(work: Work, *, operator: str | None = None, region: Region | None = None) -> tuple[StaffPaper, ...]:
    """Every paper, of one operator or of one region, oldest first; ended and past ones, too."""
    table = schema.staff_paper
    where = [sa.true()] if operator is None else [table.c.operator == operator]
    where += [] if region is None else [table.c.region == region]
    return tuple(map(_of_row, work.connection.execute(sa.select(table).where(*where).order_by(table.c.signed, table.c.ref))))


def _permitted(actor: Actor, command: str) -> Region:
    if actor.role is not Role.SUPERVISOR or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command=command, role=actor.role, article="ID-9a")
    return actor.region


def _venue_in_use(venue: str, region: Region) -> sa.Select[tuple[str]]:
    table = schema.venue.c
    return sa.select(table.ref).where((table.ref == venue) & (table.region == region) & table.ended.is_(None))


def _paper(work: Work, ref: str) -> StaffPaper:
    row = work.connection.execute(sa.select(schema.staff_paper).where(schema.staff_paper.c.ref == ref)).one_or_none()
    if row is None:
        raise InputError(faults.STAFF_PAPER, wrong="reference")
    return _of_row(row)


def _of_row(row: SqlRow) -> StaffPaper:
    return StaffPaper(
        ref=row.ref,
        kind=PaperKind(row.kind),
        region=row.region,
        operator=row.operator,
        person=row.person,
        venue=row.venue,
        document=row.document,
        signed=row.signed,
        until=row.until,
        noted=row.noted,
        noted_by=row.noted_by,
        ended=row.ended,
    )
