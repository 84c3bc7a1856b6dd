from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from codes.claims import Profile
from ecard import faults, papers
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import Affair, Applicant, CancelGround, CardState, Decision, DestructionMethod, DueKind, EndReason
from tests.ecard.city import CLERK, CQ, SC_CLERK, SECOND_CLERK, SUPERVISOR, City, SoftPhone, place, refused
from tests.ecard.desk import activate, exchange, lose, make, remade, replace_card
from tests.ecard.desk import papers as given

if TYPE_CHECKING:
    from ecard.cancelling import Cancelled, Destroyed
    from ecard.model import Dossier

ACCEPTED, REJECTED = Decision.ACCEPTED, Decision.REJECTED
BANK = "bank-of-nowhere"


def ask(
    city: City, card: Dossier, ground: CancelGround = CancelGround.MOVED_AWAY, applicant: Applicant = Applicant.HOLDER, **changes: Any
) -> Cancelled:
    proof = papers.FOR_CANCELLATION[ground] | papers.FOR_APPLICANT[applicant]
    return city.office.request_cancel(card.card.ref, ground, applicant, **given(city, Command.REQUEST_CANCEL, *proof, **changes))


def decide(city: City, card: Dossier, decision: Decision = ACCEPTED, *, settled: frozenset[Affair] = frozenset(Affair), **changes: Any) -> Cancelled:
    return city.office.cancel(card.card.ref, decision, settled=settled, **{**given(city, Command.CANCEL), "actor": SECOND_CLERK, **changes})


def cancel(city: City, card: Dossier) -> Dossier:
    ask(city, card)
    return decide(city, card).dossier


def destroy(city: City, card: Dossier, **changes: Any) -> Destroyed:
    """Destroy the first ended chip of the card."""
    chip = min((each.ref for each in card.carriers if each.card_code is not None and each.state == "ended"), default=card.carriers[0].ref)
    values: dict[str, Any] = {"chip": chip, "method": DestructionMethod.SHREDDED, "witness": "staff-2", "actor": CLERK, "at": city.at, **changes}
    return city.office.record_destruction(card.card.ref, values.pop("chip"), values.pop("method"), **values)


@pytest.mark.article("CQ-13a")
@pytest.mark.parametrize("ground", CancelGround)
def test_a_card_is_cancelled_on_a_named_ground_with_its_proof_and_for_no_other_reason(city: City, ground: CancelGround) -> None:
    card, _ = city.card()
    applicant = Applicant.RELATIVE
    (proof,) = papers.FOR_CANCELLATION[ground]
    shown = RULES[Command.REQUEST_CANCEL].evidence | {proof, Evidence.KINSHIP}
    with refused(faults.EVIDENCE_MISSING, missing=proof, article="CQ-13a"):
        ask(city, card, ground, applicant, evidence=shown - {proof})
    asked = ask(city, card, ground, applicant, evidence=shown)
    assert asked.cancellation.ground is ground
    assert proof in asked.cancellation.evidence
    assert asked.dossier.card.state is CardState.ACTIVE
    done = decide(city, card)
    assert (done.dossier.card.state, done.dossier.card.end_reason) == (CardState.ENDED, EndReason.CANCELLED)
    assert (done.cancellation.requested_person, done.cancellation.decided_person) == ("staff-1", "staff-2")


@pytest.mark.article("ZS-20")
@pytest.mark.error("cancellation-applicant")
@pytest.mark.error("affairs-unsettled")
def test_after_a_death_a_close_relative_cancels_with_proof_once_the_cards_affairs_are_settled(city: City) -> None:
    card, _ = city.card()
    for ground in (CancelGround.DEATH, CancelGround.DECLARED_DEAD):
        with refused(faults.CANCELLATION_APPLICANT, ground=ground):
            ask(city, card, ground, Applicant.HOLDER)
    shown = RULES[Command.REQUEST_CANCEL].evidence | {Evidence.DEATH_PROOF}
    with refused(faults.EVIDENCE_MISSING, missing="proof-of-kinship"):
        ask(city, card, CancelGround.DEATH, Applicant.RELATIVE, evidence=shown)
    ask(city, card, CancelGround.DEATH, Applicant.RELATIVE)
    for affair in Affair:
        with refused(faults.AFFAIRS_UNSETTLED, unsettled=affair):
            decide(city, card, settled=frozenset(Affair) - {affair})
    assert decide(city, card).cancellation.settled == tuple(sorted(Affair))


def test_a_financial_account_is_settled_when_the_bank_says_so_and_not_when_the_desk_does(city: City) -> None:
    card, _ = city.card()
    city.office.activate_account(card.card.ref, BANK, **given(city, Command.ACTIVATE_ACCOUNT))
    ask(city, card)
    with refused(faults.AFFAIRS_UNSETTLED, unsettled="financial-account"):
        decide(city, card)
    city.office.end_account(card.card.ref, BANK, **given(city, Command.END_ACCOUNT))
    decide(city, card)


