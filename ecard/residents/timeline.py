"""What has happened to a card, in plain words, for its holder: what was done, who looked, who was told what, where its codes were used."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.errors import InputError, SetupError, Text
from ecard import faults, schema
from ecard.chain import seal
from ecard.lifecycle import RULES, Command
from ecard.model import Role
from ecard.residents.resolving import PURPOSE, WORDS
from ecard.residents.speaking import PURPOSE as SPOKEN
from ecard.rows import access_of, event_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ecard.model import Dossier
    from ecard.rows import SqlRow
    from ecard.store import Work

PAGE = 50
BY: Mapping[Role, Text] = {
    Role.HOLDER: Text("本人", "you"),
    Role.CLERK: Text("服务网点", "a service point"),
    Role.INTAKE: Text("乡镇街道受理点", "a local service point"),
    Role.PRODUCTION: Text("制卡单位", "the card maker"),
    Role.SUPERVISOR: Text("社保卡管理机构", "the card agency"),
    Role.BANK: Text("银行", "the bank"),
    Role.HOTLINE: Text("12333 热线", "the hotline 12333"),
    Role.SERVICE: Text("系统按规定自动办理", "the service, because the time had come"),
}
_AGENCY = BY[Role.SUPERVISOR]
_LOOKED = Text("查看了您的姓名和证件号码", "Looked at your name and identity number")
_FOUND = Text("按证件号码查到了您的卡", "Found your card by your identity number")
_HEARD = Text("口述号码核验通过", "Two numbers were read aloud and were right")
_ERASED = Text("按规定销毁了身份资料", "Destroyed your identity data, as the rules demand")


class EntryKind(enum.StrEnum):
    """What sort of thing happened."""

    ACT = "act"
    LOOK = "look"
    DISCLOSURE = "disclosure"
    USE = "use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened."""

    at: int
    kind: EntryKind
    title: Text
    by: Text
    articles: tuple[str, ...] = ()
    mark: str
    """Tells it from others of the same second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of it, newest first, and where to go on."""

    entries: tuple[Entry, ...]
    next: str | None


def page(work: Work, dossier: Dossier, *, cursor: str | None) -> Page:
    """The entries after `cursor`. Raises `InputError` cursor-unknown."""
    upto = None if cursor is None else _second(cursor)
    found = sorted((entry for source in _SOURCES for entry in source(work, dossier, upto)), key=_place, reverse=True)
    if cursor is not None:
        places = [_name(entry) for entry in found]
        if cursor not in places:
            raise InputError(faults.CURSOR_UNKNOWN)
        found = found[places.index(cursor) + 1 :]
    shown = tuple(found[:PAGE])
    return Page(entries=shown, next=_name(shown[-1]) if len(found) > PAGE else None)


def _newest(work: Work, query: sa.Select[*tuple[Any, ...]], at: sa.ColumnElement[int], upto: int | None) -> Sequence[SqlRow]:
    """A page of the newest rows that a question has from `upto` back, and one more.

    Seconds are read whole, the one at `upto` again and the last one, too: whatever order the entries of a second are told in, none falls between two pages.
    """
    older = query if upto is None else query.where(at < upto)
    edge = work.connection.execute(older.with_only_columns(at, maintain_column_froms=True).order_by(at.desc()).offset(PAGE).limit(1)).scalar()
    wanted = query if upto is None else query.where(at <= upto)
    return work.connection.execute(wanted if edge is None else wanted.where(at >= edge)).all()


def _acts(work: Work, dossier: Dossier, upto: int | None) -> Iterator[Entry]:
    table = schema.card_event
    for row in _newest(work, sa.select(table).where(table.c.card == dossier.card.ref), table.c.at, upto):
        event = event_of(row)
        title, by = RULES[Command(event.command)].title, BY.get(event.role, _AGENCY)
        yield Entry(at=event.at, kind=EntryKind.ACT, title=title, by=by, articles=event.articles, mark=f"{event.seq:08}")


def _looks(work: Work, dossier: Dossier, upto: int | None) -> Iterator[Entry]:
    """Who looked, but for the holder's own phones, and for what stands there as a disclosure already."""
    table, terminal = schema.vault_access, schema.terminal.c
    told = (table.c.role != Role.HOLDER.value) & ~table.c.purpose.startswith(PURPOSE, autoescape=True)
    for row in _newest(work, sa.select(table).where((table.c.holder == dossier.card.holder) & told), table.c.at, upto):
        access = access_of(row)
        if access.hash != seal(access):
            raise SetupError(faults.CHAIN_BROKEN, holder=access.holder, event=access.seq)
        if access.purpose == SPOKEN:
            venue = work.connection.execute(sa.select(terminal.venue).where(terminal.ref == access.actor)).scalar_one()
            yield Entry(at=access.at, kind=EntryKind.USE, title=_HEARD, by=Text(venue, venue), mark=f"spoken.{access.seq:08}")
            continue
        title = _ERASED if access.purpose.startswith("retention") else _LOOKED if access.fields else _FOUND
        yield Entry(at=access.at, kind=EntryKind.LOOK, title=title, by=BY.get(access.role, _AGENCY), articles=("ID-9b",), mark=f"{access.seq:08}")


def _disclosures(work: Work, dossier: Dossier, upto: int | None) -> Iterator[Entry]:
    table = schema.disclosure
    for row in _newest(work, sa.select(table).where(table.c.card == dossier.card.ref), table.c.at, upto):
        told = [WORDS[field] for field in row.fields.split()]
        zh, en = "、".join(text.zh for text in told), ", ".join(text.en for text in told)
        title = Text(f"经您出示的码提供了{zh}", f"Was told by your code: {en}")
        yield Entry(at=row.at, kind=EntryKind.DISCLOSURE, title=title, by=Text(row.venue, row.venue), articles=("ID-9b",), mark=row.ref[:8])


def _uses(work: Work, dossier: Dossier, upto: int | None) -> Iterator[Entry]:
    """Where its codes and its chip were shown, as terminals have reported; not what a gate said it did not open for."""
    event, terminal, later = schema.journal_event, schema.terminal, schema.journal_event.alias("later")
    taken_back = sa.exists().where((later.c.terminal == event.c.terminal) & (later.c.released == event.c.seq))
    shown = (event.c.card == dossier.card.ref) & event.c.number.is_not(None) & ~taken_back
    query = sa.select(event.c.at, event.c.number, event.c.terminal, event.c.seq, terminal.c.venue).join_from(
        event, terminal, terminal.c.ref == event.c.terminal
    )
    for row in _newest(work, query.where(shown), event.c.at, upto):
        title = Text("出示并通过", "Shown and accepted") if row.number == 0 else Text("出示，未通过", "Shown, not accepted")
        yield Entry(at=row.at, kind=EntryKind.USE, title=title, by=Text(row.venue, row.venue), mark=f"{row.terminal}.{row.seq}")


_SOURCES = (_acts, _looks, _disclosures, _uses)


def _place(entry: Entry) -> tuple[int, str, str]:
    return entry.at, entry.kind.value, entry.mark


def _name(entry: Entry) -> str:
    """How a cursor names an entry: it says nothing that the entry does not."""
    return "-".join([str(entry.at), entry.kind.value, entry.mark]).replace(".", "_")


def _second(cursor: str) -> int:
    """When the entry was that a cursor names. Raises `InputError` cursor-unknown."""
    digits = cursor.partition("-")[0]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        raise InputError(faults.CURSOR_UNKNOWN)
    return int(digits)
