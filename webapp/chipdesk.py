"""Where a chip and the record meet: this office as the desk that a tap talks to, and what stands on a chip as the record knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from codes.chipproof import ChipState
from codes.errors import StateError
from ecard import IdentityType
from ecard import faults as record
from physical.mirror import Held, Question, Wanted
from physical.sscfields import Generation, Sex
from physical.sscrecords import HolderFile, IssuerFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecard import CardOffice
    from ecard.chips.making import ChipOrder
    from ecard.model import ChipFile
    from ecard.vault import Person


@dataclass(frozen=True, slots=True)
class OfficeDesk:
    """A `physical.mirror.Desk` that is this very office. `reader` is where the taps happen."""

    office: CardOffice
    reader: str
    clock: Callable[[], datetime]

    def ask(self, card_id: bytes) -> Question:
        """See `Desk.ask`."""
        nonce = self.office.begin_tap(card_id, at=self.clock())
        key = self.office.chip(card_id).chip.key
        if key is None:
            raise StateError(record.CHIP_NOT_PERSONALISED)
        return Question(challenge=nonce.value, key=key)

    def note(self, card_id: bytes, *, challenge: bytes, answer: bytes, condition: bytes) -> Wanted:
        """See `Desk.note`."""
        at = self.clock()
        return wanted(self.office.note_chip_status(card_id, challenge=challenge, answer=answer, condition=condition, reader=self.reader, at=at))

    def script(self, card_id: bytes, *, challenge: bytes) -> bytes:
        """See `Desk.script`."""
        return self.office.chip_script(card_id, challenge=challenge).apdu

    def receipt(self, card_id: bytes, *, script: bytes, answer: bytes) -> Wanted:
        """See `Desk.receipt`."""
        return wanted(self.office.note_chip_receipt(card_id, script=script, answer=answer, reader=self.reader, at=self.clock()))


def wanted(file: ChipFile) -> Wanted:
    """What the record says of a chip, in the words of a tap."""
    target = Held(0, ChipState.SUSPENDED) if file.target is None else Held(file.target.seq, file.target.state)
    return Wanted(target=target, apart=tuple(incident.kind.value for incident in file.incidents))


def card_file(order: ChipOrder) -> IssuerFile:
    """EF05 of a chip in making."""
    return IssuerFile(
        card_id=order.code,
        category="1",
        generation=Generation.SECOND,
        initialiser=order.division.ljust(24, "0"),
        issued=order.issued,
        expires=order.expires,
        card_number=order.dossier.card.number,
    )


def holder_file(person: Person) -> HolderFile | None:
    """EF06 of whom the vault knows; sex and birthday stand in a resident's number, and the record keeps nothing more (HZ-8)."""
    if person.identity.type not in {IdentityType.RESIDENT_ID, IdentityType.RESIDENT_ID_15}:
        return None
    number = person.identity.person
    return HolderFile(
        number=number,
        name=person.name.text,
        sex=Sex.MALE if int(number[16]) % 2 else Sex.FEMALE,
        ethnicity="",
        birthplace="",
        born=date.fromisoformat(number[6:14]),
    )
