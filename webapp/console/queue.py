"""What waits for a second person: the exact request, read and approved with the second factor; and freezes to be reviewed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Response, redirect, request, url_for

from codes.errors import InputError, Text
from ecard.access import approving
from ecard.access.proposals import ProposalRef
from ecard.lifecycle import RULES, Command, Evidence
from ecard.lookups import READERS
from ecard.persons import same_person
from ecard.worklist import TaskKind, piles
from webapp import faults
from webapp.auth.operators import require_step_up
from webapp.console import choices
from webapp.console.fields import LABELS
from webapp.console.signing import people
from webapp.console.staff import resets_waiting
from webapp.office.acts import ACTS
from webapp.office.telling import dossier_in, remainder_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Blueprint
    from werkzeug.wrappers import Response as Answer

    from ecard.access.proposals import Proposal
    from webapp.console.frame import Frame
    from webapp.console.visit import Visit

MOST = 200


def add(pages: Blueprint, frame: Frame) -> None:
    """Put it on `pages`."""

    @pages.get("/queue")
    def queue() -> Response:
        seen = frame.visit()
        found = waiting(seen)
        codes = seen.desk.activations_waiting(seen.operator.region, at=seen.at)
        titles = {item.command: title_of(item) for item in found}
        return frame.page(seen, "queue.html", proposals=found, titles=titles, codes=codes, resets=resets_waiting(seen))

    @pages.get("/queue/<ref>")
    def proposal(ref: str) -> Response:
        return _page(frame, frame.visit(), ref)

    @pages.post("/queue/<ref>/approve")
    def approve(ref: str) -> Response:
        seen = frame.visit()
        code, key, digest = (request.form.get(name, "") for name in ("code", "key", "digest"))
        if code:
            seen = replace(seen, signed_in=people().second_factor(request, seen.signed_in, code))
        else:
            require_step_up(seen.signed_in, seen.at)
        try:
            read = bytes.fromhex(digest)
        except ValueError:
            raise InputError(faults.CONSOLE_FORM, member="digest") from None
        found, _ = approving.show(seen.desk, ProposalRef(ref), actor=seen.actor(READERS))
        desk, device = seen.desk.once(key), seen.signed_in.device
        result = approving.approve(desk, found.ref, digest=read, actor=seen.actor(READERS), at=seen.at, device=device)
        told = dossier_in(result)
        ref_of = told.card.ref if told is not None else found.card
        after = None if ref_of is None else seen.desk.card(ref_of)
        receipts = () if after is None else seen.desk.receipts(after.card.ref)
        lines = [line.strip() for line in remainder_lines(result)]
        receipt = receipts[-1] if receipts else None
        rule = RULES[Command(found.command)]
        return frame.page(seen, "done.html", rule=rule, title=rule.title, after=after, changed=True, receipt=receipt, lines=lines)

    @pages.post("/queue/<ref>/decline")
    def decline(ref: str) -> Answer:
        seen = frame.visit()
        desk = seen.desk.once(request.form.get("key", ""))
        approving.decline(desk, ProposalRef(ref), actor=seen.actor(READERS), at=seen.at)
        return redirect(url_for("console.queue"), 303)

    @pages.get("/freezes")
    def freezes() -> Response:
        seen = frame.visit()
        with seen.desk.store.reading() as work:
            found = piles(work, seen.desk.policy, region=seen.operator.region, now=seen.now, limit=MOST)
        kinds = (TaskKind.FREEZE_REQUEST, TaskKind.FREEZE)
        return frame.page(seen, "freezes.html", piles={kind: found[kind] for kind in kinds if kind in found}, kinds=kinds, most=MOST)


def waiting(seen: Visit) -> list[Proposal]:
    """Proposals of the operator's region that nobody has decided."""
    return approving.waiting(seen.desk, actor=seen.actor(READERS), at=seen.at)


def title_of(proposal: Proposal) -> Text:
    """What a proposed command is called."""
    known = {command.value: rule.title for command, rule in RULES.items()}
    return known.get(proposal.command, Text(proposal.command, proposal.command))


def _page(frame: Frame, seen: Visit, ref: str) -> Response:
    found, asked = approving.show(seen.desk, ProposalRef(ref), actor=seen.actor(READERS))
    own = same_person(found.proposed_person, seen.operator.person)
    before = None if found.card is None else seen.desk.card(found.card)
    rule = RULES[Command(found.command)]
    told, papers = list(lines_of(found.command, asked)), sorted(asked.get("evidence", ()), key=list(Evidence).index)
    return frame.page(seen, "proposal.html", proposal=found, rule=rule, title=rule.title, before=before, told=told, papers=papers, own=own)


def lines_of(command: str, asked: Mapping[str, Any]) -> Iterator[tuple[Text, list[Text]]]:
    """What is asked, member by member, as an approver reads it."""
    said = {option.name: LABELS.get(option.name, option.says) for act in ACTS if act.command == command for option in act.options}
    for name, value in asked.items():
        if name not in {"evidence", approving.CITED} and value not in (None, ()):
            values = value if isinstance(value, tuple | list | frozenset | set) else (value,)
            yield said.get(name, Text(name, name)), [_told(item) for item in values]


def _told(value: Any) -> Text:
    if isinstance(value, bytes):
        return Text(value.hex(), value.hex())
    if type(value) in choices.WORDS:
        return choices.word(value)
    shown = getattr(value, "ref", value)
    return Text(str(shown), str(shown))
