"""Accounts, fares, older cards, corrections; and cards that are exchanged, replaced and cancelled."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ecard import papers
from ecard.corrections import NewData
from ecard.enrolment import NoncePurpose
from ecard.entitlements import FareTerms
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import Affair, Applicant, CancelGround, CarrierState, Decision, DestructionMethod, ExchangeGround
from ecard.policy import DAY
from ecard.stopping import LossOf
from tests.durability.day import Day, Step
from tests.ecard.city import CLERK, NOW, SECOND_CLERK, SoftPhone
from tests.ecard.desk import BANKER

if TYPE_CHECKING:
    from ecard.model import CardRef, Carrier
    from tests.durability.day import Chapter

BANK = "bank-of-nowhere"


def accounts(day: Day, ref: CardRef) -> Chapter:
    word = {"actor": BANKER}
    yield day.desk("activate-account", Command.ACTIVATE_ACCOUNT, lambda office, given: office.activate_account(ref, BANK, **given), **word)
    yield day.desk("end-account", Command.END_ACCOUNT, lambda office, given: office.end_account(ref, BANK, **given), **word)


def fares(day: Day, ref: CardRef, first: Carrier, second: Carrier) -> Chapter:
    """A fare class on one phone, moved to the other, reviewed and ended."""
    terms = FareTerms(fare=2, evidence="student register 500101-2026", review=NOW + 90 * DAY, expires=NOW + 300 * DAY)
    again = day.city.at + timedelta(days=120)
    yield day.desk("grant-fare", Command.GRANT_FARE, lambda office, given: office.grant_fare(ref, first.ref, terms, **given))
    yield day.desk("move-fare", Command.MOVE_FARE, lambda office, given: office.move_fare(ref, second.ref, **given))
    yield day.desk("review-fare", Command.REVIEW_FARE, lambda office, given: office.review_fare(ref, again, **given))
    yield day.desk("end-fare", Command.END_FARE, lambda office, given: office.end_fare(ref, **given))


def older_card(day: Day, ref: CardRef) -> Chapter:
    retires = day.city.at + timedelta(days=365)
    old: tuple[str, str] = ("bus-2009", "4000-0001")
    yield day.desk("take-over", Command.TAKE_OVER, lambda office, given: office.take_over(ref, *old, retires=retires, **given))


def correction(day: Day, ref: CardRef) -> Chapter:
    name, yes = NewData(name="江大鱼"), Decision.ACCEPTED
    yield day.desk("propose-correction", Command.PROPOSE_CORRECTION, lambda office, given: office.propose_correction(ref, name, **given))
    decided = {"actor": SECOND_CLERK}
    yield day.desk("decide-correction", Command.DECIDE_CORRECTION, lambda office, given: office.decide_correction(ref, yes, **given), **decided)


def exchanged(day: Day, ref: CardRef) -> Chapter:
    """A damaged card is remade; meanwhile a phone stands in, and does so longer."""
    shown = {"evidence": RULES[Command.EXCHANGE].evidence | {Evidence.DAMAGE_SEEN}}
    damage = ExchangeGround.DAMAGE
    yield day.desk("exchange", Command.EXCHANGE, lambda office, given: office.exchange(ref, damage, **given), **shown)
    nonce = yield from day.nonce(ref, NoncePurpose.BIND)
    own: dict[str, Any] = {"nonce": nonce.value, "proof": SoftPhone("stand-in").proof(nonce.value)}
    yield day.desk("grant-temporary", Command.GRANT_TEMPORARY, lambda office, given: office.grant_temporary(ref, **own, **given))
    day.city.later(days=50)
    yield day.desk("prolong-temporary", Command.PROLONG_TEMPORARY, lambda office, given: office.prolong_temporary(ref, **given))
    yield from day.chip(ref)
    yield day.desk("hand-over", Command.HAND_OVER, lambda office, given: office.hand_over(ref, **given))


def replaced(day: Day, ref: CardRef) -> Chapter:
    """A lost chip, and a new card under a new number."""
    yield day.desk("report-loss of a chip", Command.REPORT_LOSS, lambda office, given: office.report_loss(ref, of=LossOf.CHIP, **given))
    new = yield day.desk("replace", Command.REPLACE, lambda office, given: office.replace(ref, **given))
    fresh: CardRef = new.replacement.card.ref
    day.cards.append(fresh)
    yield from day.chip(fresh)
    yield day.desk("activate the new", Command.ACTIVATE, lambda office, given: office.activate(fresh, **given))


def cancelled(day: Day, ref: CardRef) -> Chapter:
    """Asked for, its affairs settled, decided by another, and its chip destroyed before a witness."""
    ground, who = CancelGround.MOVED_AWAY, Applicant.HOLDER
    proof = RULES[Command.REQUEST_CANCEL].evidence | papers.FOR_CANCELLATION[ground] | papers.FOR_APPLICANT[who]
    asked = {"evidence": proof}
    yield day.desk("request-cancel", Command.REQUEST_CANCEL, lambda office, given: office.request_cancel(ref, ground, who, **given), **asked)
    decided = {"actor": SECOND_CLERK, "settled": frozenset(Affair)}
    yield day.desk("cancel", Command.CANCEL, lambda office, given: office.cancel(ref, Decision.ACCEPTED, **given), **decided)
    carriers = day.city.office.card(ref).carriers
    chip = next(each.ref for each in carriers if each.card_code is not None and each.state is CarrierState.ENDED)
    seen: dict[str, Any] = {"witness": "staff-2", "actor": CLERK, "at": day.city.at}
    shredded = DestructionMethod.SHREDDED
    yield Step("record-destruction", lambda office: office.record_destruction(ref, chip, shredded, **seen), (Command.DESTROY,))
