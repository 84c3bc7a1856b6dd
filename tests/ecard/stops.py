"""A card in front of the stopping desk: a chip, two phones, a code on each, and the words that stop and bring back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from codes.claims import Profile
from ecard.enrolment import NoncePurpose
from ecard.holderacts import PhoneProof, act_binding
from ecard.lifecycle import RULES, Command, status_of
from ecard.model import FreezeGround, Role
from ecard.stopping import LossOf, Stopped
from tests.ecard.city import CLERK, SECOND_CLERK, City, SoftPhone, place

if TYPE_CHECKING:
    from ecard.model import Actor, Carrier, CarrierRef, Dossier

REPORT, WITHDRAW = RULES[Command.REPORT_LOSS].evidence, RULES[Command.WITHDRAW_LOSS].evidence
FREEZE, UNFREEZE = RULES[Command.FREEZE].evidence, RULES[Command.UNFREEZE].evidence
CALLED = RULES[Command.PRE_REPORT_LOSS].evidence
CHECKED = RULES[Command.WITHDRAW_PRE_LOSS].papers(Role.HOTLINE)


class Case:
    """A card with a chip, two phones, and a code on each."""

    def __init__(self, city: City) -> None:
        self.city = city
        card, chip = city.card()
        self.ref = card.card.ref
        (self.chips_place,) = (f"{row.status.uri}/{row.status.idx}" for row in city.office.credentials(self.ref))
        self.soft = [SoftPhone("a"), SoftPhone("b")]
        self.phones: list[Carrier] = []
        self.codes: list[str] = []
        for phone in self.soft:
            self.phones.append(city.bind(card, phone, chip).phone)
            self.codes += [place(credential) for credential in city.renew(self.phones[-1], phone, Profile.GENERAL)]

    @property
    def now(self) -> Dossier:
        return self.city.office.card(self.ref)

    @property
    def statuses(self) -> tuple[str, str, str]:
        """Of the chip, and of the code on each phone."""
        values = self.city.statuses()
        return values[self.chips_place], values[self.codes[0]], values[self.codes[1]]

    def report(self, of: LossOf = LossOf.CARD, phone: CarrierRef | None = None, **changes: object) -> Stopped:
        return self.city.office.report_loss(self.ref, of=of, phone=phone, **{"actor": CLERK, "evidence": REPORT, "at": self.city.at, **changes})  # type: ignore[arg-type]  # because a test changes any argument

    def withdraw(self, of: LossOf = LossOf.CARD, phone: CarrierRef | None = None, **changes: object) -> Stopped:
        return self.city.office.withdraw_loss(self.ref, of=of, phone=phone, **{"actor": CLERK, "evidence": WITHDRAW, "at": self.city.at, **changes})  # type: ignore[arg-type]  # because a test changes any argument

    def freeze(self, **changes: object) -> Stopped:
        terms = {"ground": FreezeGround.THEFT, "until": self.city.at + timedelta(days=3), "actor": CLERK, "evidence": FREEZE, "at": self.city.at}
        return self.city.office.freeze(self.ref, **{**terms, **changes})  # type: ignore[arg-type]  # because a test changes any argument

    def unfreeze(self, **changes: object) -> Stopped:
        return self.city.office.unfreeze(self.ref, **{"actor": SECOND_CLERK, "evidence": UNFREEZE, "at": self.city.at, **changes})  # type: ignore[arg-type]  # because a test changes any argument

    @property
    def carriers(self) -> tuple[str, ...]:
        """Of the chip and of each phone, in the record's words, whether or not their codes still live."""
        dossier, now = self.now, int(self.city.at.timestamp())
        found = (dossier.chip, *(dossier.carrier(phone.ref) for phone in self.phones))
        return tuple(status_of(dossier, carrier, now).value for carrier in found if carrier is not None)

    @property
    def holder(self) -> Actor:
        return self.city.holder(self.now)

    def proof(self, command: Command, target: str, *, by: int = 0, soft: SoftPhone | None = None) -> PhoneProof:
        """What phone `by` says after its holder's password."""
        nonce = self.city.office.nonce(self.ref, NoncePurpose.ACT, at=self.city.at).value
        said = (soft or self.soft[by]).proof(act_binding(nonce, command, self.ref, target))
        return PhoneProof(phone=self.phones[by].ref, nonce=nonce, proof=said)

    def call(self, of: LossOf = LossOf.CARD, phone: CarrierRef | None = None, **changes: object) -> Stopped:
        given = {"actor": self.holder, "evidence": (), "at": self.city.at}
        return self.city.office.pre_report_loss(self.ref, of=of, phone=phone, **{**given, **changes})  # type: ignore[arg-type]  # because a test changes any argument

    def call_off(self, of: LossOf = LossOf.CARD, phone: CarrierRef | None = None, **changes: object) -> Stopped:
        given = {"actor": CLERK, "evidence": WITHDRAW, "at": self.city.at}
        return self.city.office.withdraw_pre_loss(self.ref, of=of, phone=phone, **{**given, **changes})  # type: ignore[arg-type]  # because a test changes any argument
