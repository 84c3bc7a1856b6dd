"""OfficeTerminals registered and ended, and what is odd in their journals, which a person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, fields, validate

from codes import cbor
from codes.keys import CoseKey
from codes.scenes import NAME_PATTERN
from ecard.lookups import READERS
from ecard.model import FindingDecision, Place
from webapp.api.office.permissions import HEADS
from webapp.api.office.wires import KEPT_SHUT, NAME, plain, unkept
from webapp.api.wire import BytesField, PageQuery, PatternField, idempotency_key, ref_field
from webapp.auth.seat import Seat, named, reference
from webapp.office.terminals import FINDINGS
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Response

    from ecard.model import JournalFinding, Terminal
    from webapp.api.wire import Blueprint
    from webapp.services import StandingOffice


class PlaceBody(Schema):
    """Where it stands, in millionths of a degree."""

    latitude = fields.Integer(required=True, strict=True, validate=validate.Range(-90_000_000, 90_000_000))
    longitude = fields.Integer(required=True, strict=True, validate=validate.Range(-180_000_000, 180_000_000))


class TerminalBody(Schema):
    """A terminal as it was set up."""

    terminal = PatternField(NAME, required=True)
    key = BytesField(most=256, required=True, metadata={"description": "Its COSE key, as ecard-terminal init printed it"})
    venue = fields.String(required=True, validate=validate.Length(min=1, max=64))
    scenes = fields.List(PatternField(NAME_PATTERN.pattern), required=True, validate=validate.Length(min=1, max=16))
    place = fields.Nested(PlaceBody, load_default=None, allow_none=True)


class OfficeTerminal(Schema):
    """A terminal, and how far its journal has come."""

    terminal = fields.String(required=True)
    region = fields.String(required=True)
    venue = fields.String(required=True)
    scenes = fields.List(fields.String(), required=True)
    key = fields.String(required=True, metadata={"description": "Thumbprint"})
    ended = fields.Boolean(required=True)
    journal = fields.Dict(required=True, allow_none=True)


class OfficeTerminals(Schema):
    """Every terminal of the region."""

    terminals = fields.List(fields.Nested(OfficeTerminal), required=True)


class FindingAnswer(Schema):
    """Something odd that a person has to look at."""

    ref = ref_field(required=True)
    kind = fields.String(required=True)
    says = fields.Dict(required=True)
    terminal = fields.String(required=True)
    finding = fields.Dict(required=True)


class Findings(Schema):
    """What nobody has decided, oldest first."""

    findings = fields.List(fields.Nested(FindingAnswer), required=True)
    next = fields.String(required=True, allow_none=True)


class DecisionBody(Schema):
    """What it was."""

    decision = fields.String(required=True, validate=validate.OneOf([decision.value for decision in FindingDecision]))


_REFUSES = (*KEPT_SHUT, (400, "terminal-shape, key-*"), (404, "not-found"), (409, "terminal-known, not-permitted"), (428, "idempotency-key-needed"))

_TERMINAL_BODY_EXAMPLE = {
    "terminal": "T-0001",
    "key": "pAECAyYgASFYIA",
    "venue": "演示站",
    "scenes": ["metro"],
    "place": {"latitude": 29563000, "longitude": 106551600},
}

_DECISION_BODY_EXAMPLE = {"decision": "explained"}


def add(pages: Blueprint, office: StandingOffice, clock: Callable[[], datetime]) -> None:
    """Put them on `pages`."""

    @pages.get("/terminals")
    @pages.response(200, OfficeTerminals)
    @pages.refuses(*KEPT_SHUT)
    def terminals() -> Response:
        """Every terminal of this region."""
        seat = Seat.taken(office, clock)
        known = seat.desk.terminals(region=seat.region)
        return unkept({"terminals": [_page(terminal) | {"journal": plain(state) | {"link": None}} for terminal, state in known]})

    @pages.post("/terminals")
    @pages.arguments(TerminalBody, example=_TERMINAL_BODY_EXAMPLE)
    @pages.response(201, OfficeTerminal)
    @pages.refuses(*_REFUSES)
    def register_terminal(body: dict[str, Any]) -> Response:
        """Register a terminal by its key; its journal is believed from now on."""
        seat = Seat.taken(office, clock)
        desk, place = seat.desk.once(idempotency_key()), body["place"]
        made = desk.register_terminal(
            body["terminal"],
            _key(body["key"]),
            venue=body["venue"],
            scenes=body["scenes"],
            place=None if place is None else Place(**place),
            actor=seat.actor(HEADS),
            at=seat.at,
        )
        return unkept(_page(made), status=201)

    @pages.post("/terminals/<terminal>/end")
    @pages.response(200, OfficeTerminal)
    @pages.refuses(*_REFUSES)
    def end_terminal(terminal: str) -> Response:
        """Believe nothing more of a terminal: stolen, sold, taken down."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        with seat.known():
            return unkept(_page(desk.end_terminal(named(terminal), actor=seat.actor(HEADS), at=seat.at)))

    @pages.get("/findings")
    @pages.arguments(PageQuery, location="query", unknown=RAISE)
    @pages.response(200, Findings)
    @pages.refuses(*KEPT_SHUT, (400, "cursor-unknown"))
    def findings(query: dict[str, Any]) -> Response:
        """What waits for a person's judgement, page by page."""
        seat = Seat.taken(office, clock)
        found, after = seat.desk.findings(region=seat.region, cursor=query["cursor"])
        return unkept({"findings": [_finding(each) for each in found], "next": after})

    @pages.post("/findings/<ref>")
    @pages.arguments(DecisionBody, example=_DECISION_BODY_EXAMPLE)
    @pages.response(200, FindingAnswer)
    @pages.refuses(*_REFUSES)
    def decide_finding(body: dict[str, Any], ref: str) -> Response:
        """Close a finding."""
        seat = Seat.taken(office, clock)
        desk = seat.desk.once(idempotency_key())
        with seat.known():
            return unkept(_finding(desk.decide_finding(reference(ref), FindingDecision(body["decision"]), actor=seat.actor(READERS), at=seat.at)))


def _key(content: bytes) -> CoseKey:
    """Raises `InputError`: cbor-*, key-*."""
    return CoseKey.parse(cbor.decode(content))


def _page(terminal: Terminal) -> dict[str, Any]:
    return {
        "terminal": terminal.ref,
        "region": terminal.region,
        "venue": terminal.venue,
        "scenes": list(terminal.scenes),
        "key": terminal.key.thumbprint().hex(),
        "ended": terminal.ended is not None,
        "journal": None,
    }


def _finding(finding: JournalFinding) -> dict[str, Any]:
    zh, en = FINDINGS[finding.kind]
    page = plain(finding)
    return {"ref": finding.ref, "kind": finding.kind.value, "says": {"zh": zh, "en": en}, "terminal": finding.terminal, "finding": page}
