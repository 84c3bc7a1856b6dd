from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from codes.claims import Profile
from codes.errors import CardError
from ecard import faults, identity
from ecard.applying import Application
from ecard.identity import IdentityType
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import CardRef, CardState
from ecard.vault import IndexPurpose
from tests.ecard.city import AT, CLERK, CQ, SC, SC_CLERK, City, SoftPhone, person_number, refused

FORM = RULES[Command.APPLY].evidence
HAND_OVER = RULES[Command.ACTIVATE].evidence


@pytest.mark.article("CQ-5b")
def test_one_application_opens_card_and_electronic_card_and_neither_can_be_asked_for_alone(city: City) -> None:
    assert Application.__dataclass_fields__.keys() == {"region", "identity_type", "identity_number", "name", "eligibility"}
    card, chip = city.card()
    phone = SoftPhone("p")
    (credential,) = city.renew(city.bind(card, phone, chip).phone, phone, Profile.GENERAL)
    assert {row.profile for row in city.office.credentials(card.card.ref)} == {Profile.CHIP, Profile.GENERAL}
    assert credential.says.iss == CQ
    assert [event.command for event in city.office.events(card.card.ref)].count("apply") == 1


@pytest.mark.article("CQ-5a")
@pytest.mark.threat("D08")
@pytest.mark.error("person-has-card")
def test_one_person_has_one_card_in_both_regions_together(city: City) -> None:
    city.apply(1, region=CQ)
    for region, clerk in ((CQ, CLERK), (SC, SC_CLERK)):
        with refused(faults.PERSON_HAS_CARD, article="CQ-5a"):
            city.office.apply(city.form(1, region=region), actor=clerk, evidence=FORM, at=city.at)


@pytest.mark.article("CQ-5a")
def test_the_old_form_of_a_number_is_the_same_person(city: City) -> None:
    old = "510202350307001"
    number = identity.Identity(IdentityType.RESIDENT_ID_15, old).person
    city.office.apply(city.form(number=number), actor=CLERK, evidence=FORM, at=city.at)
    again = Application(region=SC, identity_type=IdentityType.RESIDENT_ID_15, identity_number=old, name="江小鱼")
    with refused(faults.PERSON_HAS_CARD):
        city.office.apply(again, actor=SC_CLERK, evidence=FORM, at=city.at)


@pytest.mark.threat("D08")
def test_of_many_clerks_at_once_one_opens_the_card(city: City) -> None:
    def attempt(number: int) -> str:
        region, clerk = ((CQ, CLERK), (SC, SC_CLERK))[number % 2]
        try:
            return city.office.apply(city.form(3, region=region), actor=clerk, evidence=FORM, at=city.at).card.number
        except CardError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(24)))
    assert len([outcome for outcome in outcomes if outcome[0] in "CS"]) == 1
    assert set(outcomes) - {"person-has-card", "record-conflict"} == {outcome for outcome in outcomes if outcome[0] in "CS"}


@pytest.mark.article("CQ-12a")
@pytest.mark.error("evidence-missing")
def test_an_application_needs_its_form_and_a_checked_document(city: City) -> None:
    for missing in FORM:
        with refused(faults.EVIDENCE_MISSING, missing=missing):
            city.office.apply(city.form(), actor=CLERK, evidence=FORM - {missing}, at=city.at)
    assert {Evidence.FORM, Evidence.IDENTITY_DOCUMENT} <= FORM


@pytest.mark.threat("H05")
@pytest.mark.parametrize("digits", ["510202", "500101", "110105"])
def test_the_region_is_the_issuers_whatever_digits_the_number_begins_with(city: City, digits: str) -> None:
    applied = city.office.apply(city.form(number=person_number(1, region=digits)), actor=CLERK, evidence=FORM, at=city.at)
    assert applied.card.region == CQ
    chip = city.chip_of(applied.dossier)
    city.personalise(applied.dossier, chip)
    card = city.office.activate(applied.card.ref, actor=CLERK, evidence=HAND_OVER, at=city.at)
    phone = SoftPhone("p")
    (credential,) = city.renew(city.bind(card, phone).phone, phone, Profile.GENERAL)
    assert credential.says.iss == CQ
    assert credential.says.status.uri.startswith("sl:c")


@pytest.mark.article("HZ-12")
def test_the_card_number_says_nothing_about_the_person(city: City) -> None:
    first, second = (city.apply(order).card for order in (1, 2))
    assert first.number != second.number
    assert person_number(1)[-4:] not in first.number
    assert city.office.card_by_number(first.number.lower()).card == first


