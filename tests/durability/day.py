"""What a day at the office is made of: steps, each a request to one command, and the people who send them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from codes.chipproof import ChipPurpose
from codes.errors import SetupError
from ecard import faults
from ecard.enrolment import NoncePurpose
from ecard.holderacts import PhoneProof, act_binding
from ecard.lifecycle import RULES, Command
from tests.ecard.city import CLERK, WORKSHOP, SoftChip, key

if TYPE_CHECKING:
    from ecard.model import CardRef, Carrier
    from ecard.office import CardOffice
    from tests.ecard.city import City, SoftPhone

FAILURES = 3
"""How often a request is sent before its client gives up."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request. Whoever drew it up may send it often: what is in it stays the same."""

    name: str
    send: Callable[[CardOffice], Any]
    commands: tuple[Command, ...] = ()
    """Rows of the table of commands that it does."""
    loose: bool = False
    """Whether work that was begun and broken off may wait for a later time (messages that were taken and not delivered)."""


Chapter = Generator[Step, Any, Any]
"""Steps, one after the other; the answer to each is sent back in."""


@dataclass
class Day:
    """The city, and every card whose state has been promised to somebody."""

    city: City
    cards: list[CardRef] = field(default_factory=list)

    def card(self, order: int) -> Chapter:
        """A card from its application into its holder's hand: its reference and its chip."""
        form = self.city.form(order)
        applied = yield self.desk("apply", Command.APPLY, lambda office, given: office.apply(form, **given))
        ref: CardRef = applied.dossier.card.ref
        self.cards.append(ref)
        chip = yield from self.chip(ref)
        yield self.desk("activate", Command.ACTIVATE, lambda office, given: office.activate(ref, **given))
        return ref, chip

    def chip(self, ref: CardRef) -> Chapter:
        """The chip that is being made for a card, made."""
        nonce = yield from self.nonce(ref, NoncePurpose.PERSONALISE)
        blank = self.city.office.card(ref).chip_in_making
        assert blank is not None
        assert blank.card_code is not None
        chip = SoftChip(code=blank.card_code, signer=key(f"chip {blank.ref}"))
        answer, made = chip.answer(ChipPurpose.STATUS, nonce.value), chip.signer.public_key

        def personalise(office: CardOffice) -> Any:
            return office.personalise(ref, chip_key=made, challenge=nonce.value, answer=answer, actor=WORKSHOP, at=self.city.at)

        yield Step("personalise", personalise, (Command.PERSONALISE,))
        return chip

    def nonce(self, ref: CardRef, purpose: NoncePurpose) -> Chapter:
        return (yield Step(f"nonce to {purpose.name.lower()}", lambda office: office.nonce(ref, purpose, at=self.city.at)))

    def own(self, ref: CardRef, phone: SoftPhone, carrier: Carrier, command: Command, target: str) -> Chapter:
        """A holder's own word for an act: actor, proof and time."""
        nonce = yield from self.nonce(ref, NoncePurpose.ACT)
        said = phone.proof(act_binding(nonce.value, command, ref, target))
        proof = PhoneProof(phone=carrier.ref, nonce=nonce.value, proof=said)
        return {"actor": self.city.holder(self.city.office.card(ref)), "proof": proof, "at": self.city.at}

    def desk(self, name: str, command: Command, act: Callable[[CardOffice, dict[str, Any]], Any], **changes: Any) -> Step:
        """What a desk asks for with all papers that the table wants."""
        actor = changes.get("actor", CLERK)
        given = {"actor": actor, "evidence": RULES[command].papers(actor.role), "at": self.city.at, **changes}
        return Step(name, lambda office: act(office, given), (command,))

    def promise(self, number: int, step: Step, answer: Any) -> dict[str, Any]:
        """What whoever sent the request may now rely on: every card as it is, and the credentials that were handed over."""
        refs = [*self.cards, answer.dossier.card.ref] if step.name == "apply" else self.cards
        credentials = [row.digest.hex() for ref in self.cards for row in self.city.office.credentials(ref) if row.digest is not None]
        cards = {event.card: [event.seq, event.hash.hex()] for event in (self.city.office.events(ref)[-1] for ref in refs)}
        return {"number": number, "step": step.name, "cards": cards, "credentials": credentials}


def once_more(office: CardOffice) -> CardOffice:
    """The office for what has no key of its own and may be run again."""
    return replace(office, request_key=None)


def demand(*, done: bool) -> None:
    """Whoever ran this runs it again unless it was done."""
    if not done:
        raise SetupError(faults.STORE_UNAVAILABLE, problem="not all of it was done")
