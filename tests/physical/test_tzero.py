"""The same card behind T=0: whatever T=1 says in one step is said in two, and done once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.chipproof import ChipPurpose, ChipState
from physical.binding import BindingSession
from physical.chipmemory import ChipMemory
from physical.softcard import InProcess, SoftCard, TZeroCard
from physical.transport import whole
from tests.physical.chips import CARD_ID, INITIAL_PIN, PIN, Entropy, blank, personalise
from tests.physical.test_softcard import SELECT, authenticate
from tests.physical.world import World


def send(card: TZeroCard, *commands: str) -> str:
    answer = ""
    for command in commands:
        answer = card.apdu(bytes.fromhex(command)).hex().upper()
    return answer


def finished() -> TZeroCard:
    memory = blank()
    personalise(memory)
    return TZeroCard(SoftCard(memory, Entropy("again")))


def test_an_answer_to_a_command_with_data_is_announced_and_fetched_once() -> None:
    card = finished()
    assert send(card, SELECT) == "610F"
    assert send(card, "00C000000F") == "6F0D840BF0455353432D42494E44319000"
    assert send(card, "00C000000F") == "6985"
    assert send(card, SELECT[:-2]) == "610F"


def test_a_warning_comes_behind_what_is_fetched() -> None:
    assert send(TZeroCard(SoftCard(blank(), Entropy("new"))), SELECT, "00C000000F")[-4:] == "6283"


def test_a_wrong_length_is_named_and_nothing_is_done_twice() -> None:
    memory = blank()
    card = TZeroCard(SoftCard(memory, Entropy("new")))
    answer = send(card, SELECT, "0047000000")
    assert answer[:2] == "6C"
    assert send(card, "00470000" + answer[2:])[-4:] == "9000"
    assert send(card, "0047000000") == "6985"
    assert send(card, SELECT, "00C0000005") == "6C0F"
    assert send(card, "00C000000F")[-4:] == "6283"


def test_an_authentication_is_counted_once() -> None:
    memory = blank()
    personalise(memory)
    card = TZeroCard(SoftCard(memory, Entropy("again")))
    assert send(card, SELECT, authenticate(1)) == "616B"
    assert send(card, "00C000006B")[-4:] == "9000"
    assert ChipMemory(memory).counter == 1


@pytest.mark.parametrize("between", ["0084000008", SELECT])
def test_what_was_not_fetched_is_gone_with_the_next_command(between: str) -> None:
    card = finished()
    send(card, SELECT, authenticate(1), between)
    assert send(card, "00C000006B") != "9000"


@pytest.mark.parametrize("command", ["00B00000000101", "00D60000000100" + "11" * 256, "00A4", "00C0000000" + "00"])
def test_extended_lengths_do_not_exist(command: str) -> None:
    assert send(finished(), SELECT, command) == "6700"


def test_a_reset_forgets_what_was_waiting() -> None:
    card = finished()
    send(card, SELECT)
    card.reset()
    assert send(card, "00C000000F") == "6985"


def test_a_session_meets_no_difference() -> None:
    world = World(tzero=True)
    session = world.session()
    assert world.tell(session, 3, ChipState.SUSPENDED).seq == 3
    assert not session.select()
    assert world.tell(session, 4, ChipState.ACTIVE).seq == 4
    assert world.status(session).seq == 4
    session.verify_pin(PIN)
    session.endorse(bytes(32))
    assert [seq for seq, _ in _log(session)] == [4, 3]
    assert session.prove(ChipPurpose.STATUS, bytes(32), key=world.key, card_id=CARD_ID).counter == 2
    assert session.read_public_key() == world.key


def _log(session: BindingSession) -> list[tuple[int, ChipState]]:
    session.verify_pin(PIN)
    return session.read_log()


def test_a_card_is_made_behind_it_in_process() -> None:
    session = BindingSession(whole(InProcess(TZeroCard(SoftCard(blank(), Entropy("new"))))))
    assert not session.select()
    key = session.generate_key()
    session.write_card_id(CARD_ID)
    session.write_initial_pin(INITIAL_PIN)
    assert session.read_public_key() == key


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_no_bytes_make_it_fall_over(commands: list[bytes]) -> None:
    card = TZeroCard(SoftCard(blank(), Entropy("fuzz")))
    card.apdu(bytes.fromhex(SELECT))
    for command in commands:
        assert len(card.apdu(command)) >= 2
