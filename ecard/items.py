"""What the card may be used for: the public list of items, versioned, decided in the order that the law asks for, and compared version by version.

    tier        drafted by          decided by                              then
    MUNICIPAL   the departments     the municipal government                published (CQ-14a)
    DISTRICT    a district          its own government                      published, and filed one level up with a number (CQ-14b)
    JOINT       both departments    both governments, each for itself       published; live only with both decisions (CQ-14c)

Pure: a list is a value, every step gives a new one, and nothing is forgotten. What the card of a person can do at all is `capabilities`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.errors import InputError, StateError, Text
from ecard import faults
from ecard.model import CardState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from codes.claims import Region
    from ecard.model import HoldKind, ItemGroup


class Capability(enum.StrEnum):
    """What a card does in an item (HZ-2, CQ-2b): it proves who somebody is, keeps and answers from a record, or pays."""

    IDENTITY = "identity"
    RECORD = "record"
    QUERY = "query"
    PAY = "pay"


class Duty(enum.StrEnum):
    """How far an item is bound to the card (CQ-8): it must be, it follows step by step, or it is welcome."""

    MANDATORY = "mandatory"
    PHASED = "phased"
    ENCOURAGED = "encouraged"


class Tier(enum.StrEnum):
    """Whose list an item stands on."""

    MUNICIPAL = "municipal"
    DISTRICT = "district"
    JOINT = "joint"


class Step(enum.StrEnum):
    """A step of an item's way onto the list, and off it."""

    DRAFT = "draft"
    DECIDE = "decide"
    PUBLISH = "publish"
    FILE = "file"
    WITHDRAW = "withdraw"


