"""Social security cards for the tests: fictional people with valid check digits, on soft cards of generations 2.0 and 3.0; and the PSAM that opens them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from physical.apdu import CommandApdu, ResponseApdu, StatusWord
from physical.binding import BindingSession
from physical.generation3 import PSAM_AID, card_key, cryptogram
from physical.softcard import InProcess, SoftCard
from physical.ssc import SscSession
from physical.sscfields import Generation, Sex
from physical.sscrecords import File, HolderFile, IssuerFile
from tests.physical.chips import CARD_ID, INITIAL_PIN, Entropy, blank, chip_credential

if TYPE_CHECKING:
    from physical.nvm import ArrayMemory

MASTER = bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
RARE = "王㛃䶮"
"""A name with characters outside GB 2312: 㛃 (U+36C3) and 䶮 (U+4DAE) take four bytes in GB18030."""
LONG = "阿卜杜热合曼·买买提艾合麦提江·𠮷"
"""A name longer than its field, with a character outside the basic plane."""


def issuer_file(generation: Generation) -> IssuerFile:
    return IssuerFile(
        card_id=CARD_ID,
        category="1",
        generation=generation,
        initialiser="915000000000000000000001",
        issued=date(2026, 11, 1),
        expires=date(2036, 11, 1),
        card_number="C12345A7K",
    )


def holder_file(name: str = RARE) -> HolderFile:
    return HolderFile(number="500000199003070012", name=name, sex=Sex.FEMALE, ethnicity="01", birthplace="500000", born=date(1990, 3, 7))


def ssc_card(generation: Generation = Generation.SECOND, name: str = RARE) -> SoftCard:
    """A finished card whose holder has not changed the PIN yet."""
    return SoftCard(ssc_memory(generation, name), Entropy("card"))


def ssc_memory(generation: Generation = Generation.SECOND, name: str = RARE, *, seed: str = "making") -> ArrayMemory:
    """The memory of such a card; another seed makes another key."""
    memory = blank()
    transport = InProcess(SoftCard(memory, Entropy(seed)))
    chip, ssc = BindingSession(transport), SscSession(transport)
    chip.select()
    key = chip.generate_key()
    chip.write_initial_pin(INITIAL_PIN)
    chip.write_read_key(card_key(MASTER, CARD_ID))
    chip.write_credential(chip_credential(key))
    ssc.select()
    ssc.write(File.ISSUER, issuer_file(generation).items())
    ssc.write(File.HOLDER, holder_file(name).items(generation))
    chip.select()
    chip.activate()
    return memory


class SoftPsam:
    """A PSAM of software: derives a card's key from its master and answers for a reader. A `physical.vpcd.Chip`."""

    def __init__(self, master: bytes = MASTER) -> None:
        self._master = master
        self.reset()

    def reset(self) -> None:
        self._selected, self._key = False, b""

    def apdu(self, command: bytes) -> bytes:
        read = CommandApdu.parse(command)
        if read.ins == 0xA4:
            self._selected = read.data == PSAM_AID
            return ResponseApdu(sw=StatusWord.OK if self._selected else StatusWord.NOT_FOUND).to_bytes()
        if not self._selected:
            return ResponseApdu(sw=StatusWord.CONDITIONS).to_bytes()
        if (read.cla, read.ins) == (0x80, 0x1A):
            self._key = card_key(self._master, read.data)
            return ResponseApdu(sw=StatusWord.OK).to_bytes()
        if not self._key:
            return ResponseApdu(sw=StatusWord.CONDITIONS).to_bytes()
        return ResponseApdu(data=cryptogram(self._key, read.data[:8], read.data[8:])[:8], sw=StatusWord.OK).to_bytes()

    def transmit(self, command: bytes) -> bytes:
        """The PSAM as a `Transport`, where no reader is in between."""
        return self.apdu(command)
