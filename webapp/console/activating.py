"""Activation codes at the counter: one that needs the chip is handed out at once, one that does not waits for a second person; shown once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Response, redirect, request, url_for

from codes.errors import CardError, InputError
from ecard import CardRef
from ecard.lifecycle import RULES, Command, Evidence
from ecard.lookups import LOOKERS, READERS
from ecard.model import Role
from ecard.residents.activating import Grade
from webapp import faults
from webapp.auth.operators import require_step_up
from webapp.console.signing import people

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response as Answer

    from ecard import Dossier
    from webapp.console.frame import Frame
    from webapp.console.visit import Visit

_COUNTER = (Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT)
_TELEPHONE = (Evidence.HOTLINE_CHECK,)


def add(pages: Blueprint, frame: Frame) -> None:
    """Put them on `pages`."""

    @pages.get("/cards/<card>/activation")
    def activation(card: str) -> Response:
        seen = frame.visit()
        return _page(frame, seen, seen.card(CardRef(card)))

    @pages.post("/cards/<card>/activation")
    def do_activation(card: str) -> Answer:
        seen = frame.visit()
        before = seen.card(CardRef(card))
        known = {paper.value: paper for paper in Evidence}
        shown = frozenset(known[word] for word in request.form.getlist("evidence") if word in known)
        try:
            grade = Grade(request.form.get("grade", ""))
            made = seen.desk.once(request.form.get("key", "")).ask_activation(
                before.card.ref, grade, actor=seen.actor(LOOKERS), evidence=shown, at=seen.at, device=seen.signed_in.device
            )
        except ValueError:
            raise InputError(faults.CONSOLE_FORM, member="grade") from None
        except CardError as error:
            return _page(frame, seen, before, refused=error)
        if made.code is None:
            return redirect(url_for("console.queue"), 303)
        return frame.page(seen, "activated.html", before=before, made=made)

    @pages.post("/activations/<ref>")
    def approve_activation(ref: str) -> Response:
        seen = frame.visit()
        code = request.form.get("code", "")
        if code:
            seen = replace(seen, signed_in=people().second_factor(request, seen.signed_in, code))
        else:
            require_step_up(seen.signed_in, seen.at)
        desk, device = seen.desk.once(request.form.get("key", "")), seen.signed_in.device
        made = desk.approve_activation(ref, actor=seen.actor(READERS), at=seen.at, device=device)
        return frame.page(seen, "activated.html", before=seen.desk.card(made.card), made=made)


def _page(frame: Frame, seen: Visit, before: Dossier, *, refused: CardError | None = None) -> Response:
    by_telephone = seen.actor(LOOKERS).role is Role.HOTLINE
    status = 200 if refused is None else frame.refused_status(refused)
    rule, papers = RULES[Command.BIND_PHONE], _TELEPHONE if by_telephone else _COUNTER
    grades = [Grade.CHIP] if by_telephone else list(Grade)
    return frame.page(seen, "activation.html", status=status, before=before, rule=rule, papers=papers, grades=grades, refused=refused)