REGIONS: tuple[Region, Region] = ("CN-CQ", "CN-SC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that the card is good for."""

    id: str
    group: ItemGroup
    title: Text
    needs: frozenset[Capability]
    tier: Tier = Tier.MUNICIPAL
    regions: frozenset[Region] = frozenset({"CN-CQ"})
    """Where it can be used."""
    duty: Duty = Duty.MANDATORY
    electronic: bool = True
    """Whether the electronic card does as well as the physical one (CQ-2a)."""
    articles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.id or not self.needs or not self.regions <= set(REGIONS) or not self.regions:
            raise InputError(faults.ITEM_LIST, item=self.id, wrong="item")
        if self.tier is Tier.JOINT and self.regions != set(REGIONS):
            raise InputError(faults.ITEM_LIST, item=self.id, wrong="a joint item is for both regions")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """Who took a step, under which document, when."""

    step: Step
    by: str
    document: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An item on its way: drafted, decided, published, filed."""

    item: Item
    steps: tuple[StepTaken, ...]

    @property
    def decided_by(self) -> frozenset[str]:
        """The governments that have decided it."""
        return frozenset(taken.by for taken in self.steps if taken.step is Step.DECIDE)

    def has(self, step: Step) -> bool:
        """Whether a step was taken."""
        return any(taken.step is step for taken in self.steps)

    @property
    def live(self) -> bool:
        """Whether the card is to be accepted for it now."""
        filed = self.item.tier is not Tier.DISTRICT or self.has(Step.FILE)
        return self.has(Step.PUBLISH) and filed and not self.has(Step.WITHDRAW)


def draft(item: Item, *, by: str, document: str, at: int) -> Proposal:
    """Begin an item's way."""
    return Proposal(item=item, steps=(StepTaken(step=Step.DRAFT, by=by, document=document, at=at),))


def advance(proposal: Proposal, step: Step, *, by: str, document: str, at: int) -> Proposal:
    """Take the next step. Raises `StateError` item-step when it is not this step's turn or not this body's business; `InputError` item-list without a document.

    A district's decision names the district, one level below its city: "CN-CQ/渝中区". Filing names the city, and its document is the filing number.
    """
    if not document:
        raise InputError(faults.ITEM_LIST, item=proposal.item.id, wrong="no document")
    item = proposal.item
    allowed = {
        Step.DRAFT: False,
        Step.DECIDE: not proposal.has(Step.PUBLISH) and by not in proposal.decided_by and _may_decide(item, by),
        Step.PUBLISH: not proposal.has(Step.PUBLISH) and _decided(proposal),
        Step.FILE: item.tier is Tier.DISTRICT and proposal.has(Step.PUBLISH) and not proposal.has(Step.FILE) and by in item.regions,
        Step.WITHDRAW: proposal.has(Step.PUBLISH) and not proposal.has(Step.WITHDRAW) and _may_decide(item, by),
    }
    if not allowed[step] or at < proposal.steps[-1].at:
        raise StateError(faults.ITEM_STEP, item=item.id, step=step, by=by)
    return replace(proposal, steps=(*proposal.steps, StepTaken(step=step, by=by, document=document, at=at)))


def _may_decide(item: Item, by: str) -> bool:
    if item.tier is Tier.DISTRICT:
        city, _, district = by.partition("/")
        return city in item.regions and bool(district)
    return by in (REGIONS if item.tier is Tier.JOINT else item.regions)


def _decided(proposal: Proposal) -> bool:
    return proposal.decided_by >= (set(REGIONS) if proposal.item.tier is Tier.JOINT else set()) and bool(proposal.decided_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemList:
    """One published version of the list. Later versions stand beside earlier ones, never in their place."""

    version: int
    since: int
    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        ids = [item.id for item in self.items]
        if len(set(ids)) != len(ids):
            raise InputError(faults.ITEM_LIST, wrong="an item twice", items=len(ids))

    def item(self, ident: str) -> Item | None:
        """The item of this id: staff may run no other (CQ-25(1))."""
        return next((item for item in self.items if item.id == ident), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """What differs between two versions, by item id."""

    added: tuple[str, ...]
    withdrawn: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    """Names of the fields that differ."""


def publish(history: tuple[ItemList, ...], proposals: Collection[Proposal], *, at: int) -> tuple[ItemList, ...]:
    """The history with the list as it is now, when that differs from its last version. Raises `StateError` item-step before the last version's day."""
    items = tuple(sorted((proposal.item for proposal in proposals if proposal.live), key=lambda item: item.id))
    if history and history[-1].items == items:
        return history
    if history and at <= history[-1].since:
        raise StateError(faults.ITEM_STEP, step=Step.PUBLISH, version=history[-1].version)
    return (*history, ItemList(version=1 + len(history), since=at, items=items))


def in_force(history: tuple[ItemList, ...], at: int) -> ItemList | None:
    """The list that applied at a time."""
    return next((version for version in reversed(history) if version.since <= at), None)


def difference(before: ItemList, after: ItemList) -> ListChange:
    """What the public reads beside a new version."""
    old, new = ({item.id: item for item in version.items} for version in (before, after))
    changed = {
        ident: tuple(name for name in Item.__slots__ if getattr(old[ident], name) != getattr(new[ident], name))
        for ident in sorted(old.keys() & new.keys())
        if old[ident] != new[ident]
    }
    return ListChange(added=tuple(sorted(new.keys() - old.keys())), withdrawn=tuple(sorted(old.keys() - new.keys())), changed=changed)


def capabilities(state: CardState, holds: Collection[HoldKind], *, expired: bool, financial_account: bool) -> frozenset[Capability]:
    """What a card can do now. Its record is kept as long as it lives; it answers and proves while nothing stops it; it pays once the bank has activated it."""
    if state is CardState.ENDED:
        return frozenset()
    if state is CardState.PENDING or expired or holds:
        return frozenset({Capability.RECORD})
    paying = {Capability.PAY} if financial_account else set()
    return frozenset({Capability.RECORD, Capability.QUERY, Capability.IDENTITY} | paying)


def usable(item: Item, can: Collection[Capability], *, region: Region, electronic: bool) -> bool:
    """Whether a card that can do this much serves for an item, here, in this form."""
    return region in item.regions and item.needs <= set(can) and (item.electronic or not electronic)
