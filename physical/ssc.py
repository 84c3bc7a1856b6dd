"""A session with the social security application of a card (environment SSSE): who issued it, and whose it is, as typed values.

    00 A4 04 00 0F sx1.sh.社会保障           SELECT SSSE
    00 A4 02 00 02 EF05                     SELECT a file
    00 B2 07 00 00 | 00 B2 01 04 00         READ RECORD by tag, by number
    00 B2 07 2C 00 | 00 B2 01 34 00         the same through the short file identifier, without SELECT
    00 84 00 00 08, 00 82 00 0A 10 …        EXTERNAL AUTHENTICATION, which a card of generation 3.0 wants before EF05 tag 07 and EF06

What is read here is what the card says, to anybody and about itself: a copy says the same. Only the binding application proves anything.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from codes.errors import InputError, SetupError, StateError
from physical import faults, sscfields
from physical.apdu import CommandApdu, ResponseApdu, StatusWord
from physical.generation3 import CHALLENGE_BYTES, CRYPTOGRAM_BYTES, AuthenticationRequest
from physical.sscfields import Generation, Sex
from physical.tlv import read_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from physical.generation3 import Authenticator
    from physical.transport import Transport

SSSE_AID = b"sx1.sh." + "社会保障".encode("gbk")
CARD_ID_BYTES = 16


class File(enum.IntEnum):
    """Files of SSSE by identifier; the low byte is the short one."""

    ISSUER = 0xEF05
    HOLDER = 0xEF06


class Addressing(enum.Enum):
    """How a record is asked for."""

    TAG = "tag"
    NUMBER = "number"


class Tag(enum.IntEnum):
    """Data items by tag."""

    CARD_ID, CATEGORY, VERSION, INITIALISER, ISSUED, EXPIRES, CARD_NUMBER = range(1, 8)
    NUMBER, NAME, SEX, ETHNICITY, BIRTHPLACE, BORN = range(8, 14)
    NAME_EXTENSION = 0x4E


FIELDS: Mapping[File, tuple[Tag, ...]] = {
    File.ISSUER: (Tag.CARD_ID, Tag.CATEGORY, Tag.VERSION, Tag.INITIALISER, Tag.ISSUED, Tag.EXPIRES, Tag.CARD_NUMBER),
    File.HOLDER: (Tag.NUMBER, Tag.NAME, Tag.NAME_EXTENSION, Tag.SEX, Tag.ETHNICITY, Tag.BIRTHPLACE, Tag.BORN),
}
"""The items of each file in the order of their records; the extension of the name is on cards of generation 3.0 only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerFile:
    """EF05: the card. `card_number` is None where the card wants external authentication first."""

    card_id: bytes
    category: str
    generation: Generation
    initialiser: str
    issued: date | None
    expires: date | None
    card_number: str | None = field(repr=False)

    @property
    def region(self) -> str:
        """The pooling area (统筹区): six digits."""
        return self.card_id[:3].hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderFile:
    """EF06: the person. Prints nothing of it."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    sex: Sex = field(repr=False)
    ethnicity: str = field(repr=False)
    """GB/T 3304, two digits."""
    birthplace: str = field(repr=False)
    """Six digits, empty where the card has none."""
    born: date | None = field(repr=False)


class Shown(NamedTuple):
    """What a card showed of a file: its items by tag, and whether it kept any locked."""

    items: dict[Tag, bytes]
    locked: bool


class SscSession:
    """The social security application behind `transport`. `select` comes first.

    Every verb raises, beside its own: `InputError` chip-answer, tlv-shape and ssc-field, `SetupError` chip-command, and what the transport raises.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def select(self) -> bool:
        """Select SSSE. True when the application is open, False when it answers as blocked (its files may still be read where the card allows it).

        Raises `InputError` ssc-foreign (no such application), `StateError` ssc-blocked (the card is blocked for good).
        """
        answer = self._send(CommandApdu(cla=0x00, ins=0xA4, p1=0x04, data=SSSE_AID, ne=256))
        if answer.sw == StatusWord.CARD_BLOCKED:
            raise StateError(faults.SSC_BLOCKED)
        if answer.sw == StatusWord.NOT_FOUND:
            raise InputError(faults.SSC_FOREIGN, sw=f"{answer.sw:04X}")
        if answer.sw == StatusWord.SELECTED_BLOCKED:
            return False
        _accept(answer, 0xA4)
        return True

    # ------------------------------------------------------------------------------------------------------------ reading

    def issuer_file(self, *, by: Addressing = Addressing.TAG) -> IssuerFile:
        """Read EF05."""
        found = self.records(File.ISSUER, by=by).items
        card_id = _needed(found, Tag.CARD_ID)
        if len(card_id) != CARD_ID_BYTES:
            raise InputError(faults.SSC_FIELD, field="card_id", size=len(card_id))
        number = found.get(Tag.CARD_NUMBER)
        return IssuerFile(
            card_id=card_id,
            category=sscfields.ascii_text("category", _needed(found, Tag.CATEGORY)),
            generation=sscfields.chosen("version", Generation, _needed(found, Tag.VERSION)),
            initialiser=sscfields.digits("initialiser", _needed(found, Tag.INITIALISER)),
            issued=sscfields.day("issued", _needed(found, Tag.ISSUED)),
            expires=sscfields.day("expires", _needed(found, Tag.EXPIRES)),
            card_number=None if number is None else sscfields.ascii_text("card_number", number),
        )

    def holder_file(self, *, by: Addressing = Addressing.TAG) -> HolderFile:
        """Read EF06. Raises `StateError` ssc-locked while a card of generation 3.0 wants external authentication, chip-conditions when it is blocked."""
        found, locked = self.records(File.HOLDER, by=by)
        if locked:
            raise StateError(faults.SSC_LOCKED)
        return HolderFile(
            number=sscfields.citizen_number("number", _needed(found, Tag.NUMBER)),
            name=sscfields.person_name("name", _needed(found, Tag.NAME), found.get(Tag.NAME_EXTENSION, b"")),
            sex=sscfields.chosen("sex", Sex, _needed(found, Tag.SEX)),
            ethnicity=sscfields.digits("ethnicity", _needed(found, Tag.ETHNICITY)),
            birthplace=sscfields.digits("birthplace", _needed(found, Tag.BIRTHPLACE)),
            born=sscfields.day("born", _needed(found, Tag.BORN)),
        )

    def records(self, file: File, *, by: Addressing = Addressing.TAG, through_sfi: bool = False) -> Shown:
        """The items of a file that the card shows now. Two items of one tag, or another than was asked for: tlv-shape."""
        if not through_sfi:
            self._select_file(file)
        where = (file & 0x1F) << 3 if through_sfi else 0
        items: dict[Tag, bytes] = {}
        locked = False
        for number, tag in enumerate(FIELDS[file], 1):
            p1, p2 = (tag, where) if by is Addressing.TAG else (number, where | 0x04)
            answer = self._send(CommandApdu(cla=0x00, ins=0xB2, p1=p1, p2=p2, ne=256))
            locked = locked or answer.sw == StatusWord.SECURITY
            if answer.sw in {StatusWord.NO_RECORD, StatusWord.SECURITY}:
                continue
            item = read_record(_accept(answer, 0xB2))
            if item.tag not in FIELDS[file] or item.tag in items or (by is Addressing.TAG and item.tag != tag):
                raise InputError(faults.TLV_SHAPE, tag=f"{item.tag:02X}")
            items[Tag(item.tag)] = item.value
        return Shown(items, locked)

    # ------------------------------------------------------------------------------------------------ external authentication

    def authentication_request(self, card_id: bytes) -> AuthenticationRequest:
        """Step one: what the keeper of the keys has to know. The challenge is good for the next authentication of this session only."""
        challenge = _accept(self._send(CommandApdu(cla=0x00, ins=0x84, ne=CHALLENGE_BYTES)), 0x84)
        if len(challenge) != CHALLENGE_BYTES:
            raise InputError(faults.CHIP_ANSWER, size=len(challenge))
        return AuthenticationRequest(card_id=card_id, challenge=challenge)

    def authenticate(self, request: AuthenticationRequest, cryptogram: bytes) -> None:
        """Step two: what came back. Raises `StateError` ssc-refused."""
        if len(cryptogram) != CRYPTOGRAM_BYTES:
            msg = f"a cryptogram has {CRYPTOGRAM_BYTES} bytes, not {len(cryptogram)}"
            raise ValueError(msg)
        answer = self._send(CommandApdu(cla=0x00, ins=0x82, p2=request.key, data=cryptogram))
        if answer.sw != StatusWord.OK:
            raise StateError(faults.SSC_REFUSED, sw=f"{answer.sw:04X}")

    def authenticate_by(self, authenticator: Authenticator, card_id: bytes) -> None:
        """Both steps. Raises as they do, and what the authenticator raises."""
        request = self.authentication_request(card_id)
        self.authenticate(request, authenticator.cryptogram(request))

    # -------------------------------------------------------------------------------------------------------------- bytes

    def _select_file(self, file: File) -> None:
        answer = self._send(CommandApdu(cla=0x00, ins=0xA4, p1=0x02, data=file.to_bytes(2)))
        if answer.sw == StatusWord.NOT_FOUND:
            raise StateError(faults.CHIP_FILE, file=f"{file:04X}")
        _accept(answer, 0xA4)

    def _send(self, command: CommandApdu) -> ResponseApdu:
        return ResponseApdu.parse(self._transport.transmit(command.to_bytes()))


def _accept(answer: ResponseApdu, ins: int) -> bytes:
    if answer.sw == StatusWord.CONDITIONS:
        raise StateError(faults.CHIP_CONDITIONS, ins=f"{ins:02X}")
    if answer.sw != StatusWord.OK:
        raise SetupError(faults.CHIP_COMMAND, ins=f"{ins:02X}", sw=f"{answer.sw:04X}")
    return answer.data


def _needed(found: Mapping[Tag, bytes], tag: Tag) -> bytes:
    if tag not in found:
        raise InputError(faults.SSC_FIELD, field=tag.name.lower(), size=0)
    return found[tag]
