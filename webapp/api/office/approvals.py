"""What waits for a second person: read whole, approved by its digest, done in that same moment, once (threats F03, F04)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields

from ecard.access import approving
from ecard.access.proposals import ProposalRef
from ecard.lifecycle import RULES
from webapp.api.office.wires import KEPT_SHUT, plain, plain_card, unkept
from webapp.api.wire import PatternField, WholeField, idempotency_key, ref_field
from webapp.auth.operators import require_step_up
from webapp.auth.seat import Seat, reference
from webapp.office.telling import dossier_in, receipt_json
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from flask import Response

    from ecard.access.proposals import Proposal
    from webapp.api.wire import Blueprint
    from webapp.services import StandingOffice


class ProposalAnswer(Schema):
    """A command that one person has asked for."""

    proposal = ref_field(required=True)
    command = fields.String(required=True)
    title = fields.Dict(required=True)
    articles = fields.List(fields.String(), required=True)
    card = ref_field(required=True, allow_none=True)
    revision = WholeField(required=True, allow_none=True, metadata={"description": "Of the card, as the proposer saw it"})
    digest = fields.String(required=True, metadata={"description": "Of everything that is asked: who approves sends it back"})
    proposed = WholeField(required=True)
    proposed_by = fields.String(required=True)
    expires = WholeField(required=True)
    outcome = fields.String(required=True, allow_none=True, metadata={"enum": ["approved", "declined", "expired", None]})
    asked = fields.Dict(required=True, allow_none=True, metadata={"description": "Every argument; null in lists, empty once it is decided"})


class Proposals(Schema):
    """All that waits in a region, oldest first."""

    proposals = fields.List(fields.Nested(ProposalAnswer), required=True)


class Approval(Schema):
    """Exactly what is approved."""

    digest = PatternField("[0-9a-f]{64}", required=True)


class Approved(Schema):
    """What the approval did."""

    done = fields.Boolean(required=True)
    card = fields.Dict(required=True, allow_none=True)
    result = fields.Raw(required=True)
    receipt = fields.Dict(required=True, allow_none=True)


_REFUSES = (
    *KEPT_SHUT,
    (404, "not-found"),
    (409, "step-up-needed, proposal-over, proposal-differs, same-person, stale-revision and what else the command says"),
    (428, "idempotency-key-needed"),
)

_APPROVAL_EXAMPLE = {"digest": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"}


def add(pages: Blueprint, office: StandingOffice, clock: Callable[[], datetime]) -> None:
    """Put them on `pages`."""

    @pages.get("/proposals")
    @pages.response(200, Proposals)
    @pages.refuses(*KEPT_SHUT)
    def proposals() -> Response:
        """What waits for a second person in this region."""
        seat = Seat.taken(office, clock)
        found = approving.waiting(seat.desk, actor=seat.actor(), at=seat.at)
        return unkept({"proposals": [proposal_page(made, None) for made in found]})

    @pages.get("/proposals/<ref>")
    @pages.response(200, ProposalAnswer)
    @pages.refuses(*_REFUSES)
    def proposal(ref: str) -> Response:
        """One proposal with everything that it asks for."""
        seat = Seat.taken(office, clock)
        return unkept(proposal_page(*_shown(seat, ref)))

    @pages.post("/proposals/<ref>/approve")
    @pages.arguments(Approval, example=_APPROVAL_EXAMPLE)
    @pages.response(200, Approved)
    @pages.refuses(*_REFUSES)
    def approve(body: dict[str, Any], ref: str) -> Response:
        """Approve exactly what was read, and do it. The second factor must have been given within five minutes."""
        seat = Seat.taken(office, clock)
        key = idempotency_key()
        require_step_up(seat.signed_in, seat.at)
        found, _ = _shown(seat, ref)
        digest, device = bytes.fromhex(body["digest"]), seat.signed_in.device
        result = approving.approve(seat.desk.once(key), found.ref, digest=digest, actor=_approver(seat), at=seat.at, device=device)
        return unkept(_approved(seat, found, result))

    @pages.post("/proposals/<ref>/decline")
    @pages.response(200, ProposalAnswer)
    @pages.refuses(*_REFUSES)
    def decline(ref: str) -> Response:
        """Turn it down; the proposer may take it back."""
        seat = Seat.taken(office, clock)
        desk, found = seat.desk.once(idempotency_key()), _shown(seat, ref)[0]
        return unkept(proposal_page(approving.decline(desk, found.ref, actor=_approver(seat), at=seat.at), {}))


def _shown(seat: Seat, ref: str) -> tuple[Proposal, Mapping[str, Any]]:
    """A proposal of this region. Raises `StateError` not-found."""
    with seat.known():
        return approving.show(seat.desk, ProposalRef(reference(ref)), actor=seat.actor())


def _approver(seat: Seat) -> Any:
    return seat.actor([role for rule in RULES.values() if rule.class_a for role in rule.who])


def _approved(seat: Seat, found: Proposal, result: Any) -> dict[str, Any]:
    told = dossier_in(result)
    card = told.card.ref if told is not None else found.card
    after = None if card is None else seat.desk.card(card)
    receipts = () if after is None else seat.desk.receipts(after.card.ref)
    page = {"done": True, "card": None if after is None else plain_card(after, seat.now), "result": plain(result)}
    return page | {"receipt": receipt_json(receipts[-1]) if receipts else None}


def proposal_page(made: Proposal, asked: Mapping[str, Any] | None) -> dict[str, Any]:
    """A proposal for programs."""
    known = {command.value: rule.title._asdict() for command, rule in RULES.items()}
    return {
        "proposal": made.ref,
        "command": made.command,
        "title": known.get(made.command, {"zh": made.command, "en": made.command}),
        "articles": list(made.articles),
        "card": made.card,
        "revision": made.revision,
        "digest": made.digest.hex(),
        "proposed": made.proposed,
        "proposed_by": made.proposed_by,
        "expires": made.expires,
        "outcome": None if made.outcome is None else made.outcome.value,
        "asked": None if asked is None else {name: plain(value) for name, value in asked.items()},
    }
