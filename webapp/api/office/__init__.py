"""What operators may do over the wire: every command of the record, and what they need to see for it.

sessions      sign-in, second factor, sign-out, for programs; the console's session is the same
commands      one act of `webapp.office.acts` on one card
approvals     what waits for a second person
cards         a card, its timeline, receipts, one masked field for a purpose
searching     a card by a whole number, for a purpose
intake        applications, an employer's file, service points, readers
machines      terminals, and what is odd about them
publicitems   the public list of what the card is good for, and its way through the governments
overview      today's work, freezes, monthly figures, the chains for auditors
wires         the words of bodies and answers that several of them share
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api.office import approvals, batches, cards, commands, intake, machines, overview, production, publicitems, searching, sessions
from webapp.api.wire import Blueprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.auth.operators import Operators
    from webapp.services import StandingOffice

__all__ = ["blueprint"]


def blueprint(office: StandingOffice, people: Operators, clock: Callable[[], datetime]) -> Blueprint:
    """The office's calls."""
    pages = Blueprint("office", __name__, url_prefix="/v1/office", description="机构办理 · The office's own calls")
    sessions.add(pages, people)
    for part in (commands, approvals, cards, searching, intake, batches, production, machines, publicitems, overview):
        part.add(pages, office, clock)
    return pages
