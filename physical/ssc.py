"""A session with the social security application of a card (environment SSSE): who issued it, and whose it is, as typed values.

    00 A4 04 00 0F sx1.sh.社会保障           SELECT SSSE
    00 A4 02 00 02 EF05                     SELECT a file
    00 B2 07 00 00 | 00 B2 01 04 00         READ RECORD by tag, by number
    00 B2 07 28 00 | 00 B2 01 34 00         the same through the short file identifier, without SELECT
    00 84 00 00 08, 00 82 00 0A 10 …        EXTERNAL AUTHENTICATION, which a card of generation 3.0 wants before EF05 tag 07 and EF06

What is read here is what the card says, to anybody and about itself: a copy says the same. Only the binding application proves anything.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from codes.errors import InputError, SetupError, StateError
from physical import faults
from physical.apdu import CommandApdu, ResponseApdu, StatusWord
from physical.generation3 import CHALLENGE_BYTES, CRYPTOGRAM_BYTES, AuthenticationRequest
from physical.sscrecords import FIELDS, File, HolderFile, IssuerFile, Tag
from physical.tlv import read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from physical.generation3 import Authenticator
    from physical.transport import Transport

SSSE_AID = b"sx1.sh." + "社会保障".encode("gbk")


class Addressing(enum.Enum):
    """How a record is asked for."""

    TAG = "tag"
    NUMBER = "number"


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
        return IssuerFile.of(self.records(File.ISSUER, by=by).items)

    def holder_file(self, *, by: Addressing = Addressing.TAG) -> HolderFile:
        """Read EF06. Raises `StateError` ssc-locked while a card of generation 3.0 wants external authentication, chip-conditions when it is blocked."""
        found, locked = self.records(File.HOLDER, by=by)
        if locked:
            raise StateError(faults.SSC_LOCKED)
        return HolderFile.of(found)

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

    # ---------------------------------------------------------------------------------------------------- personalisation

    def write(self, file: File, items: Mapping[Tag, bytes]) -> None:
        """Write a file, one record after the other. Raises `StateError` chip-conditions once personalisation is over."""
        self._select_file(file)
        for number, (tag, value) in enumerate(items.items(), 1):
            _accept(self._send(CommandApdu(cla=0x00, ins=0xDC, p1=number, p2=0x04, data=write_record(tag, value))), 0xDC)

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
