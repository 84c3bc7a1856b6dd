"""The card itself: selecting an application, and handing each command to the one that is selected.

00 A4 04 00 aid        SELECT: the social security application answers 9000, 6283 when blocked, 6A81 when cancelled; the binding application 9000, 6283
                       when blocked, 6285 when cancelled, and goes on answering: what a lost answer left open can always be settled
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import InputError
from physical.apdu import CommandApdu, ResponseApdu, StatusWord
from physical.chipmemory import ChipMemory
from physical.softcard.binding import BindingApplication
from physical.softcard.session import RefusalError, Session, need
from physical.softcard.sse import SocialSecurityApplication

if TYPE_CHECKING:
    from collections.abc import Callable

    from physical.nvm import Memory
    from physical.softcard.tzero import TZeroCard


class SoftCard:
    """One chip. `entropy(n)` gives n unpredictable bytes. Raises `SetupError` image-damaged; `apdu` itself raises only what its memory raises."""

    def __init__(self, memory: Memory, entropy: Callable[[int], bytes]) -> None:
        self._memory, self._entropy = memory, entropy
        self.reset()

    def reset(self) -> None:
        """Power the chip up anew: its memory is read again, nothing is selected, no PIN verified. Raises as the class."""
        session = Session(chip=ChipMemory(self._memory), entropy=self._entropy)
        self._session = session
        applications = (BindingApplication(session), SocialSecurityApplication(session))
        self._applications = {application.aid: application for application in applications}
        self._selected: BindingApplication | SocialSecurityApplication | None = None

    def apdu(self, command: bytes) -> bytes:
        """Answer one command."""
        try:
            return self._answer(CommandApdu.parse(command)).to_bytes()
        except InputError:
            return ResponseApdu(sw=StatusWord.LENGTH).to_bytes()
        except RefusalError as refusal:
            return ResponseApdu(sw=refusal.sw).to_bytes()

    def _answer(self, command: CommandApdu) -> ResponseApdu:
        need(command.cla in {0x00, 0x80, 0x84}, StatusWord.CLASS)
        if (command.cla, command.ins) == (0x00, 0xA4) and command.p1 not in {0x00, 0x02}:
            need((command.p1, command.p2) == (0x04, 0x00), StatusWord.PARAMETERS)
            return self._select(command)
        selected = self._selected
        if selected is None:
            known = any((command.cla, command.ins) in application.commands for application in self._applications.values())
            raise RefusalError(StatusWord.CONDITIONS if known else StatusWord.INSTRUCTION)
        handler = selected.commands.get((command.cla, command.ins))
        if handler is None:
            raise RefusalError(StatusWord.INSTRUCTION)
        return handler(command)

    def _select(self, command: CommandApdu) -> ResponseApdu:
        self._selected = None
        self._session.forget()
        application = self._applications.get(command.data)
        if application is None:
            raise RefusalError(StatusWord.NOT_FOUND)
        said = application.greeting()
        self._selected = application
        control = b"\x84" + bytes((len(application.aid),)) + application.aid
        return ResponseApdu(data=b"" if command.ne is None else b"\x6f" + bytes((len(control),)) + control, sw=said)


class InProcess:
    """A `Transport` to a soft card in this very process, powered up as if just inserted."""

    __slots__ = ("_card",)

    def __init__(self, card: SoftCard | TZeroCard) -> None:
        card.reset()
        self._card = card

    def transmit(self, command: bytes) -> bytes:
        """See `Transport.transmit`."""
        return self._card.apdu(command)
