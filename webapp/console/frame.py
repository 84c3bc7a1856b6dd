"""Pages: the templates, what every one of them is given, and the headers under which they leave. No script and no style stands in a page."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Response, current_app, g, redirect, request, url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from codes.errors import CardError, Text
from codes.receipts import mask_card_number
from ecard import faults as record
from ecard.lifecycle import Evidence
from ecard.persons import same_person
from webapp import faults, problems
from webapp.auth.callers import Operator
from webapp.console import choices
from webapp.console.permissions import SECTIONS
from webapp.console.texts import COOKIE, in_language, language_of, texts
from webapp.console.visit import Visit, visit
from webapp.office.telling import local
from webapp.office.words import EVIDENCE, ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.exceptions import HTTPException

    from webapp.services import Services

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_NOWHERE = Text("请核对地址，或从导航重新进入。", "Check the address, or start again from the navigation.")
TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def harden(response: Response) -> Response:
    """Nothing inline runs, nobody frames it, and no browser keeps it."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Referrer-Policy"] = "same-origin"  # under no-referrer a form would come from the origin "null", and be refused
    return response


class Frame:
    """The pages of one application."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def visit(self) -> Visit:
        """Who asks for this page."""
        return visit(self.services)

    def page(self, seen: Visit, template: str, *, status: int = 200, **more: Any) -> Response:
        """A page for somebody who is signed in."""
        sections = [name for name, who in SECTIONS if who & set(seen.operator.roles)]
        site = current_app.config["PUBLIC_SITE"]
        given = {
            "visit": seen,
            "place": seen.place,
            "sections": sections,
            "csrf": seen.signed_in.csrf,
            "path": request.path,
            "back": here(),
            "site": site,
        }
        return self.answer(template, seen.language, status=status, **given, **more)

    def bare(self, template: str, *, status: int = 200, **more: Any) -> Response:
        """A page for anybody."""
        return self.answer(template, language_of(request.cookies.get(COOKIE)), status=status, path=request.path, **more)

    def answer(self, template: str, language: str, *, status: int = 200, **more: Any) -> Response:
        """A template with its words."""
        return Response(self.text(template, language, **more), status, content_type="text/html; charset=utf-8")

    def text(self, template: str, language: str, **more: Any) -> str:
        """The same as text alone, for paper."""
        return self.templates.get_template(f"console/{template}").render(**words_of(language), **more)

    def refused(self, error: CardError) -> Response:
        """An error of ours as a page; whoever is not signed in is shown where to."""
        status = self.refused_status(error)
        if error.fault is faults.SIGN_IN:
            wanted = request.full_path.removesuffix("?") if request.method == "GET" else None
            there: Response = redirect(url_for("console.sign_in", next=wanted), 303)  # type: ignore[assignment] # because werkzeug's redirect is typed as its own response
            return there
        if error.fault is record.STEP_UP_NEEDED:
            return self.page(self.visit(), "step_up.html", status=status, next=request.path.rpartition("/")[0], refused=error.fault)
        hint = _NOWHERE if error.fault is faults.NOT_FOUND else error.fault.hint
        return self._problem(error.fault.title, hint, status, error.facts.get("article") or error.fault.article)

    def refused_by_flask(self, error: HTTPException) -> Response:
        """What Flask itself refuses, and a defect, as a page."""
        told = problems.answer_http_exception(error)
        body = told.get_json(force=True)
        zh, _, en = body["title"].partition(" · ")
        return self._problem(Text(zh, en), Text(body["hint"]["zh"], body["hint"]["en"]), told.status_code, None, body["facts"].get("incident"))

    def refused_status(self, error: CardError) -> int:
        """The status under which an error of ours leaves."""
        return problems.answer_card_error(error).status_code

    def _problem(self, title: Text, hint: Text, status: int, article: object, incident: str | None = None) -> Response:
        more = {"title": title, "hint": hint, "article": article, "incident": incident}
        if isinstance(g.get("caller"), Operator) and status < HTTPStatus.INTERNAL_SERVER_ERROR:  # else what a page is made of may be what is away
            return self.page(self.visit(), "refused.html", status=status, **more)
        answer = self.bare("refused_bare.html", status=status, **more)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = str(problems.RETRY_AFTER_S)
        return answer


def words_of(language: str) -> Mapping[str, Any]:
    """What every template may say."""
    said = texts(language)

    def say(text: Text) -> str:
        return in_language(text, language)

    return {
        "language": language,
        "t": lambda key, **more: said[key].format(**more) if more else said[key],
        "say": say,
        "word": lambda value: in_language(choices.word(value), language),
        "role": lambda role: in_language(ROLES[role], language),
        "local": local,
        "said_of": lambda said: in_language(choices.purpose(said), language),
        "paper": lambda word: in_language(EVIDENCE[Evidence(word)], language),
        "office_act": lambda act: in_language(choices.office_act(act), language),
        "region": lambda ref: in_language(choices.REGIONS.get(ref, Text(ref, ref)), language),
        "scene": lambda name: in_language(choices.scene(name), language),
        "detail": lambda task: in_language(choices.detail(task), language),
        "mask": mask_card_number,
        "same_person": same_person,
        "url": url_for,
        "fresh_key": lambda: secrets.token_hex(16),
    }


def here() -> str:
    """The address of this page, as it can be opened again; the first page's where this one was the answer to a form."""
    adapter = current_app.create_url_adapter(request)
    if adapter is not None and request.endpoint != "console.nowhere":
        endpoint, _ = adapter.match(request.path, method="GET")
        if endpoint != "console.nowhere":
            return request.path
    return url_for("console.home")


def back_to(said: str | None) -> str:
    """An address of the console that somebody was at; its first page for anything else."""
    parts = urlsplit(said or "")
    if parts.scheme or parts.netloc or not parts.path.startswith("/console/") or "\\" in parts.path:
        return url_for("console.home")
    return parts.path + (f"?{parts.query}" if parts.query else "")
