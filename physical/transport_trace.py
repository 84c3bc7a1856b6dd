"""A trace of what passed between program and chip that may be shown to anybody: headers, lengths and status words.

Of contents only what is in every manual is written out: which application or file was selected. PINs, challenges, records, signatures and keys are
lengths, whoever asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import InputError, SetupError
from physical.apdu import CommandApdu

if TYPE_CHECKING:
    from collections.abc import Callable

    from physical.transport import Transport

_SELECT = 0xA4


class Trace:
    """Tells one line for each command and one for each answer."""

    __slots__ = ("_inner", "_tell")

    def __init__(self, inner: Transport, tell: Callable[[str], None]) -> None:
        self._inner, self._tell = inner, tell

    def transmit(self, command: bytes) -> bytes:
        """See `Transport.transmit`."""
        self._tell("> " + masked_command(command))
        try:
            answer = self._inner.transmit(command)
        except SetupError as problem:
            self._tell(f"! {problem.code}")
            raise
        self._tell("< " + masked_answer(answer))
        return answer


def masked_command(command: bytes) -> str:
    """Header, what is selected or how much is sent, and how much is expected."""
    try:
        read = CommandApdu.parse(command)
    except InputError:
        return f"[{len(command)} B]"
    data = "" if not read.data else f" {read.data.hex().upper()}" if read.ins == _SELECT else f" [{len(read.data)} B]"
    return command[:4].hex(" ").upper() + data + ("" if read.ne is None else f" Le {read.ne}")


def masked_answer(answer: bytes) -> str:
    """How much came, and the status word."""
    if len(answer) < 2:
        return f"[{len(answer)} B]"
    return (f"[{len(answer) - 2} B] " if len(answer) > 2 else "") + answer[-2:].hex().upper()
