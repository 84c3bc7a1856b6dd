"""What the record tells the chip, and what the chip says of itself without signing (CHIP section 4.3; bytes in codes.scripts and codes.pinscripts).

    84 18 | 84 1E | 84 16                   a state script: active, suspended or frozen, cancelled; answered by a receipt
    84 24                                   a PIN script: all tries again, or a new initial PIN; answered by the status
    80 CA 00 00 08 nonce 00                 the authenticated status; writes nothing

A script's checks stand in this order: nothing that it says is believed, and nothing about the chip is told, before its MAC. There is no count of wrong
MACs: a lock-out would be a button for pranksters, and 64 bits are out of reach. Any command with a MAC uses up the chip's challenge.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codes import faults
from codes.chipproof import ChipState
from codes.errors import InputError
from codes.pinscripts import PIN_SCRIPT_INS, PinScript
from codes.scripts import NONCE_BYTES, SCRIPT_BYTES, STATUS_BYTES, ChipFlag, ChipStatus, Script, ScriptReceipt, script_is_live, script_is_sealed
from physical.apdu import CommandApdu, ResponseApdu, StatusWord
from physical.chipmemory import Target
from physical.softcard.session import RefusalError, need

if TYPE_CHECKING:
    from codes.scripts import ScriptKeys
    from physical.softcard.session import Commands, Session


class ScriptCommands:
    """State scripts, PIN scripts, status."""

    def __init__(self, session: Session) -> None:
        self._session, self._chip = session, session.chip
        self.commands: Commands = {
            **{(0x84, ins): self._obey for ins in (0x18, 0x1E, 0x16)},
            (0x84, PIN_SCRIPT_INS): self._obey_about_pin,
            (0x80, 0xCA): self._tell,
        }

    def _obey(self, command: CommandApdu) -> ResponseApdu:
        apdu, challenge = command.to_bytes(), self._session.take_challenge()
        need(len(apdu) == SCRIPT_BYTES and command.ne is not None, StatusWord.LENGTH)
        keys, card_id = self._keys()
        live = script_is_live(apdu)
        need(not live or challenge is not None, StatusWord.CONDITIONS)
        need(script_is_sealed(apdu, keys, card_id=card_id, challenge=challenge if live else None), StatusWord.WRONG_MAC)
        try:
            script = Script.parse(apdu)
        except InputError as refused:
            raise RefusalError(StatusWord.CONDITIONS if refused.fault is faults.SCRIPT_PREMADE else StatusWord.WRONG_DATA) from refused
        target = self._chip.target
        if script.seq == target.seq:  # the same again: the receipt again, and no write
            need(script.digest() == target.digest, StatusWord.INITIAL_PIN)  # 6984: two records speak
        else:
            need(script.seq > target.seq, StatusWord.NO_KEY)  # 6A88: stale
            need(target.state is not ChipState.CANCELLED, StatusWord.CONDITIONS)
            self._chip.aim(Target(seq=script.seq, state=script.state, digest=script.digest()))
        receipt = ScriptReceipt(seq=script.seq, state=script.state, digest=script.digest()[:8])
        return ResponseApdu(data=receipt.seal(keys, card_id=card_id, nonce=script.nonce), sw=StatusWord.OK)

    def _obey_about_pin(self, command: CommandApdu) -> ResponseApdu:
        challenge = self._session.take_challenge()
        keys, card_id = self._keys()
        if challenge is None:
            raise RefusalError(StatusWord.CONDITIONS)
        try:
            script = PinScript.open(command.to_bytes(), keys, card_id=card_id, challenge=challenge)
        except InputError as refused:
            raise RefusalError(_PIN_REFUSALS[refused.fault.code]) from refused
        pin = self._chip.pin
        if pin is None or not self._chip.activated or self._chip.state is ChipState.CANCELLED:
            raise RefusalError(StatusWord.CONDITIONS)
        self._session.pin_verified = False
        whole = pin.with_left(pin.most)
        self._chip.write_pin(whole if script.pin is None else replace(whole, pin=bytes.fromhex(script.pin), changed=False))
        return self._status(keys, card_id, script.nonce)

    def _tell(self, command: CommandApdu) -> ResponseApdu:
        need((command.p1, command.p2) == (0, 0), StatusWord.PARAMETERS)
        need(len(command.data) == NONCE_BYTES and command.ne is not None, StatusWord.LENGTH)
        need((command.ne or 0) >= STATUS_BYTES, StatusWord.LE + STATUS_BYTES)
        return self._status(*self._keys(), command.data)

    def _status(self, keys: ScriptKeys, card_id: bytes, nonce: bytes) -> ResponseApdu:
        target, pin = self._chip.target, self._chip.pin
        blocked = ChipFlag.PIN_BLOCKED if pin is not None and pin.left == 0 else ChipFlag.NONE
        faulty = ChipFlag.FAULT if self._chip.faulty else ChipFlag.NONE
        status = ChipStatus(seq=target.seq, state=self._chip.state, digest=target.digest[:8], counter=self._chip.counter, flags=blocked | faulty)
        return ResponseApdu(data=status.seal(keys, card_id=card_id, nonce=nonce), sw=StatusWord.OK)

    def _keys(self) -> tuple[ScriptKeys, bytes]:
        keys, card_id = self._chip.script_keys, self._chip.card_id
        if keys is None or not card_id:
            raise RefusalError(StatusWord.KEY_MISSING)
        return keys, card_id


_PIN_REFUSALS = {faults.SCRIPT_SHAPE.code: StatusWord.WRONG_DATA, faults.SCRIPT_MAC.code: StatusWord.WRONG_MAC}
