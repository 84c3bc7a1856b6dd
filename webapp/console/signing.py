"""Coming and going: sign-in with the second factor, the step up, sign-out, and the choice of a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, abort, redirect, request, send_from_directory, url_for

from codes.errors import StateError
from webapp import faults
from webapp.auth.operators import EXTENSION, Operators
from webapp.console.frame import back_to
from webapp.console.texts import COOKIE, LANGUAGES

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response as Answer

    from webapp.console.frame import Frame

_LOOK = "static/console"
_YEAR = 365 * 24 * 3600


def people() -> Operators:
    """Everybody who may sign in here."""
    from flask import current_app  # noqa: PLC0415 because the name would hide what the module is about

    found: Operators = current_app.extensions[EXTENSION]
    return found


def add(pages: Blueprint, frame: Frame) -> None:
    """Put them on `pages`."""

    @pages.get("/sign-in")
    def sign_in() -> Response:
        return frame.bare("sign_in.html", next=request.args.get("next", ""), refused=None, name="", retry=None)

    @pages.post("/sign-in")
    def do_sign_in() -> Answer:
        said = {name: request.form.get(name, "") for name in ("name", "password", "code")}
        try:
            people().sign_in(request, **said)
        except StateError as error:
            more = {"next": request.form.get("next", ""), "refused": error.fault, "name": said["name"][:64], "retry": error.facts.get("retry_s")}
            return frame.bare("sign_in.html", status=frame.refused_status(error), **more)
        return redirect(back_to(request.form.get("next")), 303)

    @pages.post("/sign-out")
    def sign_out() -> Answer:
        people().sign_out(request, frame.visit().signed_in)
        return redirect(url_for("console.sign_in"), 303)

    @pages.get("/step-up")
    def step_up() -> Response:
        return frame.page(frame.visit(), "step_up.html", next=request.args.get("next", ""), refused=None)

    @pages.post("/step-up")
    def do_step_up() -> Answer:
        seen = frame.visit()
        try:
            people().second_factor(request, seen.signed_in, request.form.get("code", ""))
        except StateError as error:
            return frame.page(seen, "step_up.html", status=frame.refused_status(error), next=request.form.get("next", ""), refused=error.fault)
        return redirect(back_to(request.form.get("next")), 303)

    @pages.get("/language/<which>")
    def language(which: str) -> Answer:
        if which not in LANGUAGES:
            raise StateError(faults.NOT_FOUND)
        answer = redirect(back_to(request.args.get("back")), 303)
        answer.set_cookie(COOKIE, which, max_age=_YEAR, httponly=True, samesite="Strict", secure=request.is_secure, path="/console/")
        return answer

    @pages.get("/<path:rest>")
    def nowhere(rest: str) -> Response:  # noqa: ARG001 - because the address is what is wrong
        raise StateError(faults.NOT_FOUND)

    @pages.get("/look/<name>")
    def look(name: str) -> Response:
        if name not in {"console.css", "mark.svg"}:
            abort(404)
        answer = send_from_directory(pages.root_path + "/../" + _LOOK, name)
        answer.headers["Cache-Control"] = "public, max-age=300"
        return answer
