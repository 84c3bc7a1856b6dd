"""The one way to talk to a chip, wherever it is: bytes in, bytes out. A reader, a soft card or a test fulfils it; decorators add to it.

A chip behind T=0 answers in two steps: 61xx announces an answer to be fetched, 6Cxx names the length it should have been asked for. `whole` takes
both steps, so that a session never sees them. `physical.transport_deadline` bounds the wait, `physical.transport_trace` tells what passed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from codes.errors import InputError
from physical import faults
from physical.apdu import CommandApdu, StatusWord

MOST_PIECES = 64
"""Answers fetched for one command: more than 16 KiB is nothing that a card of ours says."""


class Transport(Protocol):
    """A powered chip."""

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU and return the response APDU. Raises `SetupError` when the way to the chip fails: the outcome is then unknown."""
        ...


def whole(transport: Transport) -> Transport:
    """`transport`, as one whose every answer comes in one piece."""
    return GetResponse(RightLength(transport))


class RightLength:
    """Asks again, once, with the length that the chip names (6Cxx, ISO/IEC 7816-4 section 5.6): it has not acted on the first asking."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    def transmit(self, command: bytes) -> bytes:
        """See `Transport.transmit`."""
        answer = self._inner.transmit(command)
        if len(answer) != 2 or answer[0] != StatusWord.LE >> 8:
            return answer
        asked = CommandApdu.parse(command)
        if asked.ne is None:
            return answer
        return self._inner.transmit(replace(asked, ne=answer[1] or 256).to_bytes())


class GetResponse:
    """Fetches what the chip announces (61xx, ISO/IEC 7816-4 section 5.3.4), at most 64 pieces. Raises `InputError` chip-answer beyond."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    def transmit(self, command: bytes) -> bytes:
        """See `Transport.transmit`."""
        content, answer = b"", self._inner.transmit(command)
        fetch = CommandApdu(cla=command[0] & 0x03, ins=0xC0)
        for _ in range(MOST_PIECES):
            if len(answer) < 2 or answer[-2] != StatusWord.MORE >> 8:
                return content + answer
            content += answer[:-2]
            answer = self._inner.transmit(replace(fetch, ne=answer[-1] or 256).to_bytes())
        raise InputError(faults.CHIP_ANSWER, pieces=MOST_PIECES)
