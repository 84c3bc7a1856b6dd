"""The operator console: server-rendered pages for a card office, complete without a script.

    frame, visit, texts, choices         what a page is made of: templates, who asks, words in two languages
    signing, passwords, permissions      coming and going; who may open what
    staff                                how operators come to sign in, and new secrets for whoever lost theirs
    home, searching, cardpage            what waits; finding a card; a card and what may be done to it
    fields, acting, activating, queue    every command of the table as a form, repeated and done once; codes for phones; two people
    batches, machines, auditing          applications; terminals and odd scans; what was done, link by link
    ownacts                              the office's own acts as forms of the same three steps
    production, places, itemlist         plastic; service points, readers and terminals; the public list and its way through the governments
    tickets                              complaints and questions, and the answer that each is owed
    figures, tables, printing            monthly figures; files that hold no formula; paper

What is done to a card goes through `webapp.office.carrying`, as it does from a shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from werkzeug.exceptions import HTTPException

from codes.errors import CardError
from webapp.console import (
    acting,
    activating,
    auditing,
    batches,
    cardpage,
    figures,
    home,
    itemlist,
    machines,
    passwords,
    places,
    printing,
    production,
    queue,
    searching,
    signing,
    staff,
    tickets,
)
from webapp.console.frame import Frame, harden

if TYPE_CHECKING:
    from webapp.services import Services

PARTS = (
    *(signing, passwords, home, searching, cardpage, acting, activating, queue, batches),
    *(production, places, machines, tickets, itemlist, staff, auditing, figures, printing),
)


def blueprint(services: Services) -> Blueprint:
    """Every page under /console/."""
    pages = Blueprint("console", __name__, url_prefix="/console")
    frame = Frame(services)
    for part in PARTS:
        part.add(pages, frame)
    pages.after_request(harden)
    pages.register_error_handler(CardError, frame.refused)
    pages.register_error_handler(HTTPException, frame.refused_by_flask)
    return pages
