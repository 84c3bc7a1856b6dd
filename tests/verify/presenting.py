"""Presenting codes to a replay memory, without the codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import CardError

if TYPE_CHECKING:
    from codes.errors import Fault
    from verify.replay import FreshMemory

BOOT, NEXT_BOOT = b"a" * 16, b"b" * 16
PASSBACK, FUTURE = 70, 10


def admit(memory: FreshMemory, sub: str = "AAAAAAAA", *, at: int, iat: int | None = None) -> Fault | None:
    """Present a code made at `iat` (now, if not said) at time `at`: None if admitted, else why not."""
    try:
        memory.admit("CN-CQ", sub, now=at, until=at + PASSBACK, made=(at if iat is None else iat) - FUTURE)
    except CardError as error:
        return error.fault
    return None


def subject(number: int) -> str:
    return f"{number:08}"
