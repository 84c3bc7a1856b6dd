"""A day at the office, one command a step: each is promised to somebody the moment it returns, and each can be sent again under its key."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.chipproof import ChipPurpose
from codes.claims import Profile
from codes.errors import SetupError, StateError
from ecard import chain, database, faults
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import RULES, Command
from ecard.model import CardRef, FreezeGround
from ecard.phones import renewal_binding
from ecard.stopping import LossOf
from ecard.tick import LapsedFreezes
from tests.ecard.city import CLERK, READER, SECOND_CLERK, SUPERVISOR, WORKSHOP, City, SoftPhone, open_city

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ecard.office import CardOffice

    Send = Callable[[CardOffice], Any]
    Step = tuple[str, Callable[[], Send]]

CHECKPOINT = 96
"""Pages of log after which it is folded back into the file."""
FAILURES = 3
"""How often a request is sent before its client gives up."""


@dataclass
class Day:
    """What the people in the script know."""

    city: City
    cards: list[CardRef] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)

    def steps(self) -> Iterator[Step]:
        """Name of the step, and what draws up the request; a request is drawn up once and may be sent often."""
        for order in (1, 2):
            yield from self._made(order)
        yield from self._phone()
        yield from self._stopped()

    def _made(self, order: int) -> Iterator[Step]:
        city = self.city
        yield f"apply {order}", lambda: lambda office: office.apply(city.form(order), actor=CLERK, evidence=RULES[Command.APPLY].evidence, at=city.at)
        ref = self.said[f"apply {order}"].card.ref
        self.cards.append(ref)
        yield f"nonce {order}", lambda: lambda office: office.nonce(ref, NoncePurpose.PERSONALISE, at=city.at)
        chip = city.chip_of(city.office.card(ref))
        self.said[f"chip {order}"] = chip
        challenge = self.said[f"nonce {order}"].value

        def personalise() -> Send:
            answer = chip.answer(ChipPurpose.STATUS, challenge)
            key = chip.signer.public_key
            return lambda office: office.personalise(ref, chip_key=key, challenge=challenge, answer=answer, actor=WORKSHOP, at=city.at)

        yield f"personalise {order}", personalise
        yield f"activate {order}", lambda: lambda office: office.activate(ref, actor=CLERK, evidence=RULES[Command.ACTIVATE].evidence, at=city.at)

    def _phone(self) -> Iterator[Step]:
        city, ref, phone = self.city, self.cards[0], SoftPhone("p")
        dossier = city.office.card(ref)
        yield "register-reader", lambda: lambda office: office.register_reader(READER, actor=SUPERVISOR, at=city.at)
        yield "nonce bind", lambda: lambda office: office.nonce(ref, NoncePurpose.BIND, at=city.at)
        nonce = self.said["nonce bind"]

        def bind() -> Send:
            endorsement = city.endorse(dossier, self.said["chip 1"], phone, nonce.value, nonce.expires)
            proof = phone.proof(nonce.value)
            return lambda office: office.bind_phone(
                ref, nonce=nonce.value, proof=proof, endorsement=endorsement, actor=city.holder(dossier), at=city.at
            )

        yield "bind-phone", bind
        yield "nonce renew", lambda: lambda office: office.nonce(ref, NoncePurpose.RENEW, at=city.at)
        fresh = self.said["nonce renew"].value

        def renew() -> Send:
            requests = phone.requests(fresh, Profile.GENERAL, Profile.IDENTITY)
            proof = phone.proof(renewal_binding(fresh, requests))
            return lambda office: office.renew_credentials(self.said["bind-phone"].phone.ref, nonce=fresh, proof=proof, requests=requests, at=city.at)

        yield "renew-credentials", renew

    def _stopped(self) -> Iterator[Step]:
        city, (ref, other) = self.city, self.cards
        papers, review = RULES[Command.REPORT_LOSS].evidence, RULES[Command.UNFREEZE].evidence
        yield "report-loss", lambda: lambda office: office.report_loss(ref, of=LossOf.CARD, actor=CLERK, evidence=papers, at=city.at)
        yield "withdraw-loss", lambda: lambda office: office.withdraw_loss(ref, of=LossOf.CARD, actor=CLERK, evidence=papers, at=city.at)
        yield "freeze", lambda: self._freeze(ref)
        yield "freeze other", lambda: self._freeze(other)
        yield "unfreeze", lambda: lambda office: office.unfreeze(ref, actor=SECOND_CLERK, evidence=review, at=city.at)
        city.later(days=2)
        yield "tick", lambda: lambda office: LapsedFreezes().run(replace(office, request_key=None), at=city.at)

    def _freeze(self, card: CardRef) -> Send:
        at, evidence = self.city.at, RULES[Command.FREEZE].evidence
        return lambda office: office.freeze(card, ground=FreezeGround.THEFT, until=at + timedelta(days=1), actor=CLERK, evidence=evidence, at=at)


def play(where: Path, acks: int, *, synchronous: str = "FULL") -> bool:
    """Play the day on the record at `where` and write a line to `acks` for everything that was promised; whether all of it was."""
    if synchronous != "FULL":
        weak = {"NORMAL": 1, "OFF": 0}[synchronous]
        database._SQLITE = tuple(
            (name, synchronous, weak) if name == "synchronous" else (name, value, found) for name, value, found in database._SQLITE
        )
    day = _opened(where)
    if day is None:
        return False
    for number, (name, draw_up) in enumerate(day.steps()):
        send = draw_up()
        office = day.city.office.once(f"durability step {number:04}")
        for _ in range(FAILURES):
            try:
                day.said[name] = send(office)
                line = json.dumps(promise(day, name))
            except SetupError:
                continue
            except StateError as error:
                if error.code != faults.REQUEST_UNFINISHED.code:
                    raise
                return False  # written, not handed over: the client is told to start anew, and this one goes home
            break
        else:
            return False
        os.write(acks, line.encode() + b"\n")
    return True


def _opened(where: Path) -> Day | None:
    for _ in range(FAILURES):
        try:
            city = open_city(where)
        except SetupError:
            continue
        engine = city.office.store._engine
        engine.dispose()
        sa.event.listen(engine, "connect", _hurry)
        return Day(city=city)
    return None


def _hurry(connection: Any, _entry: object) -> None:
    """Fold the log back into the file often: a day is too short to see it happen otherwise."""
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}").close()


def promise(day: Day, name: str) -> dict[str, Any]:
    """What whoever sent the request may now rely on: every card as it is, and the credentials that were handed over."""
    dossiers = [day.city.office.card(ref) for ref in day.cards] + ([day.said[name].dossier] if name.startswith("apply") else [])
    credentials = [row.digest.hex() for ref in day.cards for row in day.city.office.credentials(ref) if row.digest is not None]
    cards = {dossier.card.ref: [dossier.card.revision, chain.dossier_digest(dossier).hex()] for dossier in dossiers}
    return {"step": name, "cards": cards, "credentials": credentials}
