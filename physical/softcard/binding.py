"""The binding application: files, key, personalisation, INTERNAL AUTHENTICATE (CHIP sections 4.2 and 4.3).

    00 A4 02 0x fid                         a file: 0011 card identification code, 0012 public key (COSE_Key), 0018 credential, 001A log (after VERIFY PIN)
    00 B0 off off Le | 00 D6 off off        READ BINARY, UPDATE BINARY (personalisation only)
    00 84 00 00 08                          GET CHALLENGE
    00 88 00 purpose 20 challenge Le        INTERNAL AUTHENTICATE (codes.chipproof)
    00 47 00 00 | 80 D4 00 kk key | 00 44   personalisation: make the key, load a key (01 script and receipt key, 0A read key), activate and close

Personalisation is open on a blank chip and closed for good by ACTIVATE or by a script that cancels; until then the chip calls itself suspended. The
counter rises, and is safe in memory, before anything is signed. A log entry is a version (u32) and its state; the newest stands first.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from codes import cbor
from codes.chipproof import ANSWER_BYTES, CHALLENGE_BYTES, ChipPurpose, ChipReport, ChipState
from codes.keys import ORDER
from codes.scripts import ScriptKeys
from physical.apdu import CommandApdu, ResponseApdu, StatusWord
from physical.binding import BINDING_AID, CARD_ID, CREDENTIAL, LOG, PUBLIC_KEY, SCRIPT_KEYS
from physical.chipmemory import CARD_ID_BYTES, CREDENTIAL_CAPACITY, LARGEST_COUNTER
from physical.generation3 import KEY_BYTES, READ_KEY
from physical.softcard.pin import PinCommands
from physical.softcard.scripts import ScriptCommands
from physical.softcard.session import DONE, RefusalError, need

if TYPE_CHECKING:
    from physical.softcard.session import Commands, Session

_GREETINGS = {
    ChipState.ACTIVE: StatusWord.OK,
    ChipState.SUSPENDED: StatusWord.SELECTED_BLOCKED,
    ChipState.FROZEN: StatusWord.SELECTED_BLOCKED,
    ChipState.CANCELLED: StatusWord.SELECTED_CANCELLED,
}


class BindingApplication:
    """What the chip answers while the binding application is selected."""

    aid = BINDING_AID

    def __init__(self, session: Session) -> None:
        self._session, self._chip = session, session.chip
        self._pins = PinCommands(session)
        self.commands: Commands = {
            (0x00, 0xA4): self._select_file,
            (0x00, 0xB0): self._read_binary,
            (0x00, 0xD6): self._update_binary,
            (0x00, 0x84): session.get_challenge,
            (0x00, 0x88): self._internal_authenticate,
            (0x00, 0x47): self._generate_key,
            (0x80, 0xD4): self._load_key,
            (0x00, 0x44): self._activate,
            **self._pins.commands,
            **ScriptCommands(session).commands,
        }

    def greeting(self) -> int:
        """The status word of SELECT."""
        return _GREETINGS[self._chip.state]

    # ------------------------------------------------------------------------------------------------------------ files

    def _select_file(self, command: CommandApdu) -> ResponseApdu:
        need(command.p1 == 0x02 and command.p2 in {0x00, 0x0C}, StatusWord.PARAMETERS)
        file = int.from_bytes(command.data)
        need(len(command.data) == 2 and file in {CARD_ID, PUBLIC_KEY, CREDENTIAL, LOG}, StatusWord.NOT_FOUND)
        self._session.file = file
        return DONE

    def _read_binary(self, command: CommandApdu) -> ResponseApdu:
        offset = command.p1 << 8 | command.p2
        need(command.p1 < 0x80, StatusWord.PARAMETERS)
        need(not command.data and command.ne is not None, StatusWord.LENGTH)
        need(self._session.file != 0, StatusWord.NO_EF)
        need(self._session.file != LOG or self._session.pin_verified, StatusWord.SECURITY)
        content = self._content(self._session.file)
        need(bool(content), StatusWord.NOT_FOUND)
        need(offset < len(content), StatusWord.OFFSET)
        return ResponseApdu(data=content[offset : offset + (command.ne or 0)], sw=StatusWord.OK)

    def _content(self, file: int) -> bytes:
        if file == CARD_ID:
            return self._chip.card_id
        if file == PUBLIC_KEY:
            return cbor.encode(signer.public_key.to_cbor()) if (signer := self._chip.signer) else b""
        if file == LOG:
            return b"".join(struct.pack(">IB", seq, state) for seq, state in self._chip.log)
        return self._chip.credential

    def _update_binary(self, command: CommandApdu) -> ResponseApdu:
        offset, end = command.p1 << 8 | command.p2, (command.p1 << 8 | command.p2) + len(command.data)
        need(command.p1 < 0x80, StatusWord.PARAMETERS)
        need(bool(command.data), StatusWord.LENGTH)
        need(self._session.file != 0, StatusWord.NO_EF)
        need(self._session.in_making and self._session.file in {CARD_ID, CREDENTIAL}, StatusWord.CONDITIONS)
        if self._session.file == CARD_ID:
            need(offset == 0 and len(command.data) == CARD_ID_BYTES, StatusWord.LENGTH)
            self._chip.write_card_id(command.data)
            return DONE
        need(offset <= len(self._chip.credential), StatusWord.OFFSET)
        need(end <= CREDENTIAL_CAPACITY, StatusWord.NO_SPACE)
        self._chip.write_credential(self._chip.credential[:offset] + command.data)  # what stood behind is of an older file
        return DONE

    # ------------------------------------------------------------------------------------------------------ the chip key

    def _internal_authenticate(self, command: CommandApdu) -> ResponseApdu:
        need(command.p1 == 0 and command.p2 in set(ChipPurpose), StatusWord.PARAMETERS)
        need(len(command.data) == CHALLENGE_BYTES and command.ne is not None, StatusWord.LENGTH)
        need((command.ne or 0) >= ANSWER_BYTES, StatusWord.LE + ANSWER_BYTES)
        purpose = ChipPurpose(command.p2)
        self._permit(purpose)
        signer = self._chip.signer
        if signer is None or not self._chip.card_id or self._chip.counter == LARGEST_COUNTER:
            raise RefusalError(StatusWord.CONDITIONS)
        target = self._chip.target
        report = ChipReport(
            purpose=purpose,
            card_id=self._chip.card_id,
            counter=self._chip.count(),
            seq=target.seq,
            state=self._chip.state,
            digest=target.digest[:8],
            chip_random=self._session.entropy(8),
        )
        return ResponseApdu(data=report.body() + signer.sign(report.signed_bytes(command.data)), sw=StatusWord.OK)

    def _permit(self, purpose: ChipPurpose) -> None:
        """A status may always be asked for; presence needs a finished chip; binding and unbinding consume one fresh PIN."""
        if purpose is ChipPurpose.STATUS:
            return
        need(self._chip.activated, StatusWord.CONDITIONS)
        if purpose is ChipPurpose.BIND:
            need(self._chip.state is ChipState.ACTIVE, StatusWord.CONDITIONS)
            need(self._pins.known().changed, StatusWord.INITIAL_PIN)
        if purpose in {ChipPurpose.BIND, ChipPurpose.UNBIND}:
            verified, self._session.pin_verified = self._session.pin_verified, False
            need(verified, StatusWord.SECURITY)

    # -------------------------------------------------------------------------------------------------- personalisation

    def _generate_key(self, command: CommandApdu) -> ResponseApdu:
        need((command.p1, command.p2) == (0, 0), StatusWord.PARAMETERS)
        need(self._session.in_making and self._chip.signer is None, StatusWord.CONDITIONS)
        self._chip.write_key(int.from_bytes(self._session.entropy(40)) % (ORDER - 1) + 1)
        self._session.file = PUBLIC_KEY
        return ResponseApdu(data=self._content(PUBLIC_KEY), sw=StatusWord.OK)

    def _load_key(self, command: CommandApdu) -> ResponseApdu:
        need(command.p1 == 0 and command.p2 in {SCRIPT_KEYS, READ_KEY}, StatusWord.PARAMETERS)
        need(self._session.in_making, StatusWord.CONDITIONS)
        half = len(command.data) // 2
        if command.p2 == SCRIPT_KEYS:
            need(len(command.data) in {32, 64}, StatusWord.LENGTH)
            self._chip.write_script_keys(ScriptKeys(script=command.data[:half], receipt=command.data[half:]))
        else:
            need(len(command.data) == KEY_BYTES, StatusWord.LENGTH)
            self._chip.write_read_key(command.data)
        return DONE

    def _activate(self, command: CommandApdu) -> ResponseApdu:
        need((command.p1, command.p2) == (0, 0) and not command.data, StatusWord.PARAMETERS)
        if not self._chip.activated:  # asking again after a lost answer is no error
            complete = bool(self._chip.card_id and self._chip.signer and self._chip.pin and self._chip.credential)
            need(self._session.in_making and complete, StatusWord.CONDITIONS)
            self._chip.activate()
        return DONE
