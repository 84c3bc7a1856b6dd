"""Chains read by pages, the newest link in front: a desk's acts, what was done to a card, who looked at a person.

Whoever has read a page asks for the next one by the number of its last link. Every link of a page is checked against itself and against the one before it,
the last one, too; that the whole of a chain fits is another question (`ecard audit verify`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeVar

import sqlalchemy as sa

from codes.errors import InputError, SetupError
from ecard import chain, faults, schema
from ecard.officechain import act_of
from ecard.rows import access_of, event_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ecard.model import Access, CardEvent, CardRef, HolderRef, OfficeAct
    from ecard.rows import SqlRow
    from ecard.store import Work

PAGE = 50
"""Links of one page."""
_MOST = 1_000_000_000


class Link(Protocol):
    """What every link of every chain has."""

    @property
    def seq(self) -> int:
        """Its number, from 1."""
        ...

    @property
    def previous(self) -> bytes:
        """The hash of the one before it."""
        ...

    @property
    def hash(self) -> bytes:
        """Its own."""
        ...


L = TypeVar("L", bound=Link)
Page = tuple["Sequence[L]", "int | None"]
"""Links, the newest in front, and the number before which the next page begins; None where there is no more."""


def acts(work: Work, desk: str, *, before: int | None = None) -> Page[OfficeAct]:
    """What was done at a desk. Raises `InputError` cursor-unknown, `SetupError` chain-broken."""
    return _page(work, schema.office_act, schema.office_act.c.desk == desk, act_of, before)


def events(work: Work, card: CardRef, *, before: int | None = None) -> Page[CardEvent]:
    """What was done to a card. Raises `InputError` cursor-unknown, `SetupError` chain-broken."""
    return _page(work, schema.card_event, schema.card_event.c.card == card, event_of, before)


def accesses(work: Work, holder: HolderRef, *, before: int | None = None) -> Page[Access]:
    """Who looked at a person. Raises `InputError` cursor-unknown, `SetupError` chain-broken."""
    return _page(work, schema.vault_access, schema.vault_access.c.holder == holder, access_of, before)


def _page(work: Work, table: sa.Table, of: sa.ColumnElement[bool], read: Callable[[SqlRow], L], before: int | None) -> Page[L]:
    if before is not None and not 0 < before < _MOST:
        raise InputError(faults.CURSOR_UNKNOWN)
    wanted = sa.select(table).where(of if before is None else of & (table.c.seq < before))
    found = [read(row) for row in work.connection.execute(wanted.order_by(table.c.seq.desc()).limit(PAGE + 1))]
    if before is not None and (not found or found[0].seq != before - 1):
        raise InputError(faults.CURSOR_UNKNOWN)
    ends = [(link.seq, link.hash) for link in found] + ([] if len(found) > PAGE else [(0, chain.NOTHING)])
    for link, ((seq, own), (earlier, previous)) in zip(found, pairwise(ends), strict=False):  # of one link more than a page nothing earlier is known
        if own != chain.seal(link) or link.previous != previous or seq != earlier + 1:  # type: ignore[arg-type] # because a protocol cannot say "dataclass"
            raise SetupError(faults.CHAIN_BROKEN, chain=table.name, event=seq)
    return found[:PAGE], found[PAGE - 1].seq if len(found) > PAGE else None
