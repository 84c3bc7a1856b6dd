"""Every command of the table as a guided form: filled in, repeated word for word, then done once, or laid before a second person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from codes.errors import CardError, InputError, StateError
from codes.receipts import mask_card_number
from ecard import CardRef
from ecard import faults as record
from ecard.access import approving
from ecard.lifecycle import RULES, Evidence
from ecard.model import Actor, Role
from ecard.papers import FOR_ELIGIBILITY
from webapp import faults
from webapp.console import fields as forms
from webapp.console.fields import MAX_FILE
from webapp.office import carrying
from webapp.office.carrying import Asked
from webapp.office.forms import APPLICATION
from webapp.office.telling import dossier_in, remainder_lines

if TYPE_CHECKING:
    from flask import Blueprint

    from ecard import Dossier
    from webapp.console.frame import Frame
    from webapp.console.visit import Visit
    from webapp.office.acts import Act
    from webapp.office.carrying import Prepared

_FILES = frozenset({"console.do_act", "console.batch", "console.take_return"})


def add(pages: Blueprint, frame: Frame) -> None:
    """Put them on `pages`."""

    @pages.url_value_preprocessor
    def room_for_files(endpoint: str | None, _: dict[str, Any] | None) -> None:
        """A file may be longer than other requests; said before anything reads the form."""
        if endpoint in _FILES:
            request.max_content_length = MAX_FILE

    @pages.get("/cards/<card>/acts/<word>")
    def act(card: str, word: str) -> Response:
        seen = frame.visit()
        wanted = act_called(word, on_card=True)
        return _blank(frame, seen, wanted, _card(seen, wanted, card))

    @pages.post("/cards/<card>/acts/<word>")
    def do_act(card: str, word: str) -> Response:
        seen = frame.visit()
        wanted = act_called(word, on_card=True)
        return _taken(frame, seen, wanted, _card(seen, wanted, card))

    @pages.get("/acts/<word>")
    def act_without_card(word: str) -> Response:
        return _blank(frame, frame.visit(), act_called(word, on_card=False), None)

    @pages.post("/acts/<word>")
    def do_act_without_card(word: str) -> Response:
        return _taken(frame, frame.visit(), act_called(word, on_card=False), None)


def act_called(word: str, *, on_card: bool) -> Act:
    """The act of this name. Raises `StateError` not-found."""
    found = carrying.BY_WORD.get(word)
    if found is None or found.on_card is not on_card:
        raise StateError(faults.NOT_FOUND)
    return found


def _card(seen: Visit, act: Act, ref: str) -> Dossier:
    """The card; one of another region where the table lets every region ask. Raises `StateError`: card-unknown, not-permitted."""
    rule = RULES[act.command]
    if not seen.may(*rule.who):
        raise StateError(record.NOT_PERMITTED, command=act.command, role=seen.actor(rule.who).role, article=rule.articles[0])
    return seen.card(CardRef(ref), foreign=rule.any_region)


def _blank(frame: Frame, seen: Visit, act: Act, before: Dossier | None) -> Response:
    return _form(frame, seen, act, Asked(act=act.word, card=None), before=before)


def _form(
    frame: Frame,
    seen: Visit,
    act: Act,
    asked: Asked,
    *,
    before: Dossier | None,
    refused: CardError | None = None,
) -> Response:
    rule = RULES[act.command]
    papers = sorted(rule.papers(seen.actor(rule.who).role) | _more_papers(act), key=list(Evidence).index)
    return frame.page(
        seen,
        "act.html",
        status=200 if refused is None else frame.refused_status(refused),
        act=act,
        rule=rule,
        title=act.says or rule.title,
        before=before,
        fields=list(forms.fields_of(act, seen, before)),
        papers=papers,
        needed=rule.papers(seen.actor(rule.who).role),
        said=asked.said,
        shown=asked.evidence,
        filed=asked.filed,
        refused=refused,
        wrong=None if refused is None else refused.facts.get("member"),
        missing=_missing(refused),
    )


def _missing(refused: CardError | None) -> list[Evidence]:
    if refused is None or refused.fault is not record.EVIDENCE_MISSING:
        return []
    known = {paper.value: paper for paper in Evidence}
    return [known[word] for word in str(refused.facts.get("missing", "")).split(", ") if word in known]


def _more_papers(act: Act) -> frozenset[Evidence]:
    """The papers that the record may ask for beyond the table, for any choice: every option's, since which one is not chosen yet."""
    if act.form is APPLICATION:
        return frozenset(paper for papers in FOR_ELIGIBILITY.values() for paper in papers)
    found: set[Evidence] = set()
    for given in act.every_choice():
        found |= act.papers(given)
    return frozenset(found)


