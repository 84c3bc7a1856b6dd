"""A card behind the socket of a virtual reader (vsmartcard's vpcd): what a hand does with a card, and what can go wrong on the way.

    port.insert(card) | port.remove() | port.swap(other)
    port.mishaps.append(Mishap.TORN_AFTER)          what shall go wrong with the next command

A message is two bytes of length and the body. One-byte bodies from the reader are power off, power on, reset (no answer) and "your ATR" (asked about
every 0.4 s, and before commands); anything else is a command. The vpcd of Debian 12 sends length and body in two pieces, so without TCP_QUICKACK
before each read every command would wait 44 ms; and an answer goes out in one piece. An empty answer would hang the service and is never sent.
"""

from __future__ import annotations

import enum
import socket
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

ATR_T1, ATR_T0 = bytes.fromhex("3B80800101"), bytes.fromhex("3B600000")
_POWER_OFF, _ASK_ATR = 0, 4


class Chip(Protocol):
    """What can be put into a reader, such as a `physical.softcard.SoftCard`."""

    def apdu(self, command: bytes) -> bytes:
        """Answer one command. Whatever it raises drops the card from the reader, as a chip that has lost its power."""
        ...

    def reset(self) -> None:
        """Power up anew."""
        ...


class Mishap(enum.Enum):
    """What goes wrong with one command."""

    NOTHING = "nothing"
    TORN_BEFORE = "torn-before"
    """Pulled out before the chip acted."""
    TORN_AFTER = "torn-after"
    """Pulled out after it acted: the answer is lost."""
    SILENT = "silent"
    """It acts, and never answers."""
    HALF = "half"
    """It acts, and is pulled out in the middle of the answer."""


class Port:
    """The card's side of one slot. `connect` opens a socket to the reader."""

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._plug: _Plug | None = None
        self.mishaps: deque[Mishap] = deque()

    def insert(self, card: Chip, *, atr: bytes = ATR_T1) -> None:
        """Put a card in. `RuntimeError` when there is one."""
        if self._plug is not None:
            msg = "there is a card in this slot already"
            raise RuntimeError(msg)
        self._plug = _Plug(self._connect(), card, atr, self.mishaps)

    def remove(self) -> Exception | None:
        """Take the card out, if one is in. Returns what made it drop out by itself, if anything did."""
        plug, self._plug = self._plug, None
        self.mishaps.clear()
        return None if plug is None else plug.pull()

    def swap(self, card: Chip, *, atr: bytes = ATR_T1) -> None:
        """Take the card out and put another one in, quicker than the reader looks."""
        self.remove()
        self.insert(card, atr=atr)

    def wait(self, *, seconds: float | None = None) -> Exception | None:
        """Return when the card drops out by itself, with the reason, or when the time is over."""
        return None if self._plug is None else self._plug.wait(seconds)


class _Plug:
    """A card that is in: its socket, and the thread that answers."""

    def __init__(self, wire: socket.socket, card: Chip, atr: bytes, mishaps: deque[Mishap]) -> None:
        self._wire, self._card, self._atr, self._mishaps = wire, card, atr, mishaps
        self._failure: Exception | None = None
        card.reset()
        self._thread = threading.Thread(target=self._serve, name="card", daemon=True)
        self._thread.start()

    def pull(self) -> Exception | None:
        with suppress(OSError):  # the reader may have hung up first
            self._wire.shutdown(socket.SHUT_RDWR)
        return self.wait(None)

    def wait(self, seconds: float | None) -> Exception | None:
        self._thread.join(seconds)
        return self._failure

    def _serve(self) -> None:
        with self._wire:
            try:
                while (message := self._read()) is not None and self._answer(message):
                    pass
            except Exception as problem:  # noqa: BLE001 because whatever the chip died of, it is out of the reader, and who takes it out is told
                self._failure = problem

    def _read(self) -> bytes | None:
        """The next message, None when the reader has hung up."""
        length = self._exactly(2)
        return None if length is None else self._exactly(int.from_bytes(length))

    def _exactly(self, size: int) -> bytes | None:
        content = b""
        while len(content) < size:
            try:
                self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # Linux clears it, so before every read
                piece = self._wire.recv(size - len(content))
            except OSError:
                return None
            if not piece:
                return None
            content += piece
        return content

    def _answer(self, message: bytes) -> bool:
        """Act on one message. False when the card is out thereafter."""
        if len(message) == 1:
            if message[0] == _ASK_ATR:
                return self._send(self._atr)
            if message[0] != _POWER_OFF:
                self._card.reset()
            return True
        mishap = self._mishaps.popleft() if self._mishaps else Mishap.NOTHING
        if mishap is Mishap.TORN_BEFORE:
            return False
        answer = self._card.apdu(message)
        if mishap is Mishap.HALF:
            return self._send(answer[: max(1, len(answer) // 2)], of=len(answer)) and False
        if mishap is Mishap.SILENT:
            return self._read() is not None  # nobody sends anything before the card is pulled
        return mishap is Mishap.NOTHING and self._send(answer)

    def _send(self, body: bytes, *, of: int | None = None) -> bool:
        try:
            self._wire.sendall((len(body) if of is None else of).to_bytes(2) + body)
        except OSError:
            return False
        return True
