"""The binding application as a pure object: `apdu(bytes) -> bytes` over a memory image (CHIP section 4).

    00 A4 04 00 aid | 00 A4 02 0x fid       SELECT the application; a file of it
    00 B0 off off Le | 00 D6 off off        READ BINARY, UPDATE BINARY (personalisation only)
    00 84 00 00 08                          GET CHALLENGE
    00 20 00 00 [03 pin]                    VERIFY PIN, or ask for the tries left
    80 5E 01 00 07 old FF new               CHANGE PIN
    00 88 00 purpose 20 challenge Le        INTERNAL AUTHENTICATE (codes.chipproof)
    00 47 00 00 | 80 5E 00 00 04 pin tries | 00 44 00 00     personalisation: make the key, set the initial PIN, activate and close

Files: 0011 card identification code, 0012 public key (COSE_Key), 0018 credential. Personalisation is open on a blank chip and closed for good by ACTIVATE;
until then the chip calls itself suspended. The counter rises, and is safe in memory, before anything is signed.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

from codes import cbor
from codes.chipproof import ANSWER_BYTES, CHALLENGE_BYTES, ChipPurpose, ChipReport, ChipState
from codes.errors import InputError
from codes.keys import ORDER
from physical.apdu import CommandApdu, ResponseApdu, StatusWord
from physical.binding import BINDING_AID, CARD_ID, CREDENTIAL, PUBLIC_KEY
from physical.chipmemory import CARD_ID_BYTES, CREDENTIAL_CAPACITY, LARGEST_COUNTER, PIN_BYTES, ChipMemory, Pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from physical.nvm import Memory

MOST_TRIES = 15


class _RefusalError(Exception):
    """Carries the status word of a refusal to the one place that answers."""

    def __init__(self, sw: int) -> None:
        super().__init__(sw)
        self.sw = sw


class SoftCard:
    """One chip. `entropy(n)` gives n unpredictable bytes. Raises `SetupError` image-damaged; `apdu` itself raises only what its memory raises."""

    def __init__(self, memory: Memory, entropy: Callable[[int], bytes]) -> None:
        self._chip = ChipMemory(memory)
        self._entropy = entropy
        self._commands: dict[tuple[int, int], Callable[[CommandApdu], ResponseApdu]] = {
            (0x00, 0xA4): self._select,
            (0x00, 0xB0): self._read_binary,
            (0x00, 0xD6): self._update_binary,
            (0x00, 0x84): self._get_challenge,
            (0x00, 0x20): self._verify_pin,
            (0x80, 0x5E): self._change_or_reload_pin,
            (0x00, 0x88): self._internal_authenticate,
            (0x00, 0x47): self._generate_key,
            (0x00, 0x44): self._activate,
        }
        self.reset()

    def reset(self) -> None:
        """Power the chip up anew: nothing selected, no PIN verified."""
        self._selected, self._file, self._verified = False, 0, False

    def apdu(self, command: bytes) -> bytes:
        """Answer one command."""
        try:
            return self._answer(CommandApdu.parse(command)).to_bytes()
        except InputError:
            return ResponseApdu(sw=StatusWord.LENGTH).to_bytes()
        except _RefusalError as refusal:
            return ResponseApdu(sw=refusal.sw).to_bytes()

    def _answer(self, command: CommandApdu) -> ResponseApdu:
        if command.cla not in {0x00, 0x80}:
            raise _RefusalError(StatusWord.CLASS)
        handler = self._commands.get((command.cla, command.ins))
        if handler is None:
            raise _RefusalError(StatusWord.INSTRUCTION)
        _need(self._selected or command.ins == 0xA4, StatusWord.CONDITIONS)
        return handler(command)

    # ------------------------------------------------------------------------------------------------------------ files

    def _select(self, command: CommandApdu) -> ResponseApdu:
        if (command.p1, command.p2) == (0x04, 0x00):
            self.reset()
            _need(command.data == BINDING_AID, StatusWord.NOT_FOUND)
            self._selected = True
            control = b"\x84" + bytes((len(BINDING_AID),)) + BINDING_AID
            said = _SELECT_ANSWERS[self._chip.state]
            return ResponseApdu(data=b"" if command.ne is None else b"\x6f" + bytes((len(control),)) + control, sw=said)
        _need(command.p1 == 0x02 and command.p2 in {0x00, 0x0C}, StatusWord.PARAMETERS)
        _need(self._selected, StatusWord.CONDITIONS)
        file = int.from_bytes(command.data)
        _need(len(command.data) == 2 and file in {CARD_ID, PUBLIC_KEY, CREDENTIAL}, StatusWord.NOT_FOUND)
        self._file = file
        return ResponseApdu(sw=StatusWord.OK)

    def _read_binary(self, command: CommandApdu) -> ResponseApdu:
        offset = command.p1 << 8 | command.p2
        _need(command.p1 < 0x80, StatusWord.PARAMETERS)
        _need(not command.data and command.ne is not None, StatusWord.LENGTH)
        _need(self._file != 0, StatusWord.NO_EF)
        content = self._content()
        _need(bool(content), StatusWord.NOT_FOUND)
        _need(offset < len(content), StatusWord.OFFSET)
        return ResponseApdu(data=content[offset : offset + (command.ne or 0)], sw=StatusWord.OK)

    def _content(self) -> bytes:
        if self._file == CARD_ID:
            return self._chip.card_id
        if self._file == PUBLIC_KEY:
            return cbor.encode(signer.public_key.to_cbor()) if (signer := self._chip.signer) else b""
        return self._chip.credential

    def _update_binary(self, command: CommandApdu) -> ResponseApdu:
        offset, end = command.p1 << 8 | command.p2, (command.p1 << 8 | command.p2) + len(command.data)
        _need(command.p1 < 0x80, StatusWord.PARAMETERS)
        _need(bool(command.data), StatusWord.LENGTH)
        _need(self._file != 0, StatusWord.NO_EF)
        _need(not self._chip.activated and self._file != PUBLIC_KEY, StatusWord.CONDITIONS)
        if self._file == CARD_ID:
            _need(offset == 0 and len(command.data) == CARD_ID_BYTES, StatusWord.LENGTH)
            self._chip.write_card_id(command.data)
            return ResponseApdu(sw=StatusWord.OK)
        _need(offset <= len(self._chip.credential), StatusWord.OFFSET)
        _need(end <= CREDENTIAL_CAPACITY, StatusWord.NO_SPACE)
        self._chip.write_credential(self._chip.credential[:offset] + command.data)  # what stood behind is of an older file
        return ResponseApdu(sw=StatusWord.OK)

    # -------------------------------------------------------------------------------------------------------------- PIN

    def _verify_pin(self, command: CommandApdu) -> ResponseApdu:
        _need((command.p1, command.p2) == (0, 0), StatusWord.PARAMETERS)
        if not command.data:
            left = self._known_pin().left
            _need(self._verified, StatusWord.WRONG_PIN + left if left else StatusWord.PIN_BLOCKED)
            return ResponseApdu(sw=StatusWord.OK)
        _need(len(command.data) == PIN_BYTES, StatusWord.LENGTH)
        self._try_pin(command.data)
        self._verified = True
        return ResponseApdu(sw=StatusWord.OK)

    def _try_pin(self, tried: bytes) -> Pin:
        """Count the try, safely, before looking at it: a card torn out in between has lost one, never gained one."""
        self._verified = False
        _need(_is_decimal(tried), StatusWord.WRONG_DATA)
        pin = self._known_pin()
        _need(pin.left > 0, StatusWord.PIN_BLOCKED)
        self._chip.write_pin(pin.with_left(pin.left - 1))
        _need(hmac.compare_digest(tried, pin.pin), StatusWord.WRONG_PIN + pin.left - 1)
        fresh = pin.with_left(pin.most)
        self._chip.write_pin(fresh)
        return fresh

    def _known_pin(self) -> Pin:
        pin = self._chip.pin
        if pin is None:
            raise _RefusalError(StatusWord.CONDITIONS)
        return pin

    def _change_or_reload_pin(self, command: CommandApdu) -> ResponseApdu:
        _need((command.p1, command.p2) in {(0, 0), (1, 0)}, StatusWord.PARAMETERS)
        if command.p1:
            _need(len(command.data) == 2 * PIN_BYTES + 1, StatusWord.LENGTH)
            old, new = command.data[:PIN_BYTES], command.data[-PIN_BYTES:]
            _need(self._chip.activated, StatusWord.CONDITIONS)  # what the issuer sets is the initial PIN, and only the holder's change ends that
            _need(command.data[PIN_BYTES] == 0xFF and _is_decimal(new) and old != new, StatusWord.WRONG_DATA)
            self._chip.write_pin(replace(self._try_pin(old), pin=new, changed=True))
        else:
            _need(len(command.data) == PIN_BYTES + 1, StatusWord.LENGTH)
            initial, most = command.data[:PIN_BYTES], command.data[PIN_BYTES]
            _need(not self._chip.activated, StatusWord.CONDITIONS)
            _need(_is_decimal(initial) and 1 <= most <= MOST_TRIES, StatusWord.WRONG_DATA)
            self._chip.write_pin(Pin(pin=initial, left=most, most=most, changed=False))
        return ResponseApdu(sw=StatusWord.OK)

    # ------------------------------------------------------------------------------------------------------- the chip key

    def _get_challenge(self, command: CommandApdu) -> ResponseApdu:
        _need((command.p1, command.p2) == (0, 0), StatusWord.PARAMETERS)
        _need(not command.data and command.ne is not None, StatusWord.LENGTH)
        _need(command.ne == 8, StatusWord.LE + 8)
        return ResponseApdu(data=self._entropy(8), sw=StatusWord.OK)

    def _internal_authenticate(self, command: CommandApdu) -> ResponseApdu:
        _need(command.p1 == 0 and command.p2 in set(ChipPurpose), StatusWord.PARAMETERS)
        _need(len(command.data) == CHALLENGE_BYTES and command.ne is not None, StatusWord.LENGTH)
        _need((command.ne or 0) >= ANSWER_BYTES, StatusWord.LE + ANSWER_BYTES)
        purpose = ChipPurpose(command.p2)
        self._permit(purpose)
        signer = self._chip.signer
        if signer is None or not self._chip.card_id or self._chip.counter == LARGEST_COUNTER:
            raise _RefusalError(StatusWord.CONDITIONS)
        target = self._chip.target
        report = ChipReport(
            purpose=purpose,
            card_id=self._chip.card_id,
            counter=self._chip.count(),
            seq=target.seq,
            state=self._chip.state,
            digest=target.digest[:8],
            chip_random=self._entropy(8),
        )
        return ResponseApdu(data=report.body() + signer.sign(report.signed_bytes(command.data)), sw=StatusWord.OK)

    def _permit(self, purpose: ChipPurpose) -> None:
        """A status may always be asked for; presence needs a finished chip; binding and unbinding consume one fresh PIN."""
        if purpose is ChipPurpose.STATUS:
            return
        _need(self._chip.activated, StatusWord.CONDITIONS)
        if purpose is ChipPurpose.BIND:
            _need(self._chip.state is ChipState.ACTIVE, StatusWord.CONDITIONS)
            _need(self._known_pin().changed, StatusWord.INITIAL_PIN)
        if purpose in {ChipPurpose.BIND, ChipPurpose.UNBIND}:
            verified, self._verified = self._verified, False
            _need(verified, StatusWord.SECURITY)

    # --------------------------------------------------------------------------------------------------- personalisation

    def _generate_key(self, command: CommandApdu) -> ResponseApdu:
        _need((command.p1, command.p2) == (0, 0), StatusWord.PARAMETERS)
        _need(not self._chip.activated and self._chip.signer is None, StatusWord.CONDITIONS)
        self._chip.write_key(int.from_bytes(self._entropy(40)) % (ORDER - 1) + 1)
        self._file = PUBLIC_KEY
        return ResponseApdu(data=self._content(), sw=StatusWord.OK)

    def _activate(self, command: CommandApdu) -> ResponseApdu:
        _need((command.p1, command.p2) == (0, 0) and not command.data, StatusWord.PARAMETERS)
        _need(bool(self._chip.card_id and self._chip.signer and self._chip.pin and self._chip.credential), StatusWord.CONDITIONS)
        if not self._chip.activated:  # asking again after a lost answer is no error
            self._chip.activate()
        return ResponseApdu(sw=StatusWord.OK)


class InProcess:
    """A `Transport` to a soft card in this very process, powered up as if just inserted."""

    __slots__ = ("_card",)

    def __init__(self, card: SoftCard) -> None:
        card.reset()
        self._card = card

    def transmit(self, command: bytes) -> bytes:
        """See `Transport.transmit`."""
        return self._card.apdu(command)


_SELECT_ANSWERS = {
    ChipState.ACTIVE: StatusWord.OK,
    ChipState.SUSPENDED: StatusWord.SELECTED_BLOCKED,
    ChipState.FROZEN: StatusWord.SELECTED_BLOCKED,
    ChipState.CANCELLED: StatusWord.SELECTED_CANCELLED,
}


def _need(holds: bool, otherwise: int) -> None:  # noqa: FBT001 because it reads as a sentence: need this, otherwise answer that
    if not holds:
        raise _RefusalError(otherwise)


def _is_decimal(packed: bytes) -> bool:
    return packed.hex().isdecimal()
