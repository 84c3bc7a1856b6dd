"""What the public pages tell, gathered from the tables by which the office itself works: nothing here is said a second time in prose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, timezone
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from codes.errors import StateError, Text
from ecard import items
from ecard.items import Capability
from ecard.lifecycle import RULES, Command
from ecard.model import Role, seconds
from ecard.model.remaking import FeeAct
from ecard.policybook import PolicyBook
from ecard.residents.resolving import FIELDS, WORDS
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from ecard import CardOffice
    from ecard.fees import Fee
    from ecard.items import Item, ItemList, ListChange
    from ecard.lifecycle import Rule
    from ecard.model import ItemGroup
    from ecard.policybook import Edition
    from webapp.office.settings import OfficeSettings

_LOCAL = timezone(timedelta(hours=8))
REGIONS: Mapping[str, Text] = {"CN-CQ": Text("重庆市", "Chongqing"), "CN-SC": Text("四川省", "Sichuan")}
CHANGED: Mapping[str, Text] = {
    "group": Text("类别", "group"),
    "title": Text("名称", "name"),
    "needs": Text("所需功能", "what the card must be able to do"),
    "tier": Text("清单层级", "whose list"),
    "regions": Text("适用地区", "where"),
    "duty": Text("使用要求", "how far it is bound to the card"),
    "electronic": Text("是否可用电子社保卡", "whether the electronic card will do"),
    "articles": Text("依据", "articles"),
}
RESIDENTS = (
    Command.APPLY,
    Command.ACTIVATE,
    Command.BIND_PHONE,
    Command.UNBIND_PHONE,
    Command.PRE_REPORT_LOSS,
    Command.REPORT_LOSS,
    Command.WITHDRAW_LOSS,
    Command.REPLACE,
    Command.EXCHANGE,
    Command.GRANT_TEMPORARY,
    Command.LOCK,
    Command.UNLOCK,
    Command.PROPOSE_CORRECTION,
    Command.RESET_PIN,
    Command.UNBLOCK_PIN,
    Command.ACTIVATE_ACCOUNT,
    Command.GRANT_FARE,
    Command.REQUEST_CANCEL,
)
"""What a resident comes for, in the order of a card's life."""
_COSTS: Mapping[Command, FeeAct] = {Command.APPLY: FeeAct.FIRST_ISSUE, Command.EXCHANGE: FeeAct.EXCHANGE, Command.REPLACE: FeeAct.REPLACEMENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of the list, with what it changed of the one before; of the first, everything is new."""

    list: ItemList
    added: tuple[Item, ...]
    withdrawn: tuple[Item, ...]
    changed: tuple[tuple[Item, tuple[Text, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """How one thing is done."""

    command: Command
    rule: Rule
    at_home: bool
    """Whether the holder does it by the phone, without coming."""
    desks: tuple[Role, ...]
    fee: Fee | None
    costs: bool
    """Whether the schedule of fees speaks of it at all."""


def current(desk: CardOffice, at: datetime) -> ItemList | None:
    """The list in force; None while none was published."""
    return items.in_force(desk.item_lists(), seconds(at))


def grouped(version: ItemList) -> Sequence[tuple[ItemGroup, Sequence[Item]]]:
    """The items of a version by group, in the order of the groups."""
    ordered = sorted(version.items, key=lambda item: (item.group, item.id))
    return [(group, list(of_group)) for group, of_group in groupby(ordered, key=lambda item: item.group)]


def one(version: ItemList | None, ident: str) -> Item:
    """An item of the list in force. Raises `StateError` not-found."""
    item = None if version is None else version.item(ident)
    if item is None:
        raise StateError(faults.NOT_FOUND)
    return item


def seen_by_staff(item: Item) -> tuple[Text, ...]:
    """What a venue is told about a person for this item; mostly nothing (`ecard.residents.resolving`)."""
    return tuple(WORDS[field] for field in FIELDS.get(item.group, ()))


def pays(item: Item) -> bool:
    """Whether it needs the bank's account (ZZ-19)."""
    return Capability.PAY in item.needs


def versions(desk: CardOffice) -> Sequence[Version]:
    """Every version, the newest first, with what it changed."""
    history = desk.item_lists()
    told = [Version(list=first, added=first.items, withdrawn=(), changed=()) for first in history[:1]]
    told += [_version(before, after, items.difference(before, after)) for before, after in pairwise(history)]
    return told[::-1]


def procedures(desk: CardOffice, at: datetime) -> Sequence[Procedure]:
    """How everything is done that a resident comes for, from the table by which it is done."""
    today = at.astimezone(_LOCAL).date()
    return [
        Procedure(
            command=command,
            rule=RULES[command],
            at_home=Role.HOLDER in RULES[command].who,
            desks=tuple(sorted(RULES[command].who - {Role.HOLDER, Role.SERVICE})),
            fee=desk.fees.fee(_COSTS[command], today) if command in _COSTS else None,
            costs=command in _COSTS,
        )
        for command in RESIDENTS
    ]


def edition(settings: OfficeSettings, at: datetime) -> Edition:
    """The rules in force. Raises what `PolicyBook` raises."""
    return PolicyBook.open(settings.policies).at(at)


def _version(before: ItemList, after: ItemList, change: ListChange) -> Version:
    old, new = ({item.id: item for item in each.items} for each in (before, after))
    return Version(
        list=after,
        added=tuple(new[ident] for ident in change.added),
        withdrawn=tuple(old[ident] for ident in change.withdrawn),
        changed=tuple((new[ident], tuple(CHANGED[name] for name in names)) for ident, names in change.changed.items()),
    )
