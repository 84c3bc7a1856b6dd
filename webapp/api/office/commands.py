"""One command of the table on one card, as the console and the shell give it: `webapp.office.carrying` reads it, the record judges it.

A command that needs two people is laid before the second one, and answered 202. Everything else is done when the answer comes; the same request under the same
Idempotency-Key is answered as it was, and done once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from codes.errors import StateError
from ecard import faults as record
from ecard.access import approving
from ecard.lifecycle import RULES, Evidence
from ecard.model import Actor
from webapp import faults
from webapp.api.office.approvals import ProposalAnswer, proposal_page
from webapp.api.office.wires import KEPT_SHUT, WordsField, evidence_field, plain, plain_card, shown, unkept
from webapp.api.wire import idempotency_key, seen_revision
from webapp.auth.seat import Seat
from webapp.office import carrying
from webapp.office.acts import ACTS
from webapp.office.carrying import BY_WORD, Asked
from webapp.office.telling import dossier_in, receipt_json
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Response

    from ecard.model import CardRef
    from webapp.api.wire import Blueprint
    from webapp.office.acts import Act
    from webapp.office.carrying import Prepared
    from webapp.services import StandingOffice


class CommandBody(Schema):
    """What a command is given beside the card."""

    options = fields.Dict(
        keys=fields.String(validate=validate.Length(max=32)),
        values=WordsField(),
        load_default=dict,
        validate=validate.Length(max=16),
        metadata={"description": "By the names that /v1/office/acts lists; a form's members too", "example": {"of": "card"}},
    )
    evidence = evidence_field()
    filed = fields.Dict(
        keys=fields.String(validate=validate.OneOf([paper.value for paper in Evidence])),
        values=fields.String(validate=validate.Length(min=1, max=64)),
        load_default=dict,
        metadata={"description": "Under which reference a paper is filed", "example": {"written-loss-report": "SC-2026-0041"}},
    )


class CommandDone(Schema):
    """A command that was done."""

    done = fields.Boolean(required=True)
    changed = fields.Boolean(required=True, metadata={"description": "false: it had been done before"})
    card = fields.Dict(required=True, metadata={"description": "The card as it stands now, masked"})
    result = fields.Raw(required=True, metadata={"description": "What the command left"})
    receipt = fields.Dict(required=True, allow_none=True, metadata={"description": "The signed receipt"})


class ActAnswer(Schema):
    """One command, as a program gives it."""

    word = fields.String(required=True)
    title = fields.Dict(required=True)
    articles = fields.List(fields.String(), required=True)
    roles = fields.List(fields.String(), required=True)
    two_people = fields.Boolean(required=True)
    on_card = fields.Boolean(required=True)
    any_region = fields.Boolean(required=True)
    options = fields.List(fields.Dict(), required=True)


class Acts(Schema):
    """Every command."""

    acts = fields.List(fields.Nested(ActAnswer), required=True)


_REFUSES = (
    *KEPT_SHUT,
    (400, "office-form, and what the record says of an argument"),
    (404, "card-unknown, not-found"),
    (409, "wrong-state, evidence-missing, same-person, request-key-reused and what else the table says"),
    (412, "stale-revision, precondition-failed"),
    (428, "idempotency-key-needed"),
)

_COMMAND_BODY_EXAMPLE = {
    "options": {"of": "card"},
    "evidence": ["in-person", "identity-document-checked", "written-loss-report"],
    "filed": {"written-loss-report": "2026-0417"},
}


def add(pages: Blueprint, office: StandingOffice, clock: Callable[[], datetime]) -> None:
    """Put them on `pages`."""

    @pages.get("/acts")
    @pages.response(200, Acts)
    @pages.refuses(*KEPT_SHUT)
    def acts() -> dict[str, Any]:
        """Every command, what it is given and who may give it."""
        return {"acts": [_act_page(act) for act in ACTS]}

    @pages.post("/cards/<card>/commands/<word>")
    @pages.arguments(CommandBody, example=_COMMAND_BODY_EXAMPLE)
    @pages.response(200, CommandDone)
    @pages.alt_response(202, schema=ProposalAnswer, description="It waits for a second person")
    @pages.refuses(*_REFUSES)
    def command(body: dict[str, Any], card: str, word: str) -> Response:
        """Give a command about a card. If-Match: the revision that was looked at."""
        seat = Seat.taken(office, clock)
        act = _called(seat, word, on_card=True)
        dossier = seat.card(card, foreign=RULES[act.command].any_region)
        return _give(seat, act, dossier.card.ref, body)

    @pages.post("/commands/<word>")
    @pages.arguments(CommandBody, example=_COMMAND_BODY_EXAMPLE)
    @pages.response(200, CommandDone)
    @pages.refuses(*_REFUSES)
    def apply(body: dict[str, Any], word: str) -> Response:
        """Give a command that opens a card."""
        seat = Seat.taken(office, clock)
        return _give(seat, _called(seat, word, on_card=False), None, body)


def _called(seat: Seat, word: str, *, on_card: bool) -> Act:
    """The act of this name, if one of their roles may do it. Raises `StateError`: not-found, not-permitted."""
    act = BY_WORD.get(word)
    if act is None or act.on_card is not on_card:
        raise StateError(faults.NOT_FOUND)
    rule = RULES[act.command]
    actor = seat.actor(rule.who)
    if actor.role not in rule.who:
        raise StateError(record.NOT_PERMITTED, command=act.command, role=actor.role, article=rule.articles[0])
    return act


def _give(seat: Seat, act: Act, card: CardRef | None, body: dict[str, Any]) -> Response:
    key, rule = idempotency_key(), RULES[act.command]
    filed = {Evidence(paper): reference for paper, reference in body["filed"].items()}
    asked = Asked(act=act.word, card=card, said=body["options"], evidence=shown(body), filed=filed, expected=seen_revision())
    given = carrying.read(asked, seat.operator)
    prepared = carrying.prepare(
        seat.office.settings,
        seat.desk,
        act,
        given,
        card=card,
        actor=seat.actor(rule.who),
        operator=seat.operator,
        evidence=asked.evidence,
        expected=asked.expected,
        at=seat.at,
    )
    if rule.class_a:
        return _propose(seat, prepared, asked, key)
    result = prepared.carry_out(seat.desk.citing(filed).once(key))
    return unkept(_done(seat, prepared, result))


def _propose(seat: Seat, prepared: Prepared, asked: Asked, key: str) -> Response:
    before = prepared.before
    if before is None:
        raise TypeError(asked.act)
    said = prepared.keywords() | ({approving.CITED: dict(asked.filed)} if asked.filed else {})
    if isinstance(witness := said.get("witness"), Actor):
        said["witness"] = witness.person
    revision = before.card.revision if asked.expected is None else asked.expected
    made = approving.propose(
        seat.desk.once(key),
        prepared.act.command,
        before.card.ref,
        said,
        revision=revision,
        actor=prepared.actor,
        at=seat.at,
        device=seat.signed_in.device,
    )
    return unkept(proposal_page(made, said), status=202)


def _done(seat: Seat, prepared: Prepared, result: Any) -> dict[str, Any]:
    told = prepared.before or dossier_in(result)
    if told is None:
        raise TypeError(prepared.act.word)
    after = seat.desk.card(told.card.ref)  # an answer given again under its key tells of then; the card is shown as it is now
    changed = prepared.before is None or after.card.revision != prepared.before.card.revision
    receipts = seat.desk.receipts(after.card.ref) if changed else ()
    page = {"done": True, "changed": changed, "card": plain_card(after, seat.now), "result": plain(result)}
    return page | {"receipt": receipt_json(receipts[-1]) if receipts else None}


def _act_page(act: Act) -> dict[str, Any]:
    rule = RULES[act.command]
    options = [
        {"name": option.name, "says": option.says._asdict(), "required": option.required, "many": option.many, "words": list(option.choices)}
        for option in act.options
    ]
    members = {} if act.form is None else act.form.fields
    options += [
        {"name": name, "says": member.says._asdict(), "required": member.required, "many": False, "words": list(member.words)}
        for name, member in members.items()
    ]
    return {
        "word": act.word,
        "title": (act.says or rule.title)._asdict(),
        "articles": list(rule.articles),
        "roles": sorted(rule.who),
        "two_people": rule.class_a,
        "on_card": act.on_card,
        "any_region": rule.any_region,
        "options": options,
    }
