"""Who sits at the desk for one request, at the console or for a program of the office, and what they may see.

What is another region's is answered like what does not exist (threat G06).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.errors import CardError, StateError
from ecard import faults as record
from ecard.model import CardRef, seconds
from webapp import faults
from webapp.auth import callers
from webapp.office.options import NAME, REF

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from ecard import CardOffice, Dossier
    from ecard.model import Actor, Role
    from webapp.auth.operators import SignedIn
    from webapp.office.opening import OpenOffice
    from webapp.office.settings import Operator
    from webapp.services import StandingOffice


def reference(text: str) -> str:
    """A reference that there could be, as it stands in an address. Raises `StateError` not-found: the database is asked for nothing else (threat G13)."""
    if not REF.fullmatch(text):
        raise StateError(faults.NOT_FOUND)
    return text


def named(text: str) -> str:
    """The same of a thing's name."""
    if not NAME.fullmatch(text):
        raise StateError(faults.NOT_FOUND)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One request of somebody who is signed in."""

    office: OpenOffice
    signed_in: SignedIn
    at: datetime

    @classmethod
    def taken(cls, office: StandingOffice, clock: Callable[[], datetime]) -> Seat:
        """This request's, in a view that the table gives to operators."""
        return cls(office=office.opened(), signed_in=callers.operator(), at=clock())

    @property
    def operator(self) -> Operator:
        """Who it is."""
        return self.signed_in.operator

    @property
    def region(self) -> str:
        """Whose desk it is."""
        return self.operator.region

    @property
    def desk(self) -> CardOffice:
        """The office's commands."""
        return self.office.desk

    @property
    def now(self) -> int:
        """Whole seconds since 1970 UTC."""
        return seconds(self.at)

    def actor(self, roles: Collection[Role] | None = None) -> Actor:
        """Them in one of these roles."""
        return self.operator.acting(roles)

    def may(self, *roles: Role) -> bool:
        """Whether they have one of these roles."""
        return not set(roles).isdisjoint(self.operator.roles)

    def card(self, ref: str, *, foreign: bool = False) -> Dossier:
        """A card of their region, at a joint desk of both; `foreign`: of any. Raises `StateError` card-unknown, whatever the reason."""
        dossier = self.desk.card(CardRef(ref)) if REF.fullmatch(ref) else None
        if dossier is None or not (foreign or self.operator.joint_desk or dossier.card.region == self.region):
            raise StateError(record.CARD_UNKNOWN)
        return dossier

    @contextmanager
    def known(self) -> Iterator[None]:
        """Inside, what the record does not know, or says is another region's, is not found, and nobody learns which."""
        try:
            yield
        except CardError as error:
            if error.code.endswith("-unknown") or error.fault is record.OTHER_REGION:
                raise StateError(faults.NOT_FOUND) from None
            raise

    def of_mine(self, region: str | None) -> None:
        """Return if something is their own region's. Raises `StateError` not-found; `None` is what nobody knows."""
        if region != self.region:
            raise StateError(faults.NOT_FOUND)
