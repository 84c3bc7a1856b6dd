"""The PIN of a chip, drawn by chance: for a chip that is new, and for a holder who takes another one."""

from __future__ import annotations

import secrets

from physical.binding import PIN_DIGITS


def draw_pin(*, other_than: str | None = None) -> str:
    """A random PIN of six digits."""
    while True:
        pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"
        if pin != other_than:
            return pin
