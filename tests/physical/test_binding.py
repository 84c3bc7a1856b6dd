"""The session with the binding application: personalise, prove, endorse, and every refusal by its name."""

from __future__ import annotations

import pytest

from codes.chipproof import ChipPurpose, ChipReport, bind_challenge
from codes.claims import Profile
from codes.credential import Credential
from codes.errors import CardError, InputError, SetupError, StateError
from physical import faults
from physical.binding import BindingSession
from tests.physical.chips import CARD_ID, INITIAL_PIN, PIN, blank, chip_credential, personalise, power_up

CHALLENGE = bytes(range(32))


class Scripted:
    """A transport that answers from a list."""

    def __init__(self, *answers: str) -> None:
        self.answers = [bytes.fromhex(answer) for answer in answers]

    def transmit(self, command: bytes) -> bytes:
        assert command
        return self.answers.pop(0)


def test_a_blank_chip_becomes_a_card_that_proves_itself() -> None:
    memory = blank()
    session = power_up(memory)
    assert not session.select()
    key = session.generate_key()
    session.write_card_id(CARD_ID)
    session.write_initial_pin(INITIAL_PIN)
    session.write_credential(chip_credential(key))
    session.activate()
    session.activate()
    again = power_up(memory, "another tap")
    assert again.select()
    assert again.read_public_key() == key
    assert again.read_card_id() == CARD_ID
    credential = Credential.from_bytes(again.read_credential())
    assert (credential.says.holder, credential.says.profile) == (key, Profile.CHIP)
    report = again.prove(ChipPurpose.PRESENCE, CHALLENGE, key=key, card_id=CARD_ID)
    assert report.counter == 1
    assert len(again.challenge()) == 8


def test_personalisation_can_be_resumed_after_the_card_was_pulled() -> None:
    memory = blank()
    session = power_up(memory)
    session.select()
    key = session.generate_key()
    resumed = power_up(memory, "resumed")
    resumed.select()
    with pytest.raises(StateError) as made:
        resumed.generate_key()
    assert made.value.fault is faults.CHIP_CONDITIONS
    assert resumed.read_public_key() == key


@pytest.mark.error("chip-blank")
def test_an_unfinished_chip_cannot_be_activated() -> None:
    session = power_up(blank())
    session.select()
    session.generate_key()
    with pytest.raises(StateError) as refused:
        session.activate()
    assert refused.value.fault is faults.CHIP_BLANK


@pytest.mark.error("chip-file")
def test_what_was_never_written_is_missing_and_not_empty() -> None:
    session = power_up(blank())
    session.select()
    for read in (session.read_card_id, session.read_public_key, session.read_credential):
        with pytest.raises(StateError) as missing:
            read()
        assert missing.value.fault is faults.CHIP_FILE


@pytest.mark.parametrize("size", [1, 239, 240, 241, 480, 700, 1024])
def test_a_file_of_any_size_is_written_and_read_in_pieces(size: int) -> None:
    session = power_up(blank())
    session.select()
    content = bytes(number % 251 for number in range(size))
    session.write_credential(content)
    assert session.read_credential() == content


def test_the_chip_endorses_exactly_one_phone_for_one_pin() -> None:
    session = personalise(blank())
    key = session.read_public_key()
    challenge = bind_challenge(reader_id="R-0001", nonce=bytes(16), thumbprint=bytes(32), card_number="C12345678", expires=1_795_000_000)
    session.verify_pin(PIN)
    answer = session.endorse(challenge)
    report = ChipReport.check(answer, key=key.load(), purpose=ChipPurpose.BIND, card_id=CARD_ID, challenge=challenge)
    assert report.counter == 1
    with pytest.raises(InputError):
        ChipReport.check(answer, key=key.load(), purpose=ChipPurpose.BIND, card_id=CARD_ID, challenge=CHALLENGE)
    with pytest.raises(StateError) as refused:
        session.endorse(challenge)
    assert refused.value.fault is faults.PIN_REQUIRED


@pytest.mark.error("pin-required")
@pytest.mark.parametrize("purpose", [ChipPurpose.BIND, ChipPurpose.UNBIND])
def test_binding_and_unbinding_need_the_pin(purpose: ChipPurpose) -> None:
    session = personalise(blank())
    with pytest.raises(StateError) as refused:
        session.authenticate(purpose, CHALLENGE)
    assert refused.value.fault is faults.PIN_REQUIRED


