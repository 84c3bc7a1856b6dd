"""What was done, link by link: of a card with every look at its holder, and of the office itself; page by page, and as a file that somebody else can check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Response, request

from codes.errors import InputError
from ecard import CardRef, links, officechain
from ecard import faults as record
from ecard.audit import newest
from ecard.audit_walk import verify_chains
from ecard.lifecycle import RULES, Command
from ecard.lookups import desk_of
from ecard.vault import accesses_of
from webapp import faults
from webapp.console.tables import to_csv
from webapp.office.telling import local, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Blueprint

    from ecard.model import Access, CardEvent
    from webapp.console.frame import Frame
    from webapp.console.visit import Visit


def add(pages: Blueprint, frame: Frame) -> None:
    """Put it on `pages`."""

    @pages.get("/audit")
    def audit() -> Response:
        return _overview(frame, frame.visit(), None)

    @pages.post("/audit")
    def audit_verify() -> Response:
        seen = frame.visit()
        return _overview(frame, seen, verify_chains(seen.desk.store, seen.office.keyring.audit().public_key))

    @pages.get("/audit/cards/<card>")
    def audit_card(card: str) -> Response:
        seen = frame.visit()
        found = seen.card(CardRef(card)).card
        with seen.desk.store.reading() as work:
            events, older = links.events(work, found.ref, before=_before("events"))
            looks, before = links.accesses(work, found.holder, before=_before("looks"))
        titles = {event.command: RULES[Command(event.command)].title for event in events}
        return frame.page(seen, "audit_card.html", card=found, events=events, older=older, looks=looks, before=before, titles=titles)

    @pages.get("/audit/cards/<card>/<form>")
    def audit_card_export(card: str, form: str) -> Response:
        seen = frame.visit()
        dossier = seen.card(CardRef(card))
        events, looks = _of_card(seen, dossier.card.ref)
        if form == "chain.json":
            return _json({"card": dossier.card.ref, "events": [to_json(event) for event in events], "looks": [to_json(look) for look in looks]})
        if form != "chain.csv":
            raise InputError(faults.NOT_FOUND)
        heading = ("seq", "at", "command", "title", "actor", "person", "role", "purpose", "articles", "evidence", "hash")
        lines = [
            (
                event.seq,
                local(event.at),
                event.command,
                RULES[Command(event.command)].title.zh,
                event.actor,
                "" if event.role == "holder" else event.person,
                event.role.value,
                event.purpose,
                " ".join(event.articles),
                " ".join(event.evidence or ()),
                event.hash.hex(),
            )
            for event in events
        ]
        return _attached(to_csv(heading, lines), "text/csv; charset=utf-8", "card-chain.csv")

    @pages.get("/audit/desks/<desk>")
    def audit_desk(desk: str) -> Response:
        seen = frame.visit()
        _check_desk(seen, desk)
        with seen.desk.store.reading() as work:
            acts, after = links.acts(work, desk, before=_before("before"))
        return frame.page(seen, "audit_desk.html", desk=desk, acts=acts, after=after)

    @pages.get("/audit/desks/<desk>/chain.csv")
    def audit_desk_export(desk: str) -> Response:
        heading = ("seq", "at", "act", "about", "actor", "person", "role", "left", "hash")
        seen = frame.visit()
        _check_desk(seen, desk)
        with seen.desk.store.reading() as work:
            acts = officechain.acts_of(work, desk)
        lines = [(act.seq, local(act.at), act.act, act.about, act.actor, act.person, act.role.value, act.left.hex(), act.hash.hex()) for act in acts]
        return _attached(to_csv(heading, lines), "text/csv; charset=utf-8", "office-chain.csv")


def _overview(frame: Frame, seen: Visit, report: object) -> Response:
    operators = seen.office.settings.operators
    mine = {ref: who for ref, who in operators.items() if who.region == seen.operator.region}
    with seen.desk.store.reading() as work:
        last = newest(work)
        chains = officechain.lengths(work, [seen.operator.region, *(desk_of(who.person) for who in mine.values())])
    return frame.page(seen, "audit.html", report=report, last=last, people=mine, chains=chains, desk_of=desk_of)


def _of_card(seen: Visit, ref: CardRef) -> tuple[Sequence[CardEvent], Sequence[Access]]:
    """A card's chain and its holder's, both checked."""
    with seen.desk.store.reading() as work:
        return tuple(work.verify(ref)), tuple(accesses_of(work, work.dossier(ref).card.holder))


def _check_desk(seen: Visit, desk: str) -> None:
    """Return if it is the operator's own region, or the look-ups of somebody who works there. Raises `InputError` not-found."""
    people = {desk_of(who.person) for who in seen.office.settings.operators.values() if who.region == seen.operator.region}
    if desk != seen.operator.region and desk not in people:
        raise InputError(faults.NOT_FOUND)


def _before(name: str) -> int | None:
    """Before which link a page begins. Raises `InputError` cursor-unknown."""
    said = request.args.get(name)
    if said is not None and not (said.isascii() and said.isdigit() and len(said) <= 9):
        raise InputError(record.CURSOR_UNKNOWN)
    return None if said is None else int(said)


def _json(page: object) -> Response:
    return _attached(json.dumps(page, ensure_ascii=False, indent=1).encode() + b"\n", "application/json", "card-chain.json")


def _attached(content: bytes, kind: str, name: str) -> Response:
    return Response(content, content_type=kind, headers={"Content-Disposition": f"attachment; filename={name}"})
