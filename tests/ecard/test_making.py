from __future__ import annotations

from dataclasses import replace

import pytest

from codes import faults as format_faults
from codes.chipproof import ChipPurpose
from codes.claims import Profile
from ecard import card_number, faults
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import CardRef, CardState, CarrierKind, CarrierState
from tests.ecard.city import AT, CLERK, NOW, WORKSHOP, City, key, refused

FORM = RULES[Command.APPLY].evidence
HAND_OVER = RULES[Command.ACTIVATE].evidence


def test_personalising_records_the_chips_key_and_issues_its_credential(city: City) -> None:
    applied = city.apply()
    chip = city.chip_of(applied)
    credential = city.personalise(applied, chip)
    assert credential.says.profile is Profile.CHIP
    assert credential.says.holder == chip.signer.public_key
    assert credential.says.exp <= applied.card.expires
    made = city.office.card(applied.card.ref)
    assert made.chip is not None
    assert (made.chip.key, made.chip.state, made.card.chip_seq) == (chip.signer.public_key, CarrierState.PENDING, 0)
    assert set(city.statuses().values()) == {"SUSPENDED"}


def test_personalising_again_with_the_same_chip_issues_again(city: City) -> None:
    applied = city.apply()
    chip = city.chip_of(applied)
    first, second = city.personalise(applied, chip), city.personalise(applied, chip)
    assert first.says.sub != second.says.sub
    assert first.says.status != second.says.status


@pytest.mark.error("chip-already-personalised")
def test_a_card_has_one_chip_and_a_chip_one_card(city: City) -> None:
    first, second = city.apply(1), city.apply(2)
    chip = city.chip_of(first)
    city.personalise(first, chip)
    with refused(faults.CHIP_ALREADY_PERSONALISED):
        city.personalise(first, replace(city.chip_of(first), signer=key("another chip")))
    with refused(faults.CHIP_ALREADY_PERSONALISED):
        city.personalise(second, replace(city.chip_of(second), signer=chip.signer))


def test_a_chip_proves_its_key_its_code_and_its_freshness(city: City) -> None:
    applied = city.apply()
    chip = city.chip_of(applied)
    nonce = city.office.nonce(applied.card.ref, NoncePurpose.PERSONALISE, at=city.at)
    good = chip.answer(ChipPurpose.STATUS, nonce.value)
    wrong = {
        "key": (chip.signer.public_key, replace(chip, signer=key("thief")).answer(ChipPurpose.STATUS, nonce.value)),
        "code": (chip.signer.public_key, replace(chip, code=bytes(16)).answer(ChipPurpose.STATUS, nonce.value)),
        "challenge": (chip.signer.public_key, chip.answer(ChipPurpose.STATUS, bytes(32))),
        "purpose": (chip.signer.public_key, chip.answer(ChipPurpose.PRESENCE, nonce.value)),
        "named key": (key("thief").public_key, good),
        "length": (chip.signer.public_key, good[:-1]),
    }
    for public, answer in wrong.values():
        with refused(format_faults.CHIP_PROOF):
            city.office.personalise(applied.card.ref, chip_key=public, challenge=nonce.value, answer=answer, actor=WORKSHOP, at=city.at)
    made = city.office.personalise(applied.card.ref, chip_key=chip.signer.public_key, challenge=nonce.value, answer=good, actor=WORKSHOP, at=city.at)
    assert made.dossier.card.revision == 2


