"""What is told under a grant: how cards stand that were shown for its item, in the granted fields and no others; every telling is counted.

A change reaches a recipient as soon as it asks: nothing waits for a file of the night. Asked again from the same time it is told the same, or newer.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, officechain, schema
from ecard.lifecycle import Command
from ecard.model import Actor, CardRef, CardState, Role
from ecard.residents.keyed import keyed
from ecard.sharing import granting
from ecard.sharing.granting import SharedField

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codes.claims import Region
    from ecard.model import Dossier
    from ecard.premises import Premises
    from ecard.sharing.granting import Grant
    from ecard.store import Work

OVERLAP = 60
"""Seconds before the asked time that are told again: a change may be written a little after the time that it bears."""
MOST = 1000
"""Cards told of at once; the rest comes with the next question. What is told again does not count, or a busy minute would be told for ever."""
TELLING = frozenset({
    Command.ACTIVATE, Command.PRE_REPORT_LOSS, Command.WITHDRAW_PRE_LOSS, Command.RELEASE_PRE_LOSS, Command.REPORT_LOSS, Command.WITHDRAW_LOSS,
    Command.FREEZE, Command.UNFREEZE, Command.LAPSE, Command.LOCK, Command.UNLOCK, Command.CANCEL, Command.REPLACE,
})  # fmt: skip
"""Commands that may change how a card stands. That something else was done to it is nobody's business."""


class SharedState(enum.StrEnum):
    """How a card stands for somebody who need not know why."""

    VALID = "valid"
    STOPPED = "stopped"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a recipient was told: rows of granted fields, and from when to ask on."""

    grant: Grant
    rows: tuple[Mapping[str, str | int], ...]
    upto: int


def changes(premises: Premises, key: str, *, since: int, now: int) -> Shared:
    """How cards stand that changed since a time. Raises `StateError` grant-not-in-force."""
    with premises.writing() as work:
        grant = granting.by_key(work, key, now=now)
        fresh = list(_changed(work, grant, after=since, limit=MOST))
        told = [*_changed(work, grant, after=since - OVERLAP - 1, upto=since), *fresh]
        rows = tuple(_row(premises, grant, work.dossier(card), at, now) for card, at in told)
        upto = fresh[-1][1] if len(fresh) == MOST else now
        _count(work, grant, rows=len(rows), upto=upto, now=now)
        return Shared(grant=grant, rows=rows, upto=upto)


def one(premises: Premises, key: str, number: str, *, now: int) -> Shared:
    """How one card stands that was shown for the item, by its number. Raises `StateError`: grant-not-in-force, card-unknown (never shown for it, either)."""
    with premises.writing() as work:
        grant = granting.by_key(work, key, now=now)
        card = _shown(work, grant, number)
        if card is None:
            raise StateError(faults.CARD_UNKNOWN)
        changed = [event.at for event in work.events(card) if event.command in TELLING]
        row = _row(premises, grant, work.dossier(card), max(changed, default=0), now)
        _count(work, grant, rows=1, upto=now, now=now)
        return Shared(grant=grant, rows=(row,), upto=now)


def uses(work: Work, ref: str) -> tuple[int, int]:
    """How often a grant was used, and how many rows were told."""
    table = schema.sharing_use.c
    found = work.connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(table.events), 0)).where(table.sharing_grant == ref)
    ).one()
    return int(found[0]), int(found[1])


def trace(premises: Premises, work: Work, name: str, *, region: Region) -> tuple[str, ...]:
    """The recipients to whom this name of a card was told: one, or nobody. For whoever finds it where it should not be (CQ-18d)."""
    disclosed = schema.disclosure.c
    found = set()
    for grant in granting.grants(work, region=region):
        cards = work.connection.execute(sa.select(disclosed.card).where((disclosed.item == grant.item) & (disclosed.region == region)).distinct())
        found |= {grant.recipient for (card,) in cards if name_of(premises, grant, CardRef(card)) == name}
    return tuple(sorted(found))


def name_of(premises: Premises, grant: Grant, card: CardRef) -> str:
    """A recipient's own name for a card: 32 hexadecimal digits, the same in all its grants and in nobody else's."""
    return keyed(premises.vault, f"sharing with {grant.region} {grant.recipient}", card.encode())[:16].hex()


def state_of(dossier: Dossier, now: int) -> SharedState:
    """How a card stands as a whole."""
    if dossier.card.state is CardState.ENDED or now >= dossier.card.expires:
        return SharedState.ENDED
    held = any(hold.carrier is None and hold.in_force(now) for hold in dossier.holds)
    return SharedState.STOPPED if held or dossier.card.state is CardState.PENDING else SharedState.VALID


def _row(premises: Premises, grant: Grant, dossier: Dossier, at: int, now: int) -> Mapping[str, str | int]:
    known: Mapping[SharedField, str | int] = {
        SharedField.CARD: name_of(premises, grant, dossier.card.ref),
        SharedField.STATE: state_of(dossier, now).value,
        SharedField.SINCE: at,
    }
    return {name.value: known[name] for name in SharedField if name in grant.fields}


def _changed(work: Work, grant: Grant, *, after: int, upto: int | None = None, limit: int | None = None) -> Iterator[tuple[CardRef, int]]:
    event, disclosed = schema.card_event.c, schema.disclosure.c
    last = sa.func.max(event.at)
    shown = sa.select(disclosed.card).where((disclosed.item == grant.item) & (disclosed.region == grant.region))
    told = event.command.in_([command.value for command in TELLING]) & event.card.in_(shown)
    within = (last > after) if upto is None else (last > after) & (last <= upto)
    query = sa.select(event.card, last).where(told).group_by(event.card).having(within).order_by(last, event.card).limit(limit)
    for card, at in work.connection.execute(query):
        yield CardRef(card), at


def _shown(work: Work, grant: Grant, number: str) -> CardRef | None:
    card, disclosed = schema.card.c, schema.disclosure.c
    query = sa.select(card.ref).join_from(schema.card, schema.disclosure, disclosed.card == card.ref)
    mine = (card.number == number) & (disclosed.item == grant.item) & (disclosed.region == grant.region)
    found = work.connection.execute(query.where(mine).limit(1)).scalar()
    return None if found is None else CardRef(found)


def _count(work: Work, grant: Grant, *, rows: int, upto: int, now: int) -> None:
    table = schema.sharing_use
    last = work.connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.seq), 0)).where(table.c.sharing_grant == grant.ref)).scalar_one()
    row = {"sharing_grant": grant.ref, "seq": last + 1, "at": now, "upto": upto, "events": rows}
    work.connection.execute(sa.insert(table).values(row))
    actor = Actor(ref=grant.recipient, person=grant.recipient, role=Role.SERVICE, region=grant.region)
    officechain.enter_row(work, table, row, desk=granting.desk_of(grant.ref), act="share", actor=actor, at=now)
