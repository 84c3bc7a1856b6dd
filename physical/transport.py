"""The one way to talk to a chip, wherever it is: bytes in, bytes out. Decorators add to it; a reader, a soft card or a test fulfils it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from physical.softcard import SoftCard


class Transport(Protocol):
    """A powered chip."""

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU and return the response APDU. Raises `SetupError` when the way to the chip fails: the outcome is then unknown."""
        ...


class InProcess:
    """A soft card in this very process, powered up as if just inserted."""

    __slots__ = ("_card",)

    def __init__(self, card: SoftCard) -> None:
        card.reset()
        self._card = card

    def transmit(self, command: bytes) -> bytes:
        """See `Transport.transmit`."""
        return self._card.apdu(command)
