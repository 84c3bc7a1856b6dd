"""Terminals with their versions and ages, and what in their journals somebody has to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import redirect, request, url_for

from codes.chain import ListSpace
from codes.errors import InputError, Text
from ecard import schema
from ecard.lookups import READERS
from ecard.model import FindingDecision
from webapp import faults
from webapp.console.ownacts import just_done
from webapp.console.permissions import HEADS
from webapp.console.places import TERMINAL_ACTS
from webapp.office.terminals import FINDINGS, MEASURED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Blueprint, Response
    from werkzeug.wrappers import Response as Answer

    from ecard.model import JournalFinding, JournalState, Terminal
    from webapp.console.frame import Frame
    from webapp.console.visit import Visit

STALE_S = 24 * 3600
"""A terminal that has not been heard of for so long is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A version of one status chain that a terminal said it holds."""

    region: str
    space: str
    seq: int
    behind: int
    """Versions between it and the newest one that is published."""
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A terminal as the console shows it."""

    terminal: Terminal
    journal: JournalState
    held: tuple[Held, ...]
    serves: tuple[Text, ...]
    """The items for which it may ask who somebody is; none where nobody has said."""
    stale: bool


def add(pages: Blueprint, frame: Frame) -> None:
    """Put them on `pages`."""

    @pages.get("/terminals")
    def terminals() -> Response:
        seen = frame.visit()
        found = machines(seen)
        standing = [machine for machine in found if machine.terminal.ended is None]
        oldest = max((seen.now - machine.journal.seen for machine in standing), default=None)
        done, may_head = just_done(TERMINAL_ACTS), seen.may(*HEADS)
        return frame.page(seen, "terminals.html", machines=found, standing=len(standing), oldest=oldest, age=age, done=done, may_head=may_head)

    @pages.get("/findings")
    def findings() -> Response:
        seen = frame.visit()
        found, after = seen.desk.findings(region=seen.operator.region, cursor=request.args.get("cursor"))
        return frame.page(
            seen,
            "findings.html",
            found=found,
            after=after,
            says=says,
            measured=measured,
            decisions=list(FindingDecision),
            may_decide=seen.may(*READERS),
        )

    @pages.post("/findings/<ref>")
    def decide_finding(ref: str) -> Answer:
        seen = frame.visit()
        try:
            decision = FindingDecision(request.form.get("decision", ""))
        except ValueError:
            raise InputError(faults.CONSOLE_FORM, member="decision") from None
        seen.desk.once(request.form.get("key", "")).decide_finding(ref, decision, actor=seen.actor(READERS), at=seen.at)
        return redirect(url_for("console.findings"), 303)


def machines(seen: Visit) -> Sequence[Machine]:
    """The terminals of the operator's region, those that have been silent longest first."""
    known = seen.desk.terminals(region=seen.operator.region)
    served = seen.desk.served_items(region=seen.operator.region)
    titles = {proposal.item.id: proposal.item.title for proposal in seen.desk.item_proposals()} if served else {}
    ack, edition = schema.terminal_ack.c, schema.status_edition.c
    with seen.desk.store.reading() as work:
        newest_of = sa.select(edition.region, edition.space, sa.func.max(edition.seq)).group_by(edition.region, edition.space)
        newest = {(row[0], row[1]): row[2] for row in work.connection.execute(newest_of)}
        held: dict[str, list[Held]] = {}
        for row in work.connection.execute(sa.select(schema.terminal_ack).order_by(ack.terminal, ack.region, ack.space)):
            space = ListSpace(row.space).name.lower()
            behind = max(0, newest.get((row.region, row.space), row.seq) - row.seq)
            held.setdefault(row.terminal, []).append(Held(region=row.region, space=space, seq=row.seq, behind=behind, at=row.at))
    found = [
        Machine(
            terminal=terminal,
            journal=journal,
            held=tuple(held.get(terminal.ref, ())),
            serves=tuple(titles[ident] for ident in sorted(served.get(terminal.ref, ()))),
            stale=seen.now - journal.seen > STALE_S,
        )
        for terminal, journal in known
    ]
    return sorted(found, key=lambda machine: (machine.terminal.ended is not None, machine.journal.seen))


_UNITS: Mapping[int, tuple[str, str]] = {86400: ("天", "d"), 3600: ("小时", "h"), 60: ("分钟", "min"), 1: ("秒", "s")}


def age(length: int) -> Text:
    """How long ago, in its largest unit."""
    unit, (zh, en) = next(((unit, names) for unit, names in _UNITS.items() if length >= unit), (1, _UNITS[1]))
    count = max(0, length) // unit
    return Text(f"{count} {zh}", f"{count} {en}")


def says(finding: JournalFinding) -> Text:
    """What is odd."""
    return Text(*FINDINGS[finding.kind])


def measured(finding: JournalFinding) -> Text | None:
    """The number behind it."""
    words = MEASURED.get(finding.kind) if finding.measured is not None else None
    return None if words is None else Text(*(word.format(finding.measured) for word in words))