@pytest.mark.error("pin-initial")
def test_the_initial_pin_binds_nothing() -> None:
    session = power_up(blank())
    session.select()
    key = session.generate_key()
    session.write_card_id(CARD_ID)
    session.write_initial_pin(INITIAL_PIN)
    session.write_credential(chip_credential(key))
    session.activate()
    session.verify_pin(INITIAL_PIN)
    with pytest.raises(StateError) as refused:
        session.endorse(CHALLENGE)
    assert refused.value.fault is faults.PIN_INITIAL
    session.change_pin(INITIAL_PIN, PIN)
    session.verify_pin(PIN)
    session.endorse(CHALLENGE)


@pytest.mark.error("pin-wrong")
@pytest.mark.error("pin-blocked")
def test_a_wrong_pin_names_the_tries_left_until_none_are() -> None:
    session = personalise(blank())
    assert session.pin_tries() == 6
    for left in (5, 4, 3, 2, 1, 0):
        with pytest.raises(StateError) as wrong:
            session.verify_pin("999999")
        assert wrong.value.fault is faults.PIN_WRONG
        assert wrong.value.facts == {"tries_left": left}
    assert session.pin_tries() == 0
    with pytest.raises(StateError) as blocked:
        session.verify_pin(PIN)
    assert blocked.value.fault is faults.PIN_BLOCKED


def test_a_verified_pin_shows_in_the_question_for_tries() -> None:
    session = personalise(blank())
    session.verify_pin(PIN)
    assert session.pin_tries() is None


def test_the_tries_are_policy() -> None:
    session = power_up(blank())
    session.select()
    session.write_initial_pin(INITIAL_PIN, tries=3)
    assert session.pin_tries() == 3


@pytest.mark.error("pin-shape")
@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "１２３４５６", "12345 "])
def test_what_cannot_be_a_pin_never_reaches_the_chip_or_the_message(pin: str) -> None:
    session = personalise(blank())
    with pytest.raises(InputError) as refused:
        session.verify_pin(pin)
    assert refused.value.fault is faults.PIN_SHAPE
    assert not refused.value.facts
    assert session.pin_tries() == 6


def test_a_new_pin_differs_from_the_old_one() -> None:
    with pytest.raises(InputError) as refused:
        personalise(blank()).change_pin(PIN, PIN)
    assert refused.value.fault is faults.PIN_SHAPE


def test_a_challenge_of_another_length_is_a_bug() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        personalise(blank()).authenticate(ChipPurpose.STATUS, b"short")


def test_a_card_swapped_for_another_is_found_by_the_proof() -> None:
    first, second = personalise(blank()), power_up(blank(), "another card")
    second.select()
    second.generate_key()
    second.write_card_id(CARD_ID)
    with pytest.raises(InputError) as refused:
        second.prove(ChipPurpose.STATUS, CHALLENGE, key=first.read_public_key(), card_id=CARD_ID)
    assert refused.value.code == "chip-proof"


@pytest.mark.error("chip-foreign")
@pytest.mark.parametrize("sw", ["6A82", "6A81"])
def test_a_card_without_the_application_is_foreign(sw: str) -> None:
    with pytest.raises(InputError) as refused:
        BindingSession(Scripted(sw)).select()
    assert refused.value.fault is faults.CHIP_FOREIGN


@pytest.mark.error("chip-conditions")
@pytest.mark.error("chip-write")
@pytest.mark.error("chip-command")
@pytest.mark.parametrize(
    ("sw", "family", "code"),
    [
        ("6985", StateError, "chip-conditions"),
        ("6581", SetupError, "chip-write"),
        ("6D00", SetupError, "chip-command"),
        ("6F00", SetupError, "chip-command"),
        ("9303", SetupError, "chip-command"),
    ],
)
def test_every_other_word_is_an_error_by_name(sw: str, family: type[CardError], code: str) -> None:
    with pytest.raises(family) as refused:
        BindingSession(Scripted(sw)).authenticate(ChipPurpose.STATUS, CHALLENGE)
    assert refused.value.code == code


@pytest.mark.parametrize("log", ["00000001", "0000000104"])
def test_a_log_of_other_entries_cannot_be_understood(log: str) -> None:
    with pytest.raises(InputError) as refused:
        BindingSession(Scripted("9000", log + "9000")).read_log()
    assert refused.value.fault is faults.CHIP_ANSWER


@pytest.mark.parametrize(("verb", "answer"), [("challenge", "AABB9000"), ("authenticate", "AABB9000")])
def test_an_answer_of_another_length_is_not_an_answer(verb: str, answer: str) -> None:
    session = BindingSession(Scripted(answer))
    with pytest.raises(InputError) as refused:
        session.challenge() if verb == "challenge" else session.authenticate(ChipPurpose.STATUS, CHALLENGE)
    assert refused.value.fault is faults.CHIP_ANSWER
