"""The holder's PIN.

    00 20 00 00 [03 pin]                    VERIFY PIN, or ask for the tries left
    80 5E 01 00 07 old FF new               CHANGE PIN
    80 5E 00 00 04 pin tries                set the initial PIN (personalisation only)

A try is counted, safely, before it is looked at. What the issuer sets is an initial PIN; only the holder's change ends that.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

from codes.pinscripts import PIN_BYTES
from physical.apdu import CommandApdu, ResponseApdu, StatusWord
from physical.chipmemory import Pin
from physical.softcard.session import DONE, RefusalError, need

if TYPE_CHECKING:
    from physical.softcard.session import Commands, Session

MOST_TRIES = 15


class PinCommands:
    """VERIFY, CHANGE, and setting the initial PIN."""

    def __init__(self, session: Session) -> None:
        self._session, self._chip = session, session.chip
        self.commands: Commands = {(0x00, 0x20): self._verify, (0x80, 0x5E): self._change_or_set}

    def known(self) -> Pin:
        """The PIN; refuses while there is none."""
        pin = self._chip.pin
        if pin is None:
            raise RefusalError(StatusWord.CONDITIONS)
        return pin

    def _verify(self, command: CommandApdu) -> ResponseApdu:
        need((command.p1, command.p2) == (0, 0), StatusWord.PARAMETERS)
        if not command.data:
            left = self.known().left
            need(self._session.pin_verified, StatusWord.WRONG_PIN + left if left else StatusWord.PIN_BLOCKED)
            return DONE
        need(len(command.data) == PIN_BYTES, StatusWord.LENGTH)
        self._try(command.data)
        self._session.pin_verified = True
        return DONE

    def _try(self, tried: bytes) -> Pin:
        """Count the try, safely, before looking at it: a card torn out in between has lost one, never gained one."""
        self._session.pin_verified = False
        need(_is_decimal(tried), StatusWord.WRONG_DATA)
        pin = self.known()
        need(pin.left > 0, StatusWord.PIN_BLOCKED)
        self._chip.write_pin(pin.with_left(pin.left - 1))
        need(hmac.compare_digest(tried, pin.pin), StatusWord.WRONG_PIN + pin.left - 1)
        fresh = pin.with_left(pin.most)
        self._chip.write_pin(fresh)
        return fresh

    def _change_or_set(self, command: CommandApdu) -> ResponseApdu:
        need((command.p1, command.p2) in {(0, 0), (1, 0)}, StatusWord.PARAMETERS)
        if command.p1:
            need(len(command.data) == 2 * PIN_BYTES + 1, StatusWord.LENGTH)
            old, new = command.data[:PIN_BYTES], command.data[-PIN_BYTES:]
            need(self._chip.activated, StatusWord.CONDITIONS)
            need(command.data[PIN_BYTES] == 0xFF and _is_decimal(new) and old != new, StatusWord.WRONG_DATA)
            self._chip.write_pin(replace(self._try(old), pin=new, changed=True))
        else:
            need(len(command.data) == PIN_BYTES + 1, StatusWord.LENGTH)
            initial, most = command.data[:PIN_BYTES], command.data[PIN_BYTES]
            need(self._session.in_making, StatusWord.CONDITIONS)
            need(_is_decimal(initial) and 1 <= most <= MOST_TRIES, StatusWord.WRONG_DATA)
            self._chip.write_pin(Pin(pin=initial, left=most, most=most, changed=False))
        return DONE


def _is_decimal(packed: bytes) -> bool:
    return packed.hex().isdecimal()
