"""Who is at the console, where, when and in which language: what every page is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import request

from codes.errors import StateError
from ecard import faults as record
from ecard import schema
from ecard.model import Role, seconds
from webapp import faults
from webapp.auth import callers
from webapp.console.texts import COOKIE, language_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from ecard import CardOffice, CardRef, Dossier
    from ecard.model import Actor
    from webapp.auth.operators import SignedIn
    from webapp.office.opening import OpenOffice
    from webapp.office.settings import Operator
    from webapp.services import Services

DESK = frozenset({Role.CLERK, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of somebody who is signed in."""

    office: OpenOffice
    signed_in: SignedIn
    at: datetime
    language: str

    @property
    def operator(self) -> Operator:
        """Who it is."""
        return self.signed_in.operator

    @property
    def desk(self) -> CardOffice:
        """The office's commands."""
        return self.office.desk

    @property
    def now(self) -> int:
        """Whole seconds since 1970 UTC."""
        return seconds(self.at)

    @property
    def place(self) -> str | None:
        """The name of the service point where they sit; None where nobody designated it."""
        if self.operator.point is None:
            return None
        with self.desk.store.reading() as work:
            point = schema.service_point.c
            found = work.connection.execute(sa.select(point.name).where(point.ref == self.operator.point)).scalar_one_or_none()
        return None if found is None else str(found)

    def actor(self, roles: Collection[Role] | None = None) -> Actor:
        """Them in one of these roles."""
        return self.operator.acting(roles)

    def may(self, *roles: Role) -> bool:
        """Whether they have one of these roles."""
        return not set(roles).isdisjoint(self.operator.roles)

    def card(self, ref: CardRef, *, foreign: bool = False) -> Dossier:
        """A card that they may see: of their region, at a joint desk of both; `foreign` where every region may ask. Raises `StateError` card-unknown."""
        dossier = self.desk.card(ref)
        if dossier.card.region != self.operator.region and not self.operator.joint_desk and not foreign:
            raise StateError(record.CARD_UNKNOWN)
        return dossier


def visit(services: Services) -> Visit:
    """This request's."""
    if services.office is None:
        raise StateError(faults.NOT_FOUND)
    language = language_of(request.cookies.get(COOKIE))
    return Visit(office=services.office.opened(), signed_in=callers.operator(), at=services.clock(), language=language)
