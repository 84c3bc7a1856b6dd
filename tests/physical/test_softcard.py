"""The soft card at the level of its bytes: what a reader that follows CHIP section 4 sends, and what it may expect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import cbor
from codes.chipproof import ANSWER_BYTES, ChipPurpose, ChipReport, ChipState
from codes.errors import InputError
from codes.keys import CoseKey
from physical.chipmemory import ChipMemory, Pin, Target
from physical.nvm import ArrayMemory
from physical.softcard import SoftCard
from tests.physical.chips import CARD_ID, Entropy, blank, personalise

SELECT = "00A404000BF0455353432D42494E443100"
CHALLENGE = bytes(range(32))


def send(card: SoftCard, *commands: str) -> str:
    """The last answer, in hexadecimal."""
    answer = ""
    for command in commands:
        answer = card.apdu(bytes.fromhex(command)).hex().upper()
    return answer


def authenticate(purpose: int) -> str:
    return f"008800{purpose:02X}20{CHALLENGE.hex()}00"


def finished() -> SoftCard:
    memory = blank()
    personalise(memory)
    return SoftCard(memory, Entropy("again"))


def test_select_names_the_application() -> None:
    assert send(finished(), SELECT) == "6F0D840BF0455353432D42494E44319000"
    assert send(finished(), SELECT[:-2]) == "9000"


@pytest.mark.parametrize(
    ("commands", "sw"),
    [
        (["0084000008"], "6985"),
        (["00A4020C020018"], "6985"),
        (["00A4040005F045535343"], "6A82"),
        (["00A4010000"], "6A86"),
        ([SELECT, "00A4020C023F00"], "6A82"),
        ([SELECT, "00A4020C0118"], "6A82"),
        ([SELECT, "00B0000000"], "6986"),
        ([SELECT, "00D6000001AA"], "6986"),
        ([SELECT, "00A4020C020018", "00B00000"], "6700"),
        ([SELECT, "00A4020C020018", "00B0800000"], "6A86"),
        ([SELECT, "00A4020C020018", "00B07FFF00"], "6B00"),
        ([SELECT, "00A4020C020018", "00D60000"], "6700"),
        ([SELECT, "00A4020C020018", "00D6800001AA"], "6A86"),
        ([SELECT, "00A4020C020018", "00D6000001AA"], "6985"),
        ([SELECT, "0084010008"], "6A86"),
        ([SELECT, "00840000"], "6700"),
        ([SELECT, "0084000004"], "6C08"),
        ([SELECT, "0020000103123456"], "6A86"),
        ([SELECT, "00200000021234"], "6700"),
        ([SELECT, "002000000312345A"], "6A80"),
        ([SELECT, "805E020007135790FF135791"], "6A86"),
        ([SELECT, "805E010006135790135791"], "6700"),
        ([SELECT, "805E010007135790FF135790"], "6A80"),
        ([SELECT, "805E010007135790FE135791"], "6A80"),
        ([SELECT, "805E010007135790FF13579F"], "6A80"),
        ([SELECT, "805E00000411111106"], "6985"),
        ([SELECT, "805E000003111111"], "6700"),
        ([SELECT, "008800000001"], "6700"),
        ([SELECT, authenticate(0)], "6A86"),
        ([SELECT, authenticate(5)], "6A86"),
        ([SELECT, authenticate(1)[:-2]], "6700"),
        ([SELECT, authenticate(1)[:-2] + "40"], "6C6B"),
        ([SELECT, authenticate(2)], "6982"),
        ([SELECT, authenticate(4)], "6982"),
        ([SELECT, "0047000000"], "6985"),
        ([SELECT, "0047010000"], "6A86"),
        ([SELECT, "00440001"], "6A86"),
        ([SELECT, "00440000"], "9000"),
        ([SELECT, "00C0000010"], "6D00"),
        ([SELECT, "9084000008"], "6E00"),
        ([SELECT, "8084000008"], "6D00"),
        ([SELECT, "0020"], "6700"),
    ],
)
def test_a_finished_chip_answers_with_the_standard_word(commands: list[str], sw: str) -> None:
    assert send(finished(), *commands)[-4:] == sw


@pytest.mark.parametrize(
    ("commands", "sw"),
    [
        ([authenticate(1)], "6985"),
        ([authenticate(3)], "6985"),
        (["0020000003123456"], "6985"),
        (["00200000"], "6985"),
        (["805E010007135790FF135791"], "6985"),
        (["805E0000041111110F"], "9000"),
        (["805E00000411111100"], "6A80"),
        (["805E00000411111110"], "6A80"),
        (["805E0000041111AA06"], "6A80"),
        (["00440000"], "6985"),
        (["00A4020C020012", "00B0000000"], "6A82"),
        (["00A4020C020012", "00D6000001AA"], "6985"),
        (["00A4020C020011", "00D6000001AA"], "6700"),
        (["00A4020C020018", "00D6000101AA"], "6B00"),
        (["00A4020C020018", "00D6000000040100" + "AA" * 1025], "6700"),
        (["00A4020C020018", "00D60000000401" + "AA" * 1025], "6A84"),
    ],
)
def test_a_blank_chip_answers_with_the_standard_word(commands: list[str], sw: str) -> None:
    assert send(SoftCard(blank(), Entropy("new")), SELECT, *commands)[-4:] == sw


def test_a_shorter_credential_leaves_nothing_of_the_longer_one_behind_it() -> None:
    card = SoftCard(blank(), Entropy("new"))
    assert send(card, SELECT, "00A4020C020018", "00D6000004AABBCCDD", "00D6000002EEFF", "00B0000000") == "EEFF9000"


def test_an_unfinished_chip_proves_itself_and_calls_itself_suspended() -> None:
    card = SoftCard(blank(), Entropy("new"))
    assert send(card, SELECT)[-4:] == "6283"
    key = CoseKey.parse(cbor.decode(bytes.fromhex(send(card, "0047000000")[:-4])))
    send(card, "00A4020C020011", f"00D6000010{CARD_ID.hex()}")
    answer = bytes.fromhex(send(card, authenticate(1)))[:-2]
    assert len(answer) == ANSWER_BYTES
    report = ChipReport.check(answer, key=key.load(), purpose=ChipPurpose.STATUS, card_id=CARD_ID, challenge=CHALLENGE)
    assert (report.state, report.counter, report.seq, report.digest) == (ChipState.SUSPENDED, 1, 0, bytes(8))
    assert send(card, authenticate(3)) == "6985"


def test_the_counter_is_safe_in_memory_before_anything_is_signed() -> None:
    memory = blank()
    personalise(memory)

    class Torn(Entropy):
        """Power fails when the chip random is drawn: after counting, before signing."""

        def __call__(self, size: int) -> bytes:
            raise ConnectionResetError(size)

    card = SoftCard(memory, Torn("gone"))
    send(card, SELECT)
    before = ChipMemory(memory).counter
    with pytest.raises(ConnectionResetError):
        send(card, authenticate(1))
    assert ChipMemory(memory).counter == before + 1


def test_a_chip_at_the_end_of_its_counter_signs_no_more() -> None:
    memory = blank()
    personalise(memory)
    chip = ChipMemory(memory)
    chip._counter.store(b"\xff" * 4)
    assert send(SoftCard(memory, Entropy("old")), SELECT, authenticate(1)) == "6985"


def test_a_wrong_pin_costs_a_try_that_survives_pulling_the_card_and_the_right_one_restores_them() -> None:
    memory = blank()
    personalise(memory)
    assert send(SoftCard(memory, Entropy("1")), SELECT, "0020000003000000") == "63C5"
    assert send(SoftCard(memory, Entropy("2")), SELECT, "00200000") == "63C5"
    assert send(SoftCard(memory, Entropy("3")), SELECT, "0020000003135790", "00200000") == "9000"
    assert send(SoftCard(memory, Entropy("4")), SELECT, "00200000") == "63C6"


def test_a_try_is_counted_before_it_is_compared() -> None:
    memory = blank()
    personalise(memory)

    class CutAfter(ArrayMemory):
        """Loses power at the second flush."""

        flushed = 0

        def flush(self) -> None:
            self.flushed += 1
            raise ConnectionResetError

    cut = CutAfter(bytes(memory.content))
    with pytest.raises(ConnectionResetError):
        send(SoftCard(cut, Entropy("cut")), SELECT, "0020000003135790")
    chip = ChipMemory(ArrayMemory(bytes(cut.content)))
    assert chip.pin == Pin(pin=bytes.fromhex("135790"), left=5, most=6, changed=True)


def test_after_the_last_try_even_the_right_pin_is_refused_and_the_chip_still_proves_itself() -> None:
    card = finished()
    wrong = ["0020000003000000"] * 6
    assert send(card, SELECT, *wrong) == "63C0"
    assert send(card, "0020000003135790") == "6983"
    assert send(card, "00200000") == "6983"
    assert send(card, "805E010007135790FF135791") == "6983"
    assert send(card, authenticate(2)) == "6982"
    assert send(card, authenticate(1))[-4:] == "9000"


def test_a_fresh_pin_is_consumed_by_one_binding() -> None:
    card = finished()
    assert send(card, SELECT, "0020000003135790", authenticate(2))[-4:] == "9000"
    assert send(card, authenticate(2)) == "6982"
    assert send(card, "0020000003135790", authenticate(4))[-4:] == "9000"
    assert send(card, authenticate(4)) == "6982"


@pytest.mark.parametrize("between", [SELECT, "0020000003000000"])
def test_a_verified_pin_does_not_outlive_a_new_selection_or_a_wrong_try(between: str) -> None:
    assert send(finished(), SELECT, "0020000003135790", between, authenticate(2)) == "6982"


def test_presence_and_status_need_no_pin_and_leave_a_verified_one_alone() -> None:
    assert send(finished(), SELECT, "0020000003135790", authenticate(1), authenticate(3), authenticate(2))[-4:] == "9000"


@pytest.mark.parametrize("state", [1, 2])
def test_a_blocked_chip_says_so_and_binds_nothing_but_still_proves_itself(state: int) -> None:
    memory = blank()
    personalise(memory)
    chip = ChipMemory(memory)
    chip.aim(Target(seq=9, state=ChipState(state), digest=b"\xd1" * 16))
    card = SoftCard(memory, Entropy("blocked"))
    assert send(card, SELECT)[-4:] == "6283"
    assert send(card, "0020000003135790", authenticate(2)) == "6985"
    answer = bytes.fromhex(send(card, authenticate(3)))[:-2]
    signer = chip.signer
    assert signer is not None
    report = ChipReport.check(answer, key=signer.public_key.load(), purpose=ChipPurpose.PRESENCE, card_id=CARD_ID, challenge=CHALLENGE)
    assert (report.state, report.seq, report.digest) == (ChipState(state), 9, b"\xd1" * 8)


def test_a_cancelled_chip_still_answers() -> None:
    memory = blank()
    personalise(memory)
    ChipMemory(memory).aim(Target(seq=10, state=ChipState.CANCELLED, digest=bytes(16)))
    card = SoftCard(memory, Entropy("cancelled"))
    assert send(card, SELECT)[-4:] == "6285"
    assert send(card, authenticate(1))[-4:] == "9000"


def test_two_answers_to_one_challenge_differ_and_both_verify() -> None:
    card = finished()
    send(card, SELECT)
    assert send(card, authenticate(1)) != send(card, authenticate(1))


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_no_bytes_make_the_card_fall_over(commands: list[bytes]) -> None:
    card = SoftCard(blank(), Entropy("fuzz"))
    card.apdu(bytes.fromhex(SELECT))
    for command in commands:
        assert len(card.apdu(command)) >= 2


@given(st.binary(min_size=2, max_size=2), st.binary(max_size=40))
def test_no_parameters_of_a_known_command_make_it_fall_over(p1p2: bytes, rest: bytes) -> None:
    card = finished_once()
    for header in ("00A4", "00B0", "00D6", "0084", "0020", "805E", "0088", "0047", "0044"):
        assert len(card.apdu(bytes.fromhex(header) + p1p2 + rest)) >= 2


_FINISHED: list[SoftCard] = []


def finished_once() -> SoftCard:
    if not _FINISHED:
        _FINISHED.append(finished())
    return _FINISHED[0]


def test_the_report_of_another_card_is_refused() -> None:
    card = finished()
    answer = bytes.fromhex(send(card, SELECT, authenticate(1)))[:-2]
    key = CoseKey.parse(cbor.decode(bytes.fromhex(send(card, "00A4020C020012", "00B0000000")[:-4])))
    with pytest.raises(InputError):
        ChipReport.check(answer, key=key.load(), purpose=ChipPurpose.STATUS, card_id=bytes(16), challenge=CHALLENGE)
