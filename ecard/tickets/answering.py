"""The desk's side of a ticket: who reads it, who answers it, what is late, and when its text is destroyed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from ecard import chain, due, faults, officechain, outbox, schema
from ecard.contention import persist
from ecard.model import Actor, Role, seconds
from ecard.outbox import Topic
from ecard.tickets import taking
from ecard.tickets.kinds import Category, Opened, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecard.premises import Premises
    from ecard.rows import SqlRow
    from ecard.store import Work

ANSWERERS = frozenset({Role.CLERK, Role.HOTLINE, Role.SUPERVISOR})
ABOUT_STAFF = frozenset({Category.LEAKED, Category.DELAYED, Category.ABUSE})
"""What may be about whoever sits at the desk: a supervisor's alone."""
LIMIT = 500
"""What one run does at most; the rest is the next run's."""
_KEEPER = Actor(ref="retention", person="retention", role=Role.SERVICE)


def open_ticket(premises: Premises, number: str, *, actor: Actor, now: int) -> Opened:
    """Read a ticket; the look is an act in its chain. Raises `StateError`: ticket-unknown, not-permitted, other-region; `SetupError` vault-*."""
    with premises.writing() as work:
        row = _permitted(work, number, "read-ticket", actor)
        entry = (officechain.about(schema.ticket, row._asdict()), chain.row_digest(row._asdict()))
        officechain.enter(work, taking.desk_of(row.number), "read-ticket", [entry], actor=actor, at=now)
        return _opened(premises, row)


def answer_ticket(premises: Premises, number: str, *, outcome: Outcome, answer: str, actor: Actor, now: int) -> Opened:
    """Answer a ticket, and close it by that. Raises `InputError` ticket-answer; `StateError`: ticket-answered, and those of `open_ticket`."""
    text = taking.clean_answer(answer)
    with premises.writing() as work:
        row = _permitted(work, number, "answer-ticket", actor)
        if row.answered is not None:
            raise StateError(faults.TICKET_ANSWERED)
        values = {
            "outcome": outcome.value,
            "answer": taking.seal_answer(premises, row.number, text),
            "answered": now,
            "answered_by": actor.ref,
            "answered_person": actor.person,
        }
        return _opened(premises, _change(work, row.number, values, act="answer-ticket", actor=actor, now=now))


def forget_tickets(work: Work, *, before: int, now: int) -> int:
    """Destroy text and answer of tickets that were answered before a time; how many. That there was one, and how it ended, stays."""
    table = schema.ticket.c
    old = sa.select(table.number).where((table.answered < before) & table.forgotten.is_(None)).order_by(table.number).limit(LIMIT)
    numbers = work.connection.execute(old).scalars().all()
    for number in numbers:
        _change(work, number, {"said": None, "answer": None, "forgotten": now}, act="forget-ticket", actor=_KEEPER, now=now)
    return len(numbers)


@dataclass(frozen=True, slots=True)
class LateTickets:
    """Writes a task for every ticket whose day has passed without an answer, once each (ZZ-16b, ZZ-18)."""

    name: str = "late-tickets"

    def run(self, premises: Premises, *, at: datetime) -> int:
        """See `ecard.tick.Duty.run`."""
        now = seconds(at)

        def write() -> int:
            with premises.store.writing() as work:
                since = due.looked_upto(work, self.name)
                late = (schema.ticket.c.due > since) & (schema.ticket.c.due <= now) & schema.ticket.c.answered.is_(None)
                written = 0
                for ticket in taking.tickets(work, late):
                    body: outbox.Body = {"what": "ticket-late", "ticket": ticket.number, "region": ticket.region}
                    written += outbox.put(work, Topic.TASK, f"ticket-late/{ticket.number}", body, now=now)
                due.note_looked(work, self.name, upto=now)
                return written

        return persist(write, entropy=premises.entropy)


def _permitted(work: Work, number: str, command: str, actor: Actor) -> SqlRow:
    row = taking.row_of(work, number)
    may = {Role.SUPERVISOR} if Category(row.category) in ABOUT_STAFF else ANSWERERS
    if actor.role not in may or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command=command, role=actor.role, article="ZZ-16b")
    if actor.region != row.region:
        raise StateError(faults.OTHER_REGION, command=command, region=row.region, desk_region=actor.region)
    return row


def _change(work: Work, number: str, values: Mapping[str, object], *, act: str, actor: Actor, now: int) -> SqlRow:
    table = schema.ticket
    work.connection.execute(sa.update(table).where(table.c.number == number).values(values))
    row = taking.row_of(work, number)
    officechain.enter_row(work, table, row._asdict(), desk=taking.desk_of(number), act=act, actor=actor, at=now)
    return row


def _opened(premises: Premises, row: SqlRow) -> Opened:
    return Opened(ticket=taking.of_row(row), statement=taking.statement_in(premises, row), answer=taking.answer_in(premises, row))
