from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.errors import InputError
from physical import faults
from physical.apdu import CommandApdu, ResponseApdu, StatusWord

COMMANDS = [
    ("00A40000", CommandApdu(cla=0, ins=0xA4)),
    ("0084000008", CommandApdu(cla=0, ins=0x84, ne=8)),
    ("00B0000000", CommandApdu(cla=0, ins=0xB0, ne=256)),
    ("0020000003123456", CommandApdu(cla=0, ins=0x20, data=bytes.fromhex("123456"))),
    ("00A4040002AABB00", CommandApdu(cla=0, ins=0xA4, p1=4, data=b"\xaa\xbb", ne=256)),
    ("00B00000000101", CommandApdu(cla=0, ins=0xB0, ne=257)),
    ("00B00000000000", CommandApdu(cla=0, ins=0xB0, ne=65536)),
    ("00D60000000100" + "11" * 256, CommandApdu(cla=0, ins=0xD6, data=b"\x11" * 256)),
    ("00880000000100" + "22" * 256 + "0200", CommandApdu(cla=0, ins=0x88, data=b"\x22" * 256, ne=512)),
]


@pytest.mark.parametrize(("text", "command"), COMMANDS, ids=[text[:14] for text, _ in COMMANDS])
def test_all_seven_cases_are_written_and_read(text: str, command: CommandApdu) -> None:
    assert command.to_bytes().hex().upper() == text
    assert CommandApdu.parse(bytes.fromhex(text)) == command


@pytest.mark.error("apdu-shape")
@pytest.mark.parametrize(
    "text", ["", "00A4", "00A404", "00A4040003AABB", "00A4040001AABBCC", "00B000000001", "00B0000000000000", "00D60000000002AA", "00D60000000001AABB"]
)
def test_a_command_that_does_not_add_up_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        CommandApdu.parse(bytes.fromhex(text))
    assert refused.value.fault is faults.APDU_SHAPE


@given(st.binary(max_size=600))
def test_the_parser_raises_nothing_else_and_means_what_it_read(raw: bytes) -> None:
    try:
        command = CommandApdu.parse(raw)
    except InputError:
        return
    assert CommandApdu.parse(command.to_bytes()) == command


@pytest.mark.parametrize("wrong", [{"ins": 256}, {"ne": 0}, {"ne": 65537}, {"data": bytes(65536)}])
def test_a_command_without_an_encoding_is_a_bug(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="header bytes"):
        CommandApdu(**{"cla": 0, "ins": 0, **wrong})  # type: ignore[arg-type]  # because the wrong values are the point


@pytest.mark.error("chip-answer")
@pytest.mark.parametrize("raw", ["", "90", "0203", "010203", "FFFF"])
def test_half_an_answer_is_not_taken_for_a_whole_one(raw: str) -> None:
    with pytest.raises(InputError) as refused:
        ResponseApdu.parse(bytes.fromhex(raw))
    assert refused.value.fault is faults.CHIP_ANSWER


def test_an_answer_is_written_and_read() -> None:
    answer = ResponseApdu(data=b"abc", sw=StatusWord.OK)
    assert ResponseApdu.parse(answer.to_bytes()) == answer