@pytest.mark.article("CQ-13b")
@pytest.mark.error("cancellation-missing")
def test_a_cancelled_card_is_never_used_again(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    code = place(city.renew(city.bind(card, phone, chip).phone, phone, Profile.GENERAL)[0])
    with refused(faults.CANCELLATION_MISSING):
        decide(city, card)
    ended = cancel(city, card)
    assert set(city.statuses().values()) == {"INVALID"}
    assert code in city.statuses()
    assert {carrier.end_reason for carrier in ended.carriers} == {EndReason.CANCELLED}
    back = set(Command) - {Command.DESTROY, Command.END_ACCOUNT, Command.CANCEL, Command.APPLY}
    left = {command for command in back if CardState.ENDED in RULES[command].from_states | RULES[command].done_in}
    assert not {Command.ACTIVATE, Command.PERSONALISE, Command.BIND_PHONE, Command.RENEW, Command.EXCHANGE, Command.REPLACE} & left
    for again in (lambda: activate(city, card), lambda: exchange(city, card), lambda: ask(city, card)):
        with refused(faults.WRONG_STATE):
            again()
    assert decide(city, card).dossier == city.office.card(card.card.ref)


@pytest.mark.article("CQ-11b")
def test_a_card_is_cancelled_by_its_own_region_only(city: City) -> None:
    card, _ = city.card()
    joint = replace(SC_CLERK, joint_desk=True)
    with refused(faults.OTHER_REGION, region=CQ):
        ask(city, card, actor=joint)
    ask(city, card)
    with refused(faults.OTHER_REGION, region=CQ):
        decide(city, card, actor=joint)


@pytest.mark.threat("F03")
@pytest.mark.error("cancellation-open")
def test_a_cancellation_is_decided_by_a_second_person_whatever_account_they_use(city: City) -> None:
    card, _ = city.card()
    asked = ask(city, card)
    assert ask(city, card).cancellation == asked.cancellation
    with refused(faults.CANCELLATION_OPEN, ground="moved-away"):
        ask(city, card, CancelGround.ENTITLEMENT_ENDED)
    for same in (CLERK, replace(SUPERVISOR, person=CLERK.person)):
        with refused(faults.SAME_PERSON, article="CQ-13b"):
            decide(city, card, actor=same)
        with refused(faults.SAME_PERSON):
            decide(city, card, REJECTED, actor=same)
    turned_down = decide(city, card, REJECTED)
    assert turned_down.cancellation.decision is REJECTED
    assert turned_down.dossier.card.state is CardState.ACTIVE
    ask(city, card, CancelGround.ENTITLEMENT_ENDED)
    decide(city, card)


def test_a_card_and_the_one_that_was_to_replace_it_are_cancelled_together(city: City) -> None:
    card, _ = city.card()
    lose(city, card)
    new = replace_card(city, card).replacement
    cancel(city, card)
    assert city.office.card(new.card.ref).card.end_reason is EndReason.CANCELLED
    assert decide(city, new).cancellation.card == card.card.ref


def test_a_card_that_ended_otherwise_was_not_cancelled(city: City) -> None:
    card, _ = city.card()
    lose(city, card)
    new = replace_card(city, card).replacement
    make(city, new)
    activate(city, new)
    with refused(faults.WRONG_STATE, article="CQ-13b"):
        decide(city, card)
    cancel(city, new)
    with refused(faults.WRONG_STATE):
        decide(city, card)


def test_an_open_exchange_ends_with_its_card(city: City) -> None:
    card, _ = city.card()
    exchange(city, card)
    assert {carrier.state for carrier in cancel(city, card).carriers} == {"ended"}
    with city.office.store.reading() as work:
        assert work.connection.exec_driver_sql("SELECT outcome FROM exchange").scalar_one() == "overtaken"


@pytest.mark.article("CQ-5a")
def test_whose_card_was_cancelled_may_have_another_one_later(city: City) -> None:
    card, _ = city.card()
    with refused(faults.PERSON_HAS_CARD):
        city.apply()
    cancel(city, card)
    again = city.apply()
    assert (again.card.holder, again.card.number == card.card.number) == (card.card.holder, False)


@pytest.mark.article("CQ-13c")
@pytest.mark.error("not-destructible")
def test_a_cancelled_card_is_destroyed_and_who_when_how_and_who_saw_it_stands_on_record(city: City) -> None:
    card, _ = city.card()
    with refused(faults.NOT_DESTRUCTIBLE):
        destroy(city, card)
    card = cancel(city, card)
    assert [each.kind for each in city.office.due(city.at)] == [DueKind.DESTRUCTION]
    for nobody in ("", " ", "staff-2 "):
        with refused(faults.EVIDENCE_MISSING, missing="witness"):
            destroy(city, card, witness=nobody)
    with refused(faults.SAME_PERSON, article="CQ-13c"):
        destroy(city, card, witness=CLERK.person)
    at = city.later(hours=1)
    done = destroy(city, card).destruction
    assert (done.destroyed_person, done.at, done.method, done.witness) == ("staff-1", int(at.timestamp()), DestructionMethod.SHREDDED, "staff-2")
    assert city.office.due(city.at) == ()
    assert destroy(city, card, method=DestructionMethod.INCINERATED).destruction == done
    assert [event.purpose for event in city.office.events(card.card.ref)][-1] == "destroyed-shredded"
    with refused(faults.NOT_DESTRUCTIBLE):
        destroy(city, card, chip="somebody else's")


def test_a_phone_is_not_put_through_the_shredder(city: City) -> None:
    card, chip = city.card()
    bound = city.bind(card, SoftPhone("p"), chip)
    card = cancel(city, card)
    with refused(faults.NOT_DESTRUCTIBLE):
        destroy(city, card, chip=bound.phone.ref)


@pytest.mark.article("CQ-13c")
def test_an_exchanged_chip_is_to_be_destroyed_and_a_lost_one_cannot_be(city: City) -> None:
    card = remade(city, city.card()[0])
    assert [(each.kind, each.card) for each in city.office.due(city.at)] == [(DueKind.DESTRUCTION, card.card.ref)]
    destroy(city, card)
    assert city.office.due(city.at) == ()
    lose(city, card)
    new = replace_card(city, card).replacement
    make(city, new)
    activate(city, new)
    assert city.office.due(city.at) == ()
