"""Venues where the card is used: what stands there, what is missing, and which terminal serves which items (CQ-15b, ZZ-8b, ZZ-10)."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import InputError, StateError, Text
from ecard import faults, itemlist, items, officechain, schema
from ecard.model import Role
from ecard.terminals.registering import terminal as terminal_of
from ecard.venues.staff import PaperKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from codes.claims import Region
    from ecard.model import Actor
    from ecard.premises import Premises
    from ecard.rows import SqlRow
    from ecard.store import Work

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
MOST = 9999
"""Of anything, at one venue."""
MOST_TEXT = 512


class Access(enum.StrEnum):
    """What a venue has for the elderly and disabled."""

    STEP_FREE = "step-free"
    LOW_COUNTER = "low-counter"
    SEATS = "seats"
    LARGE_PRINT = "large-print"
    HEARING_LOOP = "hearing-loop"
    VOICE = "voice"
    ASSISTED_DESK = "assisted-desk"
    NO_PHONE_PATH = "no-phone-path"


class Gap(enum.StrEnum):
    """What a venue lacks."""

    READER = "no-reader"
    SCANNER = "no-scanner"
    ELDERLY = "nothing-for-the-elderly"
    DISABLED = "nothing-for-the-disabled"
    TRAINED = "nobody-trained"
    LOOK = "not-looked-at"


FOR_ELDERLY = frozenset({Access.SEATS, Access.LARGE_PRINT, Access.ASSISTED_DESK, Access.NO_PHONE_PATH})
FOR_DISABLED = frozenset({Access.STEP_FREE, Access.LOW_COUNTER, Access.HEARING_LOOP, Access.VOICE})
ACCESS: Mapping[Access, Text] = {
    Access.STEP_FREE: Text("无障碍通道", "step-free way in"),
    Access.LOW_COUNTER: Text("低位服务台", "low counter"),
    Access.SEATS: Text("休息座椅", "seats"),
    Access.LARGE_PRINT: Text("大字指引、老花镜", "large print, reading glasses"),
    Access.HEARING_LOOP: Text("助听设备", "hearing loop"),
    Access.VOICE: Text("语音提示", "spoken guidance"),
    Access.ASSISTED_DESK: Text("专人帮办", "a person who helps"),
    Access.NO_PHONE_PATH: Text("不用手机的办理途径", "a way without a phone"),
}
GAPS: Mapping[Gap, Text] = {
    Gap.READER: Text("没有读卡器", "no card reader"),
    Gap.SCANNER: Text("没有扫码器", "no code scanner"),
    Gap.ELDERLY: Text("没有为老年人准备的设施", "nothing for the elderly"),
    Gap.DISABLED: Text("没有为残疾人准备的设施", "nothing for the disabled"),
    Gap.TRAINED: Text("没有受过培训的人员", "nobody is trained"),
    Gap.LOOK: Text("久未查看", "not looked at for long"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What somebody counted at a venue."""

    readers: int
    scanners: int
    access: frozenset[Access] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """A place where the card is used, as it was last looked at."""

    ref: str
    region: Region
    name: str
    equipment: Equipment
    looked: int
    looked_by: str
    ended: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A venue with its gaps, and what each of its terminals serves."""

    venue: Venue
    gaps: tuple[Gap, ...]
    terminals: tuple[tuple[str, tuple[str, ...]], ...]


def look(premises: Premises, ref: str, *, name: str, equipment: Equipment, actor: Actor, now: int) -> Venue:
    """Register a venue, or note what is there now. Raises `InputError` venue-shape, `StateError`: not-permitted, venue-unknown (ended, or elsewhere)."""
    region = _permitted(actor, "look-at-venue")
    counts = (equipment.readers, equipment.scanners)
    if not _NAME.fullmatch(ref) or not _LINE.fullmatch(name) or not name.strip() or not all(0 <= count <= MOST for count in counts):
        raise InputError(faults.VENUE_SHAPE, venue=ref)
    table = schema.venue
    row = {
        "ref": ref,
        "region": region,
        "name": name,
        "readers": equipment.readers,
        "scanners": equipment.scanners,
        "access": " ".join(sorted(equipment.access)),
        "looked": now,
        "looked_by": actor.ref,
        "looked_person": actor.person,
        "ended": None,
        "ended_by": None,
    }
    with premises.writing() as work:
        known = _row(work, ref)
        if known is None:
            work.connection.execute(sa.insert(table).values(row))
        else:
            _in_use(known, region)
            work.connection.execute(sa.update(table).where(table.c.ref == ref).values(row))
        officechain.enter_row(work, table, row, desk=f"venues-{region}", act="look-at-venue", actor=actor, at=now)
        return venue(work, ref)


def end(premises: Premises, ref: str, *, actor: Actor, now: int) -> Venue:
    """A venue serves no more. Raises `StateError`: not-permitted, venue-unknown."""
    region = _permitted(actor, "end-venue")
    table = schema.venue
    with premises.writing() as work:
        _in_use(_row(work, ref), region)
        work.connection.execute(sa.update(table).where(table.c.ref == ref).values(ended=now, ended_by=actor.ref))
        row = dict(work.connection.execute(sa.select(table).where(table.c.ref == ref)).mappings().one())
        officechain.enter_row(work, table, row, desk=f"venues-{region}", act="end-venue", actor=actor, at=now)
        return venue(work, ref)


def serve(premises: Premises, terminal: str, ref: str, wanted: Collection[str], *, actor: Actor, now: int) -> Report:
    """Say at which venue a terminal stands, and every item of the list that it serves: several, if they wish (ZZ-8b).

    Raises `InputError` venue-item; `StateError`: not-permitted, venue-unknown, terminal-unknown.
    """
    region = _permitted(actor, "serve-items")
    table = schema.venue_terminal
    with premises.writing() as work:
        version = items.in_force(itemlist.history(itemlist.proposals(work)), now)
        listed = {item.id for item in (version.items if version is not None else ()) if region in item.regions}
        if not wanted or not set(wanted) <= listed or len(" ".join(wanted)) > MOST_TEXT:
            raise InputError(faults.VENUE_ITEM, unknown=len(set(wanted) - listed))
        _in_use(_row(work, ref), region)
        known = terminal_of(work, terminal)
        if known.region != region or known.ended is not None:
            raise StateError(faults.TERMINAL_UNKNOWN, terminal=terminal)
        row = {"terminal": terminal, "venue": ref, "items": " ".join(sorted(set(wanted))), "noted": now, "noted_by": actor.ref}
        if work.connection.execute(sa.select(table.c.terminal).where(table.c.terminal == terminal)).first() is None:
            work.connection.execute(sa.insert(table).values(row))
        else:
            work.connection.execute(sa.update(table).where(table.c.terminal == terminal).values(row))
        officechain.enter_row(work, table, row, desk=f"venues-{region}", act="serve-items", actor=actor, at=now)
        return _report(premises, work, venue(work, ref), now)


def served(work: Work, terminal: str) -> frozenset[str]:
    """The items that a terminal serves; none where nobody has said."""
    found = work.connection.execute(sa.select(schema.venue_terminal.c["items"]).where(schema.venue_terminal.c.terminal == terminal)).scalar()
    return frozenset((found or "").split())


def served_by(work: Work, *, region: Region) -> Mapping[str, frozenset[str]]:
    """The same of every terminal of a region of which somebody has said."""
    stands, terminal = schema.venue_terminal.c, schema.terminal.c
    query = sa.select(stands.terminal, stands["items"]).join_from(schema.venue_terminal, schema.terminal, terminal.ref == stands.terminal)
    return {row[0]: frozenset(row[1].split()) for row in work.connection.execute(query.where(terminal.region == region))}


def reports(premises: Premises, work: Work, *, region: Region, now: int) -> tuple[Report, ...]:
    """Every venue in use of a region with its gaps, those with the most gaps in front."""
    table = schema.venue
    rows = work.connection.execute(sa.select(table).where((table.c.region == region) & table.c.ended.is_(None)).order_by(table.c.ref)).all()
    found = [_report(premises, work, _of_row(row), now) for row in rows]
    return tuple(sorted(found, key=lambda report: -len(report.gaps)))


def venue(work: Work, ref: str) -> Venue:
    """A venue, ended ones too. Raises `StateError` venue-unknown."""
    row = _row(work, ref)
    if row is None:
        raise StateError(faults.VENUE_UNKNOWN, venue=ref)
    return _of_row(row)


def _report(premises: Premises, work: Work, found: Venue, now: int) -> Report:
    paper, stands = schema.staff_paper.c, schema.venue_terminal.c
    training = (paper.venue == found.ref) & (paper.kind == PaperKind.TRAINING.value) & paper.ended.is_(None) & (paper.until > now)
    trained = work.connection.execute(sa.select(paper.ref).where(training).limit(1)).first() is not None
    has = found.equipment
    lacks = {
        Gap.READER: has.readers == 0,
        Gap.SCANNER: has.scanners == 0,
        Gap.ELDERLY: not has.access & FOR_ELDERLY,
        Gap.DISABLED: not has.access & FOR_DISABLED,
        Gap.TRAINED: not trained,
        Gap.LOOK: found.looked + premises.policy.venue_look <= now,
    }
    rows = work.connection.execute(sa.select(stands.terminal, stands["items"]).where(stands.venue == found.ref).order_by(stands.terminal))
    terminals = tuple((row[0], tuple(row[1].split())) for row in rows)
    return Report(venue=found, gaps=tuple(gap for gap, is_lacking in lacks.items() if is_lacking), terminals=terminals)


def _permitted(actor: Actor, command: str) -> Region:
    if actor.role is not Role.SUPERVISOR or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command=command, role=actor.role, article="CQ-15b")
    return actor.region


def _in_use(row: SqlRow | None, region: Region) -> None:
    if row is None or row.region != region or row.ended is not None:
        raise StateError(faults.VENUE_UNKNOWN)


def _row(work: Work, ref: str) -> SqlRow | None:
    return work.connection.execute(sa.select(schema.venue).where(schema.venue.c.ref == ref)).one_or_none()


def _of_row(row: SqlRow) -> Venue:
    access = frozenset(map(Access, row.access.split()))
    equipment = Equipment(readers=row.readers, scanners=row.scanners, access=access)
    return Venue(ref=row.ref, region=row.region, name=row.name, equipment=equipment, looked=row.looked, looked_by=row.looked_by, ended=row.ended)
