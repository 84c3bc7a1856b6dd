"""Complaints, reports and questions at the desk: what waits, one that is read, the answer that closes it, and one that somebody brings in person or by telephone."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, TypeVar

from flask import redirect, request, url_for

from codes.errors import InputError
from ecard.model import Role
from ecard.tickets import words
from ecard.tickets.answering import ANSWERERS
from ecard.tickets.kinds import CATEGORIES, CHANNELS, OUTCOMES, Category, Channel, Outcome, Statement
from ecard.tickets.taking import MAX_TEXT, TAKERS
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Blueprint, Response
    from werkzeug.wrappers import Response as Answer

    from webapp.console.frame import Frame

BROUGHT = tuple(channel for channel in Channel if channel is not Channel.PLATFORM)
Word = TypeVar("Word", bound=enum.StrEnum)
_FIRST = (Role.SUPERVISOR, Role.CLERK, Role.HOTLINE, Role.INTAKE)
_TITLES: Mapping[str, Any] = {"categories": CATEGORIES, "channels": CHANNELS, "outcomes": OUTCOMES, "spell": words.spell_number, "most": MAX_TEXT}


def add(pages: Blueprint, frame: Frame) -> None:
    """Put them on `pages`."""

    @pages.get("/tickets")
    def tickets() -> Response:
        seen = frame.visit()
        found = seen.desk.tickets(region=seen.operator.region, answered=request.args.get("all") == "1")
        late = sum(ticket.is_late(seen.now) for ticket in found)
        return frame.page(seen, "tickets.html", found=found, late=late, may_take=seen.may(*TAKERS), brought=BROUGHT, **_TITLES)

    @pages.post("/tickets")
    def take_ticket() -> Response:
        seen = frame.visit()
        actor = seen.actor(_FIRST)
        category, channel = _chosen(Category, "category"), _chosen(Channel, "channel")
        if channel not in BROUGHT:
            raise InputError(faults.CONSOLE_FORM, member="channel")
        said = Statement(region=seen.operator.region, category=category, text=request.form.get("text", ""))
        taken = seen.desk.once(request.form.get("key", "")).take_ticket(said, channel=channel, actor=actor, at=seen.at)
        return frame.page(seen, "ticket_taken.html", status=201, ticket=taken.ticket, secret=words.spell_word(taken.word), **_TITLES)

    @pages.get("/tickets/<number>")
    def ticket(number: str) -> Response:
        seen = frame.visit()
        opened = seen.desk.open_ticket(number, actor=seen.actor(_FIRST), at=seen.at)
        late = opened.ticket.is_late(seen.now)
        return frame.page(seen, "ticket.html", opened=opened, late=late, may_answer=seen.may(*ANSWERERS), choices=list(Outcome), **_TITLES)

    @pages.post("/tickets/<number>")
    def answer_ticket(number: str) -> Answer:
        seen = frame.visit()
        outcome, answer = _chosen(Outcome, "outcome"), request.form.get("answer", "")
        office = seen.desk.once(request.form.get("key", ""))
        office.answer_ticket(number, outcome=outcome, answer=answer, actor=seen.actor(_FIRST), at=seen.at)
        return redirect(url_for("console.ticket", number=number), 303)


def _chosen(words_of: type[Word], member: str) -> Word:
    try:
        return words_of(request.form.get(member, ""))
    except ValueError:
        raise InputError(faults.CONSOLE_FORM, member=member) from None
