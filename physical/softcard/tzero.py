"""The same card behind protocol T=0 (ISO/IEC 7816-3 section 12, 7816-4 section 5.3.4).

An answer to a command with data is announced by 61xx and fetched with GET RESPONSE; a wrong length asked for is named by 6Cxx. Nothing is done twice:
what waits to be fetched has been done.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codes.errors import InputError
from physical.apdu import CommandApdu, ResponseApdu, StatusWord

if TYPE_CHECKING:
    from physical.softcard.card import SoftCard

_LONGEST = 256


class TZeroCard:
    """A `SoftCard` as a T=0 reader meets it."""

    def __init__(self, card: SoftCard) -> None:
        self._card = card
        self._header: bytes | None = None
        self._waiting: ResponseApdu | None = None

    def reset(self) -> None:
        """See `SoftCard.reset`."""
        self._header = self._waiting = None
        self._card.reset()

    def apdu(self, command: bytes) -> bytes:
        """Answer one command."""
        return self._answer(command).to_bytes()

    def _answer(self, raw: bytes) -> ResponseApdu:
        header, self._header = self._header, None
        waiting, self._waiting = self._waiting, None
        try:
            command = CommandApdu.parse(raw)
        except InputError:
            return ResponseApdu(sw=StatusWord.LENGTH)
        if max(len(command.data) + 1, command.ne or 0) > _LONGEST:  # extended lengths do not exist here
            return ResponseApdu(sw=StatusWord.LENGTH)
        if command.ins == 0xC0:
            return self._fetched(waiting, command)
        if command.data:
            self._waiting = self._inner(replace(command, ne=_LONGEST))
            if self._waiting.data:
                return ResponseApdu(sw=StatusWord.MORE + len(self._waiting.data) % _LONGEST)
            return self._waiting
        if waiting is None or raw[:4] != header:
            waiting = self._inner(command)
        if waiting.data and len(waiting.data) != command.ne:
            self._header, self._waiting = raw[:4], waiting
            return ResponseApdu(sw=StatusWord.LE + len(waiting.data) % _LONGEST)
        return waiting

    def _fetched(self, waiting: ResponseApdu | None, command: CommandApdu) -> ResponseApdu:
        if waiting is None or not waiting.data:
            return ResponseApdu(sw=StatusWord.CONDITIONS)
        if command.ne != len(waiting.data):
            self._waiting = waiting
            return ResponseApdu(sw=StatusWord.LE + len(waiting.data) % _LONGEST)
        return waiting

    def _inner(self, command: CommandApdu) -> ResponseApdu:
        return ResponseApdu.parse(self._card.apdu(command.to_bytes()))
