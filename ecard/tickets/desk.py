"""The desk that takes in what anybody says, and owes an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import StateError
from ecard import faults, schema
from ecard.model import Role, seconds
from ecard.premises import Premises
from ecard.requests import command
from ecard.tickets import answering, finding, taking

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from codes.claims import Region
    from ecard.model import Actor
    from ecard.tickets.finding import Detected
    from ecard.tickets.kinds import Category, Channel, Opened, Outcome, Statement, Taken, Ticket, Told

_COUNTS = frozenset({Role.SUPERVISOR, Role.AUDITOR})


class TicketDesk(Premises):
    """Complaints, reports, comments and questions."""

    @command
    def take_ticket(self, statement: Statement, *, channel: Channel, actor: Actor = taking.PUBLIC, at: datetime) -> Taken:
        """Take in what somebody says; without an actor, from whoever it is (ZZ-16a). The word is told once, here.

        Raises `InputError`: ticket-text, region-unknown; `StateError` not-permitted.
        """
        return taking.take(self, statement, channel=channel, actor=actor, now=seconds(at))

    def ask_ticket(self, number: str, word: str) -> Told:
        """What became of a ticket. Raises `StateError` ticket-unknown."""
        with self.store.reading() as work:
            return taking.ask(self, work, number, word)

    @command
    def open_ticket(self, number: str, *, actor: Actor, at: datetime) -> Opened:
        """Read a ticket at the desk; the look is on record. Raises `StateError`: ticket-unknown, not-permitted, other-region."""
        return answering.open_ticket(self, number, actor=actor, now=seconds(at))

    @command
    def answer_ticket(self, number: str, *, outcome: Outcome, answer: str, actor: Actor, at: datetime) -> Opened:
        """Answer a ticket and close it. Raises `InputError` ticket-answer; `StateError`: ticket-answered, and those of `open_ticket`."""
        return answering.answer_ticket(self, number, outcome=outcome, answer=answer, actor=actor, now=seconds(at))

    def tickets(self, *, region: Region, answered: bool = False) -> tuple[Ticket, ...]:
        """Every ticket of a region that waits, the first due in front; with `answered` those that do not, too. None of them with its text."""
        table = schema.ticket.c
        with self.store.reading() as work:
            return taking.tickets(work, table.region == region if answered else (table.region == region) & table.answered.is_(None))

    def late_tickets(self, at: datetime, *, region: Region) -> tuple[Ticket, ...]:
        """What should have been answered by now: work that is due."""
        table = schema.ticket.c
        with self.store.reading() as work:
            return taking.tickets(work, (table.region == region) & table.answered.is_(None) & (table.due <= seconds(at)))

    def detect(self, *, region: Region, since: datetime, actor: Actor, at: datetime) -> tuple[Detected, ...]:
        """What ought to be looked into (ZZ-18). Raises `StateError` not-permitted."""
        self._may_count(actor, region)
        with self.store.reading() as work:
            return finding.detect(work, region=region, since=seconds(since), now=seconds(at))

    def ticket_counts(self, *, region: Region, since: datetime, actor: Actor, at: datetime) -> Mapping[Category, tuple[int, int, int]]:
        """How many came, wait and were true, by category. Raises `StateError` not-permitted."""
        self._may_count(actor, region)
        with self.store.reading() as work:
            return finding.by_category(work, region=region, since=seconds(since), now=seconds(at))

    def _may_count(self, actor: Actor, region: Region) -> None:
        if actor.role not in _COUNTS or actor.region != region:
            raise StateError(faults.NOT_PERMITTED, command="ticket-report", role=actor.role, article="ZZ-18")
