"""Who is at the console: a seat at the desk, in a language, at a place that has a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import request

from codes.errors import StateError
from ecard import schema
from webapp import faults
from webapp.auth import callers
from webapp.auth.seat import Seat
from webapp.console.texts import COOKIE, language_of

if TYPE_CHECKING:
    from webapp.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Seat):
    """One request of somebody who is signed in."""

    language: str

    @property
    def place(self) -> str | None:
        """The name of the service point where they sit; None where nobody designated it."""
        if self.operator.point is None:
            return None
        with self.desk.store.reading() as work:
            point = schema.service_point.c
            found = work.connection.execute(sa.select(point.name).where(point.ref == self.operator.point)).scalar_one_or_none()
        return None if found is None else str(found)


def visit(services: Services) -> Visit:
    """This request's."""
    if services.office is None:
        raise StateError(faults.NOT_FOUND)
    language = language_of(request.cookies.get(COOKIE))
    return Visit(office=services.office.opened(), signed_in=callers.operator(), at=services.clock(), language=language)
