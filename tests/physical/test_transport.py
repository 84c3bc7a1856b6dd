"""Transports: answers in pieces, lengths named by the chip, deadlines, and a trace that tells no secret."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from codes.errors import InputError, SetupError
from physical import faults
from physical.transport import MOST_PIECES, GetResponse, RightLength, whole
from physical.transport_deadline import Deadline, Worker
from physical.transport_trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable


class Scripted:
    """A transport that answers from a list and remembers what it was asked."""

    def __init__(self, answers: Iterable[str]) -> None:
        self.answers = iter(answers)
        self.asked: list[str] = []

    def transmit(self, command: bytes) -> bytes:
        self.asked.append(command.hex().upper())
        return bytes.fromhex(next(self.answers))


def asks(transport: Scripted, command: str) -> str:
    return whole(transport).transmit(bytes.fromhex(command)).hex().upper()


def test_an_answer_in_one_piece_passes_as_it_is() -> None:
    chip = Scripted(["07099000"])
    assert asks(chip, "00B2070000") == "07099000"
    assert chip.asked == ["00B2070000"]


def test_an_announced_answer_is_fetched_piece_by_piece() -> None:
    chip = Scripted(["6102", "AABB6100", "CC" * 3 + "9000"])
    assert asks(chip, "00B2070000") == "AABBCCCCCC9000"
    assert chip.asked == ["00B2070000", "00C0000002", "00C0000000"]


def test_a_class_of_its_own_is_fetched_in_the_class_of_the_channel() -> None:
    chip = Scripted(["6101", "AA9000"])
    asks(chip, "80CA00000811223344556677880" + "0")
    assert chip.asked[1] == "00C0000001"


def test_a_refusal_behind_announced_pieces_is_the_answer() -> None:
    assert asks(Scripted(["6102", "6F00"]), "00B2070000") == "6F00"


@pytest.mark.error("chip-answer")
def test_a_chip_that_announces_for_ever_is_given_up() -> None:
    with pytest.raises(InputError) as refused:
        GetResponse(Scripted(["6101"] + ["AA6101"] * MOST_PIECES)).transmit(bytes.fromhex("00B2070000"))
    assert refused.value.fault is faults.CHIP_ANSWER


def test_a_named_length_is_asked_for_once() -> None:
    chip = Scripted(["6C0B", "6C0C"])
    assert asks(chip, "00B2070000") == "6C0C"
    assert chip.asked == ["00B2070000", "00B207000B"]


def test_a_named_length_of_zero_means_the_most() -> None:
    chip = Scripted(["6C00", "9000"])
    asks(chip, "00B0000010")
    assert chip.asked[1] == "00B0000000"


def test_a_command_that_expects_nothing_is_not_sent_twice() -> None:
    chip = Scripted(["6C10"])
    assert asks(chip, "0020000003123456") == "6C10"


def test_a_length_is_named_by_a_status_word_alone() -> None:
    assert RightLength(Scripted(["AA6C10"])).transmit(bytes.fromhex("00B0000010")).hex() == "aa6c10"


class Silent:
    """A chip that answers when it is allowed to."""

    def __init__(self) -> None:
        self.allowed = threading.Event()
        self.asked = 0

    def transmit(self, command: bytes) -> bytes:
        self.asked += 1
        self.allowed.wait()
        return command


@pytest.mark.error("reader-silent")
def test_a_silent_chip_is_given_up_and_not_asked_again() -> None:
    chip = Silent()
    with Worker() as worker:
        transport = Deadline(chip, worker, seconds=0.01)
        for _ in range(2):
            with pytest.raises(SetupError) as silent:
                transport.transmit(b"\0\0\0\0")
            assert silent.value.fault is faults.READER_SILENT
        assert worker.wedged
    assert chip.asked == 1
    chip.allowed.set()


def test_a_chip_in_time_is_heard_and_its_errors_too() -> None:
    with Worker() as worker:
        assert Deadline(Scripted(["9000"]), worker).transmit(bytes(4)) == b"\x90\x00"
        with pytest.raises(StopIteration):
            worker.run(lambda: next(iter(())), seconds=1)
        assert not worker.wedged


class Broken:
    def transmit(self, command: bytes) -> bytes:
        raise SetupError(faults.OUTCOME_UNKNOWN, size=len(command))


@pytest.mark.parametrize(
    ("command", "answer", "told"),
    [
        ("0020000003123456", "63C5", ["> 00 20 00 00 [3 B]", "< 63C5"]),
        ("00A40400024142", "9000", ["> 00 A4 04 00 4142", "< 9000"]),
        ("00B2080000", "0812" + "31" * 18 + "9000", ["> 00 B2 08 00 Le 256", "< [20 B] 9000"]),
        ("805E010007204816FF13579000", "9000", ["> 80 5E 01 00 [7 B] Le 256", "< 9000"]),
        ("00A4", "6700", ["> [2 B]", "< 6700"]),
        ("0084000008", "90", ["> 00 84 00 00 Le 8", "< [1 B]"]),
    ],
)
def test_a_trace_tells_lengths_and_status_words_only(command: str, answer: str, told: list[str]) -> None:
    lines: list[str] = []
    assert Trace(Scripted([answer]), lines.append).transmit(bytes.fromhex(command)).hex().upper() == answer
    assert lines == told


def test_a_trace_tells_what_broke() -> None:
    lines: list[str] = []
    with pytest.raises(SetupError):
        Trace(Broken(), lines.append).transmit(bytes(4))
    assert lines == ["> 00 00 00 00", "! chip-outcome-unknown"]
