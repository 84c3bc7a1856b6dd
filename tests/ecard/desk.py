"""What the tests of remaking share: the papers that a command needs, somebody who may give it, and the way to a card that is being remade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecard.enrolment import NoncePurpose
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import Actor, ExchangeGround, Role
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, CQ, City, SoftChip, SoftPhone, key

if TYPE_CHECKING:
    from ecard.model import Dossier
    from ecard.remaking import Remade, Replaced
    from ecard.temporary import StandIn

BANKER = Actor(ref="bank-1", person="banker-1", role=Role.BANK, region=CQ)


def papers(city: City, command: Command, *more: Evidence, **changes: Any) -> Any:
    """Actor, evidence and time with which the table allows a command; a test changes any of them."""
    actor = CLERK if CLERK.role in RULES[command].who else BANKER
    return {"actor": actor, "evidence": RULES[command].evidence | set(more), "at": city.at, **changes}


def exchange(city: City, card: Dossier, ground: ExchangeGround = ExchangeGround.DAMAGE, *more: Evidence, **changes: Any) -> Remade:
    shown = more or (Evidence.DAMAGE_SEEN,)
    return city.office.exchange(card.card.ref, ground, **papers(city, Command.EXCHANGE, *shown, **changes))


def make(city: City, card: Dossier) -> SoftChip:
    """Production makes the chip that was ordered."""
    now = city.office.card(card.card.ref)
    assert now.chip_in_making is not None
    assert now.chip_in_making.card_code is not None
    chip = SoftChip(code=now.chip_in_making.card_code, signer=key(f"chip {now.chip_in_making.ref}"))
    city.personalise(now, chip)
    return chip


def hand_over(city: City, card: Dossier, **changes: Any) -> Remade:
    return city.office.hand_over(card.card.ref, **papers(city, Command.HAND_OVER, **changes))


def remade(city: City, card: Dossier, ground: ExchangeGround = ExchangeGround.DAMAGE) -> Dossier:
    """The card with a new chip in its holder's hand."""
    exchange(city, card, ground)
    make(city, card)
    return hand_over(city, card).dossier


def lose(city: City, card: Dossier, of: LossOf = LossOf.CHIP) -> Dossier:
    return city.office.report_loss(card.card.ref, of=of, **papers(city, Command.REPORT_LOSS)).dossier


def replace_card(city: City, card: Dossier, **changes: Any) -> Replaced:
    return city.office.replace(card.card.ref, **papers(city, Command.REPLACE, **changes))


def activate(city: City, card: Dossier, **changes: Any) -> Dossier:
    return city.office.activate(card.card.ref, **papers(city, Command.ACTIVATE, **changes))


def stand_in(city: City, card: Dossier, phone: SoftPhone, **changes: Any) -> StandIn:
    nonce = city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at).value
    proof = phone.proof(nonce, region=card.card.region)
    return city.office.grant_temporary(card.card.ref, nonce=nonce, proof=proof, **papers(city, Command.GRANT_TEMPORARY, **changes))
