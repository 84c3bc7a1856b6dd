"""`ecard items`: the public list of what the card is good for, its way through the governments, and every version of it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from codes.errors import InputError, Text
from ecard import items
from ecard.folder import write_whole
from ecard.itemseed import SEED
from ecard.model import ItemGroup
from webapp import faults
from webapp.office.answering import DONE, say
from webapp.office.forms import read_input
from webapp.office.opening import open_office
from webapp.office.telling import local, to_json
from webapp.office.words import both

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ecard.items import Item, ItemList, Proposal

STEPS = tuple(step for step in items.Step if step is not items.Step.DRAFT)
_WANTED = "id, group, title, needs, regions"
_GROUPS = {group.name.lower().replace("_", "-"): group for group in ItemGroup}


def show(options: argparse.Namespace) -> int:
    """The list in force; with `--all` every item that was drafted, with its steps."""
    with open_office(options.office, at=options.clock()) as office:
        versions, proposals = office.desk.item_lists(), office.desk.item_proposals()
        page = {"versions": to_json(versions), "proposals": to_json(proposals)}
        lines = [_version_line(version) for version in versions]
        lines += [_item_line(item) for item in (versions[-1].items if versions else ())]
        if options.all:
            lines += [line for proposal in proposals for line in _steps(proposal)]
        say(options, page, lines or ["清单尚未公布 / no list has been published"])
        return DONE


def draft(options: argparse.Namespace) -> int:
    """Enter items that were drafted: from a file, or the ones that this program begins with."""
    at = options.clock()
    drafted = SEED if options.seed else (_item(read_input(options.form)),)
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting()
        mine = [item for item in drafted if actor.region in item.regions]
        done = [office.desk.draft_item(item, by=options.by, document=options.document, actor=actor, at=at) for item in mine]
        say(options, {"drafted": [proposal.item.id for proposal in done]}, [_item_line(proposal.item) for proposal in done])
        return DONE


def step(options: argparse.Namespace) -> int:
    """Enter what a government decided, or that an item was published, filed or withdrawn."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting()
        taken = items.Step(options.step)
        proposal = office.desk.take_item_step(options.item, taken, by=options.by, document=options.document, actor=actor, at=at)
        say(options, to_json(proposal), _steps(proposal))
        return DONE


def publish(options: argparse.Namespace) -> int:
    """Put every version of the list, and what each changed, into the published folder."""
    with open_office(options.office, at=options.clock()) as office:
        versions = office.desk.item_lists()
        changes = [to_json(items.difference(before, after)) | {"version": after.version} for before, after in pairwise(versions)]
        page = {"versions": to_json(versions), "changes": changes}
        write_whole(office.settings.published / "items.json", json.dumps(page, ensure_ascii=False, indent=1).encode() + b"\n")
        say(options, {"versions": len(versions)}, [f"已公布 {len(versions)} 个版本 / {len(versions)} versions published: items.json"])
        return DONE


def _item(content: bytes) -> Item:
    """An item from a JSON object. Raises `InputError`: office-form, item-list."""
    try:
        page = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise InputError(faults.OFFICE_FORM, problem=type(problem).__name__, wanted=_WANTED) from problem
    return item_of(page)


def item_of(page: Any) -> Item:
    """An item from the members of an object. Raises `InputError`: office-form, item-list."""
    try:
        given = dict(page)
        return items.Item(
            id=str(given.pop("id")),
            group=_GROUPS[given.pop("group")],
            title=Text(str(given["title"]["zh"]), str(given.pop("title")["en"])),
            needs=frozenset(map(items.Capability, given.pop("needs"))),
            tier=items.Tier(given.pop("tier", items.Tier.MUNICIPAL)),
            regions=frozenset(given.pop("regions")),
            duty=items.Duty(given.pop("duty", items.Duty.MANDATORY)),
            electronic=given.pop("electronic", True) is True,
            articles=tuple(map(str, given.pop("articles", ()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise InputError(faults.OFFICE_FORM, problem=type(problem).__name__, wanted=_WANTED) from problem


def _version_line(version: ItemList) -> str:
    return f"第 {version.version} 版 / version {version.version}  {local(version.since)}  {len(version.items)} 项 / items"


def _item_line(item: Item) -> str:
    return f"  {item.id}  {both(item.title)}  {item.tier}  {', '.join(sorted(item.regions))}"


def _steps(proposal: Proposal) -> Iterator[str]:
    yield _item_line(proposal.item) + ("" if proposal.live else "  （未生效 / not live）")
    for taken in proposal.steps:
        yield f"    {local(taken.at)}  {taken.step}  {taken.by}  {taken.document}"
