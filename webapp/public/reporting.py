"""The form for complaints, reports and questions, and what became of them: no account, no script, no name needed (ZZ-16, CQ-22, ID-T6, ID-T7)."""

from __future__ import annotations

import re
import secrets
from datetime import date, timedelta, timezone
from typing import TYPE_CHECKING, Any

from flask import request

from codes.errors import InputError, StateError
from ecard import faults
from ecard.model import seconds
from ecard.tickets import words
from ecard.tickets.kinds import CATEGORIES, OUTCOMES, Category, Channel, Statement
from ecard.tickets.taking import MAX_LINE, MAX_TEXT
from webapp.operations.kinds import Kind
from webapp.public.telling import REGIONS

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Blueprint, Response

    from webapp.public.frame import Frame

_LOCAL = timezone(timedelta(hours=8))
_KEY = re.compile(r"[0-9a-f]{32}")
_FIELDS = ("category", "region", "text", "place", "day", "contact")


def add(public: Blueprint, frame: Frame) -> None:
    """Put the two forms on `public`."""
    services = frame.services

    @public.get("/report")
    def report() -> Response:
        about = request.args.get("about", "")
        return _form(frame, {"category": about if about in set(Category) else ""})

    @public.post("/report")
    def send() -> Response:
        at = services.clock()
        given = {name: request.form.get(name, "") for name in _FIELDS}
        key = request.form.get("key", "")
        if not _KEY.fullmatch(key):
            return _form(frame, given, wrong="again", status=409)
        statement, wrong = _statement(given, at)
        if statement is None:
            return _form(frame, given, wrong=wrong, key=key, status=422)
        desk = frame.desk()
        services.limits.admit(Kind.TICKET, _address(), at)
        try:
            taken = desk.once(key).take_ticket(statement, channel=Channel.PLATFORM, at=at)
        except InputError as error:
            return _form(frame, given, wrong=str(error.facts.get("field", "text")), key=key, status=422)
        except StateError as error:
            if error.fault is not faults.REQUEST_KEY_REUSED:
                raise
            return _form(frame, given, wrong="again", status=409)
        number, word = words.spell_number(taken.ticket.number), words.spell_word(taken.word)
        return frame.page("taken.html", status=201, ticket=taken.ticket, number=number, secret=word, category=CATEGORIES[taken.ticket.category])

    @public.get("/ticket")
    def ticket() -> Response:
        return frame.page("ticket.html", told=None, wrong=False, number="")

    @public.post("/ticket")
    def ask() -> Response:
        at, address = services.clock(), _address()
        services.limits.check(Kind.TICKET_LOOK, address, at)
        number, word = request.form.get("number", ""), request.form.get("word", "")
        try:
            told = frame.desk().ask_ticket(number, word)
        except StateError as error:
            if error.fault is not faults.TICKET_UNKNOWN:
                raise
            services.limits.admit(Kind.TICKET_LOOK, address, at)
            return frame.page("ticket.html", status=404, told=None, wrong=True, number=number[:20])
        shown: dict[str, Any] = {"number": words.spell_number(told.ticket.number), "category": CATEGORIES[told.ticket.category]}
        outcome = None if told.ticket.outcome is None else OUTCOMES[told.ticket.outcome]
        return frame.page("ticket.html", told=told, wrong=False, outcome=outcome, late=told.ticket.is_late(seconds(at)), **shown)


def _form(frame: Frame, given: dict[str, str], *, wrong: str = "", key: str = "", status: int = 200) -> Response:
    values = dict.fromkeys(_FIELDS, "") | given
    regions = {region: REGIONS[region] for region in sorted(frame.desk().issuers)}
    bounds = {"most_text": MAX_TEXT, "most_line": MAX_LINE, "within": frame.desk().policy.ticket_within // 86400}
    today = frame.services.clock().astimezone(_LOCAL).date().isoformat()
    more: dict[str, Any] = {"categories": CATEGORIES, "regions": regions, "today": today, **bounds}
    return frame.page("report.html", status=status, given=values, wrong=wrong, key=key or secrets.token_hex(16), **more)


def _statement(given: dict[str, str], at: datetime) -> tuple[Statement | None, str]:
    """What was filled in, or the name of the first field that is wrong. Its length is the record's to judge."""
    if given["category"] not in set(Category):
        return None, "category"
    if given["region"] not in REGIONS:
        return None, "region"
    day = None
    if given["day"]:
        try:
            day = date.fromisoformat(given["day"])
        except ValueError:
            return None, "day"
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given["day"]) or day > at.astimezone(_LOCAL).date():
            return None, "day"
    said = {name: given[name] for name in ("text", "place", "contact")}
    return Statement(region=given["region"], category=Category(given["category"]), day=day, **said), ""


def _address() -> str:
    return request.remote_addr or "unknown"
