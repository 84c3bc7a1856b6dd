"""What the office itself did, beside what was done to a card: readers, service points, applications, orders, stock, the list of items; and who looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecard.model.record import HolderRef, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeAct:
    """One act: a link in the chain of the desk that it belongs to."""

    desk: str
    """Whose chain: a region, an application, a batch, a production order."""
    seq: int
    at: int
    actor: str
    person: str
    role: Role
    act: str
    about: str
    """Which row it left: the table's name and the row's key, with strokes between."""
    left: bytes
    """Digest of the row as the act left it."""
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One reading of the vault: a link in the chain of the person who was read about."""

    holder: HolderRef
    seq: int
    at: int
    actor: str
    person: str
    role: Role
    purpose: str
    fields: tuple[str, ...]
    previous: bytes
    hash: bytes
