"""The social security application at the level of its bytes: what any reader of real cards sends, and what it may expect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.chipproof import ChipState
from physical.generation3 import cryptogram
from physical.tlv import write_record
from tests.physical.chips import CARD_ID, INITIAL_PIN, blank, chip_credential
from tests.physical.world import Wire, World

SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
EF05, EF06 = "00A4020002EF05", "00A4000002EF06"
READ_KEY = bytes(range(16))
CHALLENGE = "0084000008"
ISSUER = {
    2: (0x02, b"1"),
    3: (0x03, b"2.00"),
    4: (0x04, bytes.fromhex("915000000000FFFFFFFFFFFF")),
    5: (0x05, b"\x20\x26\x11\x22"),
    7: (0x07, b"C12345678"),
}
HOLDER = {1: (0x08, b"50010119900307803X"), 2: (0x09, "王芳".encode("gbk").ljust(30, b"\0")), 4: (0x0A, b"2"), 7: (0x0D, bytes.fromhex("19900307"))}


def send(wire: Wire, *commands: str) -> str:
    answer = ""
    for command in commands:
        answer = wire.transmit(bytes.fromhex(command)).hex().upper()
    return answer


def update(number: int, record: bytes) -> str:
    return f"00DC{number:02X}04{len(record):02X}{record.hex()}"


def made(*, generation: int = 2, finish: bool = True) -> World:
    """A chip with both files."""
    world = World()
    world.restore(bytes(blank().content))
    wire = world.insert()
    send(wire, SSSE, EF05, update(1, write_record(0x01, CARD_ID)))
    for number, (tag, value) in ISSUER.items():
        record = write_record(tag, f"{generation}.00".encode() if tag == 3 else value)
        assert send(wire, update(number, record)) == "9000"
    send(wire, EF06)
    for number, (tag, value) in HOLDER.items():
        assert send(wire, update(number, write_record(tag, value))) == "9000"
    session = world.session()
    world.key = session.generate_key()
    session.write_script_keys(world.keys)
    session.write_read_key(READ_KEY)
    session.write_initial_pin(INITIAL_PIN)
    session.write_credential(chip_credential(world.key))
    assert session.read_card_id() == CARD_ID
    if finish:
        session.activate()
    return world


def proven(wire: Wire, key: bytes = READ_KEY) -> str:
    challenge = bytes.fromhex(send(wire, CHALLENGE)[:-4])
    return send(wire, "0082000A10" + cryptogram(key, challenge, bytes(8)).hex())


@pytest.mark.parametrize(
    ("command", "record"),
    [
        (["00B2070400"], "0709433132333435363738"),
        ([EF05, "00B207000B"], "0709433132333435363738"),
        (["00B2072800"], "0709433132333435363738"),
        (["00B2072C00"], "0709433132333435363738"),
        ([EF05, "00B2010400"], "0110" + CARD_ID.hex().upper()),
        ([EF05, "00B2010012"], "0110" + CARD_ID.hex().upper()),
        (["00B2013400"], "0812353030313031313939303033303738303358"),
        ([EF06, "00B2040400"], "0A0132"),
        ([EF06, "00B20A0003"], "0A0132"),
        (["00B20D3000"], "0D0419900307"),
    ],
)
def test_a_card_of_generation_two_shows_its_records_by_tag_and_by_number(command: list[str], record: str) -> None:
    wire = made().insert()
    assert send(wire, SSSE, EF05, *command) == record + "9000"


@pytest.mark.parametrize(
    ("commands", "sw"),
    [
        ([SSSE], "9000"),
        ([EF05], "6985"),
        ([SSSE, "00A4020002EF07"], "6A82"),
        ([SSSE, "00A4020001EF"], "6A82"),
        ([SSSE, "00A4020402EF05"], "6A86"),
        ([SSSE, "00B2010400"], "6986"),
        ([SSSE, "00B2014400"], "6A82"),
        ([SSSE, EF05, "00B2060400"], "6A83"),
        ([SSSE, EF05, "00B2080000"], "6A83"),
        ([SSSE, EF05, "00B2010500"], "6A86"),
        ([SSSE, EF05, "00B20104"], "6700"),
        ([SSSE, EF05, "00B2070405"], "6C0B"),
        ([SSSE, EF05, update(2, b"\x02\x011")], "6985"),
        ([SSSE, "0082000A10" + "00" * 16], "6985"),
        ([SSSE, CHALLENGE, "0082000410" + "00" * 16], "6A86"),
        ([SSSE, CHALLENGE, "0082000A08" + "00" * 8], "6700"),
        ([SSSE, CHALLENGE, "0082000A10" + "00" * 16], "6300"),
        ([SSSE, "00B0000000"], "6D00"),
        (["00A404000F7378322E73682EC9E7BBE1B1A3D5CF"], "6A82"),
    ],
)
def test_everything_else_is_refused_with_the_standard_word(commands: list[str], sw: str) -> None:
    assert send(made().insert(), *commands)[-4:] == sw


@pytest.mark.parametrize(
    ("number", "record", "sw"),
    [
        (1, "0110" + "00" * 16, "9000"),
        (1, "010F" + "00" * 15, "6A80"),
        (1, "020131", "6A80"),
        (2, "0110" + "00" * 16, "6A80"),
        (2, "0202" + "31", "6A80"),
        (2, "FF0131", "6A80"),
        (0, "020131", "6A86"),
        (16, "020131", "6A86"),
        (4, "0460" + "00" * 96, "6A84"),
    ],
)
def test_what_personalisation_may_write(number: int, record: str, sw: str) -> None:
    world = made(finish=False)
    before = world.snapshot()
    assert send(world.insert(), SSSE, EF05, update(number, bytes.fromhex(record))) == sw
    assert (world.snapshot() == before) == (sw != "9000")
    assert send(world.insert(), SSSE, update(number, bytes.fromhex(record))) == "6986"


def test_a_card_of_generation_three_keeps_its_number_and_holder_until_the_reader_has_proven_itself() -> None:
    wire = made(generation=3).insert()
    send(wire, SSSE, EF05)
    guarded = ("00B2070400", "00B2013400", "00B2090000")
    assert send(wire, "00B2010400")[-4:] == send(wire, "00B2030400")[-4:] == "9000"
    assert [send(wire, command) for command in guarded[:2]] == ["6982", "6982"]
    assert proven(wire) == "9000"
    send(wire, EF06)
    assert [send(wire, command)[-4:] for command in guarded] == ["9000"] * 3
    assert proven(wire, bytes(16)) == "6300"
    assert send(wire, "00B2013400") == "6982"
    assert proven(wire) == "9000"
    assert send(wire, SSSE, "00B2013400") == "6982"


def test_a_challenge_answers_for_one_authentication_only() -> None:
    wire = made(generation=3).insert()
    challenge = bytes.fromhex(send(wire, SSSE, CHALLENGE)[:-4])
    answer = "0082000A10" + cryptogram(READ_KEY, challenge, bytes(8)).hex()
    assert [send(wire, answer), send(wire, answer)] == ["9000", "6985"]
    assert send(wire, "00B2013400") == "6982"
    send(wire, CHALLENGE)
    assert send(wire, answer) == "6300"


def test_a_chip_without_a_read_key_cannot_be_convinced() -> None:
    wire = World().insert()
    assert send(wire, SSSE, CHALLENGE, "0082000A10" + "00" * 16) == "6A88"


def test_a_card_in_the_making_shows_what_was_written_so_that_it_can_be_checked() -> None:
    wire = made(generation=3, finish=False).insert()
    assert send(wire, SSSE) == "6283"
    assert send(wire, "00B2013400")[-4:] == "9000"


@pytest.mark.parametrize("state", [ChipState.SUSPENDED, ChipState.FROZEN])
def test_a_blocked_card_says_which_card_it_is_and_nothing_of_its_holder(state: ChipState) -> None:
    world = made()
    world.tell(world.session(), 1, state)
    wire = world.insert()
    assert send(wire, SSSE) == "6283"
    assert send(wire, EF05, "00B2010400")[-4:] == "9000"
    assert send(wire, "00B2013400") == "6985"
    world.tell(world.session(), 2, ChipState.ACTIVE)
    assert send(world.insert(), SSSE, "00B2013400")[-4:] == "9000"


def test_a_cancelled_card_refuses_to_be_selected_as_a_social_security_card() -> None:
    world = made()
    world.tell(world.session(), 1, ChipState.CANCELLED)
    wire = world.insert()
    assert send(wire, SSSE) == "6A81"
    assert send(wire, EF05) == "6985"
    assert world.status().state is ChipState.CANCELLED


@given(st.binary(min_size=2, max_size=2), st.binary(max_size=40))
def test_no_parameters_of_a_known_command_make_it_fall_over(p1p2: bytes, rest: bytes) -> None:
    wire = once().insert()
    send(wire, SSSE, EF05)
    for header in ("00A4", "00B2", "00DC", "0084", "0082"):
        assert len(wire.transmit(bytes.fromhex(header) + p1p2 + rest)) >= 2


_ONCE: list[World] = []


def once() -> World:
    if not _ONCE:
        _ONCE.append(made())
    return _ONCE[0]
