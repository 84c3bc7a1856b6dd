"""A city hall for the tests of residents' calls: an office with cards in it, a service over it, a clock that the test moves, and codes handed out."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ecard.lifecycle import Evidence
from ecard.model import Actor, CardRef, Role
from ecard.residents.activating import Grade
from tests.webapp.phonehouse import Phone
from webapp import SERVICES, create_app
from webapp.phones.phone import Phone as Folder
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from ecard import CardOffice
    from tests.webapp.officehouse import Shell

PAPERS = frozenset({Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT})
CLERK = Actor(ref="clerk-1", person="staff-2", role=Role.CLERK, region="CN-CQ")
OTHER = Actor(ref="clerk-2", person="staff-3", role=Role.CLERK, region="CN-CQ")


@dataclass
class Clock:
    """The service's time: the machine's, moved on by the test."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead  # noqa: TID251 because a card's events cannot lie before those that the shell has just made

    def on(self, **more: float) -> None:
        """Let time pass."""
        self.ahead += timedelta(**more)


@dataclass
class Hall:
    """An office, the service over it, and its clock."""

    shell: Shell
    app: Flask
    clock: Clock

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    @property
    def desk(self) -> CardOffice:
        office = self.app.extensions[SERVICES].office
        desk: CardOffice = office.desk()
        return desk

    def code(self, card: str, *, provisional: bool = False) -> str:
        """An activation code for a card."""
        grade = Grade.PROVISIONAL if provisional else Grade.CHIP
        made = self.desk.ask_activation(CardRef(card), grade, actor=CLERK, evidence=PAPERS, at=self.clock())
        if provisional:
            made = self.desk.approve_activation(made.ref, actor=OTHER, at=self.clock())
        assert made.code is not None
        return made.code

    def phone(self, card: str, *, provisional: bool = True) -> Phone:
        """A phone that redeemed a code for a card; provisional, or waiting for the chip."""
        phone = Phone.over(self.client)
        phone.enrol(self.code(card, provisional=provisional))
        return phone

    def twin(self, card: str) -> Phone:
        """The phone in the shell's folder, endorsed by the chip, as it meets the service."""
        phone = Phone.over(self.client)
        phone.signer = Folder(self.shell.home / "phone").enrolment
        assert phone.this(card)
        return phone

    @property
    def now(self) -> int:
        return int(self.clock().timestamp())


@contextmanager
def opened(shell: Shell) -> Iterator[Hall]:
    """The hall, closed at the end."""
    clock = Clock()
    app = create_app(Settings.from_environ({"ECARD_OFFICE": str(shell.folder)}), clock=clock)
    yield Hall(shell, app, clock)
    assert app.extensions[SERVICES].close(within=5)
