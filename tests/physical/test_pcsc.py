"""What PC/SC's result codes mean: the table of CHIP 2.6 and 5, code by code, and that everything opened is closed again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from codes.errors import Fault, SetupError
from physical import faults, pcsc
from physical.supervisor import Presence
from tests.physical.pyscard import READER, FakeScard

COMMAND = bytes.fromhex("0084000008")


@pytest.fixture
def scard(monkeypatch: pytest.MonkeyPatch) -> FakeScard:
    fake = FakeScard()
    monkeypatch.setattr(pcsc, "_pyscard", lambda: fake)
    return fake


def raised_by_connecting() -> Fault:
    with pytest.raises(SetupError) as raised, pcsc.inserted(READER):
        pass
    return raised.value.fault


CONNECTING = [
    (0x80100009, faults.READER_MISSING),
    (0x8010000B, faults.READER_BUSY),
    (0x8010000C, faults.CARD_ABSENT),
    (0x8010000F, faults.CARD_MUTE),
    (0x80100017, faults.READER_MISSING),
    (0x8010001D, faults.READER_SERVICE),
    (0x8010001E, faults.READER_SERVICE),
    (0x80100066, faults.CARD_MUTE),
    (0x80100069, faults.CARD_ABSENT),
    (0x80100001, faults.READER_FAILED),
]


@pytest.mark.error("reader-failed")
@pytest.mark.parametrize(("code", "fault"), CONNECTING, ids=[f"{code:08X}" for code, _ in CONNECTING])
@pytest.mark.parametrize("call", ["establish", "connect", "begin"])
def test_before_a_command_is_sent_each_result_has_its_name(scard: FakeScard, code: int, fault: Fault, call: str) -> None:
    scard.results[call] = [code]
    assert raised_by_connecting() is fault
    assert [name for name, _ in scard.calls].count("release") == (call != "establish")


TRANSMITTING = [
    (0x8010000B, faults.READER_BUSY),
    (0x8010001D, faults.READER_SERVICE),
    (0x8010000C, faults.OUTCOME_UNKNOWN),
    (0x80100016, faults.OUTCOME_UNKNOWN),
    (0x80100068, faults.OUTCOME_UNKNOWN),
    (0x80100069, faults.OUTCOME_UNKNOWN),
    (0x80100001, faults.OUTCOME_UNKNOWN),
    (0x00000001, faults.OUTCOME_UNKNOWN),
]


@pytest.mark.parametrize(("code", "fault"), TRANSMITTING, ids=[f"{code:08X}" for code, _ in TRANSMITTING])
def test_while_a_command_is_sent_whatever_is_not_understood_leaves_the_outcome_unknown(scard: FakeScard, code: int, fault: Fault) -> None:
    scard.results["transmit"] = [code]
    with pcsc.inserted(READER) as transport, pytest.raises(SetupError) as raised:
        transport.transmit(COMMAND)
    assert raised.value.fault is fault
    assert ("end", ("card", scard.SCARD_LEAVE_CARD)) in scard.calls  # no reset of what may be gone


@pytest.mark.threat("E09")
@pytest.mark.parametrize("answer", ["", "90", "01 0203", "0203", "00" * 9 + "9000", "FFFF"])
def test_a_success_that_is_no_whole_answer_leaves_the_outcome_unknown(scard: FakeScard, answer: str) -> None:
    scard.answer = list(bytes.fromhex(answer))
    with pcsc.inserted(READER) as transport, pytest.raises(SetupError) as raised:
        transport.transmit(COMMAND)
    assert raised.value.fault is faults.OUTCOME_UNKNOWN


@pytest.mark.parametrize("protocol", [FakeScard.SCARD_PROTOCOL_T0, FakeScard.SCARD_PROTOCOL_T1])
def test_a_command_goes_out_by_the_protocol_that_was_agreed_and_the_card_is_reset_at_the_end(scard: FakeScard, protocol: int) -> None:
    scard.protocol = protocol
    with pcsc.inserted(READER) as transport:
        assert transport.transmit(COMMAND) == b"\x90\x00"
    assert ("transmit", ("card", 10 + protocol, COMMAND)) in scard.calls
    assert [name for name, _ in scard.calls][-3:] == ["end", "disconnect", "release"]
    assert ("end", ("card", scard.SCARD_RESET_CARD)) in scard.calls


def test_a_card_that_another_program_has_reset_is_acknowledged_and_taken(scard: FakeScard) -> None:
    scard.results["begin"] = [0x80100068, 0x80100068]
    with pcsc.inserted(READER):
        pass
    assert [name for name, _ in scard.calls].count("reconnect") == 2


def test_a_card_that_is_reset_again_and_again_is_given_up(scard: FakeScard) -> None:
    scard.results["begin"] = [0x80100068] * 9
    assert raised_by_connecting() is faults.READER_FAILED


@pytest.mark.parametrize(("state", "presence"), [(0x10, Presence.EMPTY), (0x20, Presence.CARD), (0x220, Presence.MUTE), (0x122, Presence.CARD)])
def test_a_reader_is_seen_as_it_is(scard: FakeScard, state: int, presence: Presence) -> None:
    scard.states = [state | 5 << 16]
    with pcsc.readers() as watch:
        (view,) = watch.look()
    assert (view.name, view.presence, view.moves) == (READER, presence, 5)
    assert (view.atr == b"\x3b\x00") is (presence is Presence.CARD)
    assert not view.state & scard.SCARD_STATE_CHANGED


def test_no_readers_is_an_answer(scard: FakeScard) -> None:
    scard.results["list"] = [0x8010002E]
    with pcsc.readers() as watch:
        assert watch.look() == ()


@pytest.mark.parametrize("harmless", [0, 0x8010000A, 0x80100009])
def test_waiting_for_readers_ends_by_time_or_by_change(scard: FakeScard, harmless: int) -> None:
    scard.results["change"] = [0, harmless]
    with pcsc.readers() as watch:
        known = watch.look()
        assert watch.wait(known, seconds=0.5) == known
    assert ("change", ("context", 500)) in scard.calls


def test_a_reader_that_came_meanwhile_is_not_waited_for(scard: FakeScard) -> None:
    with pcsc.readers() as watch:
        known = watch.look()
        scard.names = [READER, "Another 00 00"]
        assert len(watch.wait(known, seconds=9)) == 2
    assert ("change", ("context", 9000)) not in scard.calls


def test_waiting_names_a_service_that_has_gone(scard: FakeScard) -> None:
    scard.results["change"] = [0, 0x8010001D]
    with pcsc.readers() as watch, pytest.raises(SetupError) as gone:
        watch.wait(watch.look(), seconds=1)
    assert gone.value.fault is faults.READER_SERVICE


def test_a_presence_is_awaited_and_given_up(scard: FakeScard) -> None:
    scard.states = [0x10, 0x10, 0x20]
    assert pcsc.await_presence(READER, Presence.CARD, seconds=5)
    assert not pcsc.await_presence(READER, Presence.EMPTY, seconds=0)


@pytest.mark.error("reader-support")
def test_without_pyscard_readers_are_not_supported_and_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    assert raised_by_connecting() is faults.READER_SUPPORT
    with pytest.raises(SetupError) as unsupported, pcsc.readers():
        pass
    assert unsupported.value.fault is faults.READER_SUPPORT


def test_the_service_to_speak_to_is_named_to_the_library_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, str] = {}
    monkeypatch.setattr(os, "putenv", told.__setitem__)
    monkeypatch.setattr(pcsc, "_told", set())
    for _ in range(2):
        pcsc.speak_to(Path("/run/x.sock"))
    with pytest.raises(RuntimeError, match="another reader service"):
        pcsc.speak_to(Path("/run/y.sock"))
    assert told == {"PCSCLITE_CSOCK_NAME": "/run/x.sock"}
