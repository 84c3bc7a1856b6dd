from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from codes.claims import Profile
from ecard import corrections, faults
from ecard.corrections import NewData
from ecard.identity import IdentityType
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import Decision, DueKind, ExchangeGround
from ecard.vault import IndexPurpose
from tests.ecard.city import CLERK, NOW, SECOND_CLERK, SUPERVISOR, City, SoftPhone, person_number, place, refused
from tests.ecard.desk import exchange, papers, remade

if TYPE_CHECKING:
    from ecard.corrections import Corrected
    from ecard.model import Dossier

NAME = NewData(name="江大鱼")


def propose(city: City, card: Dossier, new: NewData = NAME, **changes: Any) -> Corrected:
    return city.office.propose_correction(card.card.ref, new, **papers(city, Command.PROPOSE_CORRECTION, **changes))


def decide(city: City, card: Dossier, decision: Decision = Decision.ACCEPTED, **changes: Any) -> Corrected:
    return city.office.decide_correction(card.card.ref, decision, **{**papers(city, Command.DECIDE_CORRECTION), "actor": SECOND_CLERK, **changes})


def name_of(city: City, card: Dossier) -> str:
    with city.office.store.writing() as work:
        return city.office.vault.read(work, card.card.holder, purpose="test", actor=CLERK, at=int(city.at.timestamp())).name.text


@pytest.mark.article("ZS-16b")
@pytest.mark.error("nothing-changed")
def test_changed_data_is_corrected_the_old_stops_verifying_and_the_card_is_exchanged(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    general, named = (place(each) for each in city.renew(bound.phone, phone, Profile.GENERAL, Profile.IDENTITY))
    with refused(faults.NOTHING_CHANGED):
        exchange(city, card, ExchangeGround.DATA_CHANGE)
    propose(city, card)
    assert name_of(city, card) == "江小鱼"
    with refused(faults.NOTHING_CHANGED):
        exchange(city, card, ExchangeGround.DATA_CHANGE)
    decide(city, card)
    assert name_of(city, card) == "江大鱼"
    statuses = city.statuses()
    assert (statuses[named], statuses[general]) == ("INVALID", "VALID")
    (fresh,) = city.renew(bound.phone, phone, Profile.IDENTITY)
    assert (fresh.says.name, city.statuses()[place(fresh)]) == ("江*鱼", "VALID")
    assert [each.kind for each in city.office.due(city.at)] == [DueKind.EXCHANGE]
    city.later(days=1)
    opened = exchange(city, card, ExchangeGround.DATA_CHANGE)
    assert opened.exchange.ground is ExchangeGround.DATA_CHANGE
    assert city.office.due(city.at) == ()


def test_once_the_chip_is_remade_nothing_calls_for_another(city: City) -> None:
    card, _ = city.card()
    propose(city, card)
    decide(city, card)
    city.later(days=1)
    remade(city, card, ExchangeGround.DATA_CHANGE)
    with refused(faults.NOTHING_CHANGED):
        exchange(city, card, ExchangeGround.DATA_CHANGE)
    assert {each.kind for each in city.office.due(city.at)} == {DueKind.DESTRUCTION}


@pytest.mark.threat("F03")
@pytest.mark.error("correction-missing")
@pytest.mark.error("correction-open")
def test_a_correction_is_decided_once_by_a_second_person(city: City) -> None:
    card, _ = city.card()
    with refused(faults.CORRECTION_MISSING):
        decide(city, card)
    propose(city, card)
    with refused(faults.CORRECTION_OPEN):
        propose(city, card, NewData(name="江中鱼"))
    for same in (CLERK, replace(SUPERVISOR, person=CLERK.person)):
        with refused(faults.SAME_PERSON, article="ZS-16b"):
            decide(city, card, actor=same)
    assert decide(city, card, Decision.REJECTED).correction.decision is Decision.REJECTED
    assert name_of(city, card) == "江小鱼"
    with refused(faults.CORRECTION_MISSING):
        decide(city, card)
    assert city.office.due(city.at) == ()


def test_a_person_is_found_by_the_corrected_number_and_no_longer_by_the_wrong_one(city: City) -> None:
    card, _ = city.card()
    other, _ = city.card(3)
    right = person_number(2)
    propose(city, card, NewData(identity_number=right))
    decide(city, card)

    def found(number: str) -> tuple[str, ...]:
        return city.office.cards_of_person(IdentityType.RESIDENT_ID, number, purpose=IndexPurpose.COUNTER, actor=CLERK, at=city.at)

    assert found(right) == (card.card.ref,)
    assert found(person_number(1)) == ()
    propose(city, card, NewData(identity_type=IdentityType.RESIDENT_ID, identity_number=person_number(3)))
    before = city.office.card(card.card.ref)
    with refused(faults.CONFLICT):
        decide(city, card)
    assert city.office.card(card.card.ref) == before
    assert found(person_number(3)) == (other.card.ref,)


@pytest.mark.error("correction-empty")
def test_a_correction_has_proof_and_changes_something(city: City) -> None:
    card, _ = city.card()
    with refused(faults.EVIDENCE_MISSING, missing="proof-of-changed-data"):
        propose(city, card, evidence=RULES[Command.PROPOSE_CORRECTION].evidence - {Evidence.CHANGE_PROOF})
    for same in (NewData(), NewData(name="江小鱼"), NewData(identity_number=person_number(1))):
        with refused(faults.CORRECTION_EMPTY):
            propose(city, card, same)
    with refused(faults.PERSON_NAME):
        propose(city, card, NewData(name=" "))


@pytest.mark.threat("H09")
def test_old_and_new_stand_sealed_with_evidence_and_decision_and_reading_them_leaves_a_link(city: City) -> None:
    card, _ = city.card()
    propose(city, card)
    decide(city, card, at=city.later(hours=2))
    with city.office.store.writing() as work:
        (row,) = work.connection.exec_driver_sql("SELECT old, new FROM correction").all()
        for sealed in row:
            assert "江".encode() not in bytes(sealed)
        ((correction, old, new),) = corrections.history(city.office, work, card.card.holder, actor=CLERK, now=int(city.at.timestamp()))
        purposes = [access.purpose for access in city.office.vault.accesses(work, card.card.holder)]
    assert (old.name.text, new.name.text) == ("江小鱼", "江大鱼")
    assert Evidence.CHANGE_PROOF in correction.evidence
    assert (correction.proposed, correction.decided, correction.decision) == (NOW, NOW + 7200, Decision.ACCEPTED)
    assert purposes == ["propose-correction", "correct-data", "read-corrections"]
    assert "江" not in repr(NAME)


@pytest.mark.parametrize("swap", ["UPDATE vault_key SET wrapper = 'another'", "DELETE FROM vault_field", "UPDATE vault_key SET version = 9"])
def test_a_sealed_correction_opens_with_the_persons_key_only(city: City, swap: str) -> None:
    card, _ = city.card()
    propose(city, card)
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql(swap)
    if "vault_field" in swap:  # the correction has all that is needed to write them anew
        decide(city, card)
        assert name_of(city, card) == "江大鱼"
        return
    with refused(faults.VAULT_KEY if "wrapper" in swap else faults.VAULT_FIELD):
        decide(city, card)


def test_a_correction_of_an_erased_person_cannot_be_read(city: City) -> None:
    card, _ = city.card()
    propose(city, card)
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("DELETE FROM vault_field")
        work.connection.exec_driver_sql("DELETE FROM vault_key")
    with refused(faults.VAULT_EMPTY):
        decide(city, card)
