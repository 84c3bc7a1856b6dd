"""The social security application (SSSE): EF05 about the card, EF06 about its holder (CHIP sections 1.2 and 4.2).

    00 A4 02 00 02 EF05 | EF06              SELECT a file (P1 00 as well)
    00 B2 tt 00 Le | 00 B2 nn 04 Le         READ RECORD by tag, or by number, of the selected file
    00 B2 tt 28 Le | 00 B2 nn 2C Le         the same of the file with this short identifier (5 or 6) in P2
    00 DC nn 04 Lc record                   UPDATE RECORD (personalisation only): tag, length, value
    00 84 00 00 08                          GET CHALLENGE
    00 82 00 0A 10 <E 8><R 8>               EXTERNAL AUTHENTICATE of the reader (physical.generation3)

EF05 record 1 is the card identification code that the binding application signs. A card whose EF05 tag 03 says 3.x is of generation 3.0: card number
(EF05 tag 07) and EF06 are shown only to a reader that has authenticated itself. A blocked chip keeps EF06 to itself altogether. Wrong
authentications are not counted, for the reason that wrong MACs are not.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from codes.chipproof import ChipState
from codes.errors import InputError
from physical.apdu import CommandApdu, ResponseApdu, StatusWord
from physical.chipmemory import CARD_ID_BYTES
from physical.generation3 import CRYPTOGRAM_BYTES, READ_KEY, cryptogram
from physical.softcard.session import DONE, RefusalError, need
from physical.tlv import read_record, write_record

if TYPE_CHECKING:
    from physical.softcard.session import Commands, Session

_FILES = {0xEF05: 5, 0xEF06: 6}
_CARD_ID_TAG, _EDITION_TAG, _CARD_NUMBER_TAG = 0x01, 0x03, 0x07
_MOST_RECORDS = 15


class SocialSecurityApplication:
    """What the chip answers while the environment SSSE is selected."""

    aid = bytes.fromhex("7378312E73682E C9E7BBE1B1A3D5CF")

    def __init__(self, session: Session) -> None:
        self._session, self._chip = session, session.chip
        self.commands: Commands = {
            (0x00, 0xA4): self._select_file,
            (0x00, 0xB2): self._read_record,
            (0x00, 0xDC): self._update_record,
            (0x00, 0x84): session.get_challenge,
            (0x00, 0x82): self._external_authenticate,
        }

    def greeting(self) -> int:
        """The status word of SELECT: a cancelled card refuses it."""
        need(self._chip.state is not ChipState.CANCELLED, StatusWord.CARD_BLOCKED)
        return StatusWord.OK if self._chip.state is ChipState.ACTIVE else StatusWord.SELECTED_BLOCKED

    def _select_file(self, command: CommandApdu) -> ResponseApdu:
        need(command.p1 in {0x00, 0x02} and command.p2 in {0x00, 0x0C}, StatusWord.PARAMETERS)
        file = _FILES.get(int.from_bytes(command.data)) if len(command.data) == 2 else None
        if file is None:
            raise RefusalError(StatusWord.NOT_FOUND)
        self._session.file = file
        return DONE

    def _read_record(self, command: CommandApdu) -> ResponseApdu:
        need(not command.data and command.ne is not None, StatusWord.LENGTH)
        file = command.p2 >> 3 or self._session.file
        need(file != 0, StatusWord.NO_EF)
        need(file in _FILES.values(), StatusWord.NOT_FOUND)
        records = self._records(file)
        if command.p2 & 0x07 == 0x04:
            record = records.get(command.p1)
        else:
            need(command.p2 & 0x07 == 0, StatusWord.PARAMETERS)
            record = next((found for found in records.values() if found[0] == command.p1), None)
        if record is None:
            raise RefusalError(StatusWord.NO_RECORD)
        self._permit(file, record[0])
        need((command.ne or 0) >= len(record), StatusWord.LE + len(record))
        return ResponseApdu(data=record, sw=StatusWord.OK)

    def _records(self, file: int) -> dict[int, bytes]:
        records = self._chip.records(file)
        if file == 5 and (card_id := self._chip.card_id):
            records[1] = write_record(_CARD_ID_TAG, card_id)
        return records

    def _permit(self, file: int, tag: int) -> None:
        blocked = self._chip.activated and self._chip.state is not ChipState.ACTIVE
        need(file == 5 or not blocked, StatusWord.CONDITIONS)
        guarded = file == 6 or tag == _CARD_NUMBER_TAG
        edition = next((record[2:] for record in self._chip.records(5).values() if record[0] == _EDITION_TAG), b"")
        need(not (guarded and edition.startswith(b"3") and self._chip.activated) or self._session.reader_proven, StatusWord.SECURITY)

    def _update_record(self, command: CommandApdu) -> ResponseApdu:
        need(self._session.in_making, StatusWord.CONDITIONS)
        need(self._session.file != 0, StatusWord.NO_EF)
        need(command.p2 == 0x04 and 0 < command.p1 <= _MOST_RECORDS, StatusWord.PARAMETERS)
        try:
            tag, value = read_record(command.data)
        except InputError:
            raise RefusalError(StatusWord.WRONG_DATA) from None
        if self._session.file == 5 and (command.p1 == 1 or tag == _CARD_ID_TAG):
            need(command.p1 == 1 and tag == _CARD_ID_TAG and len(value) == CARD_ID_BYTES, StatusWord.WRONG_DATA)
            self._chip.write_card_id(value)
            return DONE
        records = self._chip.records(self._session.file)
        records[command.p1] = command.data
        need(self._chip.write_records(self._session.file, records), StatusWord.NO_SPACE)
        return DONE

    def _external_authenticate(self, command: CommandApdu) -> ResponseApdu:
        challenge = self._session.take_challenge()
        self._session.reader_proven = False
        need((command.p1, command.p2) == (0, READ_KEY), StatusWord.PARAMETERS)
        need(len(command.data) == CRYPTOGRAM_BYTES, StatusWord.LENGTH)
        key = self._chip.read_key
        need(bool(key), StatusWord.NO_KEY)
        if challenge is None:
            raise RefusalError(StatusWord.CONDITIONS)
        expected = cryptogram(key, challenge, command.data[8:])
        need(hmac.compare_digest(command.data, expected), StatusWord.AUTHENTICATION)
        self._session.reader_proven = True
        return DONE
