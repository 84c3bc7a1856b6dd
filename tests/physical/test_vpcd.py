"""The card's side of vsmartcard's protocol, over a loopback socket: what is answered, what drops the card, and what its hand is told."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from codes.errors import SetupError
from physical import faults, vpcd_service
from physical.vpcd import ATR_T1, Mishap, Port
from physical.vpcd_service import VirtualReaders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASK_ATR = b"\x00\x01\x04"


class Reader:
    """A reader that listens for its card."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.wire: socket.socket | None = None

    def connect(self) -> socket.socket:
        wire = socket.create_connection(self.listening.getsockname())
        self.hang_up()
        self.wire, _ = self.listening.accept()
        self.wire.settimeout(5)
        return wire

    def hang_up(self) -> None:
        if self.wire is not None:
            self.wire.close()

    def send(self, body: bytes) -> None:
        assert self.wire is not None
        self.wire.sendall(len(body).to_bytes(2))  # in two pieces, as the driver does
        self.wire.sendall(body)

    def hear(self) -> bytes:
        """What comes until there is nothing more: a whole message, or what there was of it when the card went."""
        assert self.wire is not None
        heard = b""
        while not heard or len(heard) < 2 or len(heard) < 2 + int.from_bytes(heard[:2]):
            piece = self.wire.recv(4096)
            if not piece:
                break
            heard += piece
        return heard


class Echo:
    """A card that answers with what it was asked, and dies of a 6-byte command."""

    def __init__(self) -> None:
        self.resets = 0

    def apdu(self, command: bytes) -> bytes:
        if len(command) == 6:
            raise SetupError(faults.IMAGE_UNWRITABLE)
        return command + b"\x90\x00"

    def reset(self) -> None:
        self.resets += 1


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.hang_up()
    reader.listening.close()


def test_a_card_answers_its_atr_and_commands_and_is_silent_about_power(reader: Reader) -> None:
    port, card = Port(reader.connect), Echo()
    port.insert(card)
    for power in (0, 1, 2):
        reader.send(bytes((power,)))
    reader.send(b"\x04")
    assert reader.hear() == b"\x00\x05" + ATR_T1
    reader.send(b"\x00\x84\x00\x00\x08")
    assert reader.hear() == b"\x00\x07\x00\x84\x00\x00\x08\x90\x00"
    assert card.resets == 3  # when it was put in, at power on, at reset
    assert port.remove() is None
    assert port.remove() is None
    assert reader.hear() == b""


@pytest.mark.parametrize(("mishap", "heard"), [(Mishap.TORN_BEFORE, ""), (Mishap.TORN_AFTER, ""), (Mishap.HALF, "0006000102")])
def test_a_mishap_drops_the_card(reader: Reader, mishap: Mishap, heard: str) -> None:
    port = Port(reader.connect)
    port.insert(Echo())
    port.mishaps += [Mishap.NOTHING, mishap]
    for expected in ("0006000102039000", heard):
        reader.send(b"\0\1\2\3")
        assert reader.hear().hex() == expected
    assert port.wait(seconds=5) is None


def test_a_silent_card_stays_in_until_it_is_taken_out(reader: Reader) -> None:
    port = Port(reader.connect)
    port.insert(Echo())
    port.mishaps.append(Mishap.SILENT)
    reader.send(b"\0\1\2\3")
    assert port.wait(seconds=0.01) is None
    port.remove()
    assert reader.hear() == b""


def test_what_a_card_died_of_is_told_to_the_hand_that_takes_it_out(reader: Reader) -> None:
    port = Port(reader.connect)
    port.insert(Echo())
    reader.send(bytes(6))
    assert reader.hear() == b""
    died = port.remove()
    assert isinstance(died, SetupError)
    assert died.fault is faults.IMAGE_UNWRITABLE


def test_a_swapped_card_answers_at_once(reader: Reader) -> None:
    port, other = Port(reader.connect), Echo()
    port.insert(Echo())
    port.swap(other, atr=b"\x3b\x00")
    reader.send(b"\x04")
    assert reader.hear() == b"\x00\x02\x3b\x00"
    with pytest.raises(RuntimeError, match="a card in this slot"):
        port.insert(other)
    assert port.wait(seconds=0) is None
    port.remove()
    assert port.wait(seconds=0) is None


def test_a_reader_that_hangs_up_is_the_end_of_it(reader: Reader) -> None:
    port = Port(reader.connect)
    port.insert(Echo())
    assert reader.wire is not None
    reader.wire.sendall(b"\x00")  # half a length
    reader.hang_up()
    assert port.wait(seconds=5) is None


@pytest.mark.error("virtual-reader")
def test_without_its_driver_there_is_no_virtual_reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(vpcd_service, "DRIVERS", tmp_path)
    with pytest.raises(SetupError) as missing, VirtualReaders():
        pass
    assert missing.value.fault is faults.VIRTUAL_READER


@pytest.mark.parametrize("count", [0, 9])
def test_a_service_has_a_few_readers(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 8"):
        VirtualReaders(count=count)
