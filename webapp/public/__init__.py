"""What anybody may read and say, without signing in and without a script: /help/ (ZZ-15, ZZ-16, CQ-21a, CQ-22).

frame, permissions     what a page is made of; that everybody may open it
pages, telling         what the card is good for, how things are done, what a code shows: told from the record's own tables
reporting              the form for complaints and questions, and what became of them

The lines 12333 and 12345 stand on every page, in the same place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from werkzeug.exceptions import HTTPException

from codes.errors import CardError
from webapp.public import pages, reporting
from webapp.public.frame import Frame, harden

if TYPE_CHECKING:
    from webapp.services import Services


def blueprint(services: Services) -> Blueprint:
    """Every page under /help/. It needs an office, whose tables it tells."""
    public = Blueprint("public", __name__, url_prefix="/help")
    frame = Frame(services)
    for part in (pages, reporting):
        part.add(public, frame)
    public.after_request(harden)
    public.register_error_handler(CardError, frame.refused)
    public.register_error_handler(HTTPException, frame.refused_by_flask)
    return public
