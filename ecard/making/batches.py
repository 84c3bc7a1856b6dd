"""An employer's applications in one file: looked through before anything is written, taken in row by row, approved row by row (ZS-15).

    preview          reads the file and says of every row whether it would be taken in, and if not, why
    take_in          takes the rows in; each is a transaction of its own, known by file and row, so a run that was interrupted goes on where it stopped
    approve          opens the cards, by a second person; goes on in the same way
    corrections      the rows that were refused, in the format of the file, with the reason beside them

The file is not kept. Its digest is keyed, since a file of one row could otherwise be guessed from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import InputError, StateError
from ecard import faults, schema
from ecard.contention import persist
from ecard.making import intake, register, sheet
from ecard.making.sheet import Entry, Refusal
from ecard.model import ApplicationState, Batch, BatchRef, Eligibility, draw_ref
from ecard.tabular import read_table, write_table
from ecard.vault import IndexPurpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codes.claims import Region
    from ecard.lifecycle import Evidence
    from ecard.model import Actor, ApplicationRow, PointRef
    from ecard.premises import Premises
    from ecard.store import Work
    from ecard.tabular import Table

    Progress = Callable[[int, int], None]

_TOGETHER = 100
"""Rows that are looked up in one transaction of a preview."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """What became, or would become, of one row. Holds nothing of the person."""

    row: int
    application: ApplicationRow | None = None
    refusal: Refusal | None = None

    @property
    def accepted(self) -> bool:
        """Whether the row is good."""
        return self.refusal is None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """Row by row, in the order of the file."""

    batch: Batch | None
    """None of a preview."""
    format: str
    encoding: str
    rows: tuple[RowReport, ...]

    @property
    def refused(self) -> tuple[RowReport, ...]:
        """The rows that were refused."""
        return tuple(row for row in self.rows if not row.accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDecision:
    """What approving a batch did: how many cards it has opened so far, and how many rows are refused."""

    batch: Batch
    approved: int
    refused: int


def preview(
    premises: Premises, content: bytes, *, region: Region, actor: Actor, evidence: frozenset[Evidence], now: int, progress: Progress | None = None
) -> BatchReport:
    """Look a file through. Nothing is taken in; who is found in the record has that look in their own chain, like every other."""
    intake.check_taker(premises, region=region, actor=actor, evidence=evidence)
    table = read_table(content)
    read = list(sheet.entries(table, now=now))
    rows: list[RowReport] = []
    for start in range(0, len(read), _TOGETHER):
        with premises.writing() as work:
            for number, entry in read[start : start + _TOGETHER]:
                refusal = entry if isinstance(entry, Refusal) else _known(premises, work, entry, actor=actor, now=now)
                rows.append(RowReport(row=number, refusal=refusal))
        if progress is not None:
            progress(len(rows), len(read))
    return BatchReport(batch=None, format=table.format, encoding=table.encoding, rows=tuple(rows))


def _known(premises: Premises, work: Work, entry: Entry, *, actor: Actor, now: int) -> Refusal | None:
    """Why the record would refuse this person now."""
    person = entry.person
    holder = premises.vault.find(work, person.identity, purpose=IndexPurpose.ONE_PERSON, actor=actor, at=now)
    if holder is None:
        return None
    if work.cards_of(holder):
        return Refusal(fault=faults.PERSON_HAS_CARD, field=sheet.NUMBER)
    if premises.vault.read(work, holder, purpose="compare-with-document", actor=actor, at=now).name != person.name:
        return Refusal(fault=faults.PERSON_DIFFERS, field=sheet.NAME)
    if register.open_application(work, holder):
        return Refusal(fault=faults.APPLICATION_OPEN, field=sheet.NUMBER)
    return None


def take_in(
    premises: Premises,
    content: bytes,
    *,
    employer: str,
    point: PointRef,
    region: Region,
    actor: Actor,
    evidence: frozenset[Evidence],
    category: Eligibility,
    now: int,
    progress: Progress | None = None,
) -> BatchReport:
    """Take the rows of a file in, each once, however often this is run. A row keeps the answer that it got first."""
    intake.check_taker(premises, region=region, actor=actor, evidence=evidence, category=category)
    table = read_table(content)
    read = list(sheet.entries(table, now=now))
    if not read:
        raise InputError(faults.TABLE_COLUMNS, wrong="no rows")
    digest = premises.vault.fingerprint(content)
    wanted = Batch(
        ref=BatchRef(draw_ref(premises.entropy)),
        region=region,
        point=point,
        employer=employer,
        digest=digest,
        size=len(read),
        taken=now,
        taken_by=actor.ref,
        taken_person=actor.person,
    )
    batch = persist(lambda: _open_batch(premises, wanted, actor), entropy=premises.entropy)
    with premises.store.reading() as work:
        done = {row.line: row for row in register.applications_of(work, batch.ref)}
    rows: list[RowReport] = []
    for number, entry in read:
        row = done.get(number) or persist(
            lambda number=number, entry=entry: _take_row(premises, batch, number, entry, category, actor=actor, evidence=evidence, now=now),  # type: ignore[misc] # because defaults bind the loop's values
            entropy=premises.entropy,
        )
        rows.append(_report(row, entry))
        if progress is not None:
            progress(len(rows), len(read))
    return BatchReport(batch=batch, format=table.format, encoding=table.encoding, rows=tuple(rows))


def _open_batch(premises: Premises, wanted: Batch, actor: Actor) -> Batch:
    with premises.writing() as work:
        register.require_point(work, wanted.point, region=wanted.region)
        row = work.connection.execute(sa.select(schema.batch).where(schema.batch.c.digest == wanted.digest)).one_or_none()
        if row is None:
            register.add(work, schema.batch, wanted, "open-batch", desk=wanted.ref, actor=actor, at=wanted.taken)
            return wanted
        found = register.batch_of(row)
    if (found.region, found.point, found.employer) != (wanted.region, wanted.point, wanted.employer):
        raise StateError(faults.BATCH_DIFFERS, point=found.point, article="ZS-15")
    return found


def _take_row(
    premises: Premises,
    batch: Batch,
    number: int,
    entry: Entry | Refusal,
    category: Eligibility,
    *,
    actor: Actor,
    evidence: frozenset[Evidence],
    now: int,
) -> ApplicationRow:
    with premises.writing() as work:
        mine = (schema.application.c.batch == batch.ref) & (schema.application.c.line == number)
        earlier = work.connection.execute(sa.select(schema.application).where(mine)).one_or_none()
        if earlier is not None:
            return register.application_of(earlier)
        blank = intake.row_of_batch(premises, batch, number, category, actor=actor, evidence=evidence, now=now)
        taken = entry if isinstance(entry, Refusal) else intake.admit(premises, work, entry.person, blank, actor=actor)
        if isinstance(taken, StateError):
            taken = Refusal(fault=taken.fault, field=sheet.NAME if taken.fault is faults.PERSON_DIFFERS else sheet.NUMBER)
        if isinstance(taken, Refusal):
            refused = replace(blank, state=ApplicationState.REFUSED, code=taken.fault.code, field=taken.field)
            taken = replace(refused, decided=now, decided_by=actor.ref, decided_person=actor.person)
        register.add(work, schema.application, taken, "take-in", desk=taken.ref, actor=actor, at=now)
        return taken


def _report(row: ApplicationRow, entry: Entry | Refusal) -> RowReport:
    refusal = None
    if row.state is ApplicationState.REFUSED and row.code is not None:
        same = isinstance(entry, Refusal) and entry.fault.code == row.code
        refusal = entry if isinstance(entry, Refusal) and same else Refusal(fault=sheet.fault_of(row.code), field=row.field)
    return RowReport(row=row.line or 0, application=row, refusal=refusal)


def approve(premises: Premises, ref: BatchRef, *, actor: Actor, now: int, progress: Progress | None = None) -> BatchDecision:
    """Open a card for every row that waits, as a second person; each row is a transaction of its own. Again: goes on, or no change."""
    with premises.store.reading() as work:
        batch = register.batch(work, ref)
        rows = register.applications_of(work, ref)
    waiting = [row for row in rows if row.state is ApplicationState.CHECKED]
    for row in waiting or rows[:1]:
        intake.check_decider(row, actor)
    for done, row in enumerate(waiting, start=1):
        persist(lambda row=row: intake.approve(premises, row.ref, actor=actor, now=now), entropy=premises.entropy)  # type: ignore[misc] # because a default binds the loop's value
        if progress is not None:
            progress(done, len(waiting))
    with premises.store.reading() as work:
        after = [row.state for row in register.applications_of(work, ref)]
    return BatchDecision(batch=batch, approved=after.count(ApplicationState.APPROVED), refused=after.count(ApplicationState.REFUSED))


def corrections(content: bytes, report: BatchReport) -> bytes:
    """The refused rows of a file, in its own format, with what is wrong beside them: to be mended and handed in again."""
    table = read_table(content)
    refused = {row.row: row.refusal for row in report.rows if row.refusal is not None}
    return write_table(list(_rows_back(table, refused)), form=table.format, encoding=table.encoding)


def _rows_back(table: Table, refused: dict[int, Refusal]) -> Iterator[Sequence[str]]:
    kept = [at for at, name in enumerate(table.heading) if name and sheet.NAMES.get(name.casefold()) != sheet.REASON]
    yield [*(table.heading[at] for at in kept), sheet.REASON_HEADING]
    for number, cells in table.rows:
        if number in refused:
            yield [*(cells[at].text if at < len(cells) else "" for at in kept), refused[number].sentence]
