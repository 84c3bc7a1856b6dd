"""What a powered chip has at hand: its memory, its source of randomness, and what lasts only until the power goes or another application is selected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.chipproof import ChipState
from physical.apdu import CommandApdu, ResponseApdu, StatusWord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from physical.chipmemory import ChipMemory

    Commands = Mapping[tuple[int, int], Callable[[CommandApdu], ResponseApdu]]
    """What an application answers, by class and instruction."""

CHALLENGE_BYTES = 8
DONE = ResponseApdu(sw=StatusWord.OK)


class RefusalError(Exception):
    """Carries the status word of a refusal to the one place that answers."""

    def __init__(self, sw: int) -> None:
        super().__init__(sw)
        self.sw = sw


def need(holds: bool, otherwise: int) -> None:  # noqa: FBT001 because it reads as a sentence: need this, otherwise answer that
    """Refuse with this status word unless it holds."""
    if not holds:
        raise RefusalError(otherwise)


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """One chip between two resets. What is volatile goes with `forget`."""

    chip: ChipMemory
    entropy: Callable[[int], bytes]
    file: int = 0
    """The selected file; 0 is none."""
    pin_verified: bool = False
    reader_proven: bool = False
    """Whether the reader has authenticated itself to the social security application."""
    challenge: bytes | None = None
    """The last challenge that nothing has used up."""

    @property
    def in_making(self) -> bool:
        """Whether personalisation is open."""
        return not self.chip.activated and self.chip.state is not ChipState.CANCELLED

    def forget(self) -> None:
        """As after a reset."""
        self.file, self.pin_verified, self.reader_proven, self.challenge = 0, False, False, None

    def take_challenge(self) -> bytes | None:
        """The challenge, which is thereby used up."""
        taken, self.challenge = self.challenge, None
        return taken

    def get_challenge(self, command: CommandApdu) -> ResponseApdu:
        """GET CHALLENGE, the same in every application."""
        need((command.p1, command.p2) == (0, 0), StatusWord.PARAMETERS)
        need(not command.data and command.ne is not None, StatusWord.LENGTH)
        need(command.ne == CHALLENGE_BYTES, StatusWord.LE + CHALLENGE_BYTES)
        self.challenge = self.entropy(CHALLENGE_BYTES)
        return ResponseApdu(data=self.challenge, sw=StatusWord.OK)
