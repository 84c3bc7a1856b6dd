"""Presenting codes to a replay memory, without the codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import CardError
from verify.replay import StoredMemory, empty_file

if TYPE_CHECKING:
    from pathlib import Path

    from codes.errors import Fault
    from verify.replay import FreshMemory

BOOT, NEXT_BOOT = b"a" * 16, b"b" * 16
PASSBACK, FUTURE = 70, 10
HEADER, RECORD = 57, 34
"""Bytes of the file's parts."""


def made(path: Path) -> Path:
    """The file as a new terminal has it."""
    empty_file(path)
    return path


def end(memory: StoredMemory) -> int:
    """Where the next record goes."""
    return memory._log._end


def die(memory: StoredMemory) -> None:
    """The process is gone: what it would still have written will not be."""
    memory._log._descriptor = None


def admit(
    memory: FreshMemory, sub: str = "AAAAAAAA", *, at: int, iat: int | None = None, passback: int = PASSBACK, future: int = FUTURE
) -> Fault | None:
    """Present a code made at `iat` (now, if not said) at time `at`: None if admitted, else why not."""
    try:
        memory.admit("CN-CQ", sub, iat=at if iat is None else iat, now=at, until=at + passback, future=future)
    except CardError as error:
        return error.fault
    return None


def subject(number: int) -> str:
    return f"{number:08}"
