"""A chip at a terminal: a fresh challenge, the chip's credential and answer, and the same verdict as for a code, offline (FORMATS section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.chipproof import ChipPurpose
from physical.binding import BindingSession

if TYPE_CHECKING:
    from datetime import datetime

    from physical.transport import Transport
    from verify.terminal import Terminal
    from verify.verdict import Verdict


def present(transport: Transport, terminal: Terminal, *, challenge: bytes, at: datetime) -> Verdict:
    """Judge the chip behind `transport`. `challenge`: 32 fresh random bytes.

    Raises what `BindingSession` raises: no verdict is given on a chip that did not answer.
    """
    session = BindingSession(transport)
    session.select()
    credential = session.read_credential()
    answer = session.authenticate(ChipPurpose.PRESENCE, challenge)
    return terminal.judge_chip(credential, answer, challenge=challenge, at=at)
