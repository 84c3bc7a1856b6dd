"""Chip readers are another room's business: whoever has one names it in the entry-point group `ecard.terminal_readers`.

An entry is a callable: a fresh challenge in, the credential and answer of the chip in the reader out, as `codes.journal.ChipShown`. It raises `CardError`.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.metadata import EntryPoint

    from codes.journal import ChipShown

GROUP = "ecard.terminal_readers"


def installed_reader(found: Iterable[EntryPoint] | None = None) -> Callable[[bytes], ChipShown] | None:
    """The first reader that can be loaded; None on a terminal without one."""
    for entry in sorted(entry_points(group=GROUP) if found is None else found, key=lambda entry: entry.name):
        try:
            reader: Callable[[bytes], ChipShown] = entry.load()
        except (ImportError, AttributeError):  # a base install names it and does not have it
            continue
        return reader
    return None
