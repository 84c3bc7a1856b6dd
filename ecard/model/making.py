"""Cards made in numbers: applications that wait for a second person, batches of them, production orders, and where every finished card is."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from codes.claims import Region
    from ecard.model.record import CardRef, CarrierRef, HolderRef
    from ecard.model.remaking import Eligibility

ApplicationRef = NewType("ApplicationRef", str)
BatchRef = NewType("BatchRef", str)
OrderRef = NewType("OrderRef", str)
PointRef = NewType("PointRef", str)


class PointKind(enum.StrEnum):
    """What kind of place a service point is (ZS-5, ZS-6)."""

    CENTRE = "centre"
    TOWNSHIP = "township"
    VILLAGE = "village"
    BANK = "bank"
    JOINT = "joint"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePoint:
    """A designated place where people apply and collect; nothing is taken in or handed out anywhere else (HZ-9a)."""

    ref: PointRef
    region: Region
    name: str
    kind: PointKind
    registered: int
    registered_by: str
    ended: int | None = None
    ended_by: str | None = None


class ApplicationState(enum.StrEnum):
    """CHECKED: form and papers were looked at. Then a second person decides, once."""

    CHECKED = "checked"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A file of applications that an employer handed in. The file itself is not kept: it is known by a keyed digest."""

    ref: BatchRef
    region: Region
    point: PointRef
    employer: str
    """The employer's registration, never a person's."""
    digest: bytes
    size: int
    taken: int
    taken_by: str
    taken_person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRow:
    """One application: who took it in, what was decided, and by whom. Whose it is stands in the vault, behind `holder`."""

    ref: ApplicationRef
    region: Region
    point: PointRef
    batch: BatchRef | None = None
    line: int | None = None
    """Row in the batch's file, as a spreadsheet counts."""
    holder: HolderRef | None = None
    """None where the row was refused before anybody was recorded."""
    evidence: tuple[str, ...] = ()
    category: Eligibility | None = None
    """Why the person may have the card (ZS-4); None of applications from before it was kept."""
    state: ApplicationState
    code: str | None = None
    """Why it was refused: the code of a fault."""
    field: str | None = None
    taken: int
    taken_by: str
    taken_person: str
    decided: int | None = None
    decided_by: str | None = None
    decided_person: str | None = None
    card: CardRef | None = None


class StockState(enum.StrEnum):
    """Where a piece of plastic is."""

    ORDERED = "ordered"
    MADE = "made"
    DAMAGED = "damaged"
    HANDED = "handed"
    UNCOLLECTED = "uncollected"
    DESTROYED = "destroyed"


class HandedTo(enum.StrEnum):
    """Who takes a card from the desk."""

    SELF = "self"
    PROXY = "proxy"
    EMPLOYER = "employer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionOrder:
    """Cards to be made, sent to the card maker as one file."""

    ref: OrderRef
    region: Region
    maker: str
    point: PointRef
    """Where the finished cards are to be collected."""
    count: int
    placed: int
    placed_by: str
    placed_person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockItem:
    """One line of an order: the chip of one card, from the order to the holder's hand or to the shredder."""

    order: OrderRef
    line: int
    card: CardRef
    carrier: CarrierRef
    state: StockState
    keep_until: int | None = None
    """Until when it waits to be collected, or, brought back, is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockEntry:
    """One entry of the register: a movement of one piece. Entries are added, never changed."""

    order: OrderRef
    line: int
    seq: int
    state: StockState
    """What the piece became by it."""
    to: HandedTo | None = None
    point: PointRef | None = None
    evidence: tuple[str, ...] = ()
    reason: str | None = None
    at: int
    actor: str
    person: str
    witness: str | None = None
    """The second person at a destruction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionReturn:
    """A file that the card maker sent back: what of an order came back made, and what damaged."""

    order: OrderRef
    digest: bytes
    made: int
    damaged: int
    at: int
    actor: str
    person: str
