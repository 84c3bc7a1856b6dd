"""Paper: receipts, and forms to be signed, as A4 pages of one family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response

from codes.errors import StateError, Text
from codes.receipts import mask_card_number
from ecard import CardRef
from ecard import faults as record
from ecard.lifecycle import RULES, Command
from webapp.console.acting import act_called
from webapp.console.fields import fields_of
from webapp.console.frame import TEMPLATES

if TYPE_CHECKING:
    from flask import Blueprint

    from codes.receipts import Receipt
    from webapp.console.frame import Frame
    from webapp.console.visit import Visit

STOPPED = {"chip": Text("芯片卡", "chip card"), "phone": Text("手机", "phone"), "paper": Text("纸质凭证", "paper")}
STATUSES = {"suspended": Text("暂停使用", "suspended"), "frozen": Text("冻结", "frozen"), "invalid": Text("永久停用", "ended for ever")}


def add(pages: Blueprint, frame: Frame) -> None:
    """Put it on `pages`."""

    @pages.get("/cards/<card>/receipts/<number>")
    def receipt(card: str, number: str) -> Response:
        seen = frame.visit()
        return frame.page(seen, "receipt.html", **_receipt(seen, card, number))

    @pages.get("/cards/<card>/receipts/<number>/print.pdf")
    def receipt_pdf(card: str, number: str) -> Response:
        seen = frame.visit()
        given = _receipt(seen, card, number)
        return _paper(frame, "print_receipt.html", f"receipt-{given['says'].number}.pdf", visit=seen, **given)

    @pages.get("/cards/<card>/forms/<word>/print.pdf")
    def form_pdf(card: str, word: str) -> Response:
        seen = frame.visit()
        act = act_called(word, on_card=True)
        rule = RULES[act.command]
        before = seen.card(CardRef(card), foreign=rule.any_region)
        papers = sorted(rule.papers(seen.actor(rule.who).role))
        given = {"rule": rule, "title": act.says or rule.title, "before": before, "papers": papers, "fields": list(fields_of(act, seen, before))}
        return _paper(frame, "print_form.html", f"form-{act.word}.pdf", visit=seen, number=mask_card_number(before.card.number), **given)


def _receipt(seen: Visit, card: str, number: str) -> dict[str, Any]:
    """A receipt of a card that the operator may see. Raises `StateError`: card-unknown, receipt-unknown."""
    dossier = seen.card(CardRef(card))
    found: Receipt | None = next((item for item in seen.desk.receipts(dossier.card.ref) if item.says.number == number), None)
    if found is None:
        raise StateError(record.RECEIPT_UNKNOWN)
    rule = RULES[Command(found.says.command)]
    stopped = [(STOPPED[item.carrier], STATUSES[item.status.name.lower()]) for item in found.says.stopped]
    return {"receipt": found, "says": found.says, "rule": rule, "title": rule.title, "card": dossier.card, "stopped": stopped}


def _paper(frame: Frame, template: str, name: str, *, visit: Visit, **given: object) -> Response:
    """A template as PDF. Nothing is fetched for it: it has its own style and the fonts of this machine."""
    from weasyprint import CSS, HTML  # type: ignore[import-untyped] # noqa: PLC0415 - it ships no types; and because its libraries are loaded by the first page that is printed, not by every process

    text = frame.text(template, visit.language, visit=visit, place=visit.place, **given)
    style = CSS(filename=TEMPLATES / "console" / "print.css")
    made: bytes = HTML(string=text, url_fetcher=_nothing).write_pdf(stylesheets=[style])
    answer = Response(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f"inline; filename={name}"
    return answer


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    """Whatever a page would fetch."""
    raise ValueError(url)