def _taken(frame: Frame, seen: Visit, act: Act, before: Dossier | None) -> Response:
    """What was sent: repeated if it could be done, done if it was repeated before, shown again with what is wrong."""
    asked = forms.asked_by(act, None if before is None else before.card.ref)
    if request.form.get("step") == "edit":
        return _form(frame, seen, act, asked, before=before)
    try:
        prepared = _prepared(seen, act, asked)
        if request.form.get("step") != "do":
            return _repeat(frame, seen, act, prepared, asked)
        key = request.form.get("key", "")
        return _propose(frame, seen, prepared, asked, key=key) if prepared.rule.class_a else _do(frame, seen, prepared, asked, key=key)
    except CardError as error:
        return _form(frame, seen, act, asked, before=before, refused=error)


def _prepared(seen: Visit, act: Act, asked: Asked) -> Prepared:
    actor = seen.actor(RULES[act.command].who)
    if actor.role is Role.HOLDER:
        raise InputError(faults.CONSOLE_FORM)
    given = carrying.read(asked, seen.operator)
    more: dict[str, Any] = {"evidence": asked.evidence, "expected": asked.expected, "at": seen.at}
    prepared = carrying.prepare(seen.office.settings, seen.desk, act, given, card=asked.card, actor=actor, operator=seen.operator, **more)
    prepared.check()
    return prepared


def _repeat(frame: Frame, seen: Visit, act: Act, prepared: Prepared, asked: Asked) -> Response:
    told = forms.told(list(forms.fields_of(act, seen, prepared.before)), asked.said)
    title = act.says or prepared.rule.title
    return frame.page(
        seen, "confirm.html", act=act, rule=prepared.rule, title=title, before=prepared.before, told=told, asked=asked, actor=prepared.actor
    )


def _do(frame: Frame, seen: Visit, prepared: Prepared, asked: Asked, *, key: str) -> Response:
    desk = seen.desk.citing(asked.filed).once(key)
    result = prepared.carry_out(desk)
    found = prepared.before or dossier_in(result)
    after = None if found is None else seen.desk.card(found.card.ref)
    changed = after is not None and (prepared.before is None or after.card.revision != prepared.before.card.revision)
    receipts = () if after is None else seen.desk.receipts(after.card.ref)
    receipt = receipts[-1] if receipts and changed else None
    lines = [line.strip() for line in remainder_lines(result)]
    title = prepared.act.says or prepared.rule.title
    return frame.page(seen, "done.html", rule=prepared.rule, title=title, after=after, changed=changed, receipt=receipt, lines=lines)


def _propose(frame: Frame, seen: Visit, prepared: Prepared, asked: Asked, *, key: str) -> Response:
    act = prepared.act
    before = prepared.before
    if before is None:
        raise TypeError(act.word)
    desk = seen.desk.once(key)
    revision = before.card.revision if asked.expected is None else asked.expected
    proposal = approving.propose(
        desk,
        act.command,
        before.card.ref,
        _as_proposed(prepared, asked),
        revision=revision,
        actor=prepared.actor,
        at=seen.at,
        device=seen.signed_in.device,
    )
    number = mask_card_number(before.card.number)
    return frame.page(
        seen, "proposed.html", rule=prepared.rule, title=act.says or prepared.rule.title, before=before, proposal=proposal, number=number
    )


def _as_proposed(prepared: Prepared, asked: Asked) -> dict[str, Any]:
    """A command's keywords as they lie sealed until another person approves them: the witness by staff number, and what the papers are filed under."""
    keywords = prepared.keywords()
    witness = keywords.get("witness")
    if isinstance(witness, Actor):
        keywords["witness"] = witness.person
    return keywords | ({approving.CITED: dict(asked.filed)} if asked.filed else {})
