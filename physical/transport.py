"""The one way to talk to a chip, wherever it is: bytes in, bytes out. A reader, a soft card or a test fulfils it; decorators add to it."""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """A powered chip."""

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU and return the response APDU. Raises `SetupError` when the way to the chip fails: the outcome is then unknown."""
        ...