@pytest.mark.error("nonce-unusable")
def test_a_nonce_serves_once_for_one_card_one_purpose_and_a_minute(city: City) -> None:
    applied, other = city.apply(1), city.apply(2)
    chip = city.chip_of(applied)

    def attempt(value: bytes) -> None:
        answer = chip.answer(ChipPurpose.STATUS, value.ljust(32, b"\0"))
        city.office.personalise(
            applied.card.ref, chip_key=chip.signer.public_key, challenge=value.ljust(32, b"\0"), answer=answer, actor=WORKSHOP, at=city.at
        )

    used = city.office.nonce(applied.card.ref, NoncePurpose.PERSONALISE, at=city.at).value
    attempt(used)
    strangers = city.office.nonce(other.card.ref, NoncePurpose.PERSONALISE, at=city.at).value
    another_act = city.office.nonce(applied.card.ref, NoncePurpose.BIND, at=city.at).value
    old = city.office.nonce(applied.card.ref, NoncePurpose.PERSONALISE, at=city.at).value
    for value in (used, strangers, another_act, bytes(32)):
        with refused(faults.NONCE_UNUSABLE):
            attempt(value)
    city.later(seconds=60)
    with refused(faults.NONCE_UNUSABLE):
        attempt(old)
    city.later(seconds=60)  # what has expired is kept for once as long as it lived
    city.office.nonce(applied.card.ref, NoncePurpose.PERSONALISE, at=city.at)
    with city.office.store.reading() as work:
        assert work.connection.exec_driver_sql("SELECT count(*) FROM nonce").scalar() == 1


@pytest.mark.error("chip-refused")
def test_a_chip_that_is_ahead_of_the_record_or_repeats_its_counter_is_refused(city: City) -> None:
    applied = city.apply()
    chip = city.chip_of(applied)
    with refused(faults.CHIP_REFUSED, seq=1, record=0):
        city.personalise(applied, replace(chip, seq=1))
    city.personalise(applied, replace(chip, counter=5))
    with refused(faults.CHIP_REFUSED, counter=6, last=6):
        city.personalise(applied, replace(chip, counter=5))


@pytest.mark.error("chip-not-personalised")
def test_a_card_without_its_chip_is_not_handed_over(city: City) -> None:
    applied = city.apply()
    with refused(faults.CHIP_NOT_PERSONALISED):
        city.office.activate(applied.card.ref, actor=CLERK, evidence=HAND_OVER, at=city.at)


def test_activation_turns_everything_valid_and_again_changes_nothing(city: City) -> None:
    card, _ = city.card()
    assert (card.card.state, card.card.chip_seq, card.card.revision) == (CardState.ACTIVE, 1, 3)
    assert [carrier.state for carrier in card.carriers if carrier.kind is CarrierKind.CHIP] == [CarrierState.ACTIVE]
    assert set(city.statuses().values()) == {"VALID"}
    again = city.office.activate(card.card.ref, actor=CLERK, evidence=HAND_OVER, at=city.later(hours=1))
    assert again == city.office.card(card.card.ref) == card


def test_the_holder_accepts_before_the_hand_over_that_the_card_is_for_own_use(city: City) -> None:
    applied = city.apply()
    city.personalise(applied, city.chip_of(applied))
    with refused(faults.EVIDENCE_MISSING, missing=Evidence.OWN_USE_NOTICE):
        city.office.activate(applied.card.ref, actor=CLERK, evidence=HAND_OVER - {Evidence.OWN_USE_NOTICE}, at=city.at)


@pytest.mark.error("stale-revision")
def test_a_command_on_a_revision_that_has_passed_is_refused(city: City) -> None:
    applied = city.apply()
    city.personalise(applied, city.chip_of(applied))
    with refused(faults.STALE_REVISION, expected=1, revision=2):
        city.office.activate(applied.card.ref, actor=CLERK, evidence=HAND_OVER, at=city.at, expected=1)
    city.office.activate(applied.card.ref, actor=CLERK, evidence=HAND_OVER, at=city.at, expected=2)


@pytest.mark.error("card-unknown")
def test_a_card_nobody_knows_is_refused(city: City) -> None:
    with refused(faults.CARD_UNKNOWN):
        city.office.activate(CardRef("nobody"), actor=CLERK, evidence=HAND_OVER, at=city.at)
    with refused(faults.CARD_UNKNOWN):
        city.office.card_by_number(card_number.draw_number("C", city.office.entropy))


@pytest.mark.article("ZS-26")
def test_a_card_is_valid_for_ten_years(city: City) -> None:
    card = city.apply().card
    assert card.issued == NOW
    assert card.expires == int(AT.replace(year=2036, hour=9, minute=0).timestamp())
