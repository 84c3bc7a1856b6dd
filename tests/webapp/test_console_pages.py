"""The console's pages, walked through as an operator does: signing in, finding, looking, acting, two people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.webapp.consolehouse import hall, house

if TYPE_CHECKING:
    from tests.webapp.consolehouse import House

__all__ = ["hall", "house"]


def test_every_section_opens(house: House) -> None:
    card = house.shell.active()
    clerk = house.open("sup-1")
    for path in ("", "search", "queue", "freezes", "applications", "production", "points", "items", "terminals", "findings", "audit", "figures"):
        clerk.get(f"/console/{path}")
    clerk.get(f"/console/cards/{card}")
    clerk.act(card, "freeze", ("case-file",), ground="theft", until="2027-01-01")
