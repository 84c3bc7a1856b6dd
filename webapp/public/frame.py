"""Public pages: the templates, the words in two languages, and the headers under which they leave. Nothing runs in them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Response, request, url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from codes.errors import CardError, Text
from webapp import problems
from webapp.console import choices
from webapp.office.telling import local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.exceptions import HTTPException

    from ecard import CardOffice
    from webapp.services import Services

LANGUAGES = ("zh-CN", "en")
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_PACKAGE = Path(__file__).resolve().parent.parent
_TEMPLATES, _TEXTS = _PACKAGE / "templates", _PACKAGE / "static" / "texts"


def harden(response: Response) -> Response:
    """Nothing inline, nobody frames it; what somebody sent or was told stays in no cache."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@cache
def texts(language: str) -> Mapping[str, str]:
    """Every text of one language, by its key."""
    page: Mapping[str, str] = json.loads((_TEXTS / f"help.{language}.json").read_text("utf-8"))
    return page


def language() -> str:
    """The language that the address asks for; Chinese unless it is English."""
    said = request.args.get("lang", "")
    return said if said in LANGUAGES else LANGUAGES[0]


class Frame:
    """The pages of one application."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.templates = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def desk(self) -> CardOffice:
        """Whose tables are told. Raises `SetupError` as `webapp.services.StandingOffice.opened`."""
        if self.services.office is None:
            msg = "these pages are there only where an office is"
            raise RuntimeError(msg)
        return self.services.office.desk()

    def page(self, template: str, *, status: int = 200, keep: bool = False, **more: Any) -> Response:
        """A template with its words. `keep`: the same for everybody, so that it may be kept for a minute."""
        text = self.templates.get_template(f"public/{template}").render(**_words(language()), **more)
        response = Response(text, status, content_type="text/html; charset=utf-8")
        response.content_language = language()
        if keep:
            response.headers["Cache-Control"] = "public, max-age=60"
        return response

    def refused(self, error: CardError) -> Response:
        """An error of ours as a page."""
        told = problems.answer_card_error(error)
        response = self._problem(error.fault.title, error.fault.hint, told.status_code, error.facts.get("article") or error.fault.article)
        if "Retry-After" in told.headers:
            response.headers["Retry-After"] = told.headers["Retry-After"]
        return response

    def refused_by_flask(self, error: HTTPException) -> Response:
        """What Flask itself refuses, and a defect, as a page."""
        told = problems.answer_http_exception(error)
        body = told.get_json(force=True)
        zh, _, en = body["title"].partition(" · ")
        return self._problem(Text(zh, en), Text(body["hint"]["zh"], body["hint"]["en"]), told.status_code, None)

    def _problem(self, title: Text, hint: Text, status: int, article: object) -> Response:
        return self.page("refused.html", status=status, title=title, hint=hint, article=article)


def here(endpoint: str, **values: Any) -> str:
    """The address of a page in the language of this one."""
    if language() != LANGUAGES[0]:
        values["lang"] = language()
    return url_for(f"public.{endpoint}", **values)


def _words(language: str) -> Mapping[str, Any]:
    said, other = texts(language), LANGUAGES[1 - LANGUAGES.index(language)]

    def in_other() -> str:
        if request.method != "GET" or request.endpoint is None:
            return url_for("public.home", lang=other)
        return url_for(request.endpoint, **(request.view_args or {}), lang=other)

    def say(text: Text) -> str:
        return text.en if language == "en" else text.zh

    return {
        "language": language,
        "other": other,
        "in_other": in_other,
        "endpoint": (request.endpoint or "").removeprefix("public."),
        "t": lambda key, **more: said[key].format(**more) if more else said[key],
        "say": say,
        "word": lambda value: say(choices.word(value)),
        "here": here,
        "local": local,
        "day": lambda seconds: local(seconds)[:10],
    }
