"""Taking in what somebody says, and telling whoever has number and word what became of it."""

from __future__ import annotations

import hmac
import json
import unicodedata
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import InputError, StateError
from ecard import faults, officechain, schema
from ecard.access.sealing import Sealer
from ecard.model import Actor, Role
from ecard.tickets.kinds import Category, Channel, Outcome, Statement, Taken, Ticket, Told
from ecard.tickets.words import draw_number, draw_word, read_number, read_word

if TYPE_CHECKING:
    from ecard.premises import Premises
    from ecard.rows import SqlRow
    from ecard.store import Work

PUBLIC = Actor(ref="public", person="public", role=Role.SERVICE)
"""Who acts when somebody says something who need not say who they are."""
TAKERS = frozenset({Role.CLERK, Role.HOTLINE, Role.SUPERVISOR, Role.INTAKE})
"""Who may take a ticket in for somebody who stands, or calls, there."""
MAX_TEXT, MAX_LINE = 4000, 200
_HIDDEN = frozenset({"Cc", "Cs", "Co", "Cn"})
_TURNING = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F]))
"""Signs that turn the direction of writing: a text is to read as it was written."""


def take(premises: Premises, statement: Statement, *, channel: Channel, actor: Actor, now: int) -> Taken:
    """Take a statement in. Raises `InputError`: ticket-text, region-unknown; `StateError` not-permitted."""
    premises.issuer(statement.region)
    if actor is not PUBLIC and (actor.role not in TAKERS or actor.region != statement.region):
        raise StateError(faults.NOT_PERMITTED, command="take-ticket", role=actor.role)
    said = written(statement)
    with premises.writing() as work:
        number, word = _free(premises, work), draw_word(premises.entropy)
        row = {
            "number": number,
            "region": said.region,
            "category": said.category.value,
            "channel": channel.value,
            "word": digest_of(premises, number, word),
            "said": _sealer(premises).seal(_to_bytes(said), place=place_of(number, "said")),
            "opened": now,
            "opened_by": actor.ref,
            "opened_person": actor.person,
            "due": now + premises.policy.ticket_within,
            "outcome": None,
            "answer": None,
            "answered": None,
            "answered_by": None,
            "answered_person": None,
            "forgotten": None,
        }
        work.connection.execute(sa.insert(schema.ticket).values(row))
        officechain.enter_row(work, schema.ticket, row, desk=desk_of(number), act="take-ticket", actor=actor, at=now)
        return Taken(ticket=ticket_of(work, number), word=word)


def ask(premises: Premises, work: Work, number: str, word: str) -> Told:
    """What became of a ticket. Raises `StateError` ticket-unknown, whichever of the two is wrong."""
    numbered, spoken = read_number(number), read_word(word)
    row = None if numbered is None else _row(work, numbered)
    given = digest_of(premises, numbered or "", spoken or "")
    if row is None or not hmac.compare_digest(row.word, given):
        raise StateError(faults.TICKET_UNKNOWN)
    return Told(ticket=of_row(row), answer=answer_in(premises, row))


def written(statement: Statement) -> Statement:
    """A statement as it is kept: composed, without signs that cannot be seen. Raises `InputError` ticket-text, naming what is wrong."""
    text, place, contact = _clean(statement.text), _clean(statement.place).replace("\n", " "), _clean(statement.contact).replace("\n", " ")
    if not text or len(text) > MAX_TEXT:
        raise InputError(faults.TICKET_TEXT, field="text", length=len(text), most=MAX_TEXT)
    for name, line in (("place", place), ("contact", contact)):
        if len(line) > MAX_LINE:
            raise InputError(faults.TICKET_TEXT, field=name, length=len(line), most=MAX_LINE)
    return replace(statement, text=text, place=place, contact=contact)


def statement_in(premises: Premises, row: SqlRow) -> Statement | None:
    """The statement of a row; None when it was destroyed. Raises `SetupError`: vault-key, vault-field."""
    if row.said is None:
        return None
    page = json.loads(_sealer(premises).unseal(row.said, place=place_of(row.number, "said")))
    day = page.pop("day")
    return Statement(region=row.region, category=Category(row.category), day=day and date.fromisoformat(day), **page)


def answer_in(premises: Premises, row: SqlRow) -> str | None:
    """The answer of a row; None while there is none, or when it was destroyed. Raises `SetupError`: vault-key, vault-field."""
    return None if row.answer is None else _sealer(premises).unseal(row.answer, place=place_of(row.number, "answer")).decode()


def seal_answer(premises: Premises, number: str, answer: str) -> bytes:
    """An answer as the row keeps it."""
    return _sealer(premises).seal(answer.encode(), place=place_of(number, "answer"))


def clean_answer(text: str) -> str:
    """An answer as it is kept. Raises `InputError` ticket-answer."""
    answer = _clean(text)
    if not answer or len(answer) > MAX_TEXT:
        raise InputError(faults.TICKET_ANSWER, length=len(answer), most=MAX_TEXT)
    return answer


def row_of(work: Work, number: str) -> SqlRow:
    """A ticket's row, for the desk. Raises `StateError` ticket-unknown."""
    row = _row(work, read_number(number) or "")
    if row is None:
        raise StateError(faults.TICKET_UNKNOWN)
    return row


def ticket_of(work: Work, number: str) -> Ticket:
    """A ticket without its text. Raises `StateError` ticket-unknown."""
    return of_row(row_of(work, number))


def tickets(work: Work, where: sa.ColumnElement[bool], *, limit: int | None = None) -> tuple[Ticket, ...]:
    """Tickets without their texts, those that are due first in front."""
    table = schema.ticket
    found = work.connection.execute(sa.select(table).where(where).order_by(table.c.answered.is_not(None), table.c.due, table.c.number).limit(limit))
    return tuple(map(of_row, found))


def desk_of(number: str) -> str:
    """Whose chain the acts of a ticket stand in: its own."""
    return f"ticket-{number}"


def place_of(number: str, column: str) -> str:
    """Where a text may be read, and nowhere else."""
    return f"ticket|{column}|{number}"


def digest_of(premises: Premises, number: str, word: str) -> bytes:
    """What the record keeps of a word: keyed, so that the database alone is no help to whoever guesses."""
    return premises.vault.fingerprint(f"ecard ticket\n{number}\n{word}".encode())


def _sealer(premises: Premises) -> Sealer:
    return Sealer(premises.vault.wrapper, premises.entropy)


def _free(premises: Premises, work: Work) -> str:
    while True:
        number = draw_number(premises.entropy)
        if _row(work, number) is None:
            return number


def _row(work: Work, number: str) -> SqlRow | None:
    return work.connection.execute(sa.select(schema.ticket).where(schema.ticket.c.number == number)).one_or_none()


def of_row(row: SqlRow) -> Ticket:
    """Table ticket, without what was said."""
    return Ticket(
        number=row.number,
        region=row.region,
        category=Category(row.category),
        channel=Channel(row.channel),
        opened=row.opened,
        opened_by=row.opened_by,
        due=row.due,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        answered=row.answered,
        answered_by=row.answered_by,
        forgotten=row.forgotten,
    )


def _to_bytes(said: Statement) -> bytes:
    page = {"text": said.text, "place": said.place, "day": said.day and said.day.isoformat(), "contact": said.contact}
    return json.dumps(page, ensure_ascii=False).encode()


def _clean(text: str) -> str:
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return "".join(sign for sign in plain if sign == "\n" or (unicodedata.category(sign) not in _HIDDEN and sign not in _TURNING)).strip()
