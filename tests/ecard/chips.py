"""A chip as the record's mirror meets one: it signs, takes scripts, gives receipts; and it can be copied, and put back to what it was."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.chipproof import ChipPurpose, ChipReport, ChipState
from codes.scripts import ChipFlag, ChipStatus, Script, ScriptKeys, ScriptReceipt
from ecard.lifecycle import RULES, Command
from tests.ecard.city import CLERK, SoftChip, region_issuer

if TYPE_CHECKING:
    from ecard.chips.scripting import Sealed
    from ecard.model import ChipFile, Dossier
    from tests.ecard.city import City

DESK = "reader-cq-007"


@dataclass
class MirrorChip(SoftChip):
    """Does what it is told; whether it may is the soft card's business, tested with it."""

    digest: bytes = bytes(8)
    pin_blocked: bool = False
    region: str = "CN-CQ"

    @property
    def keys(self) -> ScriptKeys:
        return ScriptKeys.derive(region_issuer(self.region).chip_master, card_id=self.code)

    def answer(self, purpose: ChipPurpose, challenge: bytes) -> bytes:
        self.counter += 1
        report = ChipReport(
            purpose=purpose, card_id=self.code, counter=self.counter, seq=self.seq, state=self.state, digest=self.digest, chip_random=b"\x07" * 8
        )
        return report.body() + self.signer.sign(report.signed_bytes(challenge))

    def obey(self, apdu: bytes) -> bytes:
        script = Script.parse(apdu)
        if script.seq > self.seq:
            self.set(script.seq, script.state)
        return ScriptReceipt(seq=self.seq, state=self.state, digest=self.digest).seal(self.keys, card_id=self.code, nonce=script.nonce)

    def set(self, seq: int, state: ChipState) -> None:
        self.seq, self.state = seq, state
        self.digest = Script(seq=seq, state=state, live=True, nonce=bytes(8)).digest()[:8]

    def condition(self, nonce: bytes) -> bytes:
        flags = ChipFlag.PIN_BLOCKED if self.pin_blocked else ChipFlag.NONE
        said = ChipStatus(seq=self.seq, state=self.state, digest=self.digest, counter=self.counter, flags=flags)
        return said.seal(self.keys, card_id=self.code, nonce=nonce)

    def as_it_is(self) -> MirrorChip:
        """The same memory in another chip, or to be put back later."""
        return copy.copy(self)


def mirrored(city: City, order: int = 1) -> tuple[Dossier, MirrorChip]:
    """A card in its holder's hand, with a chip that can be told things."""
    applied = city.apply(order)
    made = city.chip_of(applied)
    chip = MirrorChip(code=made.code, signer=made.signer)
    city.personalise(applied, chip)
    return city.office.activate(applied.card.ref, actor=CLERK, evidence=RULES[Command.ACTIVATE].evidence, at=city.at), chip


def look(city: City, chip: MirrorChip, *, condition: bool = False) -> ChipFile:
    """Ask the chip how it is, live, and note what it says."""
    nonce = city.office.begin_tap(chip.code, at=city.at).value
    answer = chip.answer(ChipPurpose.STATUS, nonce)
    said = chip.condition(nonce[:8]) if condition else None
    return city.office.note_chip_status(chip.code, challenge=nonce, answer=answer, condition=said, reader=DESK, at=city.at)


def script(city: City, chip: MirrorChip, *, live: bool = True) -> Sealed:
    return city.office.chip_script(chip.code, challenge=b"\x05" * 8 if live else None)


def tell(city: City, chip: MirrorChip, *, live: bool = True) -> ChipFile:
    """Bring the chip to what it is to be, and note its receipt."""
    told = script(city, chip, live=live).apdu
    return city.office.note_chip_receipt(chip.code, script=told, answer=chip.obey(told), reader=DESK, at=city.at)


def tap(city: City, chip: MirrorChip) -> ChipFile:
    """Look and tell until there is nothing left to tell."""
    for _ in range(4):
        found = look(city, chip)
        if found.target is None or (chip.seq, chip.state) == (found.target.seq, found.target.state):
            return found
        tell(city, chip)
    raise AssertionError("chip and record do not come together")
