"""The daily commands on people of a crowd, each prepared untimed and then done once: a pair of databases goes through the same day, turn about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any

from codes.chipproof import ChipPurpose, ChipReport
from codes.claims import Profile
from codes.scripts import Script
from ecard import identity
from ecard.applying import Application
from ecard.audit import Auditor, Sealing
from ecard.duties import Dues
from ecard.enrolment import NoncePurpose
from ecard.holderacts import PhoneProof, act_binding
from ecard.lifecycle import RULES, Command
from ecard.model import CardRef, FreezeGround
from ecard.outbox import DELIVERED
from ecard.phones import renewal_binding
from ecard.preloss import LossesByPhone
from ecard.retention import Retention
from ecard.stopping import LossOf
from ecard.tick import Delivery, Forgetting, LapsedFreezes
from tests.bench.record import people
from tests.bench.record.lives import LIVES, PRESENT, Life, open_record
from tests.ecard.city import CLERK, READER, SECOND_CLERK, SUPERVISOR, WORKSHOP, SoftChip, SoftPhone, key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from codes.keys import SoftwareSigner
    from ecard.model import Actor, Carrier, Dossier
    from ecard.office import CardOffice
    from ecard.outbox import Message
    from ecard.tick import Duty
    from tests.bench.record.casting import Caster

MEASURED = [act for act, _ in LIVES].index(Life.with_phone)
"""The life that the day is played on: a card in use, with a phone."""


@dataclass
class OwnPhone(SoftPhone):
    """The phone of a cast person, or their next one."""

    signer: SoftwareSigner | None = None

    @property
    def enrolment(self) -> SoftwareSigner:
        return self.signer or super().enrolment


@dataclass
class OwnChip(SoftChip):
    """The chip of a cast person, which has followed every script."""

    def answer(self, purpose: ChipPurpose, challenge: bytes) -> bytes:
        self.counter += 1
        digest = Script(seq=self.seq, state=self.state, live=True, nonce=bytes(8)).digest()[:8] if self.seq else bytes(8)
        said = ChipReport(
            purpose=purpose, card_id=self.code, counter=self.counter, seq=self.seq, state=self.state, digest=digest, chip_random=b"\x07" * 8
        )
        return said.body() + self.signer.sign(said.signed_bytes(challenge))


class Nowhere:
    """A channel that is always quick."""

    def deliver(self, message: Message, *, at: datetime) -> None:
        """Nothing: what is measured is the record."""


@dataclass
class Somebody:
    """A cast person at the desk."""

    number: int
    dossier: Dossier
    phone: OwnPhone
    carrier: Carrier
    chip: SoftChip
    new: dict[str, Any] = field(default_factory=dict)
    """The card that is applied for meanwhile."""

    @property
    def ref(self) -> CardRef:
        return self.dossier.card.ref


class Desk:
    """An office over one database of a crowd."""

    def __init__(self, url: str, cards: int, caster: Caster, folder: Path) -> None:
        self.cards, self.caster = cards, caster
        self.city = open_record(url, seed=f"desk {cards}", folder=folder)
        self.at = datetime.fromtimestamp(PRESENT, UTC)
        self._applied = 0
        self.office.register_reader(READER, actor=SUPERVISOR, at=self.city.at)
        auditor = Auditor(store=self.office.store, signer=key("audit"))
        deliveries = [Delivery(topic, Nowhere()) for topic in DELIVERED]
        self.duties: list[Duty] = [LapsedFreezes(), LossesByPhone(), Dues(), *deliveries, Sealing(auditor), Retention(), Forgetting()]

    @property
    def office(self) -> CardOffice:
        return self.city.office

    def close(self) -> None:
        self.office.store.close()

    def later(self) -> datetime:
        """Everything is done a second after the last."""
        self.at += timedelta(seconds=1)
        return self.at

    def somebody(self, chance: int) -> Somebody:
        """The first from here on whose card is in use with one phone, and who has not been at the desk before: then they have two."""
        number = chance % self.cards
        while self.caster.cast(number).life != MEASURED or len((dossier := self.office.card(CardRef(people.ref(number, "card")))).phones) != 1:
            number = (number + 1) % self.cards
        chip = dossier.chip
        assert chip is not None
        assert chip.card_code is not None
        own = OwnChip(code=chip.card_code, signer=people.signer(number, "chip"), counter=chip.counter)
        phone = OwnPhone(f"{number} own", signer=people.signer(number, "phone 0"))
        return Somebody(number, dossier, phone, dossier.phones[0], own)

    def papers(self, command: Command, who: Somebody, clerk: Actor = CLERK) -> dict[str, Any]:
        actor = replace(clerk, region=who.dossier.card.region)
        return {"actor": actor, "evidence": RULES[command].papers(actor.role), "at": self.later()}

    # each of these prepares, and returns what is to be timed

    def show(self, who: Somebody) -> Callable[[], object]:
        return lambda: self.office.card_by_number(who.dossier.card.number)

    def nonce(self, who: Somebody) -> Callable[[], object]:
        at = self.later()
        return lambda: self.office.nonce(who.ref, NoncePurpose.RENEW, at=at)

    def renew(self, who: Somebody) -> Callable[[], object]:
        nonce = self.office.nonce(who.ref, NoncePurpose.RENEW, at=self.later()).value
        region = who.dossier.card.region
        requests = who.phone.requests(nonce, Profile.GENERAL, region=region)
        proof = who.phone.proof(renewal_binding(nonce, who.carrier.ref, requests), region=region)
        return lambda: self.office.renew_credentials(who.carrier.ref, nonce=nonce, proof=proof, requests=requests, at=self.at)

    def pre_report_loss(self, who: Somebody) -> Callable[[], object]:
        given = self.papers(Command.PRE_REPORT_LOSS, who)
        return lambda: self.office.pre_report_loss(who.ref, of=LossOf.CARD, **given)

    def withdraw_pre_loss(self, who: Somebody) -> Callable[[], object]:
        given = self.papers(Command.WITHDRAW_PRE_LOSS, who)
        return lambda: self.office.withdraw_pre_loss(who.ref, of=LossOf.CARD, **given)

    def report_loss(self, who: Somebody) -> Callable[[], object]:
        given = self.papers(Command.REPORT_LOSS, who)
        return lambda: self.office.report_loss(who.ref, of=LossOf.CARD, **given)

    def withdraw_loss(self, who: Somebody) -> Callable[[], object]:
        given = self.papers(Command.WITHDRAW_LOSS, who)
        return lambda: self.office.withdraw_loss(who.ref, of=LossOf.CARD, **given)

    def lock(self, who: Somebody) -> Callable[[], object]:
        nonce = self.office.nonce(who.ref, NoncePurpose.ACT, at=self.later()).value
        said = who.phone.proof(act_binding(nonce, Command.LOCK, who.ref, "card"), region=who.dossier.card.region)
        proof = PhoneProof(phone=who.carrier.ref, nonce=nonce, proof=said)
        return lambda: self.office.lock(who.ref, actor=self.city.holder(who.dossier), proof=proof, at=self.at)

    def unlock(self, who: Somebody) -> Callable[[], object]:
        given = self.papers(Command.UNLOCK, who)
        return lambda: self.office.unlock(who.ref, **given)

    def freeze(self, who: Somebody) -> Callable[[], object]:
        given = self.papers(Command.FREEZE, who)
        return lambda: self.office.freeze(who.ref, ground=FreezeGround.THEFT, until=self.at + timedelta(days=9), **given)

    def unfreeze(self, who: Somebody) -> Callable[[], object]:
        given = self.papers(Command.UNFREEZE, who, SECOND_CLERK)
        return lambda: self.office.unfreeze(who.ref, **given)

    def bind_phone(self, who: Somebody) -> Callable[[], object]:
        nonce = self.office.nonce(who.ref, NoncePurpose.BIND, at=self.later())
        phone = OwnPhone(f"{self.cards} {who.number} next")
        who.dossier = self.office.card(who.ref)
        who.chip.seq = who.dossier.card.chip_seq
        word = self.city.endorse(who.dossier, who.chip, phone, nonce.value, nonce.expires, reader=READER)
        proof, holder = phone.proof(nonce.value, region=who.dossier.card.region), self.city.holder(who.dossier)
        return lambda: self.office.bind_phone(who.ref, nonce=nonce.value, proof=proof, endorsement=word, actor=holder, at=self.at)

    def receipts(self, who: Somebody) -> Callable[[], object]:
        return lambda: self.office.receipts(who.ref)

    def events(self, who: Somebody) -> Callable[[], object]:
        return lambda: self.office.events(who.ref)

    def apply(self, who: Somebody) -> Callable[[], object]:
        self._applied += 1
        region = who.dossier.card.region
        person = people.person(self.cards + self._applied, region)
        form = Application(region=region, identity_type=identity.IdentityType.RESIDENT_ID, identity_number=person.identity.number, name="江小鱼")
        given = self.papers(Command.APPLY, who)

        def do() -> None:
            who.new["dossier"] = self.office.apply(form, **given).dossier

        return do

    def personalise(self, who: Somebody) -> Callable[[], object]:
        new: Dossier = who.new["dossier"]
        nonce = self.office.nonce(new.card.ref, NoncePurpose.PERSONALISE, at=self.later())
        chip = self.city.chip_of(new)
        answer = chip.answer(ChipPurpose.STATUS, nonce.value)
        made, workshop = chip.signer.public_key, replace(WORKSHOP, region=new.card.region)
        return lambda: self.office.personalise(new.card.ref, chip_key=made, challenge=nonce.value, answer=answer, actor=workshop, at=self.at)

    def activate(self, who: Somebody) -> Callable[[], object]:
        given = self.papers(Command.ACTIVATE, who)
        return lambda: self.office.activate(who.new["dossier"].card.ref, **given)

    def day(self, chance: int) -> Iterator[tuple[str, Callable[[], object]]]:
        """A day of one person, command by command; each is to be called before the next is asked for."""
        who = self.somebody(chance)
        for act in COMMANDS:
            yield act.__name__, act(self, who)

    def duty(self, duty: Duty) -> tuple[float, int]:
        """Seconds that one run of a duty takes now, and how much it did."""
        start = perf_counter()
        done = duty.run(self.office, at=self.at)
        return perf_counter() - start, done

    def settle(self) -> None:
        """Tick until nothing is left of what has become due while the crowd was loaded."""
        self.at += timedelta(hours=1)
        for duty in self.duties:
            while duty.run(self.office, at=self.at):
                pass


COMMANDS: tuple[Callable[[Desk, Somebody], Callable[[], object]], ...] = (
    Desk.show,
    Desk.nonce,
    Desk.renew,
    Desk.pre_report_loss,
    Desk.withdraw_pre_loss,
    Desk.report_loss,
    Desk.withdraw_loss,
    Desk.lock,
    Desk.unlock,
    Desk.freeze,
    Desk.unfreeze,
    Desk.bind_phone,
    Desk.receipts,
    Desk.events,
    Desk.apply,
    Desk.personalise,
    Desk.activate,
)