@pytest.mark.parametrize(("repeats", "opens"), [(1, True), (64, False)])
def test_a_card_number_that_is_taken_is_drawn_again_but_not_for_ever(city: City, repeats: int, opens: bool) -> None:
    entropy = city.office.entropy
    drawn: list[bytes] = []
    numbers_at = 2  # after the references of holder and card

    def listen(size: int) -> bytes:
        drawn.extend([value := entropy(size)] if size == 16 else [])
        return value if size == 16 else entropy(size)

    city.office = replace(city.office, entropy=listen)
    first = city.apply(1)
    taken = drawn[numbers_at]
    script = iter([entropy(16), entropy(16), *[taken] * repeats])
    city.office = replace(city.office, entropy=lambda size: next(script, entropy(16)) if size == 16 else entropy(size))
    if opens:
        assert city.apply(2).card.number != first.card.number
    else:
        with refused(faults.STORE_UNAVAILABLE, problem="no free card number drawn"):
            city.apply(2)


def test_a_card_without_a_chip_to_make_is_not_personalised(city: City) -> None:
    applied = city.apply()
    chip = city.chip_of(applied)
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("UPDATE carrier SET state = 'ended', end_reason = 'cancelled'")
    with refused(faults.CARRIER_UNKNOWN):
        city.personalise(applied, chip)


def test_a_form_does_not_show_when_printed(city: City) -> None:
    assert person_number(1)[-4:] not in repr(city.form(1))
    assert "江" not in repr(city.form(1))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"identity_number": "50010119900307001Y"}, "identity-number"),
        ({"identity_number": person_number(1)[:-1] + str((int(person_number(1)[-1].replace("X", "0")) + 1) % 10)}, "identity-check-digit"),
        ({"identity_number": person_number(1, born="20300101")}, "identity-birth-date"),
        ({"name": ""}, "person-name"),
    ],
)
def test_a_wrong_form_is_refused_and_nothing_is_written(city: City, values: dict[str, str], code: str) -> None:
    form = replace(city.form(), **values)  # type: ignore[arg-type]  # because a test changes any field of text
    with pytest.raises(CardError) as caught:
        city.office.apply(form, actor=CLERK, evidence=FORM, at=city.at)
    assert caught.value.code == code
    assert city.apply(1).card.revision == 1


def test_the_day_of_an_application_is_the_local_one(city: City) -> None:
    midnight = AT.replace(hour=16, minute=0)
    applied = city.office.apply(city.form(number=person_number(1, born="20261122")), actor=CLERK, evidence=FORM, at=midnight)
    assert applied.card.state is CardState.PENDING


@pytest.mark.error("region-unknown")
def test_an_office_issues_for_its_regions_only(city: City) -> None:
    with refused(faults.REGION_UNKNOWN, region="CN-GZ"):
        city.office.apply(city.form(region="CN-GZ"), actor=replace(CLERK, region="CN-GZ"), evidence=FORM, at=city.at)


def test_even_a_refused_look_at_a_person_stays_on_record(city: City) -> None:
    holder = city.apply(1).card.holder
    with refused(faults.PERSON_HAS_CARD):
        city.office.apply(city.form(1), actor=CLERK, evidence=FORM, at=city.at)
    with city.office.store.reading() as work:
        assert [link.purpose for link in city.office.vault.accesses(work, holder)] == [IndexPurpose.ONE_PERSON]


@pytest.mark.error("person-differs")
def test_a_former_holder_with_another_name_has_the_record_corrected_first(city: City) -> None:
    ended, _ = city.card()
    end(city, ended.card.ref)
    with refused(faults.PERSON_DIFFERS):
        city.office.apply(city.form(1, name="江大鱼"), actor=CLERK, evidence=FORM, at=city.at)
    again = city.apply(1)
    assert (again.card.holder, again.card.ref == ended.card.ref) == (ended.card.holder, False)


def end(city: City, ref: CardRef) -> None:
    """End a card by hand, as the commands of the next chapters will."""
    with city.office.store.writing() as work:
        work.connection.execute(
            sa.text("UPDATE card SET state = 'ended', end_reason = 'cancelled', revision = revision + 1 WHERE ref = :ref"), {"ref": ref}
        )


def test_a_clerk_finds_a_persons_cards_by_number_and_the_look_is_recorded(city: City) -> None:
    card = city.apply(1)

    def cards_of(number: str) -> tuple[CardRef, ...]:
        return city.office.cards_of_person(IdentityType.RESIDENT_ID, number, purpose=IndexPurpose.COUNTER, actor=CLERK, at=city.at)

    assert cards_of(person_number(1).lower()) == (card.card.ref,)
    assert cards_of(person_number(2)) == ()
    with city.office.store.reading() as work:
        assert [link.purpose for link in city.office.vault.accesses(work, card.card.holder)] == [IndexPurpose.COUNTER]
