"""Do we believe it? The offline decision of a scanning terminal, and how the terminal keeps what it decides by.

A complete gate, in the language of this house:

    from datetime import UTC, datetime
    from pathlib import Path

    from verify import Accepted, Inconclusive, Refused, open_terminal

    verifier = open_terminal(Path("/var/lib/gate-7"))       # made by `ecard-terminal init` and `ecard-terminal import`
    for text in scanner:
        match verifier.verify(text, at=datetime.now(UTC)):
            case Accepted(notes=notes):
                gate.open(notes)                            # claims exist in here, and nowhere else
            case Refused(reason=reason):
                screen.show(TABLE[reason].public)           # codes.reasons: what to show, to say and to do, in both languages
            case Inconclusive(reason=reason):
                screen.show(TABLE[reason].public)           # doubt is not yes: the staffed lane

`verify.terminal.Terminal` is the same with a `verifier()` that follows imports while it runs. Needs no network, ever.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from verify.verdict import Accepted, Inconclusive, Refused
from verify.verifier import Verifier

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Accepted", "Inconclusive", "Refused", "Verifier", "open_terminal"]


def open_terminal(state_dir: str | PathLike[str], *, read_only: bool = False) -> Verifier:
    """The verifier of a terminal state directory, everything in it verified again.

    It holds the scanner's lock until it is garbage or the process ends. With `read_only` it takes no lock and writes nothing: what it accepts is
    remembered by this verifier alone. Raises `SetupError`: state-missing, state-damaged, state-version, state-unreadable, state-unwritable,
    state-locked, trust-absent, trust-damaged, scene-unknown, scene-ambiguous, replay-damaged.
    """
    from verify.terminal import Terminal  # noqa: PLC0415 because it brings python-tuf, which those who only speak of verdicts never need

    return Terminal(Path(state_dir), read_only=read_only).verifier()
