"""Real readers, over PC/SC: the only module that knows pyscard, and it asks for it only when a reader is asked for.

    with pcsc.inserted("Virtual SSC Reader 1 00 00") as transport: ...

A connection is one transaction: no other program can come between, and the card is reset at its end, so that no verified PIN outlives it. Nothing is
believed because of a connection: a card swapped within one poll of the service goes on under the same handle.

What is raised, all of it `SetupError`. Before a command is sent: reader-support, reader-service, reader-missing, reader-busy, reader-silent,
reader-failed, card-absent, card-mute. While one is: reader-busy and reader-service by their own names, reader-silent when its time is over, and
chip-outcome-unknown for everything else, a result code of 0 included. Whatever was raised, a command that changes the card may have done so.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from codes.errors import Fault, InputError, SetupError
from physical import faults
from physical.apdu import CommandApdu, ResponseApdu
from physical.supervisor import Presence, ReaderView
from physical.transport import Transport, whole
from physical.transport_deadline import PATIENCE, Deadline, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_OK = 0
_RESET = 0x80100068
_TIMEOUT, _NO_READERS = 0x8010000A, 0x8010002E
_ARRIVALS = "\\\\?PnP?\\Notification"
"""The pseudo reader whose state changes when a reader comes or goes."""
_RESETS_BORNE = 5

_CONNECT_FAULTS: dict[int, Fault] = {
    0x80100009: faults.READER_MISSING,  # unknown reader
    0x8010000B: faults.READER_BUSY,  # sharing violation
    0x8010000C: faults.CARD_ABSENT,  # no smart card
    0x8010000F: faults.CARD_MUTE,  # no protocol in common, as after a broken answer to reset
    0x80100013: faults.READER_SERVICE,  # the service hung up
    0x80100017: faults.READER_MISSING,  # reader unavailable
    0x8010001D: faults.READER_SERVICE,  # no service
    0x8010001E: faults.READER_SERVICE,  # service stopped
    0x80100065: faults.CARD_MUTE,  # unsupported card
    0x80100066: faults.CARD_MUTE,  # unresponsive card
    0x80100067: faults.CARD_MUTE,  # unpowered card
    0x80100069: faults.CARD_ABSENT,  # removed card
}
_TRANSMIT_FAULTS: dict[int, Fault] = {0x8010001D: faults.READER_SERVICE, 0x8010000B: faults.READER_BUSY}


_told: set[Path] = set()


def speak_to(socket: Path) -> None:
    """Use the reader service that listens at `socket`. `RuntimeError` for a second one: the library remembers the first for the whole process."""
    if _told - {socket}:
        msg = "this process speaks to another reader service already"
        raise RuntimeError(msg)
    _told.add(socket)
    os.putenv("PCSCLITE_CSOCK_NAME", str(socket))


@contextmanager
def inserted(reader: str, *, seconds: float = PATIENCE) -> Iterator[Transport]:
    """The card in `reader`, powered up and held against every other program until the block ends. Each command has `seconds`."""
    with Worker() as worker:
        connection = _Connection(reader)
        try:
            worker.run(connection.open, seconds=seconds)
            yield whole(Deadline(connection, worker, seconds=seconds))
        finally:
            if worker.wedged:  # whatever is asked of a wedged reader waits as well
                worker.later(connection.close)
            else:
                worker.run(connection.close, seconds=seconds)


@contextmanager
def readers() -> Iterator[PcscReaders]:
    """A look at the readers. Raises `SetupError` reader-support, reader-service."""
    scard = _pyscard()
    context = _checked(scard.SCardEstablishContext(scard.SCARD_SCOPE_USER), _CONNECT_FAULTS, faults.READER_FAILED)
    try:
        yield PcscReaders(scard, context)
    finally:
        scard.SCardReleaseContext(context)


def await_presence(reader: str, presence: Presence, *, seconds: float) -> bool:
    """Wait until `reader` holds a card, or none. False when the time is over before. Raises as `readers`."""
    end = monotonic() + seconds
    with readers() as watch:
        views = watch.look()
        while not any(view.name == reader and view.presence is presence for view in views):
            if (left := end - monotonic()) <= 0:
                return False
            views = watch.wait(views, seconds=left)
    return True


class PcscReaders:
    """See `physical.supervisor.ReaderWatch`."""

    def __init__(self, scard: Any, context: Any) -> None:
        self._scard, self._context = scard, context

    def names(self) -> tuple[str, ...]:
        """Names of the readers, none at all included."""
        result, *rest = self._scard.SCardListReaders(self._context, [])
        if result & 0xFFFFFFFF == _NO_READERS:
            return ()
        return tuple(_checked((result, *rest), _CONNECT_FAULTS, faults.READER_FAILED))

    def look(self) -> tuple[ReaderView, ...]:
        """See `ReaderWatch.look`."""
        names = self.names()
        return self._states([(name, self._scard.SCARD_STATE_UNAWARE) for name in names], seconds=0) if names else ()

    def wait(self, known: Sequence[ReaderView], *, seconds: float) -> tuple[ReaderView, ...]:
        """See `ReaderWatch.wait`."""
        if {view.name for view in known} == set(self.names()):
            self._states([(view.name, view.state) for view in known] + [(_ARRIVALS, len(known) << 16)], seconds=seconds)
        return self.look()

    def _states(self, known: list[tuple[str, int]], *, seconds: float) -> tuple[ReaderView, ...]:
        result, states = self._scard.SCardGetStatusChange(self._context, round(seconds * 1000), known)
        if result & 0xFFFFFFFF not in {_TIMEOUT, 0x80100009}:  # a reader may go while it is being looked at: the next look knows
            _checked((result, states), _CONNECT_FAULTS, faults.READER_FAILED)
        return tuple(self._view(*state) for state in states if state[0] != _ARRIVALS)

    def _view(self, name: str, state: int, atr: list[int]) -> ReaderView:
        mute, present = state & self._scard.SCARD_STATE_MUTE, state & self._scard.SCARD_STATE_PRESENT
        presence = Presence.MUTE if mute else Presence.CARD if present else Presence.EMPTY
        shown = bytes(atr) if presence is Presence.CARD else b""
        return ReaderView(name=name, presence=presence, atr=shown, moves=state >> 16, state=state & ~self._scard.SCARD_STATE_CHANGED)


class _Connection:
    """A card in a transaction, on a context of its own: contexts are shared by nobody, or one slow reader would stop the others."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._scard = _pyscard()
        self._protocols = self._scard.SCARD_PROTOCOL_T0 | self._scard.SCARD_PROTOCOL_T1
        self._context: Any = None
        self._card: Any = None
        self._sound = True

    def open(self) -> None:
        """Connect, and wait for the transaction."""
        scard = self._scard
        self._context = _checked(scard.SCardEstablishContext(scard.SCARD_SCOPE_USER), _CONNECT_FAULTS, faults.READER_FAILED)
        connected = scard.SCardConnect(self._context, self._reader, scard.SCARD_SHARE_SHARED, self._protocols)
        self._card, self._protocol = _checked(connected, _CONNECT_FAULTS, faults.READER_FAILED)
        self._begin()

    def _begin(self) -> None:
        """Wait until no other program is in a transaction. One that has ended has reset the card, which is for us to acknowledge."""
        scard = self._scard
        for _ in range(_RESETS_BORNE):
            result = scard.SCardBeginTransaction(self._card)
            if result & 0xFFFFFFFF != _RESET:
                break
            again = scard.SCardReconnect(self._card, scard.SCARD_SHARE_SHARED, self._protocols, scard.SCARD_LEAVE_CARD)
            self._protocol = _checked(again, _CONNECT_FAULTS, faults.READER_FAILED)
        _checked((result,), _CONNECT_FAULTS, faults.READER_FAILED)

    def transmit(self, command: bytes) -> bytes:
        """See `Transport.transmit`."""
        pci = self._scard.SCARD_PCI_T0 if self._protocol == self._scard.SCARD_PROTOCOL_T0 else self._scard.SCARD_PCI_T1
        self._sound = False
        answer = bytes(_checked(self._scard.SCardTransmit(self._card, pci, list(command)), _TRANSMIT_FAULTS, faults.OUTCOME_UNKNOWN))
        whole_answer = _complete(command, answer)
        self._sound = True
        return whole_answer

    def close(self) -> None:
        """Reset the card while it is still ours, then let go of everything. What is gone already stays gone.

        After a command that broke there is no reset: pcscd takes one that fails for a removal, and then overlooks the card inserted next.
        """
        if self._card is not None:
            self._scard.SCardEndTransaction(self._card, self._scard.SCARD_RESET_CARD if self._sound else self._scard.SCARD_LEAVE_CARD)
            self._scard.SCardDisconnect(self._card, self._scard.SCARD_LEAVE_CARD)
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)


def _complete(command: bytes, answer: bytes) -> bytes:
    """An answer that can be a whole one: a status word of a known class, and no more than was asked for. Else the outcome is unknown."""
    try:
        read, asked = ResponseApdu.parse(answer), CommandApdu.parse(command)
    except InputError as problem:
        raise SetupError(faults.OUTCOME_UNKNOWN, size=len(answer), ins=f"{command[1]:02X}") from problem
    if asked.ne is not None and len(read.data) > asked.ne:
        raise SetupError(faults.OUTCOME_UNKNOWN, size=len(answer), asked=asked.ne)
    return answer


def _checked(returned: Any, known: dict[int, Fault], otherwise: Fault) -> Any:
    """What a call of PC/SC returned beside its result code; every other code as the fault it means here."""
    result, *rest = returned if isinstance(returned, (list, tuple)) else (returned,)
    if result != _OK:
        code = result & 0xFFFFFFFF
        raise SetupError(known.get(code, otherwise), result=f"{code:08X}")
    return rest[0] if len(rest) == 1 else rest


def _pyscard() -> Any:
    try:
        from smartcard import scard  # noqa: PLC0415 because whatever needs no reader works without it
    except ImportError:
        raise SetupError(faults.READER_SUPPORT) from None
    return scard
