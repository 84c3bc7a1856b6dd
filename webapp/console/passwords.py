"""One's own password: changed with the old one and a code; every other session of the operator ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Response, request

from codes.errors import CardError
from webapp.console.signing import people

if TYPE_CHECKING:
    from flask import Blueprint

    from webapp.console.frame import Frame


def add(pages: Blueprint, frame: Frame) -> None:
    """Put it on `pages`."""

    @pages.get("/password")
    def password() -> Response:
        return frame.page(frame.visit(), "password.html", refused=None, done=False, differs=False)

    @pages.post("/password")
    def do_password() -> Response:
        seen = frame.visit()
        old, new, again, code = (request.form.get(name, "") for name in ("old", "new", "again", "code"))
        if new != again:
            return frame.page(seen, "password.html", status=400, refused=None, done=False, differs=True)
        try:
            seen = replace(seen, signed_in=people().change_password(request, seen.signed_in, old=old, new=new, code=code))
        except CardError as error:
            return frame.page(seen, "password.html", status=frame.refused_status(error), refused=error.fault, done=False, differs=False)
        return frame.page(seen, "password.html", refused=None, done=True, differs=False)
