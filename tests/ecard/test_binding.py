from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes import faults as format_faults
from codes.chipproof import ChipState
from codes.claims import Profile
from codes.keyproof import ProofPurpose
from ecard import faults
from ecard.enrolment import MOST_NONCES, NoncePurpose
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import CarrierRef, Dossier, Role
from ecard.policy import DAY
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, NOW, READER, SC, SUPERVISOR, City, SoftChip, SoftPhone, refused

if TYPE_CHECKING:
    from ecard.phones import Bound, Endorsement

PAPERS = RULES[Command.REPORT_LOSS].evidence
GEN, IDY = Profile.GENERAL, Profile.IDENTITY


@pytest.fixture
def hand(city: City) -> tuple[Dossier, SoftChip]:
    city.office.register_reader(READER, actor=SUPERVISOR, at=city.at)
    return city.card()


def lose(city: City, card: Dossier, of: LossOf, phone: CarrierRef | None = None) -> None:
    city.office.report_loss(card.card.ref, of=of, phone=phone, actor=CLERK, evidence=PAPERS, at=city.at)


def test_a_phone_endorsed_by_the_chip_is_bound_in_full(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, chip = hand
    bound = city.bind(card, SoftPhone("p"), chip)
    assert bound.phone.provisional_until is None
    assert bound.dossier.card.revision == card.card.revision + 1
    assert bound.dossier.card.chip_seq == card.card.chip_seq
    assert bound.dossier.chip is not None
    assert bound.dossier.chip.counter == chip.counter


def test_a_phone_without_the_chips_endorsement_is_provisional_until_the_next_tap(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, chip = hand
    phone = SoftPhone("p")
    first = city.bind(card, phone)
    assert first.phone.provisional_until == NOW + 30 * DAY
    again = city.bind(card, phone)
    assert again.dossier == first.dossier
    endorsed = city.bind(card, phone, chip)
    assert endorsed.phone == replace(first.phone, provisional_until=None)
    assert city.bind(card, phone).phone == endorsed.phone


@pytest.mark.error("phone-limit")
def test_a_card_has_as_many_phones_as_the_policy_allows(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, _ = hand
    phones = [SoftPhone(name) for name in "abc"]
    for phone in phones[:2]:
        city.bind(card, phone)
    with refused(faults.PHONE_LIMIT, phones=2, limit=2):
        city.bind(card, phones[2])
    city.bind(card, phones[0])


def test_one_phone_may_carry_several_cards(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    relative, _ = city.card(2)
    phone = SoftPhone("p")
    assert city.bind(hand[0], phone).phone.key == city.bind(relative, phone).phone.key


def test_an_endorsement_is_for_this_key_this_reader_this_card_and_this_minute(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, chip = hand
    relative, relatives_chip = city.card(2)
    city.office.register_reader("reader-2", actor=SUPERVISOR, at=city.at)
    phone, thief = SoftPhone("p"), SoftPhone("thief")

    def attempt(by: SoftPhone, made: Endorsement, nonce: bytes) -> Bound:
        return city.office.bind_phone(card.card.ref, nonce=nonce, proof=by.proof(nonce), endorsement=made, actor=city.holder(card), at=city.at)

    nonce = city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at)
    good = city.endorse(card, chip, phone, nonce.value, nonce.expires)
    for by, made in (
        (thief, good),
        (phone, replace(good, reader="reader-2")),
        (phone, city.endorse(relative, chip, phone, nonce.value, nonce.expires)),
        (phone, city.endorse(card, relatives_chip, phone, nonce.value, nonce.expires)),
        (phone, city.endorse(card, chip, phone, bytes(16), nonce.expires)),
        (phone, city.endorse(card, chip, phone, nonce.value, nonce.expires + 1)),
    ):
        with refused(format_faults.CHIP_PROOF):
            attempt(by, made, nonce.value)
    assert attempt(phone, city.endorse(card, chip, phone, nonce.value, nonce.expires), nonce.value).phone.provisional_until is None
    with refused(faults.NONCE_UNUSABLE):
        attempt(phone, good, nonce.value)


@pytest.mark.error("reader-unknown")
def test_a_chip_endorses_at_a_registered_reader_only(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, chip = hand
    nonce = city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at)
    phone = SoftPhone("p")
    made = city.endorse(card, chip, phone, nonce.value, nonce.expires, reader="somewhere")
    with refused(faults.READER_UNKNOWN, reader="somewhere"):
        city.office.bind_phone(
            card.card.ref, nonce=nonce.value, proof=phone.proof(nonce.value), endorsement=made, actor=city.holder(card), at=city.at
        )


def test_a_reader_is_registered_by_a_supervisor(city: City) -> None:
    for actor in (CLERK, replace(SUPERVISOR, region=None)):
        with refused(faults.NOT_PERMITTED, command="register-reader"):
            city.office.register_reader("r", actor=actor, at=city.at)


@pytest.mark.parametrize("state", [ChipState.SUSPENDED, ChipState.FROZEN, ChipState.CANCELLED])
def test_a_chip_that_is_not_active_endorses_nobody(city: City, hand: tuple[Dossier, SoftChip], state: ChipState) -> None:
    with refused(faults.CHIP_REFUSED, state=state.name):
        city.bind(hand[0], SoftPhone("p"), replace(hand[1], state=state))


def test_a_copied_chip_shows_in_its_counter(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, chip = hand
    copy = replace(chip)
    city.bind(card, SoftPhone("p"), chip)
    with refused(faults.CHIP_REFUSED, counter=chip.counter):
        city.bind(card, SoftPhone("q"), copy)


def test_a_lost_chip_endorses_nobody_while_the_phone_lives_on(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, chip = hand
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    lose(city, card, LossOf.CHIP)
    with refused(faults.CARD_HELD, chip="suspended"):
        city.bind(card, SoftPhone("q"), chip)
    assert city.renew(bound.phone, phone, GEN)


@pytest.mark.error("key-in-use")
def test_a_key_that_is_a_chips_enrols_no_phone(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, chip = hand
    nonce = city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at).value
    proof = SoftPhone("p").proof(nonce, signer=chip.signer)
    with refused(faults.KEY_IN_USE):
        city.office.bind_phone(card.card.ref, nonce=nonce, proof=proof, endorsement=None, actor=city.holder(card), at=city.at)


def test_a_lost_phone_enrols_nowhere(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    relative, _ = city.card(2)
    phone = SoftPhone("p")
    bound = city.bind(hand[0], phone)
    lose(city, hand[0], LossOf.PHONE, bound.phone.ref)
    for card in (hand[0], relative):
        with refused(faults.CARD_HELD, article="ZS-17a"):
            city.bind(card, phone)


def test_a_proof_of_another_region_purpose_or_nonce_enrols_nothing(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, _ = hand
    phone = SoftPhone("p")
    nonce = city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at).value
    for proof in (phone.proof(nonce, region=SC), phone.proof(nonce, purpose=ProofPurpose.HOLDER), phone.proof(bytes(16))):
        with refused(format_faults.KEY_PROOF):
            city.office.bind_phone(card.card.ref, nonce=nonce, proof=proof, endorsement=None, actor=city.holder(card), at=city.at)


def test_nobody_binds_a_phone_to_somebody_elses_card(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, _ = hand
    nonce = city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at).value
    stranger = replace(city.holder(card), person="somebody")
    with refused(faults.NOT_PERMITTED, role=Role.HOLDER):
        city.office.bind_phone(card.card.ref, nonce=nonce, proof=SoftPhone("p").proof(nonce), endorsement=None, actor=stranger, at=city.at)


def test_a_clerk_binds_a_phone_that_no_chip_endorses_only_with_the_holder_and_the_papers_there(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, _ = hand
    phone = SoftPhone("p")
    nonce = city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at).value
    given = {"nonce": nonce, "proof": phone.proof(nonce), "endorsement": None, "actor": CLERK, "at": city.at}
    papers = {Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT}
    for missing in papers:
        with refused(faults.EVIDENCE_MISSING, missing=missing):
            city.office.bind_phone(card.card.ref, evidence=papers - {missing}, **given)  # type: ignore[arg-type]  # because the words are of several types
    bound = city.office.bind_phone(card.card.ref, evidence=papers, **given)  # type: ignore[arg-type]  # because the words are of several types
    assert bound.phone.provisional_until == NOW + 30 * DAY


def test_a_clerk_binds_a_phone_on_the_chips_word_alone(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, chip = hand
    phone = SoftPhone("p")
    nonce = city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at)
    made = city.endorse(card, chip, phone, nonce.value, nonce.expires)
    bound = city.office.bind_phone(card.card.ref, nonce=nonce.value, proof=phone.proof(nonce.value), endorsement=made, actor=CLERK, at=city.at)
    assert bound.phone.provisional_until is None


def test_a_card_that_is_not_active_yet_binds_no_phone(city: City) -> None:
    applied = city.apply()
    with refused(faults.WRONG_STATE, command="bind-phone", state="pending"):
        city.bind(applied, SoftPhone("p"))


def test_an_active_card_whose_chip_is_gone_endorses_nobody(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, chip = hand
    assert card.chip is not None
    with city.office.store.writing() as work:
        work.connection.execute(sa.text("UPDATE carrier SET state = 'ended', end_reason = 'exchanged' WHERE ref = :ref"), {"ref": card.chip.ref})
    with refused(faults.CHIP_NOT_PERSONALISED):
        city.bind(card, SoftPhone("p"), chip)


@pytest.mark.error("nonces-outstanding")
def test_nobody_fills_the_record_with_nonces_of_a_card(city: City) -> None:
    card, _ = city.card()
    for _ in range(MOST_NONCES):
        city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at)
    with refused(faults.NONCES_OUTSTANDING, most=MOST_NONCES):
        city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at)
    city.office.nonce(card.card.ref, NoncePurpose.TAP, at=city.at)
    city.later(minutes=1)
    city.office.nonce(card.card.ref, NoncePurpose.BIND, at=city.at)
